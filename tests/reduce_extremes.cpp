// tests/reduce_extremes.cpp: minimum and maximum: every element counts, and so do NaN and the sign of zero.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using lanes::golden::bits;
using lanes::golden::data;

TEMPLATE_TEST_CASE("extremes know NaN and the sign of zero", "", float, double) {
    using T = TestType;
    constexpr T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
    for (const std::size_t n : {1, 5, 64, 200, 1024, 3000})
        for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
            CAPTURE(n, at);
            std::vector<T> x(n, T(0.0));
            x[at] = T(-0.0);
            CHECK(std::signbit(lanes::minimum(where, x)));
            CHECK(std::signbit(lanes::maximum(where, x)) == (n == 1));
            x.assign(n, T(-0.0));
            x[at] = T(0.0);
            CHECK(!std::signbit(lanes::maximum(where, x)));
            CHECK(std::signbit(lanes::minimum(where, x)) == (n > 1));
            x = numbers<T>(data::wide, 25, n);
            x[at] = -infinity;
            CHECK(lanes::minimum(where, x) == -infinity);
            x[at] = infinity;
            CHECK(lanes::maximum(where, x) == infinity);
            x[at] = nan;
            CHECK(bits(lanes::minimum(where, x)) == bits(nan));
            CHECK(bits(lanes::maximum(where, x)) == bits(nan));
            x = numbers<T>(data::wide, 26, n);
            CHECK(lanes::minimum(where, x) == *std::min_element(x.begin(), x.end()));
            CHECK(lanes::maximum(where, x) == *std::max_element(x.begin(), x.end()));
            x.assign(n, infinity);
            CHECK(lanes::minimum(where, x) == infinity);
        }
}

TEMPLATE_TEST_CASE("extremes see every element", "", float, double) {
    using T = TestType;
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    // 1100 doubles or floats are groups of registers, single registers and what is left; 9000 are several pieces too.
    for (const std::size_t n : {1, 2, 3, 7, 17, 33, 63, 100, 129, 1100, 9000}) {
        std::vector<T> x(n);
        for (std::size_t i = 0; i < n; ++i) x[i] = T(1 + lanes::golden::mixed(i) % 1000);
        const std::size_t step = n <= 129 || !is_slow ? 1 : 61;
        for (std::size_t at = 0; at < n; at += n <= 1100 ? step : 7 * step) {
            const T kept = x[at];
            CAPTURE(n, at);
            x[at] = T(0.5);
            REQUIRE(lanes::minimum(where, x) == T(0.5));
            x[at] = T(2000);
            REQUIRE(lanes::maximum(where, x) == T(2000));
            x[at] = T(-0.0);
            REQUIRE(bits(lanes::minimum(where, x)) == bits(T(-0.0)));
            x[at] = nan;
            REQUIRE(bits(lanes::minimum(where, x)) == bits(nan));
            REQUIRE(bits(lanes::maximum(where, x)) == bits(nan));
            x[at] = kept;
        }
        std::vector<T> zeros(n, T(-0.0)), others(n, T(0.0)); // and one of the other sign, also after a piece of zeros
        for (std::size_t at = 0; at < n; at += n <= 1100 ? step : 7 * step) {
            CAPTURE(n, at);
            zeros[at] = T(0.0);
            REQUIRE(bits(lanes::maximum(where, zeros)) == bits(T(0.0)));
            zeros[at] = nan;
            REQUIRE(bits(lanes::maximum(where, zeros)) == bits(nan));
            zeros[at] = T(-0.0);
            others[at] = T(-0.0);
            REQUIRE(bits(lanes::minimum(where, others)) == bits(T(-0.0)));
            others[at] = T(-3);
            REQUIRE(lanes::minimum(where, others) == T(-3));
            others[at] = T(3);
            REQUIRE(bits(lanes::minimum(where, others)) == bits(n == 1 ? T(3) : T(0.0)));
            others[at] = T(0.0);
        }
        REQUIRE(bits(lanes::maximum(where, zeros)) == bits(T(-0.0)));
    }
}
