// examples/smooth_prices.cpp: a price series from a CSV file, smoothed by a moving average and by an exponential one.
// SPDX-License-Identifier: MIT
// usage: smooth_prices [FILE.csv COLUMN]; without a file it makes up a year of prices.
#include <lanes/lanes.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    return fields;
}

/// The numbers of one column; a field that is empty or missing becomes NaN.
std::vector<double> column_of(const char* path, const std::string& name) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    const auto names = fields_of(line);
    const auto column = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    std::vector<double> values;
    while (column < names.size() && std::getline(file, line)) {
        const auto fields = fields_of(line);
        const bool has_number = column < fields.size() && !fields[column].empty();
        values.push_back(has_number ? std::atof(fields[column].c_str()) : std::nan(""));
    }
    return values;
}

} // namespace

int main(int count, char** arguments) {
    std::vector<double> prices;
    if (count == 3) prices = column_of(arguments[1], arguments[2]);
    for (int day = 0; count != 3 && day < 250; ++day) prices.push_back(100 + 0.1 * day + 5 * std::sin(0.3 * day));

    const std::size_t width = 20;
    if (prices.size() < width) {
        std::fprintf(stderr, "needs %zu prices, found %zu: is there such a file and column?\n", width, prices.size());
        return 1;
    }
    // Days without a price are left out; of a series without any, moving_average and ema are the same.
    const auto average =
        lanes::rolling_mean(prices, {.width = width, .min_periods = 1, .nan = lanes::nan_policy::skip});
    const auto smooth = lanes::ewm_mean(prices, {.decay = lanes::decay::span(width), .adjust = false});
    std::printf("   day      price   average of %zu   exponential\n", width);
    for (std::size_t day = width - 1; day < prices.size(); day += (prices.size() + 19) / 20)
        std::printf("%6zu %10.2f %15.4f %13.4f\n", day, prices[day], average[day], smooth[day]);
}
