// bench/machine.hpp: the machine, and the sizes of work that it makes interesting.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct machine {
    std::string processor;
    std::size_t cores;      // that the system shows
    std::size_t l1, l2, l3; // bytes, as one core sees them
    std::size_t memory;     // bytes
};

/// Asked once.
const machine& this_machine();

/// A size of work: so many bytes in all arrays of a call together, or a number of elements given by the user.
struct work_size {
    std::string label; // "L1", "L2", "L3", "DRAM", or the number of elements
    std::size_t bytes; // of all arrays together; 0 if elements are given
    std::size_t elements = 0;

    std::size_t elements_of(std::size_t arrays, std::size_t element) const {
        return bytes == 0 ? elements : bytes / (arrays * element);
    }
};

/// Half of L1 and of L2, an L3 size well beyond L2, a DRAM size beyond all caches (as far as memory allows).
std::vector<work_size> cache_sizes();

/// Lines for the head of a report: name and value, as they were when first asked for. Others may be added.
std::vector<std::pair<std::string, std::string>>& description();

/// "24 KiB", "1.5 MiB"
std::string text_of_bytes(double bytes);

} // namespace bench
