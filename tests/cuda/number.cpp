// tests/cuda/number.cpp: the device's shorter ways to the bits of exp, quotient and draws, beside those of the host.
// SPDX-License-Identifier: MIT
#include "../data.hpp"

#include <cuda/machine.cuh>

#include <lanes/core/elementary.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/random.hpp>
#include <lanes/verify/golden.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

using namespace lanes;
using golden::bits;
using device_double = device_number<double>;
using device_pack = pack<device_double, 4>;

namespace {

const double least_part = std::bit_cast<double>(coefficients<double>::log_pivot) - 1; // f = m - 1 of a logarithm

bool is_same(double a, double b) {
    return a != a ? b != b : bits(a) == bits(b);
}

/// Where `of(x)` differs between double and both kinds of device numbers, whatever stands beside x in a pack.
template <class Function>
std::size_t differences(std::span<const double> x, const Function& of) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = of(x[i]);
        const device_pack beside([&](std::size_t k) { return device_double(x[(i + k * k * 7) % x.size()]); });
        count += !is_same(of(device_double(x[i])).value, expected) || !is_same(of(beside).items[0].value, expected);
    }
    return count;
}

std::mt19937_64 generator(5);

} // namespace

TEST_CASE("device numbers: reciprocals are correctly rounded from every start") {
    std::size_t wrong = 0;
    const auto check = [&](double b) {
        const std::uint32_t high = halves::high_of_reciprocal(b);
        wrong += bits(near_reciprocal(high, b)) != bits(1 / b);
        if (b == 2 - 0x1p-52) return; // from no other start than that of 1 / 2
        for (const std::uint32_t start : {high - 1, high + 1}) wrong += bits(near_reciprocal(start, b)) != bits(1 / b);
    };
    for (std::uint64_t i = 0; i < 100'000; ++i) // divisors that end in ones and in zeros
        for (const std::uint64_t b : {bits(1.0) + i, bits(2.0) - 1 - i, bits(2.0) + i}) check(std::bit_cast<double>(b));
    for (std::size_t i = 0; i < 1'000'000; ++i)
        check(std::bit_cast<double>(bits(1.0) + (generator() >> 11))); // in [1, 4)
    // Those whose reciprocal is close to the middle of two numbers: b middle is 2^106, but for 2^-22 of what is usual.
    std::size_t close = 0;
    for (std::size_t i = 0; i < 20'000'000; ++i) {
        __extension__ using wide = unsigned __int128;
        const std::uint64_t middle = (generator() >> 11 | std::uint64_t{1} << 53) | 1;
        const auto b = static_cast<std::uint64_t>((wide{1} << 106) / middle);
        const std::uint64_t left = static_cast<std::uint64_t>((wide{1} << 106) - wide{b} * middle),
                            more = middle - left;
        if (left >> 31 != 0 && more >> 31 != 0) continue;
        ++close;
        check(static_cast<double>(more < left ? b + 1 : b) * 0x1p-52);
    }
    CHECK(close > 2);
    CHECK(wrong == 0);
}

TEST_CASE("device numbers: quotients are correctly rounded") {
    std::size_t wrong = 0;
    const auto check = [&](double a, double b) { wrong += bits(near_quotient(a, b)) != bits(a / b); };
    for (std::int64_t i = 0; i < 100'000; ++i) { // of parts of a logarithm, beside f = 0
        const double f = static_cast<double>(i) * 0x1p-52, g = static_cast<double>(i + 1) * -0x1p-53;
        check(f, 2 + f);
        check(g, 2 + g);
    }
    for (std::size_t i = 0; i < 2'000'000; ++i) { // in their whole range
        const double f = std::bit_cast<double>(coefficients<double>::log_pivot + (generator() >> 12)) - 1;
        check(f, 2 + f);
    }
    check(least_part, 2 + least_part);
    for (std::size_t i = 0; i < 1'000'000; ++i) { // and all that is promised
        const double b = std::bit_cast<double>(bits(1.0) + (generator() >> 11));
        const double a = std::bit_cast<double>(bits(0x1p-900) + generator() % (bits(4.0) - bits(0x1p-900)));
        check(a, b);
        check(-a, b);
    }
    check(0.0, 1.5);
    CHECK(wrong == 0);
}

TEST_CASE("device numbers: the divisor whose bits are all ones needs the 1 in the low half of the start") {
    const double f = -0x1p-52, b = 2 + f;
    CHECK(bits(b) == bits(2.0) - 1);
    CHECK(bits(near_quotient(f, b)) == bits(f / b));
    const auto from = [&](double r) { // the steps of near_quotient from a whole start
        double e = std::fma(-b, r, 1.0);
        e = std::fma(e, e, e);
        r = std::fma(r, e, r);
        r = std::fma(r, std::fma(-b, r, 1.0), r);
        const double q = f * r;
        return std::fma(r, std::fma(-b, q, f), q);
    };
    CHECK(bits(from(0.5 + 0x1p-53)) == bits(f / b));
    CHECK(bits(from(0.5)) != bits(f / b));
}

TEST_CASE("device numbers: normal numbers of draws, from the centre to the farthest tails") {
    std::vector<double> u;
    for (int power = 0; power < 53; ++power) // odd multiples of 2^-53 of every size, and their mirror images
        for (std::uint64_t k : {std::uint64_t{0}, std::uint64_t{1}, generator(), generator(), generator()}) {
            const std::uint64_t below = (std::uint64_t{1} << power) - 1;
            u.push_back(static_cast<double>((std::uint64_t{1} << power | (k & below)) | 1) * 0x1p-53);
            u.push_back(1 - u.back());
        }
    for (std::size_t i = 0; i < 300'000; ++i) u.push_back(static_cast<double>(generator() >> 11 | 1) * 0x1p-53);
    for (int k = 0; k < 2000; ++k) { // around the border of the tails, 4 u (1 - u) = e^-6.25
        const double border = (1 - std::sqrt(1 - std::exp(-6.25))) / 2;
        u.push_back((std::floor(border * 0x1p52) + k - 1000) * 0x1p-52 + 0x1p-53);
    }
    CHECK(differences(u, []<class Value>(Value x) { return normal_of_uniform<true>(x); }) == 0);
    u.insert(u.end(), {0, 1, -0.0, -1, 2, infinity_of<double>, -infinity_of<double>, nan_of<double>, -nan_of<double>,
                       0x1p-54, 1e-300, 0.1, 0.3});
    CHECK(differences(u, []<class Value>(Value x) { return normal_quantile(x); }) == 0);
}

TEST_CASE("device numbers: exp, on both sides of the border of its shorter way") {
    std::vector<double> x{0,
                          -0.0,
                          infinity_of<double>,
                          -infinity_of<double>,
                          nan_of<double>,
                          -nan_of<double>,
                          5e-324,
                          -5e-324,
                          0x1p-60,
                          1e308,
                          -1e308,
                          709.78,
                          709.79,
                          -708.39,
                          -708.4,
                          -745.13,
                          -745.14,
                          800,
                          -800,
                          799.9};
    for (const double border : {700.0, -700.0, 0.34657359027997264, -0.34657359027997264, 693.4937970902252})
        for (int k = -20; k <= 20; ++k) x.push_back(border + k * std::abs(border) * 0x1p-52);
    for (std::size_t i = 0; i < 200'000; ++i) {
        const double u = static_cast<double>(generator() >> 11) * 0x1p-53;
        x.push_back((u - 0.5) * 1500);
        x.push_back((u - 0.5) * 2);
    }
    CHECK(differences(x, []<class Value>(Value y) { return lanes::exp(y); }) == 0);
    for (const double y : {700.0, -700.0, infinity_of<double>, nan_of<double>})
        CHECK(number<device_double>::is_beyond(y, 700.0));
    for (const double y : {699.9999, -699.9999, 0.0}) CHECK(!number<device_double>::is_beyond(y, 700.0));
}

TEST_CASE("device numbers: log and positive parts of every kind of number") {
    std::vector<double> x{0,
                          -0.0,
                          infinity_of<double>,
                          -infinity_of<double>,
                          nan_of<double>,
                          -nan_of<double>,
                          5e-324,
                          -5e-324,
                          0x1p-1022,
                          0x1p-1023,
                          1,
                          -1,
                          1e308,
                          1 - 0x1p-53,
                          1 + 0x1p-52};
    for (std::size_t i = 0; i < 200'000; ++i) x.push_back(std::bit_cast<double>(generator()));
    CHECK(differences(x, []<class Value>(Value y) { return lanes::log(y); }) == 0);
    CHECK(differences(x, []<class Value>(Value y) { return positive_part(y); }) == 0);
    CHECK(differences(x, []<class Value>(Value y) { return lanes::max(y, Value(0.0)); }) == 0);
    CHECK(bits(positive_part(device_double(-0.0)).value) == 0);
}

TEST_CASE("device numbers: uniform numbers of packs are the words of the generator") {
    const philox_keys keys(0xfedcba9876543210);
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        const std::uint64_t path = generator() & 0xffffffff, upper = i % 3, block = i % 5, stream = i % 7;
        using word = number<device_pack>::word;
        const word paths([&](std::size_t k) { return (path + 32 * k) & 0xffffffff; });
        const auto of_pack = uniforms_of_block<device_pack>(keys, block, stream, paths, upper);
        for (std::size_t k = 0; k < 4; ++k) {
            const auto words = philox<double>(keys, {block, stream, paths.items[k], upper});
            REQUIRE(bits(of_pack[0].items[k].value) == bits(uniform_of_words<double>(words[1], words[0])));
            REQUIRE(bits(of_pack[1].items[k].value) == bits(uniform_of_words<double>(words[3], words[2])));
        }
    }
}
