// tests/failures.cpp: what becomes of calls on threads when others cancel their work, or memory runs out.
// SPDX-License-Identifier: MIT
#include "data.hpp"

#include <lanes/lanes.hpp>

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task.h>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

using lanes::golden::data;
using lanes::golden::hash;

namespace {

/// Which large allocation from now on fails: 1 the next, 2 the one after it; 0 none.
std::atomic<int> failing{0};

void* allocate(std::size_t size, std::size_t alignment) {
    if (size >= 65536 && failing.load() > 0 && failing.fetch_sub(1) == 1) throw std::bad_alloc();
    void* const p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (p == nullptr) throw std::bad_alloc();
    return p;
}

} // namespace

void* operator new(std::size_t size) {
    return allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}

TEST_CASE("a call in a cancelled group of tasks is computed as anywhere else") {
    const auto x = numbers<double>(data::uniform, 81, 300'000);
    const auto where = lanes::threads.limit(3).eager();
    const double sum = lanes::sum(lanes::serial, x);
    const auto averages = hash(lanes::moving_average(lanes::serial, x, 20)),
               ema = hash(lanes::ema(lanes::serial, x, 0.1));
    tbb::parallel_for(0, 1, [&](int) {
        REQUIRE(tbb::task::current_context()->cancel_group_execution()); // as oneTBB does when another task has thrown
        REQUIRE(lanes::sum(where, x) == sum);
        REQUIRE(hash(lanes::moving_average(where, x, 20)) == averages);
        REQUIRE(hash(lanes::ema(where, x, 0.1)) == ema);
    });
}

TEST_CASE("memory that runs out on one thread ends the call on all") {
    auto x = numbers<double>(data::uniform, 82, 3'000'000);
    for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> out(x.size());
    const lanes::ewm options{.decay = lanes::decay::span(20), .adjust = false};
    const auto expected = hash(lanes::ewm_mean(lanes::serial, x, options));
    int thrown = 0;
    for (int fails = 1; fails <= 6; ++fails) {
        failing = fails;
        try {
            lanes::ewm_mean(lanes::threads.limit(3).eager(), x, out, options);
            REQUIRE(hash(std::span<const double>(out)) == expected);
        } catch (const std::bad_alloc&) {
            ++thrown;
        }
        failing = 0;
    }
    REQUIRE(thrown >= 2); // what each thread needs, and what it needs for gaps
}
