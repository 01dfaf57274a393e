// bench/input_report.hpp: every array kernel on the user's own numbers.
// SPDX-License-Identifier: MIT
#pragma once

#include "input.hpp"
#include "options.hpp"

namespace bench {

/// Reads the file, runs, prints; true if all bits are equal and nothing failed. Throws input_error.
bool run_input(const options& chosen);

} // namespace bench
