// tests/monte_carlo.cpp: conformance of Monte Carlo.
// SPDX-License-Identifier: MIT
#include "backend.hpp"

#include <lanes/verify/monte_carlo.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <numbers>
#include <random>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using lanes::draws;
using lanes::estimate;
using lanes::option;
using lanes::golden::bits;
using lanes::models::european_option;

namespace {

const european_option call{.spot = 100, .strike = 105, .rate = 0.05, .volatility = 0.2, .maturity = 1};

bool same_bits(const estimate& a, const estimate& b) {
    return bits(a.mean) == bits(b.mean) && bits(a.standard_error) == bits(b.standard_error) && a.samples == b.samples;
}

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

/// Mean of a geometric random walk's price over several dates, less a strike: many draws a path, an odd number of them.
struct asian_option {
    int dates;
    auto operator()(auto& draws) const {
        auto logarithm = draws.normal();
        using Value = decltype(logarithm);
        Value sum(0.0);
        for (int date = 0; date < dates; ++date) {
            logarithm = lanes::fma(Value(0.1), draws.normal(), logarithm);
            sum += lanes::exp(logarithm);
        }
        return lanes::max(sum / Value(double(dates)) - Value(1.0), Value(0.0));
    }
};

} // namespace

TEST_CASE("golden bits of monte_carlo") {
    for (const auto& variant : variants())
        lanes::golden::monte_carlo(variant, [](const std::string& name, std::uint64_t expected, std::uint64_t actual) {
            INFO(name);
            CHECK(actual == expected);
        });
}

TEST_CASE("monte_carlo is the same on every backend") {
    // Around every border: of a register, of several registers, of a block, of the pairs of the tree.
    for (const std::size_t samples : {2,  3,    7,    8,    9,    15,   16,   17,   31,   32,   33,    63,   64,
                                      65, 1000, 1023, 1024, 1025, 1040, 2048, 2049, 3071, 5000, 20000, 70001}) {
        INFO("samples = " << samples);
        const auto check = [&](const auto& model) {
            const lanes::sampling options{.samples = samples, .seed = 3 * samples, .stream = samples};
            const estimate expected = lanes::monte_carlo(lanes::serial, model, options);
            for (const auto& variant : variants())
                CHECK(same_bits(lanes::monte_carlo(variant, model, options), expected));
            CHECK(same_bits(lanes::monte_carlo(model, options), expected));
        };
        check(lanes::models::pi{});
        check(call);
        check(lanes::golden::every_function{});
        check(lanes::wide(asian_option{4}));
        check(asian_option{4});
        check(asian_option{37}); // more draws than are kept ready for models that run path by path
        check([](auto& draws) { return draws.uniform() < 0.25 ? 1 : draws.normal() * draws.uniform(); });
    }
}

TEST_CASE("a model gives the same bits path by path and wide") {
    for (const int dates : {1, 2, 5, 12})
        for (const std::size_t samples : {2, 1025, 5000})
            CHECK(same_bits(lanes::monte_carlo(where, lanes::wide(asian_option{dates}), {.samples = samples}),
                            lanes::monte_carlo(where, asian_option{dates}, {.samples = samples})));
    const auto quarter_disc = [](auto& draws) {
        const double x = draws.uniform(), y = draws.uniform();
        return lanes::fma(x, x, y * y) <= 1 ? 4 : 0;
    };
    CHECK(same_bits(lanes::monte_carlo(where, quarter_disc), lanes::monte_carlo(where, lanes::models::pi{})));
}

TEST_CASE("wide models may use every operation of numbers") {
    const auto model = [](auto& draws) {
        const auto u = draws.uniform(), z = draws.normal();
        auto a = 2 * u + 1 - 3 / (u + 1); // exact products and quotients are not needed: no product feeds a sum but 2 u
        a += u;
        a -= 1.5;
        a *= z;
        a /= u + 2.0;
        const auto b = lanes::select((z > 0.0) & (u <= 0.5), -a, a);
        const auto c = lanes::select((z < u) | (z == a) | (z != z), b, lanes::min(b, u));
        const auto d = lanes::select(!(c >= 0.25), c, lanes::log(u) + lanes::sqrt(u));
        return lanes::select((d > 0.5) && (u > 0.1), d, lanes::select((d > 1.0) || (u > 0.2), z, -u));
    };
    CHECK(same_bits(lanes::monte_carlo(where, lanes::wide(model), {.samples = 5000}),
                    lanes::monte_carlo(lanes::serial, model, {.samples = 5000})));
}

TEST_CASE("draws of a path depend on seed, stream and path only") {
    // What the model sees is written down and compared with the generator itself.
    struct seen {
        std::uint64_t first;
        std::vector<std::uint64_t> rest;
        bool operator<(const seen& other) const { return first < other.first; }
        bool operator==(const seen&) const = default;
    };
    const std::uint64_t seed = 0xfedcba9876543210, stream = 77;
    for (const std::size_t samples : {5, 1500, 4097}) {
        std::vector<seen> all;
        std::mutex guard;
        const auto model = [&](auto& draws) {
            seen path{bits(double(draws.uniform())), {}};
            const std::size_t count = path.first % 41; // a number of draws that differs from path to path
            for (std::size_t j = 0; j < count; ++j)
                path.rest.push_back(bits(double(j % 3 == 1 ? draws.normal() : draws.uniform())));
            const std::lock_guard lock(guard);
            all.push_back(path);
            return 0;
        };
        std::vector<seen> expected(samples);
        for (std::size_t path = 0; path < samples; ++path) {
            const auto draw = [&](std::uint64_t j) {
                const auto words = lanes::philox<double>(lanes::philox_keys(seed), {j / 2, stream, path, 0});
                const std::uint64_t low = words[2 * (j % 2)] & 0xffffffff, high = words[2 * (j % 2) + 1] & 0xffffffff;
                return std::ldexp(double(((high << 32 | low) >> 12) * 2 + 1), -53);
            };
            expected[path].first = bits(draw(0));
            for (std::size_t j = 0; j < expected[path].first % 41; ++j)
                expected[path].rest.push_back(bits(j % 3 == 1 ? lanes::normal_quantile(draw(j + 1)) : draw(j + 1)));
        }
        std::sort(expected.begin(), expected.end());
        for (const auto& variant : variants()) {
            all.clear();
            lanes::monte_carlo(variant, model, {.samples = samples, .seed = seed, .stream = stream});
            std::sort(all.begin(), all.end());
            CHECK(all == expected);
        }
    }
}

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
