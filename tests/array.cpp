// tests/array.cpp: the memory of lanes::array: aligned, kept from large arrays for the next ones, never two owners' at once.
// SPDX-License-Identifier: MIT
#include <lanes/core/array.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t mega = std::size_t{1} << 20;

std::uintptr_t address(const lanes::array<float>& values) {
    return reinterpret_cast<std::uintptr_t>(values.data());
}

} // namespace

TEST_CASE("arrays are aligned to 64 bytes, from 4 MiB on to 2 MiB") {
    for (const std::size_t bytes :
         {std::size_t{4}, std::size_t{1000}, mega, 4 * mega - 4, 4 * mega, 4 * mega + 4, 33 * mega}) {
        CAPTURE(bytes);
        lanes::array<float> values(bytes / sizeof(float));
        CHECK(address(values) % (bytes < 4 * mega ? 64 : 2 * mega) == 0);
        std::fill(values.begin(), values.end(), 1.5f);
        CHECK(std::count(values.begin(), values.end(), 1.5f) == static_cast<std::ptrdiff_t>(values.size()));
    }
}

TEST_CASE("arrays that live at the same time have memory of their own, whatever was freed before") {
    const std::size_t sizes[] = {mega, mega, 2 * mega, mega + 1, mega - 1, 2 * mega, mega, 3 * mega, 100 * mega};
    for (int round = 0; round < 20; ++round) {
        std::vector<lanes::array<float>> living;
        for (std::size_t i = 0; i < std::size(sizes); ++i) {
            living.emplace_back(sizes[i]);
            living.back()[0] = living.back()[sizes[i] - 1] = static_cast<float>(i);
            if ((round + i) % 3 == 0)
                living.erase(living.begin() + static_cast<std::ptrdiff_t>((round * i) % living.size()));
        }
        std::set<float> seen;
        for (const lanes::array<float>& values : living) {
            CHECK(values[0] == values[values.size() - 1]);
            CHECK(seen.insert(values[0]).second);
        }
    }
}

TEST_CASE("threads that return large arrays at once get memory of their own") {
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&wrong, t] {
            for (int round = 0; round < 200; ++round) {
                const std::size_t size = mega + static_cast<std::size_t>((t + round) % 2) * mega;
                lanes::array<float> values(size);
                const float own = static_cast<float>(1000 * t + round);
                for (std::size_t i = 0; i < size; i += 65536) values[i] = own;
                lanes::array<float> moved = std::move(values);
                std::this_thread::yield();
                for (std::size_t i = 0; i < size; i += 65536) wrong += moved[i] != own;
            }
        });
    for (std::thread& each : threads) each.join();
    CHECK(wrong == 0);
}

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
TEST_CASE("the memory of a freed large array is that of the next one of its size") {
    std::uintptr_t first = 0;
    {
        const lanes::array<float> a(5 * mega);
        first = address(a);
    }
    const lanes::array<float> b(5 * mega - 7); // as many pages
    CHECK(address(b) == first);
    const lanes::array<float> c(5 * mega);
    CHECK(address(c) != first);
}
#endif
