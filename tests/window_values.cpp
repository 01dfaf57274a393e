// tests/window_values.cpp: moving sums and averages against exact arithmetic, pandas' rules, misuse.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"
#include "quad.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <optional>

using lanes::golden::bits;
using lanes::golden::data;

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

/// Small whole numbers, whose sums are exact in any order.
template <class T>
std::vector<T> whole_numbers(std::uint64_t seed, std::size_t n) {
    std::vector<T> x(n);
    for (std::size_t i = 0; i < n; ++i)
        x[i] = static_cast<T>(static_cast<int>(lanes::golden::mixed(seed * 77777 + i) % 101) - 50);
    return x;
}

} // namespace

TEMPLATE_TEST_CASE("moving sums stay within their bound", "", float, double) {
    using T = TestType;
    const quad u = static_cast<quad>(std::numeric_limits<T>::epsilon()) / 2;
    const std::size_t n = 9000;
    for (const data kind : {data::uniform, data::offset}) {
        const auto x = numbers<T>(kind, 41, n);
        std::vector<quad> sum(n + 1, 0), size(n + 1, 0); // exact: multiples of 2^-52 below 2^44
        for (std::size_t i = 0; i < n; ++i) {
            sum[i + 1] = sum[i] + static_cast<quad>(x[i]);
            size[i + 1] = size[i] + absolute(static_cast<quad>(x[i]));
        }
        for (const std::size_t w : {1, 2, 5, 18, 63, 64, 65, 200, 1000, 4096, 5000}) {
            const quad factor = w <= 64 ? 6 : w <= 4096 ? 14 : 22;
            const auto sums = lanes::moving_sum(where, x, w), means = lanes::moving_average(where, x, w);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < sums.size(); ++i) {
                const quad truth = sum[i + w] - sum[i], bound = factor * u * (size[i + w] - size[i]);
                const quad mean = truth / static_cast<quad>(w), computed = static_cast<quad>(means[i]);
                wrong += !(absolute(static_cast<quad>(sums[i]) - truth) <= bound);
                wrong += !(absolute(computed - mean) <= bound / static_cast<quad>(w) + u * absolute(computed));
            }
            CAPTURE(static_cast<int>(kind), w);
            CHECK(wrong == 0);
        }
    }
}

TEMPLATE_TEST_CASE("moving sums of whole numbers are exact", "", float, double) {
    using T = TestType;
    const std::size_t n = 6000;
    const auto x = whole_numbers<T>(1, n);
    for (const std::size_t w : {1, 4, 20, 64, 65, 128, 300, 4097, 6000})
        for (const auto& variant : variants()) {
            const auto sums = lanes::moving_sum(variant, x, w), means = lanes::moving_average(variant, x, w);
            long long sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += static_cast<long long>(x[i]);
                if (i + 1 < w) continue;
                CAPTURE(w, i);
                REQUIRE(static_cast<long long>(sums[i + 1 - w]) == sum);
                REQUIRE(means[i + 1 - w] == static_cast<T>(sum) / static_cast<T>(w));
                sum -= static_cast<long long>(x[i + 1 - w]);
            }
        }
}

TEMPLATE_TEST_CASE("nothing leaves its window", "", float, double) {
    using T = TestType;
    const std::size_t n = 3000;
    const auto clean = numbers<T>(data::uniform, 42, n);
    for (const T spike : {T(1e30), not_a_number<T>, infinity<T>, -infinity<T>, std::numeric_limits<T>::max()})
        for (const std::size_t w : {1, 3, 64, 65, 127, 200, 1500})
            for (const std::size_t at : {0, 1, 700, 1344, 2999}) {
                auto x = clean;
                x[at] = spike;
                const auto expected = lanes::moving_sum(where, clean, w), sums = lanes::moving_sum(where, x, w);
                const auto expected_means = lanes::moving_average(where, clean, w),
                           means = lanes::moving_average(where, x, w);
                std::size_t wrong = 0;
                for (std::size_t i = 0; i < sums.size(); ++i) {
                    if (i <= at && at < i + w) {
                        if (spike != spike) wrong += !(sums[i] != sums[i]);
                        else wrong += !(std::abs(sums[i]) >= std::abs(spike) / 2);
                        if (std::isinf(spike)) wrong += means[i] != spike;
                    } else {
                        wrong += bits(sums[i]) != bits(expected[i]);
                        wrong += bits(means[i]) != bits(expected_means[i]);
                    }
                }
                CAPTURE(spike, w, at);
                CHECK(wrong == 0);
            }
}

