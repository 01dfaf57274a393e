// tests/recurrence.cpp: the bits of the exponential moving averages: golden, and the same on every backend.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"

#include <lanes/verify/recurrence.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

using lanes::decay;
using lanes::ewm;
using lanes::golden::bits;
using lanes::golden::data;
using lanes::golden::mixed;

namespace {

template <class T>
std::size_t first_difference(const auto& a, const auto& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (bits(lanes::canonical_nan<T>(a[i])) != bits(lanes::canonical_nan<T>(b[i]))) return i;
    return a.size();
}

/// Uniform numbers of which `missing` in 256 are NaN or infinite, singly, and then whole runs.
template <class T>
std::vector<T> with_gaps(std::size_t size, unsigned missing, std::vector<std::pair<std::size_t, std::size_t>> runs) {
    constexpr T none[] = {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                          -std::numeric_limits<T>::infinity()};
    auto x = numbers<T>(data::uniform, 41, size);
    for (std::size_t i = 0; i < size; ++i)
        if (mixed(i + 7) >> 56 < missing) x[i] = none[mixed(i) % 3];
    for (const auto& [first, last] : runs)
        for (std::size_t i = first; i < std::min(last, size); ++i) x[i] = none[0];
    return x;
}

constexpr std::size_t sizes[] = {0,    1,    2,    7,    8,    9,    63,   64,   65,   127,  129,  511,   512,   513,
                                 1000, 1023, 1025, 2047, 4095, 4096, 4097, 5000, 8191, 8192, 8193, 12288, 20000, 70001};

} // namespace

TEST_CASE("golden bits of the recurrences") {
    for (const auto& variant : variants())
        lanes::golden::recurrence(variant, [](const std::string& name, std::uint64_t expected, std::uint64_t actual) {
            INFO(name);
            CHECK(actual == expected);
        });
}

TEMPLATE_TEST_CASE("ema has the bits of serial", "", float, double) {
    for (const std::size_t size : sizes)
        for (const double alpha : {1.0, 0.999, 0.3, 1e-3, 1e-12})
            for (const data kind : {data::uniform, data::offset, data::wide}) {
                const auto x = numbers<TestType>(kind, 5, size);
                const auto expected = lanes::ema(lanes::serial, x, alpha);
                for (const auto& variant : variants()) {
                    CAPTURE(size, alpha, static_cast<int>(kind));
                    CHECK(first_difference<TestType>(lanes::ema(variant, x, alpha), expected) == size);
                    auto in_place = x;
                    lanes::ema(variant, in_place, in_place, alpha);
                    CHECK(first_difference<TestType>(in_place, expected) == size);
                }
            }
}

TEMPLATE_TEST_CASE("averages have the bits of serial for every weight", "", float, double) {
    // Of weights near powers of two, powers of lambda lie half way between two floats or near underflow.
    for (int e = 1; e <= 60; ++e)
        for (const double alpha :
             {std::ldexp(1.0, -e), std::ldexp(3.0, -e - 1), 1 - std::ldexp(1.0, -e),
              std::ldexp(1 + std::ldexp(1.0, -e / 2 - 1), -e / 2 - 1), 2.0 / (1.0 + static_cast<double>(e * e))})
            for (const std::size_t size : {5, 20, 31, 33, 62, 520}) {
                const auto x = numbers<TestType>(data::uniform, static_cast<std::uint64_t>(e), size);
                const auto expected = lanes::ema(lanes::serial, x, alpha);
                const auto mean = lanes::ewm_mean(lanes::serial, x, ewm{.decay = decay::alpha(alpha)});
                for (const auto& variant : variants()) {
                    CAPTURE(size, alpha);
                    REQUIRE(first_difference<TestType>(lanes::ema(variant, x, alpha), expected) == size);
                    REQUIRE(first_difference<TestType>(lanes::ewm_mean(variant, x, ewm{.decay = decay::alpha(alpha)}),
                                                       mean) == size);
                }
            }
}

