// bench/report.hpp: what the bench prints and writes.
// SPDX-License-Identifier: MIT
#pragma once

#include "measure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

/// Tells on stderr, while the bench runs, where it is.
class progress {
public:
    explicit progress(std::size_t total) : total_(total) {}
    void next(const std::string& name);
    void done();
    double seconds() const;

private:
    std::size_t total_, count_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The head of a report: machine, compiler, flags, date.
void print_head(std::FILE* to, const std::string& title);

/// One line per kernel, type and size, the backends side by side; a part per pattern.
void print_table(std::FILE* to, const std::vector<outcome>& outcomes);

/// lanes beside other libraries: simd against those on one core, threads against those on all; who is best, and how far
/// lanes is ahead of it or behind.
void print_peers(std::FILE* to, const std::vector<outcome>& outcomes);

/// lanes::dispatch beside the headers compiled with the flags of the bench.
void print_dispatch(std::FILE* to, const std::vector<outcome>& outcomes);

/// What `automatic` loses against the best backend, and the constants by which it chooses.
void print_regret(std::FILE* to, const std::vector<outcome>& outcomes);

/// "all bits equal ..." or each error; true if there is none.
bool print_verdict(std::FILE* to, const std::vector<outcome>& outcomes, double seconds);

/// In the format of Google Benchmark; throws std::runtime_error if the file cannot be written.
void write_json(const std::vector<outcome>& outcomes, const std::string& path);

/// A rate in three digits or so: 9.87, 98.7, 987.
std::string short_number(double value);
/// "9.87 us"
std::string short_time(double seconds);
const char* unit_name(unit u);
double unit_scale(unit u);

/// x naive loop, 0 if either was not timed.
double times_naive(const outcome& o, const timing& t, const char* naive);
/// Per cent of the limit on as many cores, 0 if there is none.
double percent_of_limit(const outcome& o, const timing& t);

} // namespace bench
