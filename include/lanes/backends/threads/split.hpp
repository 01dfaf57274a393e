// lanes/backends/threads/split.hpp: how many threads a call may use, and how its parts reach them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/threads.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/target.hpp>

#if !__has_include(<oneapi/tbb/task_arena.h>)
#error "lanes: oneTBB is not in the include path; lanes needs oneTBB 2021 or newer, and to be linked with it (-ltbb)"
#endif
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace lanes {

/// CPUs that the container's scheduler quota allows, rounded up; "no limit" where there is none. Linux control groups
/// throttle a process that runs more threads than its quota, so more threads make it slower.
template <class = target>
std::size_t quota_of_cpus() {
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
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

/// What the calling thread knows of oneTBB's workers: speed depends on it, and no result. They look for work 50 to 100 us
/// after their last before they sleep, so a thread that calls in a loop finds them awake, once it has woken them. It does
/// so when the loop has done work beside which that costs little, and more rarely each time that none of them came, as
/// where all cores are busy.
template <class = target>
class loop_of_calls {
public:
    static loop_of_calls& here() {
        thread_local constinit loop_of_calls own;
        return own;
    }

    /// Whether workers are awake, or shall be woken, for work of `nanoseconds`.
    bool pays(double nanoseconds) {
        const double now = time();
        if (now < awake_until_) return true;
        if (now > expected_) work_ = 0; // a pause, in which they would have slept
        expected_ = now + 2 * nanoseconds + stay_awake;
        work_ += nanoseconds;
        if (work_ < price_) return false;
        work_ = 0;
        price_ = std::min(2 * price_, 64 * least_price);
        awake_until_ = now + come;
        return true;
    }

    /// At the end of work that was split, when another thread took a part of it.
    void was_helped() {
        awake_until_ = time() + stay_awake;
        price_ = least_price;
    }

private:
    static double time() {
        return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }

    // Nanoseconds. Measured on 2 cores, oneTBB 2021.8: workers are awake 50 us after a call and asleep after 100; woken,
    // they come within 28 to 54. Calls that are split in the meantime lose some 40 us, of the price a twelfth at most.
    static constexpr double stay_awake = 50e3, come = 120e3, least_price = 500e3;

    double awake_until_ = 0, expected_ = 0, work_ = 0, price_ = least_price;
};

template <class Arch>
std::size_t threads_backend<Arch>::workers(double nanoseconds) const {
    const auto available = [this] {
        static const std::size_t quota = quota_of_cpus();
        const auto arena = static_cast<std::size_t>(std::max(1, tbb::this_task_arena::max_concurrency()));
        return is_eager && most_threads != no_limit ? most_threads : std::min({most_threads, arena, quota});
    };
    const auto of_use = [&] {
        if (is_eager) return available();
        return std::min(available(), static_cast<std::size_t>(std::min(nanoseconds / worth_a_worker, 1e6)));
    };
    std::size_t answer = 1;
    if (is_eager || nanoseconds >= worth_splitting) answer = of_use();
    else if (nanoseconds >= worth_splitting_awake && (answer = of_use()) > 1)
        if (!loop_of_calls<>::here().pays(nanoseconds)) answer = 1;
    if (decisions != nullptr) decisions->push_back({nanoseconds, available(), answer});
    return answer;
}

/// The parts that no worker has taken yet: a range of neighbours for each. Who is done with his own takes from the end
/// of the longest one left, so a thread that starts late, or shares its core with others, delays nobody by more than a
/// part.
template <class = target>
class shares_of_parts {
public:
    shares_of_parts(std::size_t workers, std::size_t parts) : shares_(workers) {
        for (std::size_t w = 0; w < workers; ++w)
            shares_[w].range = range(parts * w / workers, parts * (w + 1) / workers);
    }

    /// The next part for this worker; false if all are taken.
    bool take(std::size_t worker, std::size_t& part) {
        for (std::uint64_t left = shares_[worker].range; size(left) > 0;)
            if (shares_[worker].range.compare_exchange_weak(left, left + 1)) return part = first(left), true;
        for (;;) {
            std::size_t longest = worker;
            std::uint64_t left = 0;
            for (std::size_t w = 0; w < shares_.size(); ++w)
                if (const std::uint64_t other = shares_[w].range; size(other) > size(left)) longest = w, left = other;
            if (size(left) == 0) return false;
            const std::uint64_t without_last = left - (std::uint64_t{1} << 32);
            if (shares_[longest].range.compare_exchange_weak(left, without_last)) return part = end(without_last), true;
        }
    }

private:
    // In one word, so that both ends change together: the first part in its low half, the end in its high half.
    static std::uint64_t range(std::uint64_t first, std::uint64_t end) { return end << 32 | first; }
    static std::size_t first(std::uint64_t range) { return range & 0xffffffff; }
    static std::size_t end(std::uint64_t range) { return range >> 32; }
    static std::size_t size(std::uint64_t range) { return (range >> 32) - (range & 0xffffffff); }

    struct alignas(64) share { // each on a cache line of its own
        std::atomic<std::uint64_t> range;
    };
    std::vector<share> shares_;
};

/// run(worker) for worker = 0 ... workers - 1, each a task of its own. Isolated: a thread that waits here takes no other
/// task of the caller's, which could hold a lock that it needs, and a group of tasks that the caller's belongs to may be
/// cancelled without any part being left out. One function for all callers: each new one would cost compilers a tenth of
/// a second.
template <class = target>
void run_workers(std::size_t workers, void (*run)(void* work, std::size_t worker), void* work) {
    tbb::task_group_context own(tbb::task_group_context::isolated);
    tbb::this_task_arena::isolate([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, workers, 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
                const default_environment environment;
                run(work, range.begin());
            },
            tbb::simple_partitioner(), own);
    });
}

/// Calls part(i) for i = 0 ... parts - 1, on at most `workers` threads, and returns when all are done; parts < 2^32. A
/// worker takes neighbouring parts as long as there are any.
template <class Part>
void for_each_part(std::size_t workers, std::size_t parts, const Part& part) {
    struct work {
        shares_of_parts<> shares;
        const Part& part;
        std::atomic<bool> helped = false; // the caller takes the first share, and then what is left of the others
    };
    workers = std::min(workers, parts);
    work all{shares_of_parts<>(workers, parts), part};
    run_workers(
        workers,
        [](void* shared, std::size_t worker) {
            work& of_all = *static_cast<work*>(shared);
            std::size_t i;
            if (!of_all.shares.take(worker, i)) return;
            if (worker != 0) of_all.helped.store(true, std::memory_order_relaxed);
            do of_all.part(i);
            while (of_all.shares.take(worker, i));
        },
        &all);
    if (all.helped) loop_of_calls<>::here().was_helped();
}

} // namespace lanes
