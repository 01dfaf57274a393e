// bench/options.cpp: reads the command line.
// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "contest.hpp"

#include <charconv>

namespace bench {

const char* const usage =
    R"(lanes_bench: every kernel on every backend, compared bit by bit, then timed against naive loops and this machine's limits.

  --quick             two sizes instead of four, fewer rounds: less than a minute
  --filter REGEX      only kernel/type/size names that contain a match: 'sum/double', 'ema|ewm', 'matmul/float/L2'
  --backend NAME      only this backend (serial, simd, threads, automatic), beside the naive loops
  --size SIZE         only this size: L1, L2, L3, DRAM, or a number of elements (rows of a matrix, samples)
  --offset BYTES      arrays begin so many bytes behind the start of a cache line, not on it: a multiple of 8 below 64; 16 is
                      where malloc and std::vector put large ones
  --peers             beside other libraries too, at 10^3 ... 10^8 elements: up to 15 minutes
  --dispatch          lanes::dispatch, called from a file compiled with plain -O2, beside the headers with these flags
  --regret            automatic beside the best backend, over sizes
  --input FILE        your own numbers instead: a CSV file with --column NAME, or a one-dimensional .npy file
  --column NAME       the column of the CSV file
  --json FILE         where the results are written as JSON ('' for nowhere)
  --report FILE       what is printed is written there too
  --help              this text

Exit status: 0, 1 if any result differs from serial's bits or fails, 2 if the command line or the input is not usable.
)";

namespace {

std::string backend_names() {
    std::string names;
    for_each_backend(
        [&](const char* name, auto, std::size_t) { names += (names.empty() ? "" : ", ") + std::string(name); });
    return names;
}

std::string checked_backend(const std::string& wanted) {
    bool known = false;
    for_each_backend([&](const char* name, auto, std::size_t) { known = known || wanted == name; });
    if (!known) throw usage_error("--backend: there is no backend '" + wanted + "'; there are " + backend_names());
    return wanted;
}

void read_size(const std::string& text, options& chosen) {
    for (const char* name : {"L1", "L2", "L3", "DRAM"})
        if (text == name) {
            chosen.size = text;
            return;
        }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), chosen.elements);
    if (error != std::errc() || end != text.data() + text.size() || chosen.elements == 0)
        throw usage_error("--size: '" + text + "' is not L1, L2, L3, DRAM or a positive number of elements");
}

std::size_t checked_offset(const std::string& text) {
    std::size_t offset = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (error != std::errc() || end != text.data() + text.size() || offset % sizeof(double) != 0 || offset >= 64)
        throw usage_error("--offset: '" + text + "' is not a multiple of 8 below 64");
    return offset;
}

std::regex checked_regex(const std::string& text) {
    try {
        return std::regex(text, std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
        throw usage_error("--filter: '" + text + "' is not a regular expression: " + error.what());
    }
}

} // namespace

options parse(int count, char** arguments) {
    options chosen;
    chosen.command = "lanes_bench";
    for (int i = 1; i < count; ++i) chosen.command += std::string(" ") + arguments[i];
    const auto show = [&](view wanted, const std::string& option) {
        if (chosen.view != view::table)
            throw usage_error(option + ": --peers, --dispatch and --regret exclude each other");
        chosen.view = wanted;
    };
    for (int i = 1; i < count; ++i) {
        std::string option = arguments[i], given;
        const std::size_t equals = option.starts_with("--") ? option.find('=') : std::string::npos;
        if (equals != std::string::npos) {
            given = option.substr(equals + 1);
            option.resize(equals);
        }
        const auto value = [&] {
            if (equals != std::string::npos) return given;
            if (i + 1 >= count) throw usage_error(option + ": a value is missing");
            return std::string(arguments[++i]);
        };
        if (option == "--filter") chosen.filter = checked_regex(value());
        else if (option == "--backend") chosen.backend = checked_backend(value());
        else if (option == "--size") read_size(value(), chosen);
        else if (option == "--offset") chosen.offset = checked_offset(value());
        else if (option == "--input") chosen.input = value();
        else if (option == "--column") chosen.column = value();
        else if (option == "--json") chosen.json = value();
        else if (option == "--report") chosen.report = value();
        else if (equals != std::string::npos && (option == "--quick" || option == "--help" || option == "--peers" ||
                                                 option == "--dispatch" || option == "--regret"))
            throw usage_error(option + ": takes no value");
        else if (option == "--peers") show(view::peers, option);
        else if (option == "--dispatch") show(view::dispatch, option);
        else if (option == "--regret") show(view::regret, option);
        else if (option == "--quick") chosen.quick = true;
        else if (option == "--help" || option == "-h") chosen.help = true;
        else throw usage_error("unknown option '" + option + "'");
    }
    const bool npy = chosen.input.ends_with(".npy");
    if (!chosen.column.empty() && chosen.input.empty())
        throw usage_error("--column: names a column of --input FILE.csv");
    if (!chosen.column.empty() && npy) throw usage_error("--column: a .npy file has no columns");
    if (!chosen.input.empty() && (chosen.view != view::table || !chosen.report.empty()))
        throw usage_error("--input: goes with neither --peers, --dispatch, --regret nor --report");
    if (chosen.view != view::table && chosen.view != view::peers && !chosen.backend.empty())
        throw usage_error("--backend: this table compares backends of its own choice");
#if !LANES_BENCH_HAS_PEERS
    if (chosen.view == view::peers)
        throw usage_error("--peers: this program was built without; `./dev bench --peers` builds it with them");
#endif
#if !LANES_BENCH_HAS_DISPATCH
    if (chosen.view == view::dispatch)
        throw usage_error("--dispatch: this program was built without; `./dev bench --dispatch` builds it with them");
#endif
    if (!chosen.input.empty() && (chosen.elements != 0 || !chosen.size.empty()))
        throw usage_error("--size: the file of --input has its own size");
    if (!chosen.input.empty() && chosen.offset != 0)
        throw usage_error("--offset: the file of --input is read as it is");
    return chosen;
}

} // namespace bench
