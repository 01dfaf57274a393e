// tests/elementary.cpp: errors of the elementary functions against 113-bit truths.
// SPDX-License-Identifier: MIT
#include "quad.hpp"

#include <lanes/lanes.hpp>
#include <lanes/verify/golden.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using lanes::golden::mixed;

namespace {

const quad log_2 = quad(0x1.62e42fefa39efp-1) + quad(0x1.abc9e3b39803fp-56) + quad(0x1.7b57a079a1934p-111);
const quad two_pi = quad(0x1.921fb54442d18p2) + quad(0x1.1a62633145c07p-52) - quad(0x1.f1976b7ed8fbcp-108);

quad power_of_two(int k) {
    return quad(std::ldexp(1.0, k / 2)) * quad(std::ldexp(1.0, k - k / 2));
}

quad true_exp(quad x) {
    const int k = static_cast<int>(std::lround(static_cast<double>(x / log_2)));
    const quad r = (x - k * log_2) / 256;
    quad sum = 1;
    for (int n = 16; n > 0; --n) sum = 1 + sum * r / n;
    for (int squaring = 0; squaring < 8; ++squaring) sum *= sum;
    return sum * power_of_two(k);
}

/// One step of Halley from the double logarithm, for e^y = x; near 1, where that loses digits, 2 artanh((x - 1) / (x +
/// 1)).
quad true_log(double x) {
    if (std::abs(x - 1) < 0x1p-7) {
        const quad s = (quad(x) - 1) / (quad(x) + 1);
        quad sum = 0;
        for (int n = 19; n > 0; n -= 2) sum = sum * s * s + quad(1) / n;
        return 2 * s * sum;
    }
    int k = 0;
    const quad m = x > 0.5 && x < 2 ? x : std::frexp(x, &k);
    const quad y = std::log(static_cast<double>(m)), e = true_exp(y);
    return y + 2 * (m - e) / (m + e) + k * log_2;
}

/// sin(2 pi u) and cos(2 pi u) by Taylor's series, after an exact reduction to |u| <= 1/8.
std::array<quad, 2> true_sincos(double u) {
    const double whole = std::nearbyint(4 * u);
    const quad t = (quad(u) - quad(whole) / 4) * two_pi, z = t * t;
    quad sine = 1, cosine = 1;
    for (int n = 26; n > 0; n -= 2) {
        sine = 1 - sine * z / (n * (n + 1));
        cosine = 1 - cosine * z / (n * (n - 1));
    }
    sine *= t;
    const int quarter = static_cast<int>(std::fmod(std::fmod(whole, 4) + 4, 4));
    if (quarter == 1) return {cosine, -sine};
    if (quarter == 2) return {-sine, -cosine};
    if (quarter == 3) return {-cosine, sine};
    return {sine, cosine};
}

/// Newton's step from the double z: P(Z <= z) = 1/2 + density(z) (z + z^3 / 3 + z^5 / 15 + ...), all terms of one sign.
quad true_quantile(quad u, double z) {
    const quad x = z;
    quad sum = 0, term = x;
    for (int n = 3; absolute(term) > quad(1e-36) * absolute(x); n += 2) {
        sum += term;
        term *= x * x / n;
    }
    const quad density = true_exp(-x * x / 2) / square_root(two_pi);
    const quad step = (quad(0.5) + density * sum - u) / density;
    return x - step - x * step * step / 2;
}

/// |value - truth| in units of the last place of T at truth.
template <class T>
double error(T value, quad truth) {
    const double size = static_cast<double>(absolute(truth));
    const int exponent = std::max(std::ilogb(size), std::numeric_limits<T>::min_exponent - 1);
    const quad ulp = power_of_two(exponent - std::numeric_limits<T>::digits + 1);
    return static_cast<double>(absolute(value - truth) / ulp);
}

double random_in(std::uint64_t i, double low, double high) {
    return low + (high - low) * (static_cast<double>(mixed(i) >> 11) * 0x1p-53);
}

/// A double with random bits in a random exponent, all magnitudes equally likely.
double random_positive(std::uint64_t i) {
    return std::bit_cast<double>(mixed(i) % 0x7ff0000000000000);
}

constexpr std::uint64_t trials = 20000;

} // namespace

TEST_CASE("log is within 0.75 units of the last place") {
    double worst = 0;
    const auto check = [&](double x) { worst = std::max(worst, error(lanes::log(x), true_log(x))); };
    for (std::uint64_t i = 0; i < trials; ++i) {
        check(random_positive(i));
        check(random_in(i, 0.5, 2));
        check(1 + std::ldexp(random_in(i, -1, 1), -static_cast<int>(i % 50)));
    }
    for (const double x :
         {0x1p-1074, 0x1.8p-1073, 0x1p-1022, 0x1.6a09e667f3bccp-1, 0x1.6a09e667f3bcdp-1, 0x1.fffffffffffffp1023})
        check(x);
    CAPTURE(worst);
    CHECK(worst < 0.75);
    CHECK(worst > 0.6); // the truths are no copies of the results
}

