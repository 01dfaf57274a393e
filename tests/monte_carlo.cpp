// tests/monte_carlo.cpp: conformance of Monte Carlo: bits and draws.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "estimates.hpp"

#include <lanes/verify/monte_carlo.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

using lanes::estimate;
using lanes::golden::bits;
using lanes::models::european_option;

namespace {

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
        if (is_slow && samples > 5000) continue;
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
        check(lanes::models::every_function{});
        check(lanes::wide(asian_option{4}));
        check(asian_option{4});
        check(asian_option{37}); // more draws than are kept ready for models that run path by path
        check([](auto& draws) { return draws.uniform() < 0.25 ? 1 : draws.normal() * draws.uniform(); });
    }
}

TEST_CASE("a model of unknown cost is the same for every split of many blocks") {
    const auto model = [](auto& draws) { return draws.uniform() * draws.uniform(); };
    const lanes::sampling options{.samples = 300'001, .seed = 5};
    const estimate expected = lanes::monte_carlo(lanes::serial, model, options);
    for (const auto& variant : variants()) CHECK(same_bits(lanes::monte_carlo(variant, model, options), expected));
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

TEST_CASE("points near the circle are decided by all of their bits") {
    // Some 20 of a run cannot be told by their upper 15 bits.
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const lanes::sampling options{.samples = is_slow ? 5'000u : 300'000u, .seed = seed, .stream = 9 * seed};
        const estimate expected = lanes::monte_carlo(lanes::serial, lanes::models::pi{}, options);
        CHECK(same_bits(lanes::monte_carlo(where, lanes::models::pi{}, options), expected));
    }
}

TEST_CASE("no compiler takes the last product of a function, and the sum it goes into, for one operation") {
    const auto check = [](const auto& model) {
        const estimate expected = lanes::monte_carlo(lanes::serial, model, {.samples = 50'000});
        CHECK(same_bits(lanes::monte_carlo(where, model, {.samples = 50'000}), expected));
        CHECK(same_bits(lanes::monte_carlo(where, lanes::wide(model), {.samples = 50'000}), expected));
    };
    check([](auto& draws) {
        auto sum = draws.normal();
        for (int i = 1; i < 10; ++i) sum = sum + draws.normal();
        return sum;
    });
    check([](auto& draws) {
        auto sum = lanes::exp(draws.uniform());
        for (int i = 1; i < 4; ++i) sum = sum + lanes::exp(draws.uniform());
        return sum - lanes::normal_quantile(draws.uniform());
    });
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
                path.rest.push_back(bits(double((j + path.first) % 3 == 1 ? draws.normal() : draws.uniform())));
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
                expected[path].rest.push_back(
                    bits((j + expected[path].first) % 3 == 1 ? lanes::normal_quantile(draw(j + 1)) : draw(j + 1)));
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

TEST_CASE("paths beyond 2^32 have their own draws") {
    const std::size_t border = std::size_t{1} << 32;
    const auto check = [&](const auto& model) {
        const lanes::path_source<std::remove_cvref_t<decltype(model)>> paths{model, lanes::philox_keys(8), 6,
                                                                             border + 3000};
        std::vector<double> room(lanes::block_size<double>);
        const auto same = [&](std::size_t k, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                const std::uint64_t path = k * 1024 + i;
                const auto words = lanes::philox<double>(lanes::philox_keys(8), {1, 6, path & 0xffffffff, path >> 32});
                if (bits(room[i]) != bits(lanes::uniform_of_words<double>(words[1], words[0]))) return false;
            }
            return true;
        };
        for (const std::size_t k : {border / 1024 - 1, border / 1024, border / 1024 + 2}) {
            const std::size_t count = lanes::elements_in_block(paths, k);
            paths.template block<double>(k, room.data());
            CHECK(same(k, count));
            std::fill(room.begin(), room.end(), 0.0);
            paths.template block<xsimd::batch<double>>(k, room.data());
            CHECK(same(k, count));
        }
    };
    const auto third = [](auto& draws) {
        draws.uniform();
        draws.uniform();
        return draws.uniform();
    };
    check(third);
    check(lanes::wide(third));
}
