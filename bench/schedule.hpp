// bench/schedule.hpp: which contests a command line asks for, in an order that shares memory.
// SPDX-License-Identifier: MIT
#pragma once

#include "measure.hpp"
#include "options.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bench {

struct task {
    std::string name;  // kernel/type/size
    std::size_t place; // in the report
    std::function<outcome(double seconds)> run;
};

std::vector<task> schedule(const options& chosen);

/// All kernels of the bench, for messages.
std::string kernel_names();

/// Keeps the contestants that the options ask for.
contest chosen_of(contest c, const options& chosen);

} // namespace bench
