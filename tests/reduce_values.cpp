// tests/reduce_values.cpp: the values of the reductions: exact oracles, error bounds, special numbers, bad arguments.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"
#include "environment.hpp"
#include "quad.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <string>

using lanes::golden::bits;
using lanes::golden::data;

namespace {

template <class T>
constexpr quad unit_roundoff = std::numeric_limits<T>::epsilon() / 2;

/// h u of the headers: (21 + log2(n / 1024)) u, at least 21 u, and a little for float's larger blocks.
template <class T>
quad height(std::size_t n) {
    const double blocks = static_cast<double>(lanes::block_count<T>(n));
    return 15 + std::log2(lanes::lane_count<T>) + std::ceil(std::log2(std::max(1.0, blocks)));
}

/// Sum of squared deviations from the mean, two passes with 113 bits.
template <class T>
quad deviations(const std::vector<T>& x) {
    quad mean = 0, sum = 0;
    for (const T value : x) mean += value;
    mean /= static_cast<quad>(x.size());
    for (const T value : x) sum += (value - mean) * (value - mean);
    return sum;
}

/// Correct decimal digits of `value`.
double digits(double value, quad truth) {
    const double error = static_cast<double>(absolute(value - truth) / absolute(truth));
    return error == 0 ? 17 : -std::log10(error);
}

} // namespace

TEMPLATE_TEST_CASE("sum stays within its bound", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {10, 1000, 5000, 100000})
        for (const data kind : {data::uniform, data::wide, data::offset}) {
            const auto x = numbers<T>(kind, 21, n);
            quad exact = 0, absolutes = 0;
            for (const T value : x) exact += value, absolutes += absolute(value);
            CAPTURE(n, lanes::golden::name(kind));
            CHECK(absolute(lanes::sum(where, x) - exact) <= height<T>(n) * unit_roundoff<T> * absolutes);
            CHECK(absolute(lanes::mean(where, x) * quad(n) - exact) <=
                  (height<T>(n) + 1) * unit_roundoff<T> * absolutes);
        }
}

TEMPLATE_TEST_CASE("dot and sum_of_squares stay within their bounds", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {10, 1000, 5000, 100000})
        for (const data kind : {data::uniform, data::wide}) {
            const auto x = numbers<T>(kind, 22, n), y = numbers<T>(data::uniform, 23, n);
            quad dot = 0, absolutes = 0, squares = 0;
            for (std::size_t i = 0; i < n; ++i) {
                dot += quad(x[i]) * y[i];
                absolutes += absolute(quad(x[i]) * y[i]);
                squares += quad(x[i]) * x[i];
            }
            const quad bound = (height<T>(n) + 1) * unit_roundoff<T>;
            CAPTURE(n, lanes::golden::name(kind));
            CHECK(absolute(lanes::dot(where, x, y) - dot) <= bound * absolutes);
            CHECK(absolute(lanes::sum_of_squares(where, x) - squares) <= bound * squares);
        }
}

TEMPLATE_TEST_CASE("sums of integers are exact", "", float, double) {
    using T = TestType;
    std::vector<T> x, y;
    long long sum = 0, dot = 0, squares = 0;
    for (int i = 0; i < 70000; ++i) {
        const int a = static_cast<int>(lanes::golden::mixed(i) % 15) - 7, b = static_cast<int>(i % 3) - 1;
        x.push_back(T(a));
        y.push_back(T(b));
        sum += a, dot += a * b, squares += a * a;
        if (i % 1111 == 0 || i < 5) {
            REQUIRE(lanes::sum(where, x) == T(sum));
            REQUIRE(lanes::dot(where, x, y) == T(dot));
            REQUIRE(lanes::sum_of_squares(where, x) == T(squares));
        }
    }
    for (T& value : x) value *= 4;
    CHECK(lanes::sum(where, x) == T(4 * sum)); // linear in powers of two
}

TEMPLATE_TEST_CASE("variance is accurate far from zero and never negative", "", float, double) {
    using T = TestType;
    const T offset = std::is_same_v<T, float> ? T(4096) : T(1e9);
    for (const std::size_t n : {2, 3, 100, 1024, 1025, 50000}) {
        std::vector<T> x = numbers<T>(data::uniform, 24, n);
        for (T& value : x) value += offset;
        const quad truth = deviations(x) / quad(n - 1);
        CAPTURE(n);
        // The condition number of a variance is mean / deviation; the textbook formula loses its square.
        const quad condition = quad(offset) / square_root(truth);
        CHECK(absolute(lanes::variance(where, x) - truth) <= truth * (20 + condition / 100) * unit_roundoff<T>);
        CHECK(lanes::variance(where, x, 0) >= 0);
        CHECK(lanes::standard_deviation(where, x) == std::sqrt(lanes::variance(where, x)));
        CHECK(lanes::variance(where, std::vector<T>(n, offset)) == 0); // a constant whose sums are exact has none
    }
}

