// bench/contest.hpp: a contest: one kernel, type and size, and all who compute it: naive loops, backends, limits, peers.
// SPDX-License-Identifier: MIT
#pragma once

#include "naive.hpp"

#include <lanes/lanes.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bench {

enum class role {
    naive,   // what the others are compared with
    backend, // must have the bits of the reference
    limit,   // what the machine can do: reads, copies or multiplies and adds, nothing else
    peer     // another library; its result is its own
};

struct contestant {
    std::string name;
    role as;
    std::size_t cores; // 1, or all that the bench uses
    double work;       // of one call, in the unit of the contest
    std::function<void(std::size_t calls)> repeat;
};

/// What a rate counts, per second.
enum class unit { bytes, flops, samples };

/// Where the reference, and after it each backend, writes what is compared bit by bit.
using result_memory = std::variant<std::span<float>, std::span<double>>;

/// One kernel, type and size, and all who compute it.
struct contest {
    std::string pattern, kernel, type;
    std::string size = {};    // "L1" and so on; empty if the user gave the number of elements
    std::size_t elements = 0; // of x; rows of a square matrix; samples
    bench::unit unit = unit::bytes;
    result_memory result;
    std::function<void()> reference = {}; // lanes::serial
    std::vector<contestant> contestants = {};

    /// `call` is repeated inside a loop that the compiler sees, so it is inlined and costs no indirect call.
    template <class Call>
    void add(std::string name, role as, std::size_t cores, double work, Call call) {
        contestants.push_back({std::move(name), as, cores, work, [call](std::size_t calls) {
                                   for (std::size_t i = 0; i < calls; ++i) {
                                       call();
                                       benchmark::ClobberMemory();
                                   }
                               }});
    }
};

/// Threads that lanes::threads takes for large work; the limits for all cores use as many.
inline std::size_t all_cores() {
    return lanes::threads.workers(1e18);
}

/// visit(name, backend, cores that it may use), for every backend of the bench.
template <class Visit>
void for_each_backend(Visit visit) {
    visit("serial", lanes::serial, std::size_t{1});
    visit("simd", lanes::simd, std::size_t{1});
    visit("threads", lanes::threads, all_cores());
    visit("automatic", lanes::automatic, all_cores());
}

/// The names of the naive loops: the same file, compiled for any processor and for this one.
inline constexpr const char* naive_plain = "naive";
inline constexpr const char* naive_native = "naive native";

/// call(loops of naive.hpp for elements T) for each set of flags.
template <class T, class Call>
void add_naive(contest& c, double work, Call call) {
    c.add(naive_plain, role::naive, 1, work, [call] { call(naive<plain_flags, T>()); });
    c.add(naive_native, role::naive, 1, work, [call] { call(naive<native_flags, T>()); });
}

/// call(backend) for each backend but those in `except`.
template <class Call>
void add_backends(contest& c, double work, Call call, const std::string& except = {}) {
    c.reference = [call] { call(lanes::serial); };
    for_each_backend([&](const char* name, auto where, std::size_t cores) {
        if (name != except) c.add(name, role::backend, cores, work, [call, where] { call(where); });
    });
}

} // namespace bench