TEST_CASE("exp is within 0.98 units of the last place") {
    double worst = 0;
    const auto check = [&](double x) { worst = std::max(worst, error(lanes::exp(x), true_exp(x))); };
    for (std::uint64_t i = 0; i < trials; ++i) {
        check(random_in(i, -708, 709.78));
        check(random_in(i, -1, 1));
        check(std::ldexp(random_in(i, -1, 1), -static_cast<int>(i % 60)));
    }
    CAPTURE(worst);
    CHECK(worst < 0.98);
    CHECK(worst > 0.6);
    worst = 0; // subnormal results are rounded a second time
    for (std::uint64_t i = 0; i < trials; ++i) check(random_in(i, -745.1, -708.4));
    CAPTURE(worst);
    CHECK(worst < 1);
}

TEST_CASE("sincos_2pi is within 0.99 units of the last place") {
    double worst = 0;
    const auto check = [&](double u) {
        const auto [sine, cosine] = lanes::sincos_2pi(u);
        const auto [true_sine, true_cosine] = true_sincos(u);
        if (true_sine != 0) worst = std::max(worst, error(sine, true_sine));
        if (true_cosine != 0) worst = std::max(worst, error(cosine, true_cosine));
        if (true_sine == 0) CHECK(sine == 0);
        if (true_cosine == 0) CHECK(cosine == 0);
    };
    for (std::uint64_t i = 0; i < trials; ++i) {
        check(random_in(i, 0, 1));
        check(random_in(i, -8, 8));
        check(std::ldexp(random_in(i, -1, 1), static_cast<int>(i % 99) - 50));
    }
    for (int eighth = -32; eighth <= 32; ++eighth) check(eighth / 8.0);
    check(0x1p49);
    CAPTURE(worst);
    CHECK(worst < 0.99);
    CHECK(worst > 0.6);
}

TEST_CASE("normal_quantile is within 3 units of the last place, odd and monotone") {
    double worst = 0;
    const auto check = [&](double u) {
        const double z = lanes::normal_quantile(u);
        if (u != 0.5) worst = std::max(worst, error(z, true_quantile(u, z)));
    };
    for (std::uint64_t i = 0; i < trials / 10; ++i) {
        check((2 * (mixed(i) >> 12) + 1) * 0x1p-53);
        check((2 * (mixed(i) >> (12 + i % 52)) + 1) * 0x1p-53); // tails
        check(0.5 + std::ldexp(random_in(i, -1, 1), -static_cast<int>(i % 50)));
        check(random_in(i, 0.0004, 0.0006)); // where the polynomial changes
    }
    check(0x1p-53);
    check(1 - 0x1p-53);
    CAPTURE(worst);
    CHECK(worst < 3);
    CHECK(worst > 0.6);

    std::vector<double> grid;
    for (std::uint64_t i = 0; i < 4 * trials; ++i) grid.push_back((2 * (mixed(i) >> (12 + i % 45)) + 1) * 0x1p-53);
    for (std::uint64_t k = 0; k < trials; ++k) grid.push_back((2 * k + 1) * 0x1p-53); // every one of the far tail
    std::sort(grid.begin(), grid.end());
    double last = -9;
    bool monotone = true, odd = true;
    for (const double u : grid) {
        const double z = lanes::normal_quantile(u);
        // Neighbours whose quantiles differ by less than the error may come out in either order.
        monotone = monotone && z >= last - 6 * std::numeric_limits<double>::epsilon() * std::abs(z);
        odd = odd && lanes::normal_quantile(1 - u) == -z;
        last = std::max(last, z);
    }
    CHECK(monotone);
    CHECK(odd);
    CHECK(lanes::normal_quantile(0.5) == 0);
}

TEST_CASE("float functions hold their bounds, each against the double function") {
    // The double functions err by some 2^-29 of a float's unit. A dense sample of a binade and of the uniform numbers.
    double log_worst = 0, exp_worst = 0, sincos_worst = 0, normal_worst = 0;
    const auto keep = [](double& worst, float value, double truth) {
        worst = std::max(worst, error(value, quad(truth)));
    };
    for (std::uint32_t k = 0; k < 1u << 23; k += 32) {
        const float x = std::bit_cast<float>(0x3f000000 + k + k / 32 % 32), u = (2 * (k + k / 32 % 32) + 1) * 0x1p-24f;
        keep(log_worst, lanes::log(x), lanes::log(double(x)));
        keep(log_worst, lanes::log(2 * x), lanes::log(2 * double(x)));
        keep(exp_worst, lanes::exp(x), lanes::exp(double(x)));
        keep(exp_worst, lanes::exp(-80 * u), lanes::exp(-80 * double(u) + (double(-80 * u) + 80 * double(u))));
        const auto [sine, cosine] = lanes::sincos_2pi(u);
        const auto [true_sine, true_cosine] = lanes::sincos_2pi(double(u));
        keep(sincos_worst, sine, true_sine);
        keep(sincos_worst, cosine, true_cosine);
        keep(normal_worst, lanes::normal_quantile(u), lanes::normal_quantile(double(u)));
    }
    CAPTURE(log_worst, exp_worst, sincos_worst, normal_worst);
    CHECK(log_worst < 0.76);
    CHECK(exp_worst < 0.98);
    CHECK(sincos_worst < 0.99);
    CHECK(normal_worst < 3.6);
    CHECK(std::min({log_worst, exp_worst, sincos_worst, normal_worst}) > 0.6);
}
