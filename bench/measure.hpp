// bench/measure.hpp: compares the bits of a contest, then times its contestants in turns.
// SPDX-License-Identifier: MIT
#pragma once

#include "contest.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

struct timing {
    std::string name;
    role as;
    std::size_t cores;
    double work;        // of one call
    double seconds = 0; // median over the rounds, of one call
    double spread = 0;  // between the quartiles of the rounds, as a fraction of the median
    std::size_t rounds = 0;
    std::string error; // why there is no time: bits that differ, or what was thrown
    double rate() const { return seconds > 0 ? work / seconds : 0; }
};

struct outcome {
    std::string pattern, kernel, type, size;
    std::size_t elements;
    bench::unit unit;
    std::string error; // of the reference itself
    std::vector<timing> timings;
    std::size_t compared = 0, equal = 0; // backends whose result was compared, and those with all bits equal

    std::string name() const { return kernel + "/" + type + "/" + (size.empty() ? std::to_string(elements) : size); }
    const timing* find(const std::string& name) const;
    /// The fastest limit on one core or on at most so many; null if the contest has none.
    const timing* limit(std::size_t cores) const;
};

/// A turn of a contestant lasts at least this many seconds, so that the clock and the loop around the call do not count.
inline constexpr double short_turn = 0.5e-3;
/// Long enough for `threads` to notice that it is called in a loop, and for that to be most of the turn.
inline constexpr double long_turn = 10e-3;

/// Runs the reference, compares every backend with it, then times all that are right within about `seconds`.
outcome measure(const contest& c, double seconds, double shortest_turn = short_turn);

/// Once, before the first measure.
void start_google_benchmark(const char* program);

} // namespace bench
