// tests/recurrence_use.cpp: the exponential moving averages as users call them: memory, argument types, bad arguments.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"
#include "environment.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cfenv>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

using lanes::decay;
using lanes::ewm;
using lanes::golden::data;

TEMPLATE_TEST_CASE("averages stay inside their memory, wherever it lies", "", float, double) {
    using T = TestType;
    const auto x = numbers<T>(data::uniform, 10, 9000);
    for (const std::size_t size :
         {1, 7, 8, 31, 32, 33, 65, 95, 96, 97, 160, 161, 511, 513, 544, 1000, 4095, 4097, 4128, 8999})
        for (const bool at_end : {true, false}) {
            const std::span<const T> values(x.data(), size);
            guarded<T> from(values, at_end), to(size, at_end);
            const auto expected = lanes::ema(lanes::serial, values, 0.2);
            for (const auto& variant : variants()) {
                lanes::ema(variant, from.span(), to.span(), 0.2);
                CHECK(std::equal(expected.begin(), expected.end(), to.span().begin()));
                lanes::ewm_mean(variant, from.span(), to.span(), ewm{.decay = decay::alpha(0.2), .adjust = false});
                CHECK(std::equal(expected.begin(), expected.end(), to.span().begin()));
            }
            auto gaps = std::vector<T>(values.begin(), values.end());
            for (std::size_t i = 0; i < size; ++i)
                if (i % 5 != 1) gaps[i] = nan_of<T>;
            guarded<T> with_gaps(gaps, at_end);
            for (unsigned mode = 0; mode < 4; ++mode) {
                const ewm weights{decay::alpha(0.2), mode < 2, mode % 2 == 1};
                const auto means = lanes::ewm_mean(lanes::serial, gaps, weights);
                for (const auto& variant : variants()) {
                    lanes::ewm_mean(variant, with_gaps.span(), to.span(), weights);
                    CHECK(std::equal(means.begin(), means.end(), to.span().begin(),
                                     [](T a, T b) { return a == b || (a != a && b != b); }));
                }
            }
            lanes::ema(where, from.span(), from.span(), 0.2);
            CHECK(std::equal(expected.begin(), expected.end(), from.span().begin()));
        }
    std::vector<T> room(5000), room_out(5000);
    for (std::size_t offset = 0; offset < 64 / sizeof(T); ++offset) {
        std::copy_n(x.begin(), 4900, room.begin() + offset);
        const std::span<const T> values(room.data() + offset, 4900);
        const std::span<T> out(room_out.data() + 64 / sizeof(T) - offset, 4900);
        const auto expected = lanes::ema(lanes::serial, std::span<const T>(x.data(), 4900), 0.01);
        lanes::ema(where, values, out, 0.01);
        CHECK(std::equal(expected.begin(), expected.end(), out.begin()));
    }
}

TEST_CASE("the caller's rounding mode changes no average and is left alone") {
    using lanes::golden::bits;
    const auto x = numbers<double>(data::wide, 27, 5000);
    check_every_rounding_mode([&] {
        return std::array{bits(lanes::ema(where, x, 0.3)[100]),
                          bits(lanes::ewm_mean(where, x, {.decay = decay::span(6)})[100]),
                          bits(lanes::ewm_mean(where, x, {.decay = decay::com(6)})[100]),
                          bits(lanes::ewm_mean(where, x, {.decay = decay::halflife(6)})[100])};
    });
}

#if !defined(LANES_TEST_DEVICE)
TEMPLATE_TEST_CASE("averages of numbers near 1 make no subnormal numbers, which are slow", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {1, 5, 20, 64, 65, 80, 100, 127, 128, 129, 136, 200, 513, 1000, 4096, 4097, 5000}) {
        std::vector<T> x(n), out(n);
        for (std::size_t i = 0; i < n; ++i) x[i] = T(0.5) + static_cast<T>(i % 7);
        for (const T alpha : {T(0.3), T(0.1), T(0.01)}) {
            CAPTURE(n, alpha);
            const auto decay = lanes::decay::alpha(static_cast<double>(alpha));
            std::feclearexcept(FE_ALL_EXCEPT);
            lanes::ema(where, x, out, alpha);
            CHECK(std::fetestexcept(FE_UNDERFLOW | FE_DIVBYZERO) == 0);
            lanes::ewm_mean(where, x, out, {.decay = decay});
            CHECK(std::fetestexcept(FE_UNDERFLOW | FE_DIVBYZERO) == 0);
            lanes::ewm_mean(where, x, out, {.decay = decay, .adjust = false});
            CHECK(std::fetestexcept(FE_UNDERFLOW | FE_DIVBYZERO) == 0);
        }
    }
}
#endif

