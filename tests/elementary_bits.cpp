// tests/elementary_bits.cpp: elementary functions at their edges, and of SIMD batches against those of scalars.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>
#include <lanes/verify/golden.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using lanes::golden::bits;
using lanes::golden::mixed;

namespace {

double random_in(std::uint64_t i, double low, double high) {
    return low + (high - low) * (static_cast<double>(mixed(i) >> 11) * 0x1p-53);
}

constexpr std::uint64_t trials = 5000;

/// Function of every lane against function of a batch.
template <class T, class Function>
void check_batch(const std::vector<T>& arguments, Function function) {
    using batch = xsimd::batch<T>;
    using pack = lanes::pack<batch, 3>;
    constexpr std::size_t width = batch::size;
    std::array<T, 3 * width> in, out;
    for (std::size_t i = 0; i < arguments.size(); i += in.size()) {
        for (std::size_t l = 0; l < in.size(); ++l) in[l] = arguments[(i + l) % arguments.size()];
        lanes::number<pack>::store(out.data(), function(lanes::number<pack>::load(in.data())));
        const batch first = function(batch::load_unaligned(in.data()));
        for (std::size_t l = 0; l < in.size(); ++l) {
            const T expected = lanes::canonical_nan(function(in[l]));
            INFO("argument " << in[l]);
            REQUIRE(bits(lanes::canonical_nan(out[l])) == bits(expected));
            if (l < width) REQUIRE(bits(lanes::canonical_nan(T(first.get(l)))) == bits(expected));
        }
    }
}

template <class T>
std::vector<T> arguments() {
    using limits = std::numeric_limits<T>;
    std::vector<T> values;
    for (const T value : {T(0), limits::denorm_min(), limits::min() / 3, limits::min(), T(1) / 8, T(0.25), T(0.5), T(1),
                          T(2), T(3), T(88.72), T(709.78), T(710), T(745.2), T(1e6), limits::max(), limits::infinity()})
        for (const T next : {std::nextafter(value, T(0)), value, std::nextafter(value, limits::infinity())}) {
            values.push_back(next);
            values.push_back(-next);
        }
    values.push_back(limits::quiet_NaN());
    for (std::uint64_t i = 0; i < trials; ++i) {
        typename lanes::number<T>::word word = mixed(i);
        values.push_back(lanes::number<T>::from_bits(word));              // any bits at all
        values.push_back(static_cast<T>(random_in(i, -20, 20)));          // where most functions live
        values.push_back(static_cast<T>(random_in(i, 0, 1)));             // as uniform numbers do
        values.push_back(static_cast<T>(std::exp(random_in(i, -37, 0)))); // and their tails
        values.push_back(static_cast<T>(random_in(i, -750, 750)));        // overflow and underflow of exp
    }
    return values;
}

} // namespace

TEMPLATE_TEST_CASE("elementary functions at their edges", "", float, double) {
    using T = TestType;
    using limits = std::numeric_limits<T>;
    const T infinity = limits::infinity(), nan = limits::quiet_NaN();
    CHECK(lanes::log(T(0)) == -infinity);
    CHECK(lanes::log(T(-0.0)) == -infinity);
    CHECK(lanes::log(infinity) == infinity);
    CHECK(std::isnan(lanes::log(T(-1))));
    CHECK(std::isnan(lanes::log(-infinity)));
    CHECK(std::isnan(lanes::log(nan)));
    CHECK(bits(lanes::log(T(1))) == bits(T(0)));
    CHECK(lanes::exp(T(0)) == 1);
    CHECK(lanes::exp(infinity) == infinity);
    CHECK(lanes::exp(-infinity) == 0);
    CHECK(lanes::exp(limits::max()) == infinity);
    CHECK(lanes::exp(-limits::max()) == 0);
    CHECK(std::isnan(lanes::exp(nan)));
    CHECK(lanes::exp(std::nextafter(std::log(limits::max()), T(0))) < infinity);
    CHECK(lanes::exp(std::nextafter(std::log(limits::max()) * T(1.000001), infinity)) == infinity);
    CHECK(lanes::exp(std::log(limits::denorm_min())) == limits::denorm_min());
    CHECK(lanes::sincos_2pi(T(0)).sine == 0);
    CHECK(lanes::sincos_2pi(T(0.25)).sine == 1);
    CHECK(lanes::sincos_2pi(T(-0.25)).sine == -1);
    CHECK(lanes::sincos_2pi(T(0.5)).cosine == -1);
    CHECK(lanes::sincos_2pi(T(0.75)).cosine == 0);
    CHECK(std::isnan(lanes::sincos_2pi(infinity).sine));
    CHECK(std::isnan(lanes::sincos_2pi(nan).cosine));
    CHECK(std::isnan(lanes::sincos_2pi(limits::max()).cosine));
    for (const T outside : {T(0), T(1), T(-1), infinity, nan}) CHECK(std::isnan(lanes::normal_quantile(outside)));
}

TEMPLATE_TEST_CASE("elementary functions of SIMD batches are those of scalars, bit for bit", "", float, double) {
    const auto values = arguments<TestType>();
    check_batch(values, [](auto x) { return lanes::log(x); });
    check_batch(values, [](auto x) { return lanes::exp(x); });
    check_batch(values, [](auto x) { return lanes::sincos_2pi(x).sine; });
    check_batch(values, [](auto x) { return lanes::sincos_2pi(x).cosine; });
    check_batch(values, [](auto x) { return lanes::normal_quantile(x); });
    check_batch(values, [](auto x) { return lanes::sqrt(x); });
    check_batch(values, [](auto x) { return lanes::max(x, decltype(x)(TestType(0))); });
    check_batch(values, [](auto x) { return lanes::min(decltype(x)(TestType(0)), x); });
}
