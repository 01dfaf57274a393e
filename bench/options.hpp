// bench/options.hpp: the command line of the bench.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>

namespace bench {

/// What the bench shows.
enum class view {
    table,    // backends beside naive loops and limits
    peers,    // and beside other libraries
    dispatch, // lanes::dispatch in a file compiled with plain -O2, beside the headers with the flags of the bench
    regret    // automatic beside the best backend, over sizes
};

struct options {
    bench::view view = view::table;
    bool quick = false, help = false;
    std::optional<std::regex> filter; // of kernel/type/size
    std::string backend;              // empty: all
    std::string size;                 // "L1", "L2", "L3", "DRAM"; empty: all, or `elements`
    std::size_t elements = 0;         // 0: the sizes of the caches
    std::size_t offset = 0;           // bytes from the start of a cache line to each array
    std::string input, column;
    std::string json = LANES_BENCH_JSON; // empty: not written
    std::string report;                  // empty: only on the terminal
    std::string command;                 // as it was typed
};

/// A command line that cannot be understood; what() says why.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

options parse(int count, char** arguments);

extern const char* const usage;

} // namespace bench
