// bench/input.hpp: the user's own numbers, from a column of a CSV file or a .npy file.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace bench {

/// A file that cannot be used; what() says why, and where in the file.
struct input_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using numbers = std::variant<std::vector<double>, std::vector<float>>;

/// A file that ends in .npy: one dimension of little-endian float or double. Any other: CSV (comma, semicolon or tab)
/// whose first line names the columns; `column` may be empty if there is only one. Empty fields, nan, na and null are
/// missing values and become NaN.
numbers read_numbers(const std::string& path, const std::string& column);

} // namespace bench
