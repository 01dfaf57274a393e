// tests/recurrence_values.cpp: the values of the exponential moving averages: 113-bit truths from the definitions,
// pandas' rule for missing values, properties, special numbers.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"
#include "quad.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

using lanes::decay;
using lanes::ewm;
using lanes::golden::bits;
using lanes::golden::data;
using lanes::golden::mixed;

namespace {

template <class T>
constexpr quad unit_roundoff = std::numeric_limits<T>::epsilon() / 2;

bool is_finite(auto value) {
    return value - value == 0;
}

/// max |x[t] - r| over the finite values; r is the first of them.
template <class T>
quad spread(const std::vector<T>& x) {
    const auto first = std::find_if(x.begin(), x.end(), [](T value) { return is_finite(value); });
    quad most = 0;
    for (const T value : x)
        if (is_finite(value)) most = std::max(most, absolute(quad(value) - quad(*first)));
    return most;
}

/// Tiles whose carries still count: n / 4096, at most 1 / (1 - lambda^4096).
double tiles_that_count(std::size_t n, double alpha) {
    const double forgotten = -std::expm1(4096 * std::log1p(-alpha));
    return std::min(static_cast<double>(n) / 4096, 1 / forgotten);
}

/// pandas' rule word by word: an old mean of weight w, which fades.
template <class T>
std::vector<std::optional<quad>> pandas(const std::vector<T>& x, T alpha, bool adjust, bool ignore_na,
                                        std::size_t min_periods) {
    std::vector<std::optional<quad>> out;
    const quad lambda = 1 - quad(alpha), share = adjust ? quad(1) : quad(alpha);
    quad y = 0, w = 1;
    std::size_t count = 0;
    for (const T value : x) {
        const bool observed = is_finite(value);
        if (count == 0) {
            if (observed) y = value, count = 1;
        } else {
            if (observed || !ignore_na) w *= lambda;
            if (observed) {
                y = (w * y + share * value) / (w + share);
                w = adjust ? w + share : quad(1);
                ++count;
            }
        }
        out.push_back(count >= std::max<std::size_t>(min_periods, 1) ? std::optional(y) : std::nullopt);
    }
    return out;
}

template <class T>
struct gapped {
    std::string name;
    std::vector<T> x;
    bool has_missing = true;
};

template <class T>
std::vector<gapped<T>> gapped_inputs() {
    std::vector<gapped<T>> all;
    const auto add = [&](std::string name, std::size_t n, auto is_missing, data kind = data::uniform) -> gapped<T>& {
        auto x = numbers<T>(kind, 77, n);
        for (std::size_t i = 0; i < n; ++i)
            if (is_missing(i)) x[i] = i % 3 == 0 ? nan_of<T> : i % 3 == 1 ? infinity_of<T> : -infinity_of<T>;
        all.push_back({std::move(name), std::move(x)});
        return all.back();
    };
    add("complete", 9000, [](std::size_t) { return false; }).has_missing = false;
    add(
        "complete, offset", 5000, [](std::size_t) { return false; }, data::offset)
        .has_missing = false;
    add("one in ten missing", 9000, [](std::size_t i) { return mixed(i) % 10 == 0; });
    add(
        "one in two missing, offset", 9000, [](std::size_t i) { return mixed(i) % 2 == 0; }, data::offset);
    add("nine in ten missing", 5000, [](std::size_t i) { return mixed(i) % 10 != 0; });
    add("missing at the start", 700, [](std::size_t i) { return i < 13; });
    add("missing for a tile at the start", 9000, [](std::size_t i) { return i < 4100; });
    add("gaps above 8 and 64", 1000, [](std::size_t i) { return i % 100 < 11 || (i > 300 && i < 380); });
    add("a gap above 4096", 13000, [](std::size_t i) { return i > 50 && i < 9000; });
    add("a gap that ends a tile", 9000, [](std::size_t i) { return i >= 4090 && i < 4096; });
    add("a gap of one whole tile", 13000, [](std::size_t i) { return i / 4096 == 1; });
    add("all missing", 5000, [](std::size_t) { return true; });
    add("one value", 5000, [](std::size_t i) { return i != 4500; });
    return all;
}

} // namespace

