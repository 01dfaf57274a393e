// tests/monte_carlo_values.cpp: conformance of Monte Carlo: estimates against known expectations, refused arguments.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "environment.hpp"
#include "estimates.hpp"

#include <lanes/verify/monte_carlo.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using lanes::estimate;
using lanes::option;
using lanes::golden::bits;
using lanes::models::european_option;

namespace {

double normal_probability(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double black_scholes(const european_option& o) {
    const double deviation = o.volatility * std::sqrt(o.maturity);
    const double forward = o.spot * std::exp((o.rate - o.dividend_yield) * o.maturity);
    const double d1 = std::log(forward / o.strike) / deviation + deviation / 2, d2 = d1 - deviation;
    const double discount = std::exp(-o.rate * o.maturity);
    if (o.kind == option::call)
        return discount * (forward * normal_probability(d1) - o.strike * normal_probability(d2));
    return discount * (o.strike * normal_probability(-d2) - forward * normal_probability(-d1));
}

} // namespace

TEST_CASE("pi lies within 4.5 standard errors") {
    for (const std::uint64_t seed : {1, 2, 3, 42}) {
        const estimate result = lanes::monte_carlo(where, lanes::models::pi{}, {.samples = 400'000, .seed = seed});
        CHECK(std::abs(result.mean - std::numbers::pi) < 4.5 * result.standard_error);
        // The variance of a value that is 4 with probability p is known.
        const double p = result.mean / 4, n = static_cast<double>(result.samples);
        CHECK(std::abs(result.standard_error / (4 * std::sqrt(p * (1 - p) / (n - 1))) - 1) < 1e-12);
        CHECK(result.samples == 400'000);
    }
}

TEST_CASE("the caller's rounding mode changes no estimate and is left alone") {
    check_every_rounding_mode([&] {
        const european_option short_call{.spot = 100, .strike = 105, .rate = 0.03, .volatility = 0.2, .maturity = 0.7};
        const estimate price = lanes::monte_carlo(where, short_call, {.samples = 300});
        return std::array{bits(price.mean), bits(price.standard_error)};
    });
}

TEST_CASE("prices of Black and Scholes lie within 4.5 standard errors") {
    for (const auto kind : {option::call, option::put})
        for (const double strike : {70.0, 100.0, 140.0})
            for (const double dividend_yield : {0.0, 0.04, -0.01}) {
                const european_option model{.spot = 100,
                                            .strike = strike,
                                            .rate = 0.03,
                                            .volatility = 0.25,
                                            .maturity = 1.5,
                                            .kind = kind,
                                            .dividend_yield = dividend_yield};
                const estimate result = lanes::monte_carlo(where, model, {.samples = 200'000, .seed = 17});
                INFO("strike " << strike << " dividend " << dividend_yield);
                CHECK(std::abs(result.mean - black_scholes(model)) < 4.5 * result.standard_error);
                CHECK(result.standard_error < 0.2);
            }
}

TEST_CASE("without volatility or time an option is worth its discounted gain exactly") {
    european_option model = call;
    model.strike = 90;
    model.volatility = 0;
    const double gain = std::exp(-0.05) * (100 * std::exp(0.05) - 90);
    estimate result = lanes::monte_carlo(where, model, {.samples = 3000});
    CHECK(std::abs(result.mean - gain) < 1e-12);
    CHECK(result.standard_error < 1e-13);
    model.maturity = 0;
    model.volatility = 0.3;
    result = lanes::monte_carlo(where, model, {.samples = 1000});
    CHECK(result.mean == 10);
    CHECK(result.standard_error == 0);
    model.kind = option::put;
    CHECK(lanes::monte_carlo(where, model, {.samples = 1000}).mean == 0);
}

TEST_CASE("95 of 100 confidence intervals hold the expectation") {
    int inside = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const estimate result = lanes::monte_carlo(where, lanes::models::pi{}, {.samples = 4000, .seed = seed});
        inside += std::abs(result.mean - std::numbers::pi) < 1.96 * result.standard_error;
    }
    CHECK(inside >= 368);
    CHECK(inside <= 392);
}

TEST_CASE("streams and seeds do not repeat one another") {
    std::vector<double> means;
    for (const std::uint64_t seed : {0ull, 1ull, 0x100000000ull, 0x100000001ull})
        for (const std::uint64_t stream : {0ull, 1ull, 0xffffffffull})
            means.push_back(lanes::monte_carlo(where, call, {.samples = 1000, .seed = seed, .stream = stream}).mean);
    std::sort(means.begin(), means.end());
    CHECK(std::adjacent_find(means.begin(), means.end()) == means.end());
}

TEST_CASE("monte_carlo without options draws a million samples of seed 42") {
    const estimate result = lanes::monte_carlo(lanes::models::pi{});
    CHECK(result.samples == 1'000'000);
    CHECK(same_bits(result,
                    lanes::monte_carlo(where, lanes::models::pi{}, {.samples = 1'000'000, .seed = 42, .stream = 0})));
}

TEST_CASE("an exception of a model reaches the caller") {
    if (is_device) SKIP("code on a device cannot throw");
    struct trouble {};
    const auto model = [](auto& draws) -> double {
        if (draws.uniform() > 0.999) throw trouble();
        return 1;
    };
    for (const auto& variant : variants())
        CHECK_THROWS_AS(lanes::monte_carlo(variant, model, {.samples = 100000}), trouble);
}

TEST_CASE("NaN and infinity of a model show in the estimate") {
    const double infinity = std::numeric_limits<double>::infinity();
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const auto some = [](double value) {
        return [value](auto& draws) { return draws.uniform() < 0.01 ? value : 1.0; };
    };
    for (const double value : {infinity, nan, -nan}) {
        const estimate result = lanes::monte_carlo(where, some(value), {.samples = 5000});
        CHECK(bits(result.mean) == (value == infinity ? bits(infinity) : bits(nan)));
        CHECK(bits(result.standard_error) == bits(nan));
    }
}

TEST_CASE("monte_carlo refuses what makes no sense") {
    const auto refuses = [](const auto& model, lanes::sampling options, const char* message) {
        for (const auto& variant : variants())
            CHECK_THROWS_MATCHES(lanes::monte_carlo(variant, model, options), std::invalid_argument,
                                 MessageMatches(ContainsSubstring(message)));
    };
    const lanes::models::pi pi;
    refuses(pi, {.samples = 0}, "monte_carlo: samples is 0, must be at least 2");
    refuses(pi, {.samples = 1}, "monte_carlo: samples is 1, must be at least 2");
    refuses(pi, {.samples = 10, .stream = 0x100000000}, "monte_carlo: stream is 4294967296, must be below 4294967296");
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const auto refuses_option = [&](auto member, double value, const char* message) {
        european_option model = call;
        model.*member = value;
        refuses(model, {.samples = 10}, message);
    };
    refuses_option(&european_option::spot, 0, "monte_carlo: spot is 0, must be positive");
    refuses_option(&european_option::spot, infinity, "monte_carlo: spot is inf, must be finite");
    refuses_option(&european_option::strike, -1, "monte_carlo: strike is -1, must not be negative");
    refuses_option(&european_option::rate, nan, "monte_carlo: rate is nan, must be finite");
    refuses_option(&european_option::volatility, -0.2, "monte_carlo: volatility is -0.2, must not be negative");
    refuses_option(&european_option::maturity, -1, "monte_carlo: maturity is -1, must not be negative");
    refuses_option(&european_option::dividend_yield, -infinity, "monte_carlo: dividend_yield is -inf, must be finite");
    european_option model = call;
    model.strike = 0; // a share delivered later: allowed
    CHECK(std::abs(lanes::monte_carlo(where, model, {.samples = 100'000}).mean - 100) < 1);
}