TEST_CASE("averages refuse bad arguments") {
    const std::vector<double> x(10, 1.0);
    std::vector<double> out(10, 7.0);
    const auto untouched = [&] { return std::all_of(out.begin(), out.end(), [](double y) { return y == 7; }); };
    CHECK(message_of([&] { lanes::ema(where, x, out, 1.5); }) == "ema: alpha is 1.5, must be in (0, 1]");
    CHECK(message_of([&] { lanes::ema(where, x, out, 20); }) == "ema: alpha is 20, must be in (0, 1]");
    CHECK(message_of([&] { lanes::ema(where, x, out, 0.0); }) == "ema: alpha is 0, must be in (0, 1]");
    CHECK(message_of([&] { lanes::ema(where, x, out, -0.1); }) == "ema: alpha is -0.1, must be in (0, 1]");
    CHECK(message_of([&] { lanes::ema(where, x, out, nan_of<double>); }) == "ema: alpha is nan, must be in (0, 1]");
    CHECK(message_of([&] { (void)lanes::ema(where, x, 2.0); }) == "ema: alpha is 2, must be in (0, 1]");
    const std::vector<float> narrow(10, 1.0f);
    CHECK(message_of([&] { (void)lanes::ema(where, narrow, 1e-60); }) ==
          "ema: alpha is 1e-60, must not round to 0 in float");
    CHECK(message_of([&] { (void)lanes::ewm_mean(where, narrow, ewm{.decay = decay::alpha(1e-60)}); }) ==
          "ewm_mean: alpha is 1e-60, must not round to 0 in float");
    std::vector<double> larger(11, 7.0);
    CHECK(message_of([&] { lanes::ema(where, x, larger, 0.5); }) ==
          "ema: the size of out is 11, must be 10 (the size of x)");
    const ewm weights{.decay = decay::span(3)};
    CHECK(message_of([&] { lanes::ewm_mean(where, x, larger, weights); }) ==
          "ewm_mean: the size of out is 11, must be 10 (the size of x)");
    const std::span<double> all(larger);
    CHECK(message_of([&] { lanes::ema(where, all.first(10), all.last(10), 0.5); }) ==
          "ema: out overlaps x in part; it must be x itself or lie apart");
    CHECK(message_of([&] { lanes::ewm_mean(where, all, all, weights); }) ==
          "ewm_mean: out overlaps x; it must lie apart");
    CHECK(message_of([&] { lanes::ema(where, std::span<double>(static_cast<double*>(nullptr), 10), out, 0.5); }) ==
          "ema: x is a null pointer, must point to 10 elements");
    CHECK(untouched());

    CHECK(message_of([&] { decay::alpha(0); }) == "decay::alpha: alpha is 0, must be in (0, 1]");
    CHECK(message_of([&] { decay::alpha(nan_of<double>); }) == "decay::alpha: alpha is nan, must be in (0, 1]");
    CHECK(message_of([&] { decay::span(0.5); }) == "decay::span: span is 0.5, must be at least 1 and finite");
    CHECK(message_of([&] { decay::span(nan_of<double>); }) ==
          "decay::span: span is nan, must be at least 1 and finite");
    CHECK(message_of([&] { decay::com(-1); }) == "decay::com: com is -1, must be at least 0 and finite");
    CHECK(message_of([&] { decay::com(infinity_of<double>); }) ==
          "decay::com: com is inf, must be at least 0 and finite");
    for (const double wrong : {0.0, -1.0, nan_of<double>, infinity_of<double>, 1e17})
        CHECK(message_of([&] { decay::halflife(wrong); }).starts_with("decay::halflife: halflife is "));
}

TEST_CASE("averages take and return what users have") {
    const std::array<double, 3> x{1, 2, 4};
    double out[3];
    lanes::ema(x, out, 0.5);
    CHECK((out[0] == 1 && out[1] == 1.5 && out[2] == 2.75));
    const auto y = lanes::ema(x, 0.5);
    static_assert(std::is_same_v<decltype(y), const lanes::array<double>>);
    CHECK((y[0] == 1 && y[1] == 1.5 && y[2] == 2.75));
    const auto z = lanes::ewm_mean(x, ewm{.decay = decay::com(1), .adjust = false});
    CHECK((z[0] == 1 && z[1] == 1.5 && z[2] == 2.75));
    std::array<double, 3> means;
    lanes::ewm_mean(x, means, ewm{.decay = decay::com(1), .min_periods = 2});
    CHECK((std::isnan(means[0]) && means[1] == 1 + (0.5 * 0 + 1) / 1.5));
    CHECK(lanes::ema(std::vector<float>(), 0.5).size() == 0);
    CHECK(lanes::ewm_mean(where, std::vector<float>(), ewm{.decay = decay::com(1)}).size() == 0);
}
