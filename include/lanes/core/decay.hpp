// lanes/core/decay.hpp: how fast exponential weights fade, and the powers of the factor that they fade by.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/elementary.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/target.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
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

/// high + low, not rounded to one number: some 106 bits (Dekker, Numer. Math. 18, 1971). A product leaves `low` as it
/// comes, up to some ulp(high), so that a chain of them waits for `high` alone.
struct double_double {
    double high, low;

    friend double_double operator*(double_double a, double_double b) {
        using N = number<double>;
        const double product = a.high * b.high;
        return {product, N::fma(a.high, b.low, N::fma(a.low, b.high, N::fma(a.high, b.high, -product)))};
    }
    /// |low| <= ulp(high) / 2
    double_double normal() const {
        double product = high; // pinned: no compiler may take it, and the sum it goes into, for one operation
        default_environment::pin(product);
        const double sum = product + low;
        return {sum, (product - sum) + low};
    }
};

/// (lambda^(8^l))^k for l = 0 ... 3 and k = 0 ... 8, with lambda = 1 - alpha exactly: what is left of a weight after
/// k 8^l rows. Each entry is rounded once; an entry below the smallest normal number is 0, since subnormal factors
/// would buy nothing and cost much time.
template <real T>
class decay_powers {
public:
    static constexpr std::size_t levels = 4;
    using entries = std::array<std::array<T, 9>, levels>;

    /// Levels that arrays of `size` elements do not reach are not computed: 1 for k = 0, otherwise 0.
    decay_powers(T alpha, std::size_t size) : decay_powers(alpha, size, [](auto&...) { return std::size_t{0}; }) {}

    /// The same. faster(entries, lambda, size) computes k = 1 ... 8 of the first levels, returns how many, and leaves
    /// lambda^(8^that many) in lambda.
    template <class Faster>
    [[gnu::always_inline]] decay_powers(T alpha, std::size_t size, const Faster& faster) {
        const double lambda = 1 - static_cast<double>(alpha);
        double_double base{lambda, (1 - lambda) - static_cast<double>(alpha)}; // exact: alpha <= 1
        for (auto& level : entries_) level[0] = 1;
        const std::size_t level = faster(entries_, base, size);
        if (is_reached(level, size)) compute(base, size, level);
    }

    /// Whether arrays of `size` elements need that level.
    static constexpr bool is_reached(std::size_t level, std::size_t size) {
        return level < levels && (level == 0 || size > std::size_t{1} << 3 * level);
    }

    constexpr const T& operator()(std::size_t level, std::size_t k) const { return entries_[level][k]; }

private:
    void compute(const double_double& lambda, std::size_t size, std::size_t level);

    entries entries_{};
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

/// The value, normal and not negative, rounded once to T, or 0 if that would be a subnormal number. Via double, an inexact
/// float could be rounded twice: rounding to odd prevents it.
template <real T>
T rounded(double_double value) {
    if constexpr (std::is_same_v<T, double>) {
        return value.high;
    } else {
        // Of a number half way between two of T, `low` decides.
        constexpr std::uint64_t half = std::uint64_t{1} << 28;
        const std::uint64_t bits = number<double>::bits(value.high);
        if ((bits & (2 * half - 1)) != half && value.high >= 2 * static_cast<double>(std::numeric_limits<T>::min()))
            [[likely]]
            return static_cast<T>(value.high);
        constexpr double least = static_cast<double>(std::numeric_limits<T>::min()) * (1 - 0x1p-22);
        if (value.high < least) return 0; // what is between rounds to either side
        const std::uint64_t below = bits - (value.low < 0 ? 1 : 0);
        return static_cast<T>(number<double>::from_bits(below | (value.low != 0 ? 1 : 0)));
    }
}

template <real T>
inline constexpr int bias = std::numeric_limits<T>::max_exponent - 1;

/// 2^exponent for exponents <= 0, or 0 where that is not a normal number.
template <real T>
T power_of_two(int exponent) {
    using word = typename number<T>::word;
    if (exponent <= -bias<T>) return 0;
    return number<T>::from_bits(static_cast<word>(exponent + bias<T>) << (std::numeric_limits<T>::digits - 1));
}

/// Levels from `level` on, of whose powers lambda is the first.
template <real T>
void decay_powers<T>::compute(const double_double& lambda, std::size_t size, std::size_t level) {
    double_double base = lambda;
    int exponent = 0; // base is to be multiplied by 2^exponent
    for (; is_reached(level, size); ++level) {
        // Where the eighth power may come near underflow, double-double would lose its lower half.
        if (base.high != 0 && base.high < 0x1p-110) {
            const int more = static_cast<int>(number<double>::bits(base.high) >> 52) - (bias<double> - 1);
            const double scale = 1 / power_of_two<double>(more);
            base = {base.high * scale, base.low * scale};
            exponent += more;
        }
        const double_double second = base * base, third = second * base, fourth = second * second;
        const double_double eighth = fourth * fourth;
        const std::array<double_double, 8> power{base,          second,          third,          fourth,
                                                 fourth * base, fourth * second, fourth * third, eighth};
        auto& entry = entries_[level];
        for (std::size_t k = 1; k <= 8; ++k) entry[k] = rounded<T>(power[k - 1].normal());
        if (exponent != 0 || entry[8] < std::numeric_limits<T>::min()) // the smallest
            for (std::size_t k = 1; k <= 8; ++k) {
                // Zero where the product would be a subnormal number, which is slow to make: where it is less than the
                // lowest normal one by more than rounding makes up for.
                const int more = static_cast<int>(k) * exponent, lowest = std::numeric_limits<T>::min_exponent - 1;
                const bool is_small =
                    more < lowest || number<T>::bits(entry[k]) < number<T>::bits(power_of_two<T>(lowest - more)) - 1;
                entry[k] = (is_small ? T(0) : entry[k]) * power_of_two<T>(more);
            }
        base = eighth.normal();
        exponent *= 8;
    }
}

} // namespace LANES_TARGET
} // namespace lanes