TEMPLATE_TEST_CASE("properties of moving averages", "", float, double) {
    using T = TestType;
    const std::size_t n = 2000;
    SECTION("non-negative elements have non-negative averages") {
        auto x = numbers<T>(data::wide, 43, n);
        for (std::size_t i = 0; i < n; ++i) x[i] = i % 700 < 400 ? T(0) : std::abs(x[i]);
        for (const std::size_t w : {2, 40, 64, 65, 300, 1900})
            for (const T mean : lanes::moving_average(where, x, w)) REQUIRE_FALSE(std::signbit(mean));
    }
    SECTION("a window of up to 64 does not depend on where it lies") {
        const auto x = numbers<T>(data::wide, 44, n);
        for (std::size_t w = 1; w <= 64; ++w) {
            const auto all = lanes::moving_sum(where, x, w);
            for (const std::size_t shift : {1, 13, 500}) {
                const auto tail = lanes::moving_sum(where, std::span<const T>(x).subspan(shift), w);
                for (std::size_t i = 0; i < tail.size(); i += 3) REQUIRE(bits(tail[i]) == bits(all[i + shift]));
            }
        }
    }
    SECTION("width 1 is the identity") {
        auto x = numbers<T>(data::wide, 45, n);
        x[3] = T(-0.0), x[5] = infinity<T>, x[6] = -infinity<T>, x[8] = std::numeric_limits<T>::denorm_min();
        x[9] = std::numeric_limits<T>::max();
        const auto sums = lanes::moving_sum(where, x, 1), means = lanes::moving_average(where, x, 1);
        for (std::size_t i = 0; i < n; ++i) {
            REQUIRE(bits(sums[i]) == bits(x[i]));
            REQUIRE(bits(means[i]) == bits(x[i]));
        }
    }
    SECTION("a sum of negative zeros is a negative zero") {
        const std::vector<T> zeros(n, T(-0.0));
        for (const std::size_t w : {1, 7, 64, 65, 500})
            for (const T mean : lanes::moving_average(where, zeros, w)) REQUIRE(bits(mean) == bits(T(-0.0)));
    }
}

TEMPLATE_TEST_CASE("averages are true quotients", "", float, double) {
    using T = TestType;
    // One element per window, all others -0, so that the sum is this element: of every exponent, and special ones.
    using word = decltype(std::bit_cast<std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>>(T()));
    for (const std::size_t w : {1, 2, 3, 5, 7, 10, 49, 63, 64, 65, 100, 127, 1000}) {
        std::vector<T> sums;
        for (word exponent = 0; exponent < (sizeof(T) == 8 ? 2047u : 255u);
             exponent += sizeof(T) == 8 && w > 100 ? 13 : 1)
            for (std::uint64_t k = 0; k < 3; ++k) {
                const auto random = static_cast<word>(lanes::golden::mixed(exponent * 16 + k + w));
                const int mantissa = std::numeric_limits<T>::digits - 1;
                const word sign = random >> (8 * sizeof(T) - 1) << (8 * sizeof(T) - 1);
                const word fraction = random & ((word{1} << mantissa) - 1);
                sums.push_back(
                    std::bit_cast<T>(static_cast<word>(sign | (exponent << mantissa) | (k == 2 ? 0 : fraction))));
            }
        for (const T special : {T(0), infinity<T>, -infinity<T>, not_a_number<T>, std::numeric_limits<T>::max(),
                                std::numeric_limits<T>::denorm_min(), 3 * std::numeric_limits<T>::denorm_min()})
            sums.push_back(special);
        std::vector<T> x(sums.size() * w, T(-0.0));
        for (std::size_t k = 0; k < sums.size(); ++k) x[k * w] = sums[k];
        const auto means = lanes::moving_average(where, x, w);
        for (std::size_t i = 0; i < means.size(); ++i) {
            const T sum = sums[(i + w - 1) / w];
            if (bits(lanes::canonical_nan(means[i])) == bits(lanes::canonical_nan(sum / static_cast<T>(w)))) continue;
            CAPTURE(w, i, sum, means[i]);
            FAIL_CHECK("not the quotient");
        }
    }
}