TEST_CASE("NIST StRD, the generated sets") {
    // NumAcc1-4 of the NIST Statistical Reference Datasets, with the certified mean and standard deviation.
    const auto alternating = [](double first, double a, double b) {
        std::vector<double> x{first};
        for (int i = 0; i < 500; ++i) x.push_back(a), x.push_back(b);
        return x;
    };
    struct set {
        std::vector<double> x;
        double mean, deviation, representable; // digits that the decimal data keep when stored as doubles
    };
    for (const set& s :
         {set{{10000001, 10000003, 10000002}, 10000002, 1, 15}, set{alternating(1.2, 1.1, 1.3), 1.2, 0.1, 14},
          set{alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1, 9},
          set{alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1, 8}}) {
        const double deviation = lanes::standard_deviation(where, s.x);
        CHECK(digits(lanes::mean(where, s.x), s.mean) >= 15);
        CHECK(digits(deviation, s.deviation) >= s.representable);
        CHECK(digits(deviation, square_root(deviations(s.x) / quad(s.x.size() - 1))) >= 15);
    }
}

TEST_CASE("NIST StRD, the observed sets") {
    struct set {
        const char* name;
        double mean, deviation;
    };
    for (const set& s : {set{"Lew", -177.435, 277.332168044316}, set{"Lottery", 518.958715596330, 291.699727470969},
                         set{"Mavro", 2.001856, 0.000429123454003053}, set{"Michelso", 299.8524, 0.0790105478190518}}) {
        std::ifstream file(std::string(LANES_TEST_DATA "/nist/") + s.name + ".csv");
        if (!file) SKIP("no data set " << s.name << " under " LANES_TEST_DATA "/nist");
        std::vector<double> x;
        for (double value; file >> value;) x.push_back(value);
        CAPTURE(s.name, x.size());
        const double deviation = lanes::standard_deviation(where, x);
        CHECK(digits(lanes::mean(where, x), s.mean) >= 14);
        CHECK(digits(deviation, s.deviation) >= 12); // what storing the decimals as doubles leaves of Mavro
        CHECK(digits(deviation, square_root(deviations(x) / quad(x.size() - 1))) >= 15);
    }
}

TEMPLATE_TEST_CASE("sums know NaN, infinity, the sign of zero and subnormals", "", float, double) {
    using T = TestType;
    constexpr T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity(),
                tiny = std::numeric_limits<T>::denorm_min();
    for (const std::size_t n : {2, 65, 1025, 5000}) {
        std::vector<T> x(n, T(1));
        x[n / 2] = -nan;
        CHECK(bits(lanes::sum(where, x)) == bits(nan));
        CHECK(bits(lanes::variance(where, x)) == bits(nan));
        x[n / 2] = infinity;
        CHECK(lanes::sum(where, x) == infinity);
        x[0] = -infinity;
        CHECK(bits(lanes::sum(where, x)) == bits(nan));
        x.assign(n, T(-0.0));
        CHECK(std::signbit(lanes::sum(where, x)));
        x[n - 1] = T(0.0);
        CHECK(!std::signbit(lanes::sum(where, x)));
        x.assign(n, tiny);
        CHECK(lanes::sum(where, x) == T(n) * tiny);
    }
    const std::vector<T> none;
    CHECK(bits(lanes::sum(where, none)) == bits(T(0)));
    CHECK(bits(lanes::dot(where, none, none)) == bits(T(0)));
    CHECK(bits(lanes::mean(where, none)) == bits(nan));
}

