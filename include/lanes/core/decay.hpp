// lanes/core/decay.hpp: how fast exponential weights fade, and the powers of the factor that they fade by.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/elementary.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/target.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lanes {

/// The weight alpha of the newest value, in (0, 1], said in one of the ways of pandas. Every later row multiplies a
/// weight by 1 - alpha. Each way throws std::invalid_argument if its rule does not hold, NaN included.
class decay {
public:
    /// alpha itself, in (0, 1]
    static decay alpha(double alpha);
    /// alpha = 2 / (span + 1), span >= 1: the weights' centre of mass is that of a moving average of `span` values.
    static decay span(double span);
    /// alpha = 1 - exp(-log(2) / halflife), halflife > 0: a weight halves in `halflife` rows.
    static decay halflife(double halflife);
    /// alpha = 1 / (1 + com), com >= 0: the centre of mass lies `com` rows back.
    static decay com(double com);

    double alpha() const { return alpha_; }

private:
    explicit decay(double alpha) : alpha_(alpha) {}
    double alpha_;
};

inline namespace LANES_TARGET {

/// (lambda^(8^l))^k for l = 0 ... 3 and k = 0 ... 8, with lambda = 1 - alpha exactly: what is left of a weight after
/// k 8^l rows. Each entry is rounded once; an entry below the smallest normal number is 0, since subnormal factors
/// would buy nothing and cost much time.
template <real T>
class decay_powers {
public:
    /// Levels that arrays of `size` elements do not reach are not computed: 1 for k = 0, otherwise 0.
    decay_powers(T alpha, std::size_t size);

    constexpr const T& operator()(std::size_t level, std::size_t k) const { return entries_[level][k]; }

    static constexpr std::size_t levels = 4;

private:
    std::array<std::array<T, 9>, levels> entries_{};
};

} // namespace LANES_TARGET

[[gnu::always_inline]] inline decay decay::alpha(double alpha) {
    argument::require(alpha > 0 && alpha <= 1, "decay::alpha", "alpha", alpha, "must be in (0, 1]");
    return decay(alpha);
}

[[gnu::always_inline]] inline decay decay::span(double span) {
    argument::require(span >= 1 && span <= std::numeric_limits<double>::max(), "decay::span", "span", span,
                      "must be at least 1 and finite");
    const default_environment environment;
    return decay(environment.here(2 / (environment.here(span) + 1)));
}

[[gnu::always_inline]] inline decay decay::halflife(double halflife) {
    const default_environment environment;
    constexpr double minus_log_2 = -0x1.62e42fefa39efp-1;
    const double alpha = halflife > 0 ? environment.here(1 - lanes::exp(minus_log_2 / environment.here(halflife))) : 0;
    argument::require(alpha > 0, "decay::halflife", "halflife", halflife,
                      "must be greater than 0 and below 2^52 (beyond, alpha rounds to 0)");
    return decay(alpha);
}

[[gnu::always_inline]] inline decay decay::com(double com) {
    argument::require(com >= 0 && com <= std::numeric_limits<double>::max(), "decay::com", "com", com,
                      "must be at least 0 and finite");
    const default_environment environment;
    return decay(environment.here(1 / (1 + environment.here(com))));
}

inline namespace LANES_TARGET {

/// high + low, not rounded to one number: some 106 bits (Dekker, Numer. Math. 18, 1971). |low| <= ulp(high) / 2.
struct double_double {
    double high, low;

    friend double_double operator*(double_double a, double_double b) {
        using N = number<double>;
        const double small = N::fma(a.high, b.low, a.low * b.high);
        const double high = N::fma(a.high, b.high, small);
        return {high, N::fma(a.high, b.high, -high) + small};
    }
};

/// The value rounded once to T. Via double, an inexact float could be rounded twice: rounding to odd prevents it.
template <real T>
T rounded(double_double value) {
    if constexpr (std::is_same_v<T, double>) {
        return value.high;
    } else {
        const auto bits = number<double>::bits(value.high);
        const bool is_exact = value.low == 0, is_odd = (bits & 1) != 0, is_short = (value.low > 0) == (value.high > 0);
        const auto odd = is_exact || is_odd ? bits : is_short ? bits + 1 : bits - 1;
        return static_cast<T>(number<double>::from_bits(odd));
    }
}

/// 2^exponent for exponents <= 0, or 0 where that is not a normal number.
template <real T>
T power_of_two(int exponent) {
    using word = typename number<T>::word;
    constexpr int bias = std::numeric_limits<T>::max_exponent - 1;
    if (exponent <= -bias) return 0;
    return number<T>::from_bits(static_cast<word>(exponent + bias) << (std::numeric_limits<T>::digits - 1));
}

template <real T>
decay_powers<T>::decay_powers(T alpha, std::size_t size) {
    const double lambda = 1 - static_cast<double>(alpha);
    double_double base{lambda, (1 - lambda) - static_cast<double>(alpha)}; // exact: alpha <= 1
    int exponent = 0;                                                      // and to be multiplied by 2^exponent
    for (auto& level : entries_) level[0] = 1;
    std::size_t reach = 1;
    for (std::size_t level = 0; level < levels; ++level, reach *= 8) {
        if (level > 0 && size <= reach) break;
        // A base of at least 2^-53 has powers far above underflow, where double-double would lose its lower half.
        if (base.high != 0 && base.high < 0x1p-53) {
            int more = 0;
            base.high = std::frexp(base.high, &more);
            base.low = std::ldexp(base.low, -more);
            exponent += more;
        }
        std::array<double_double, 9> power;
        power[0] = {1, 0};
        power[1] = base;
        for (std::size_t k = 2; k <= 8; ++k) power[k] = power[k - k / 2] * power[k / 2];
        for (std::size_t k = 1; k <= 8; ++k) {
            T entry = rounded<T>(power[k]);
            if (exponent != 0) entry *= power_of_two<T>(static_cast<int>(k) * exponent);
            entries_[level][k] = entry < std::numeric_limits<T>::min() ? T(0) : entry;
        }
        base = power[8];
        exponent *= 8;
    }
}

} // namespace LANES_TARGET
} // namespace lanes
