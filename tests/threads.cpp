// tests/threads.cpp: what is special to the threads backend: limits, arenas, nesting, and when it splits.
// SPDX-License-Identifier: MIT
#include "data.hpp"

#include <lanes/lanes.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

using lanes::golden::bits;
using lanes::golden::data;

TEST_CASE("threads.limit refuses 0") {
    CHECK_THROWS_MATCHES(lanes::threads.limit(0), std::invalid_argument,
                         Catch::Matchers::Message("threads.limit: the number of threads is 0, must be at least 1"));
}

TEST_CASE("small work stays on the calling thread, large work takes what limit, arena and quota allow") {
    CHECK(lanes::threads.workers(50e3) == 1);
    CHECK(lanes::threads.limit(1).workers(1e9) == 1);
    tbb::task_arena three(3);
    three.execute([] {
        CHECK(lanes::threads.workers(1e9) == std::min<std::size_t>(3, lanes::quota_of_cpus()));
        CHECK(lanes::threads.limit(2).workers(1e9) <= 2);
    });
    CHECK(lanes::threads.limit(7).eager().workers(1) == 7);
}

TEST_CASE("a loop of calls wakes the workers once it has done enough, and more rarely where none comes") {
    // In a thread of its own: what is remembered belongs to the thread. No call is made, so nobody comes.
    std::thread([] {
        tbb::task_arena two(2);
        two.execute([] {
            if (lanes::threads.workers(1e9) < 2) return; // one core, or a quota of one
            const auto calls_until_split = [] {
                int calls = 1;
                while (lanes::threads.workers(50e3) == 1 && calls < 10'000) ++calls;
                return calls;
            };
            const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
            const int first = calls_until_split();
            CHECK(first >= 10);
            CHECK(first < 10'000);
            CHECK(lanes::threads.workers(5e3) == 1);
            CHECK(lanes::threads.limit(1).workers(50e3) == 1);
            pause();
            CHECK(calls_until_split() >= 20);
            // Calls that are not in a loop never do.
            for (int i = 0; i < 50; ++i) {
                pause();
                CHECK(lanes::threads.workers(50e3) == 1);
            }
            // Help makes the next one cheap again.
            lanes::loop_of_calls<>::here().was_helped();
            pause();
            CHECK(calls_until_split() < 20);
        });
    }).join();
}

TEST_CASE("explain says from when on work is split") {
    const std::vector<double> x(1000, 1.0);
    CHECK_THAT(lanes::explain([&](auto where) { lanes::sum(where, x); }),
               Catch::Matchers::ContainsSubstring("from 100 us on, in a loop of calls from 10 us"));
}

TEST_CASE("no more threads than the limit work at once") {
    for (const std::size_t most : {1, 2, 3}) {
        std::atomic<int> inside = 0, highest = 0;
        tbb::task_arena arena(8);
        arena.execute([&] {
            lanes::for_each_part(most, 64, [&](std::size_t) {
                const int now = ++inside;
                int seen = highest;
                while (seen < now && !highest.compare_exchange_weak(seen, now)) {
                }
                std::this_thread::sleep_for(std::chrono::microseconds(200));
                --inside;
            });
        });
        CHECK(highest <= static_cast<int>(most));
    }
}

TEST_CASE("every part is visited once") {
    for (const std::size_t workers : {1, 2, 3, 7, 16, 100})
        for (const std::size_t parts : {1, 2, 5, 16, 17, 1000}) {
            std::vector<std::atomic<int>> visits(parts);
            lanes::for_each_part(workers, parts, [&](std::size_t i) { ++visits[i]; });
            for (const auto& count : visits) REQUIRE(count == 1);
        }
}

TEST_CASE("threads inside the caller's parallel loop, under a lock of the caller's") {
    const auto x = numbers<double>(data::uniform, 31, 300000);
    const auto expected = bits(lanes::sum(lanes::serial, x));
    std::mutex mutex;
    std::atomic<int> wrong = 0;
    // A thread that waited inside sum() and took another iteration of this loop would lock the mutex twice.
    tbb::parallel_for(0, 64, [&](int) {
        const std::lock_guard lock(mutex);
        if (bits(lanes::sum(lanes::threads.limit(4).eager(), x)) != expected) ++wrong;
    });
    CHECK(wrong == 0);
}

TEST_CASE("threads in an arena of one thread") {
    const auto x = numbers<float>(data::uniform, 32, 300000);
    tbb::task_arena one(1);
    one.execute([&] {
        CHECK(bits(lanes::sum(lanes::threads, x)) == bits(lanes::sum(lanes::serial, x)));
        CHECK(bits(lanes::sum(lanes::threads.limit(5).eager(), x)) == bits(lanes::sum(lanes::serial, x)));
    });
}

TEST_CASE("an exception from a part reaches the caller") {
    CHECK_THROWS_AS(lanes::for_each_part(4, 100,
                                         [](std::size_t i) {
                                             if (i == 37) throw std::bad_alloc();
                                         }),
                    std::bad_alloc);
}
