// bench/cuda/gpu.hpp: the parts of the program behind ./dev gpu.
// SPDX-License-Identifier: MIT
#pragma once

#include "cpu_results.hpp"

#include <cstdint>
#include <string>

/// Compares the bits of a result, and says so if they differ.
void compare(const std::string& what, std::uint64_t expected, std::uint64_t found);

/// The table of times. Results of large arrays are compared before they are timed.
void show_times(const cpu_results& cpu);
