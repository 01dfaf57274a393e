// lanes/backends/threads/split.hpp: how many threads a call may use, and how its parts reach them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/threads.hpp>
#include <lanes/core/environment.hpp>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>

namespace lanes {

/// CPUs that the container's scheduler quota allows, rounded up; "no limit" where there is none. Linux control groups
/// throttle a process that runs more threads than its quota, so more threads make it slower.
inline std::size_t quota_of_cpus() {
    constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
    const auto cpus = [](double quota, double period) {
        return quota > 0 && period > 0 ? std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(quota / period)))
                                       : unlimited;
    };
    // Inside a container the process's own group is mounted as the root of the hierarchy.
    if (std::ifstream file("/sys/fs/cgroup/cpu.max"); file) {
        double quota = 0, period = 0;
        if (file >> quota >> period) return cpus(quota, period); // "max 100000": not a number, no limit
        return unlimited;
    }
    double quota = 0, period = 0;
    std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
        period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (quota_file >> quota && period_file >> period) return cpus(quota, period);
    return unlimited;
}

template <class Arch>
std::size_t threads_backend<Arch>::workers(double nanoseconds) const {
    const auto available = [this] {
        static const std::size_t quota = quota_of_cpus();
        const auto arena = static_cast<std::size_t>(std::max(1, tbb::this_task_arena::max_concurrency()));
        return is_eager && most_threads != no_limit ? most_threads : std::min({most_threads, arena, quota});
    };
    const std::size_t answer = is_eager || nanoseconds >= worth_splitting ? available() : 1;
    if (decisions != nullptr) decisions->push_back({nanoseconds, available(), answer});
    return answer;
}

/// Calls part(i) for i = 0 ... parts - 1, on at most `workers` threads, and returns when all are done. A worker takes
/// neighbouring parts. Isolated: a thread that waits here takes no other task of the caller's, which could hold a lock
/// that it needs.
template <class Part>
void for_each_part(std::size_t workers, std::size_t parts, const Part& part) {
    workers = std::min(workers, parts);
    tbb::this_task_arena::isolate([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, workers, 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
                const default_environment environment;
                for (std::size_t i = range.begin() * parts / workers; i < range.end() * parts / workers; ++i) part(i);
            },
            tbb::simple_partitioner());
    });
}

} // namespace lanes