TEMPLATE_TEST_CASE("ema stays within its bound", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {5, 100, 5000, 50000})
        for (const data kind : {data::uniform, data::wide, data::offset})
            for (const double a : {1.0, 0.9, 0.5, 0.1, 1e-2, 1e-3, 1e-5, 1e-8, 1e-12}) {
                const T alpha = static_cast<T>(a);
                const auto x = numbers<T>(kind, 71, n);
                const auto y = lanes::ema(where, x, a);
                const quad bound = (34 + 2 * quad(tiles_that_count(n, alpha))) * unit_roundoff<T> * spread(x);
                quad truth = x[0];
                std::size_t outside = 0;
                for (std::size_t t = 0; t < n; ++t) {
                    if (t > 0) truth += quad(alpha) * (x[t] - truth);
                    if (!(absolute(y[t] - truth) <= bound + unit_roundoff<T> * absolute(truth) * quad(1.001)))
                        ++outside;
                }
                CAPTURE(n, lanes::golden::name(kind), a);
                CHECK(outside == 0);
            }
}

TEMPLATE_TEST_CASE("ewm_mean agrees with pandas' rule", "", float, double) {
    using T = TestType;
    for (const auto& [name, x, has_missing] : gapped_inputs<T>())
        for (const double a : {1.0, 0.7, 0.1, 1e-3, 1e-6, 1e-12})
            for (unsigned mode = 0; mode < 4; ++mode)
                for (const std::size_t min_periods : {0, 1, 7, 300, 1000000}) {
                    if (is_slow && min_periods != 7) continue;
                    const T alpha = static_cast<T>(a);
                    const bool adjust = mode < 2, ignore_na = mode % 2 == 1;
                    const auto y = lanes::ewm_mean(where, x, ewm{decay::alpha(a), adjust, ignore_na, min_periods});
                    const auto truth = pandas(x, alpha, adjust, ignore_na, min_periods);
                    // Where every row has its own factor, lambda is rounded once a row, which the mean forgets in 1 / alpha.
                    const bool is_varying = has_missing && (!adjust || ignore_na);
                    const double rows = is_varying ? std::min(1 / a, static_cast<double>(x.size())) : 0;
                    const double factor =
                        (34 + 2 * tiles_that_count(x.size(), alpha) + 2 * rows) * (adjust ? 2 : 1) + 8;
                    const quad bound = quad(factor) * unit_roundoff<T> * spread(x);
                    std::size_t outside = 0, missing = 0;
                    for (std::size_t t = 0; t < x.size(); ++t) {
                        if (truth[t].has_value() == (y[t] != y[t])) ++missing;
                        else if (truth[t] && !(absolute(y[t] - *truth[t]) <=
                                               bound + unit_roundoff<T> * absolute(*truth[t]) * quad(1.001)))
                            ++outside;
                    }
                    CAPTURE(name, a, adjust, ignore_na, min_periods);
                    CHECK(outside == 0);
                    CHECK(missing == 0);
                }
}

TEMPLATE_TEST_CASE("powers of lambda are rounded once", "", float, double) {
    using T = TestType;
    for (const double a : {0.9999999, 0.999, 0.75, 0.5, 0.1, 0.06, 1e-3, 1e-7, 1e-12, 1e-30}) {
        const T alpha = static_cast<T>(a);
        const lanes::decay_powers<T> power(alpha, 100000);
        quad base = 1 - quad(alpha); // 1 - 1e-30 is 1 here: to all digits of T, so are its powers
        for (std::size_t level = 0; level < 4; ++level) {
            quad truth = 1;
            for (std::size_t k = 0; k <= 8; ++k, truth *= base) {
                CAPTURE(a, level, k);
                if (truth < std::numeric_limits<T>::min()) {
                    CHECK(power(level, k) == 0);
                    continue;
                }
                // The nearest number is at most half a unit away; __float128 adds some 4096 roundings of its own.
                const T next = std::nextafter(power(level, k), T(2)), before = std::nextafter(power(level, k), T(0));
                const quad error = power(level, k) - truth, slack = truth * quad(0x1p-98);
                CHECK(error <= (quad(power(level, k)) - before) / 2 + slack);
                CHECK(-error <= (quad(next) - power(level, k)) / 2 + slack);
            }
            base = base * base, base = base * base, base = base * base;
        }
    }
}