TEMPLATE_TEST_CASE("quotients next to a tie", "", float, double) {
    using T = TestType;
    // s such that s / w lies as near to the middle of two numbers as it can: the hard cases of a rounded quotient.
    for (const std::size_t w : {3, 5, 7, 11, 13, 20, 33, 49, 63}) {
        std::vector<T> sums;
        const auto base = std::ldexp(T(1), std::numeric_limits<T>::digits); // quotients in [2^p, 2^(p+1)): spaced by 2
        for (std::uint64_t k = 0; k < 400; ++k) {
            const T number = base + 2 * static_cast<T>(lanes::golden::mixed(k + w) % 1'000'000 * (k % 2 == 0 ? 1 : 7));
            const quad middle = (static_cast<quad>(number) + 1) * static_cast<quad>(w);
            const T near = static_cast<T>(middle);
            for (const T s : {std::nextafter(near, T(0)), near, std::nextafter(near, infinity<T>)}) sums.push_back(s);
        }
        std::vector<T> x(sums.size() * w, T(-0.0));
        for (std::size_t k = 0; k < sums.size(); ++k) x[k * w] = sums[k];
        const auto means = lanes::moving_average(where, x, w);
        for (std::size_t k = 0; k < sums.size(); ++k) {
            CAPTURE(w, k);
            if (k * w < means.size()) REQUIRE(bits(means[k * w]) == bits(sums[k] / static_cast<T>(w)));
        }
    }
}

TEMPLATE_TEST_CASE("rolling_mean follows pandas", "", float, double) {
    using T = TestType;
    // Whole numbers have one sum, so the mean is known to the bit.
    const std::size_t n = 330;
    for (const int missing : {0, 2, 5, 40}) { // one in ... is NaN or infinite
        auto x = whole_numbers<T>(9, n);
        if (missing > 0)
            for (std::size_t i = 0; i < n; ++i)
                if (const auto z = lanes::golden::mixed(i + 5); z % static_cast<unsigned>(missing) == 0)
                    x[i] = z % 7 == 0 ? infinity<T> : z % 7 == 1 ? -infinity<T> : not_a_number<T>;
        for (const std::size_t w : {1, 2, 3, 4, 9, 64, 65, 100, 130, 329, 330, 331, 700})
            for (const bool center : {false, true})
                for (const auto policy : {lanes::nan_policy::propagate, lanes::nan_policy::skip})
                    for (const std::optional<std::size_t> least :
                         {std::optional<std::size_t>(), std::optional<std::size_t>(0), std::optional<std::size_t>(1),
                          std::optional<std::size_t>((w + 1) / 2), std::optional<std::size_t>(w)}) {
                        const lanes::rolling windows{.width = w, .min_periods = least, .center = center, .nan = policy};
                        for (const auto& variant : {variants().front(), variants().back()}) {
                            const auto means = lanes::rolling_mean(variant, x, windows);
                            REQUIRE(means.size() == n);
                            for (std::size_t i = 0; i < n; ++i) {
                                const auto end = static_cast<long>(i + (center ? (w - 1) / 2 : 0));
                                T sum = 0;
                                std::size_t count = 0;
                                for (long j = std::max(0L, end - static_cast<long>(w) + 1);
                                     j <= end && j < static_cast<long>(n); ++j) {
                                    const T element = x[static_cast<std::size_t>(j)];
                                    if (policy == lanes::nan_policy::skip && !std::isfinite(element)) continue;
                                    sum += element;
                                    ++count;
                                }
                                const bool enough = count >= std::max<std::size_t>(1, least.value_or(w));
                                const T expected = enough ? sum / static_cast<T>(count) : not_a_number<T>;
                                if (means[i] == expected || (means[i] != means[i] && expected != expected)) continue;
                                CAPTURE(missing, w, center, policy == lanes::nan_policy::skip, least.value_or(w), i);
                                FAIL_CHECK("not the mean");
                            }
                        }
                    }
    }
}

TEMPLATE_TEST_CASE("a window may be wider than any array", "", float, double) {
    using T = TestType;
    const auto x = whole_numbers<T>(3, 5000);
    for (const std::size_t w : {std::size_t{1} << 33, (std::size_t{1} << 40) + 77, std::size_t{1} << 62})
        for (const auto& variant : variants()) {
            const auto means = lanes::rolling_mean(variant, x, {.width = w, .min_periods = 1});
            const auto centered = lanes::rolling_mean(variant, x, {.width = w, .min_periods = 1, .center = true});
            long long sum = 0, all = 0;
            for (const T element : x) all += static_cast<long long>(element);
            for (std::size_t i = 0; i < x.size(); ++i) {
                sum += static_cast<long long>(x[i]);
                CAPTURE(w, i);
                REQUIRE(means[i] == static_cast<T>(sum) / static_cast<T>(i + 1));
                REQUIRE(centered[i] == static_cast<T>(all) / static_cast<T>(x.size()));
            }
            for (const T mean : lanes::rolling_mean(variant, x, {.width = w})) REQUIRE(mean != mean);
        }
}