TEST_CASE("the caller's floating-point environment changes nothing and is left alone") {
    std::vector<double> x = numbers<double>(data::wide, 27, 5000);
    x[1] = std::numeric_limits<double>::denorm_min();
    const std::vector<double> tiny(3000, 4 * std::numeric_limits<double>::denorm_min());
    // Each ends with another operation outside its loop: a division, a square root.
    check_every_rounding_mode([&] {
        return std::array{bits(lanes::sum(where, x)), bits(lanes::mean(where, x)), bits(lanes::variance(where, x)),
                          bits(lanes::standard_deviation(where, x))};
    });
#if defined(__x86_64__)
    const auto word = _mm_getcsr();
    _mm_setcsr(word | 0x8040); // flush to zero, denormals are zero
    const double flushed = lanes::sum(where, tiny);
    const auto word_after = _mm_getcsr();
    _mm_setcsr(word);
    CHECK((word_after & 0x8040) == 0x8040);
    CHECK(bits(flushed) == 12000);
#endif
}

TEST_CASE("bad arguments of the reductions") {
    const std::vector<double> none, one{1}, two{1, 2};
    CHECK(message_of([&] { lanes::dot(where, one, two); }) == "dot: the size of y is 2, must be 1 (the size of x)");
    CHECK(message_of([&] { lanes::variance(where, none); }) ==
          "variance: the size of x is 0, must be greater than 1 (ddof)");
    CHECK(message_of([&] { lanes::variance(where, two, 2); }) ==
          "variance: the size of x is 2, must be greater than 2 (ddof)");
    CHECK(message_of([&] { lanes::variance(where, two, static_cast<std::size_t>(-1)); }) ==
          "variance: ddof is -1, must not be negative");
    CHECK(message_of([&] { lanes::standard_deviation(where, one); }).starts_with("standard_deviation: "));
    CHECK(message_of([&] { lanes::minimum(where, none); }) == "minimum: x is empty, must have at least one element");
    CHECK(message_of([&] { lanes::maximum(where, none); }).starts_with("maximum: x is empty"));
    const std::span<const float> nothing(static_cast<const float*>(nullptr), 3);
    CHECK(message_of([&] { lanes::sum(where, nothing); }) == "sum: x is a null pointer, must point to 3 elements");
    CHECK(lanes::sum(where, std::span<const float>()) == 0);
}

TEST_CASE("anything contiguous is an input") {
    const double array[] = {1, 2, 3.5};
    CHECK(lanes::sum(where, array) == 6.5);
    CHECK(lanes::sum(where, std::array<float, 2>{1, 2}) == 3.0f);
    CHECK(lanes::sum(where, std::span<const double>(array, 2)) == 3);
    CHECK(lanes::mean(array) == 6.5 / 3);
    CHECK(lanes::dot(array, std::vector<double>{1, 1, 1}) == 6.5);
    CHECK(lanes::variance(std::vector<double>{1, 3}, 0) == 1);
    static_assert(std::is_same_v<decltype(lanes::sum(where, std::array<float, 2>{})), float>);
}

TEMPLATE_TEST_CASE("equal numbers of values are joined with the bits of the divisions", "", float, double) {
    using T = TestType;
    using node = lanes::moment_node<T>;
    const auto by_divisions = [](const node& a, const node& b) -> node {
        const std::size_t count = a.count + b.count;
        const volatile T n = static_cast<T>(count), na = static_cast<T>(a.count), nb = static_cast<T>(b.count);
        const volatile T sum = a.sum + b.sum, d = b.mean - a.mean, mean = sum / n, share = nb / n, weight = na * share;
        const volatile T part = d * weight, deviations = a.deviations + b.deviations;
        return {count, sum, mean, lanes::number<T>::fma(d, part, deviations)};
    };
    constexpr T least = std::numeric_limits<T>::denorm_min(), most = std::numeric_limits<T>::max();
    auto values = numbers<T>(data::wide, 41, 40);
    values.insert(values.end(), {T(0), T(-0.0), least, 3 * least, -least, 7 * std::numeric_limits<T>::min(), most,
                                 -most, std::numeric_limits<T>::infinity()});
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1024},
                                    std::size_t{3000}, std::size_t{1} << 40, (std::size_t{1} << 40) + 1})
        for (std::size_t i = 0; i + 4 < values.size(); ++i) {
            const node a{count, values[i], values[i + 1], values[i + 2] * values[i + 2]},
                b{count, values[i + 3], values[i + 4], values[i] * values[i]};
            const node expected = by_divisions(a, b), found = lanes::moments::merge(a, b);
            CAPTURE(count, i);
            CHECK(found.count == expected.count);
            CHECK(bits(found.sum) == bits(expected.sum));
            CHECK(bits(found.mean) == bits(expected.mean));
            CHECK(bits(found.deviations) == bits(expected.deviations));
        }
}
