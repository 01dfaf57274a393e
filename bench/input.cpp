// bench/input.cpp: CSV and .npy files.
// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <string_view>

namespace bench {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto outer = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && outer(text.front())) text.remove_prefix(1);
    while (!text.empty() && outer(text.back())) text.remove_suffix(1);
    return text;
}

/// The fields of a line; a field in double quotes may contain the separator, and "" for a quote.
std::vector<std::string> fields_of(std::string_view line, char separator) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') {
            if (quoted && i + 1 < line.size() && line[i + 1] == '"') fields.back() += line[i++];
            else quoted = !quoted;
        } else if (line[i] == separator && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += line[i];
        }
    }
    for (std::string& field : fields) field = std::string(trimmed(field));
    return fields;
}

/// The first comma, semicolon or tab outside quotes.
char separator_of(std::string_view line) {
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == ',' || c == ';' || c == '\t')) return c;
    }
    return ',';
}

bool is_missing(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text.empty() || text == "nan" || text == "na" || text == "n/a" || text == "null" || text == "none";
}

double number_in(const std::string& field, const std::string& where) {
    if (is_missing(field)) return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const char* first = field.data() + (field.front() == '+' ? 1 : 0);
    const char* last = field.data() + field.size();
    const auto [end, error] = std::from_chars(first, last, value);
    if (error == std::errc::result_out_of_range)
        throw input_error(where + ": '" + field + "' is out of range of a double");
    if (error != std::errc() || end != last) throw input_error(where + ": '" + field + "' is not a number");
    return value;
}

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

std::vector<double> read_csv(std::ifstream& file, const std::string& path, const std::string& column) {
    std::string line;
    if (!std::getline(file, line) || trimmed(line).empty())
        throw input_error(path + ": the first line names no columns");
    if (line.find('\0') != std::string::npos) throw input_error(path + ": is not a text file");
    if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3); // byte order mark
    const char separator = separator_of(line);
    const auto names = fields_of(line, separator);
    auto found = std::find(names.begin(), names.end(), column);
    if (column.empty() && names.size() == 1) found = names.begin();
    if (found == names.end())
        throw input_error(path + ": " +
                          (column.empty() ? "--column must name one of its columns"
                                          : "has no column '" + column + "'; its columns are") +
                          ": " + listed(names));
    const auto index = static_cast<std::size_t>(found - names.begin());
    std::vector<double> values;
    for (std::size_t number = 2; std::getline(file, line); ++number) {
        if (trimmed(line).empty() && names.size() > 1) continue;
        const auto fields = fields_of(line, separator);
        const std::string where = path + ", line " + std::to_string(number) + ", column '" + *found + "'";
        if (index >= fields.size())
            throw input_error(where + ": the line has only " + std::to_string(fields.size()) + " fields");
        values.push_back(number_in(fields[index], where));
    }
    return values;
}

template <class T>
std::vector<T> elements_of(std::string_view bytes, std::size_t count, const std::string& path) {
    if (bytes.size() / sizeof(T) < count)
        throw input_error(path + ": holds " + std::to_string(bytes.size() / sizeof(T)) + " of the " +
                          std::to_string(count) + " elements that its header promises");
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes.data(), count * sizeof(T));
    return values;
}

// The format is described in numpy/lib/format.py.
numbers read_npy(std::ifstream& file, const std::string& path) {
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    if (bytes.size() < 12 || !bytes.starts_with("\x93NUMPY")) throw input_error(path + ": is not a .npy file");
    const std::size_t begin = byte(6) == 1 ? 10 : 12;
    const std::size_t length =
        byte(8) + (byte(9) << 8) + (begin == 12 ? (byte(10) << 16) + (byte(11) << 24) : std::size_t{0});
    if (bytes.size() - begin < length) throw input_error(path + ": ends inside its header");
    const std::string header = bytes.substr(begin, length);
    std::smatch type, shape;
    if (!std::regex_search(header, type, std::regex("'descr': *'([^']*)'")) ||
        !std::regex_search(header, shape, std::regex("'shape': *\\(([^)]*)\\)")))
        throw input_error(path + ": has a header without type or shape");
    std::smatch count;
    const std::string dimensions = shape[1];
    if (!std::regex_match(dimensions, count, std::regex(" *([0-9]{1,18}) *,? *")))
        throw input_error(path + ": has the shape (" + dimensions + "), must have one dimension");
    const auto size = static_cast<std::size_t>(std::stoull(count[1]));
    const std::string_view rest = std::string_view(bytes).substr(begin + length);
    if (type[1] == "<f8") return elements_of<double>(rest, size, path);
    if (type[1] == "<f4") return elements_of<float>(rest, size, path);
    throw input_error(path + ": has elements of type '" + type[1].str() + "', must be '<f8' (double) or '<f4' (float)");
}

} // namespace

numbers read_numbers(const std::string& path, const std::string& column) {
    if (std::filesystem::is_directory(path)) throw input_error(path + ": is a directory");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) throw input_error(path + ": cannot be read: " + std::strerror(errno));
    if (file.peek() == std::ifstream::traits_type::eof()) throw input_error(path + ": is empty");
    numbers found = path.ends_with(".npy") ? read_npy(file, path) : read_csv(file, path, column);
    if (std::visit([](const auto& values) { return values.empty(); }, found))
        throw input_error(path + ": has no numbers");
    return found;
}

} // namespace bench
