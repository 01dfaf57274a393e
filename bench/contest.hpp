// bench/contest.hpp: a contest: one kernel, type and size, and all who compute it: naive loops, backends, limits, peers.
// SPDX-License-Identifier: MIT
#pragma once

#include "naive.hpp"
#include "peers/peers.hpp"

#include <lanes/lanes.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bench {

/// Where the reference, and after it each backend, writes what is compared bit by bit.
using result_memory = std::variant<std::span<float>, std::span<double>>;

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
    std::optional<result_memory> result = {}; // where it writes, if not where the others do
    double tolerance = 0;                     // of a peer: how far each value may be from the reference's
};

/// What a rate counts, per second.
enum class unit { bytes, flops, samples };

/// One kernel, type and size, and all who compute it.
struct contest {
    std::string pattern, kernel, type;
    std::string size = {};    // "L1" and so on; empty if the user gave the number of elements
    std::size_t elements = 0; // of x; rows of a square matrix; samples
    bench::unit unit = unit::bytes;
    result_memory result;
    std::function<void()> reference = {};                   // lanes::serial
    std::size_t peer_values = static_cast<std::size_t>(-1); // peers write as many of the result's values, at most
    std::vector<contestant> contestants = {};

    /// `call` is repeated inside a loop that the compiler sees, so it is inlined and costs no indirect call.
    template <class Call>
    void add(std::string name, role as, std::size_t cores, double work, Call call) {
        contestants.push_back({std::move(name),
                               as,
                               cores,
                               work,
                               [call](std::size_t calls) {
                                   for (std::size_t i = 0; i < calls; ++i) {
                                       call();
                                       benchmark::ClobberMemory();
                                   }
                               },
                               {},
                               0});
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

/// The libraries that the bench was asked to compare with; empty if it was not.
inline std::vector<peer>& peers_in_use() {
    static std::vector<peer> all;
    return all;
}

/// repeat = call(peer): a function of the number of calls, or an empty one if the peer has none for this contest.
template <class Call>
void add_peers(contest& c, double work, double tolerance, Call call) {
    for (const peer& each : peers_in_use())
        if (const std::function<void(std::size_t)> repeat = call(each))
            c.contestants.push_back({each.name,
                                     role::peer,
                                     each.cores,
                                     work,
                                     [repeat, prepare = each.prepare](std::size_t calls) {
                                         prepare();
                                         repeat(calls);
                                     },
                                     {},
                                     tolerance});
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

/// `threads` without the thought of what pays: how well `automatic` chose shows beside it.
inline constexpr const char* always_split = "split";

/// `simd` of lanes::dispatch, called from a file that is compiled with plain -O2.
inline constexpr const char* by_dispatch = "dispatch";

/// call(backend) for each backend but that named `except`.
template <class Call>
void add_backends(contest& c, double work, Call call, const std::string& except = {}) {
    c.reference = [call] { call(lanes::serial); };
    for_each_backend([&](const char* name, auto where, std::size_t cores) {
        if (name != except) c.add(name, role::backend, cores, work, [call, where] { call(where); });
    });
    c.add(always_split, role::backend, all_cores(), work, [call] { call(lanes::threads.eager()); });
}

} // namespace bench