TEST_CASE("powers of lambda half way between two floats are rounded once") {
    // Found among all alpha: as a double, such a power is half way; what the double leaves out says which way to go.
    for (const double alpha : {0x1.661766p-9, 0x1.839c0ap-18, 0x1.bf543ep-19, 0x1.58e39ap-21}) {
        std::vector<float> x(4097);
        x.back() = x.front() = 1;
        const auto expected = lanes::ema(lanes::serial, x, alpha);
        for (const auto& variant : variants()) {
            CAPTURE(alpha);
            CHECK(first_difference<float>(lanes::ema(variant, x, alpha), expected) == x.size());
        }
    }
}

TEMPLATE_TEST_CASE("ema of a long array has the bits of serial", "", float, double) {
    const auto x = numbers<TestType>(data::uniform, 6, 1000003); // long enough for threads of their own accord
    const auto expected = lanes::ema(lanes::serial, x, 1e-3);
    for (const auto& variant : variants())
        CHECK(first_difference<TestType>(lanes::ema(variant, x, 1e-3), expected) == x.size());
}

TEMPLATE_TEST_CASE("an ema that has all but faded has the bits of serial", "", float, double) {
    // Behind tiles of the first value, 0, nothing is left but what was long before, and no bit of it may be missing:
    // threads take turns of 16 tiles and guess what comes into one from the one to four tiles before it.
    for (const double part : {1.0, 0.51, 0.34, 0.255}) {
        const double alpha = part * (std::is_same_v<TestType, float> ? 0.0076 : 0.0116);
        for (const std::size_t faded : {4096, 15 * 4096, 16 * 4096, 40 * 4096}) {
            auto x = numbers<TestType>(data::uniform, 7, 50 * 4096 + 17);
            x[0] = 0;
            for (std::size_t i = 10000; i < x.size(); ++i)
                if ((i / faded) % 2 == 1) x[i] = 0;
            const auto expected = lanes::ema(lanes::serial, x, alpha);
            for (const auto& variant : variants())
                CHECK(first_difference<TestType>(lanes::ema(variant, x, alpha), expected) == x.size());
        }
    }
}

TEMPLATE_TEST_CASE("ewm_mean has the bits of serial", "", float, double) {
    const std::vector<std::vector<std::pair<std::size_t, std::size_t>>> gaps = {{},
                                                                                {{0, 1}},
                                                                                {{0, 5000}},
                                                                                {{3, 5}, {100, 109}, {200, 270}},
                                                                                {{4090, 4100}, {9000, 20000}},
                                                                                {{0, 10}, {4095, 4096}, {8192, 8193}},
                                                                                {{0, 70001}}};
    for (const std::size_t size : sizes)
        for (const unsigned missing : {0, 3, 128})
            for (const auto& runs : gaps) {
                if (size > 10000 && missing == 3) continue;
                const auto x = with_gaps<TestType>(size, missing, runs);
                for (const double alpha : {1.0, 0.2, 1e-4})
                    for (unsigned mode = 0; mode < 4; ++mode) {
                        if (is_slow && size > 1100 && (size + missing + mode) % 5 != 0) continue;
                        const ewm weights{decay::alpha(alpha), mode < 2, mode % 2 == 1, mode * 50};
                        const auto expected = lanes::ewm_mean(lanes::serial, x, weights);
                        for (const auto& variant : variants()) {
                            const auto actual = lanes::ewm_mean(variant, x, weights);
                            const std::size_t at = first_difference<TestType>(actual, expected);
                            if (at == size) continue;
                            CAPTURE(size, missing, runs.size(), alpha, mode, at, actual[at], expected[at]);
                            CHECK(at == size);
                        }
                    }
            }
}

TEMPLATE_TEST_CASE("a first value of -0 is repeated with its sign", "", float, double) {
    constexpr TestType none = std::numeric_limits<TestType>::quiet_NaN();
    for (const std::size_t size : {3, 12, 70, 5000}) {
        std::vector<TestType> x(size, none);
        x[1] = TestType(-0.0);
        for (unsigned mode = 0; mode < 4; ++mode) {
            const ewm weights{decay::alpha(0.5), mode < 2, mode % 2 == 1};
            for (const auto& variant : variants()) {
                const auto y = lanes::ewm_mean(variant, x, weights);
                for (std::size_t i = 1; i < size; ++i) REQUIRE(bits(y[i]) == bits(TestType(-0.0)));
            }
        }
    }
}
