// tests/random.cpp: the generator against published vectors, and its uniform and normal numbers against their laws.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>
#include <lanes/verify/golden.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

using lanes::philox_keys;
using lanes::golden::mixed;

namespace {

using batch = xsimd::batch<double>;
using words_of_batch = lanes::number<batch>::word;
constexpr std::size_t width = batch::size;

std::array<std::uint64_t, 4> philox(std::uint64_t seed, std::array<std::uint64_t, 4> counter) {
    auto words = lanes::philox<double>(philox_keys(seed), counter);
    for (auto& word : words) word &= 0xffffffff;
    return words;
}

} // namespace

TEST_CASE("known answers of Random123 for philox4x32-10") {
    CHECK(philox(0, {0, 0, 0, 0}) == std::array<std::uint64_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox(0xffffffffffffffff, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}) ==
          std::array<std::uint64_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox(0x299f31d0a4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
          std::array<std::uint64_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the 10000th number of C++26 std::philox4x32") {
    // Its counter starts at 0 and counts up in the first word; the default seed is 20111115; four numbers a block.
    CHECK(philox(20111115, {9999 / 4, 0, 0, 0})[9999 % 4] == 1955073260);
}

TEST_CASE("philox of batches is philox of scalars, whatever the high halves hold") {
    for (std::uint64_t trial = 0; trial < 2000; ++trial) {
        std::array<std::array<std::uint64_t, width>, 4> counters;
        for (std::size_t w = 0; w < 4; ++w)
            for (std::size_t l = 0; l < width; ++l) counters[w][l] = mixed(trial * 4 + w + (l << 40));
        const auto load = [&](std::size_t w) { return words_of_batch::load_unaligned(counters[w].data()); };
        const auto words = lanes::philox<batch>(philox_keys(trial), {load(0), load(1), load(2), load(3)});
        for (std::size_t l = 0; l < width; ++l) {
            const auto low = [&](std::size_t w) { return counters[w][l] & 0xffffffff; };
            const auto expected = philox(trial, {low(0), low(1), low(2), low(3)});
            for (std::size_t w = 0; w < 4; ++w) REQUIRE((words[w].get(l) & 0xffffffff) == expected[w]);
        }
    }
}

TEST_CASE("uniform numbers are the odd multiples of 2^-53, symmetric about 1/2") {
    for (std::uint64_t trial = 0; trial < 100000; ++trial) {
        const std::uint64_t word = mixed(trial), junk = mixed(trial + (std::uint64_t{1} << 32)) << 32;
        const auto uniform = [&](std::uint64_t bits) {
            return lanes::uniform_of_words<double>((bits >> 32) | junk, (bits & 0xffffffff) | junk);
        };
        const double u = uniform(word);
        REQUIRE(u == std::ldexp(static_cast<double>(2 * (word >> 12) + 1), -53));
        REQUIRE(uniform(~word) == 1 - u);
        REQUIRE(lanes::normal_quantile(uniform(~word)) == -lanes::normal_quantile(u));
        const auto of_batch = lanes::uniform_of_words<batch>(words_of_batch(word >> 32), words_of_batch(word | junk));
        REQUIRE(of_batch.get(width - 1) == u);
    }
}

TEST_CASE("a path's number reaches both halves of the counter") {
    for (const std::uint64_t path : {0xfffffffeull, 0xffffffffull, 0x100000000ull, 0x123456789abcdefull}) {
        const philox_keys keys(5);
        lanes::draws<double> of_path(keys, 9, path, path >> 32);
        for (std::uint64_t block = 0; block < 3; ++block) {
            const auto words = philox(5, {block, 9, path & 0xffffffff, path >> 32});
            CHECK(of_path.uniform() == lanes::uniform_of_words<double>(words[1], words[0]));
            CHECK(of_path.uniform() == lanes::uniform_of_words<double>(words[3], words[2]));
        }
    }
}

TEST_CASE("a million normal numbers have the moments and the distribution of the normal law") {
    constexpr std::size_t count = 1'000'000, cells = 100;
    std::array<std::uint64_t, cells> found{};
    std::array<double, cells> upper;
    for (std::size_t c = 0; c < cells; ++c) upper[c] = lanes::normal_quantile(static_cast<double>(c + 1) / cells);
    upper[cells - 1] = INFINITY;
    long double first = 0, second = 0, third = 0, fourth = 0, neighbours = 0;
    double previous = 0;
    const philox_keys keys(2024);
    for (std::size_t path = 0; path < count / 4; ++path) {
        lanes::draws<double> of_path(keys, 1, path, 0);
        for (int j = 0; j < 4; ++j) {
            const double z = of_path.normal();
            first += z;
            second += z * z;
            third += z * z * z;
            fourth += z * z * z * z;
            neighbours += z * previous;
            previous = z;
            ++found[static_cast<std::size_t>(std::upper_bound(upper.begin(), upper.end(), z) - upper.begin())];
        }
    }
    // Each mean has standard deviation sqrt(variance / count), the variances being those of z, z^2, z^3, z^4, z z'.
    const double root = std::sqrt(double(count));
    CHECK(std::abs(double(first) / count) < 4.5 * 1 / root);
    CHECK(std::abs(double(second) / count - 1) < 4.5 * std::sqrt(2) / root);
    CHECK(std::abs(double(third) / count) < 4.5 * std::sqrt(15) / root);
    CHECK(std::abs(double(fourth) / count - 3) < 4.5 * std::sqrt(96) / root);
    CHECK(std::abs(double(neighbours) / count) < 4.5 * 1 / root);
    // Chi-square with 99 degrees of freedom: mean 99, standard deviation sqrt(198).
    double chi_square = 0;
    for (const auto n : found) chi_square += std::pow(double(n) - double(count) / cells, 2) / (double(count) / cells);
    CHECK(std::abs(chi_square - 99) < 4.5 * std::sqrt(198));
}