TEMPLATE_TEST_CASE("every decay says the same thing", "", float, double) {
    const auto x = numbers<TestType>(data::uniform, 3, 300);
    const auto expect = [&](decay said, double alpha, double tolerance) {
        CHECK(std::abs(said.alpha() - alpha) <= tolerance * alpha);
        const auto y = lanes::ewm_mean(where, x, ewm{.decay = said, .adjust = false});
        CHECK(bits(y[299]) == bits(lanes::ema(where, x, said.alpha())[299]));
    };
    expect(decay::span(20), 2.0 / 21, 0);
    expect(decay::span(1), 1, 0);
    expect(decay::com(9.5), 1 / 10.5, 0);
    expect(decay::com(0), 1, 0);
    expect(decay::halflife(1), 0.5, 1e-15);
    expect(decay::halflife(2), 0.29289321881345254, 1e-15);
    expect(decay::halflife(0.1), 1 - 0x1p-10, 1e-15);
    expect(decay::halflife(1e6), 6.931469403344371e-07, 1e-9); // 1 - exp(...) of pandas loses digits as well
    CHECK(bits(decay::halflife(7).alpha()) == bits(1 - lanes::exp(-0x1.62e42fefa39efp-1 / 7)));
}

TEMPLATE_TEST_CASE("constant series stay exact", "", float, double) {
    using T = TestType;
    for (const T value : {T(0.1), T(-1e30), T(123456.7), std::numeric_limits<T>::denorm_min()})
        for (const double alpha : {1.0, 0.1, 1e-6}) {
            std::vector<T> x(10000, value);
            const auto y = lanes::ema(where, x, alpha);
            CHECK(std::all_of(y.begin(), y.end(), [&](T mean) { return mean == value; }));
            for (std::size_t i = 5; i < x.size(); i += 7) x[i] = nan_of<T>;
            for (unsigned mode = 0; mode < 4; ++mode) {
                const auto z = lanes::ewm_mean(where, x, ewm{decay::alpha(alpha), mode < 2, mode % 2 == 1});
                CHECK(std::all_of(z.begin(), z.end(), [&](T mean) { return mean == value; }));
            }
        }
}

TEMPLATE_TEST_CASE("an impulse fades by powers of lambda", "", float, double) {
    using T = TestType;
    // Powers of 1/2 are exact, so every result is.
    for (const std::size_t at : {1, 7, 8, 63, 64, 500, 511, 512, 4000, 4095, 4096, 5000}) {
        std::vector<T> x(6000, T(0));
        x[at] = 1;
        const auto y = lanes::ema(where, x, 0.5);
        std::size_t wrong = 0;
        for (std::size_t t = 0; t < x.size(); ++t) {
            const T expected = t < at ? T(0) : std::ldexp(T(0.5), -static_cast<int>(t - at));
            if (expected < std::numeric_limits<T>::min() ? !(y[t] >= 0 && y[t] <= std::numeric_limits<T>::min())
                                                         : y[t] != expected)
                ++wrong;
        }
        CAPTURE(at);
        CHECK(wrong == 0);
    }
}

TEMPLATE_TEST_CASE("averages scale with powers of two", "", float, double) {
    using T = TestType;
    auto x = numbers<T>(data::uniform, 8, 9000);
    const auto y = lanes::ema(where, x, 0.03);
    for (T& value : x) value *= T(-8);
    const auto z = lanes::ema(where, x, 0.03);
    CHECK(std::equal(y.begin(), y.end(), z.begin(), [](T a, T b) { return T(-8) * a == b; }));
}

TEMPLATE_TEST_CASE("ema of special numbers", "", float, double) {
    using T = TestType;
    for (const std::size_t at : {0, 1, 100, 4095, 4096, 5000}) {
        for (const T special : {nan_of<T>, infinity_of<T>, -infinity_of<T>}) {
            auto x = numbers<T>(data::uniform, 9, 10000);
            const auto before = lanes::ema(where, x, 0.1);
            x[at] = special;
            const auto y = lanes::ema(where, x, 0.1);
            std::size_t wrong = 0;
            for (std::size_t t = 0; t < x.size(); ++t) {
                if (t < at) wrong += bits(y[t]) != bits(before[t]);
                else if (special != special) wrong += y[t] == y[t];
                else wrong += is_finite(y[t]);
            }
            CAPTURE(at, special);
            CHECK(wrong == 0);
            if (at == 0) CHECK((special != special || y[0] == special));
            CHECK(bits(lanes::ema(where, x, 1.0)[at]) == bits(special)); // a copy
        }
    }
    std::vector<T> zeros(100, T(-0.0));
    CHECK(std::signbit(lanes::ema(where, zeros, 0.5)[0]));
}
