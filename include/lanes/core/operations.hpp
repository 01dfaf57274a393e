// lanes/core/operations.hpp: the arithmetic of reductions: what a lane does with an element, a block with its lanes,
// the tree with its blocks. Backends decide where the lanes lie; these decide every rounding.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <cstddef>
#include <limits>

namespace lanes {

/// The accumulators of one lane, as members rather than an array: g++ 12 keeps arrays of arrays in memory.
template <class Value, std::size_t Sums>
struct accumulators;
template <class Value>
struct accumulators<Value, 1> {
    Value first;
};
template <class Value>
struct accumulators<Value, 2> {
    Value first, second;
};

/// f on the first accumulators of all arguments, then on the second ones if there are.
template <class Function, class Value, class... Others>
[[gnu::always_inline]] constexpr auto each(Function f, const accumulators<Value, 1>& a, const Others&... others) {
    return accumulators<decltype(f(a.first, others.first...)), 1>{f(a.first, others.first...)};
}
template <class Function, class Value, class... Others>
[[gnu::always_inline]] constexpr auto each(Function f, const accumulators<Value, 2>& a, const Others&... others) {
    return accumulators<decltype(f(a.first, others.first...)), 2>{f(a.first, others.first...),
                                                                  f(a.second, others.second...)};
}

// A *lane operation* names
//   inputs            how many arrays it reads
//   sums              how many accumulators a lane has, and start<T>() their first value
//   step(a, x...)     the accumulators after one more element
//   fold(a, b)        lane l joined with lane l + h
// A *reduction* adds
//   node<T>           what a block becomes
//   block<T>(b)       computes it: b.accumulate(lane operation) runs over the block and folds its lanes; b.size()
//   merge(a, b)       two adjacent nodes of the tree

/// Base of lane operations with one accumulator that are joined by addition. The identity is -0.0, since x + (-0.0) is
/// x for every x, +0.0 and -0.0 included.
struct addition {
    static constexpr std::size_t sums = 1;
    template <class T>
    using node = T;
    template <real T>
    static constexpr accumulators<T, 1> start() {
        return {T(-0.0)};
    }
    template <class Value>
    static constexpr accumulators<Value, 1> fold(accumulators<Value, 1> a, accumulators<Value, 1> b) {
        return {a.first + b.first};
    }
    template <real T>
    static constexpr T merge(T a, T b) {
        return a + b;
    }
};

/// a + x
struct plus : addition {
    static constexpr std::size_t inputs = 1;
    template <class Value>
    static constexpr accumulators<Value, 1> step(accumulators<Value, 1> a, Value x) {
        return {a.first + x};
    }
    template <class T>
    [[gnu::always_inline]] static constexpr T block(const auto& elements) {
        return elements.accumulate(plus{}).first;
    }
};

/// a + x x, one rounding
struct plus_of_squares : addition {
    static constexpr std::size_t inputs = 1;
    template <class Value>
    static constexpr accumulators<Value, 1> step(accumulators<Value, 1> a, Value x) {
        return {number<Value>::fma(x, x, a.first)};
    }
    template <class T>
    [[gnu::always_inline]] static constexpr T block(const auto& elements) {
        return elements.accumulate(plus_of_squares{}).first;
    }
};

/// a + x y, one rounding
struct plus_of_products : addition {
    static constexpr std::size_t inputs = 2;
    template <class Value>
    static constexpr accumulators<Value, 1> step(accumulators<Value, 1> a, Value x, Value y) {
        return {number<Value>::fma(x, y, a.first)};
    }
    template <class T>
    [[gnu::always_inline]] static constexpr T block(const auto& elements) {
        return elements.accumulate(plus_of_products{}).first;
    }
};

/// Count, sum, mean and sum of squared deviations of some values.
template <real T>
struct moment_node {
    std::size_t count;
    T sum, mean, deviations;
};

/// (q + d d, e + d) with d = x - centre: squared deviations, and the deviations that correct for a rounded centre.
template <real T>
struct plus_of_deviations {
    static constexpr std::size_t inputs = 1, sums = 2;
    T centre;
    template <real U>
    static constexpr accumulators<U, 2> start() {
        return {U(-0.0), U(-0.0)};
    }
    template <class Value>
    constexpr accumulators<Value, 2> step(accumulators<Value, 2> a, Value x) const {
        const Value d = x - Value(centre);
        return {number<Value>::fma(d, d, a.first), a.second + d};
    }
    template <class Value>
    static constexpr accumulators<Value, 2> fold(accumulators<Value, 2> a, accumulators<Value, 2> b) {
        return {a.first + b.first, a.second + b.second};
    }
};

/// Mean and variance in one pass over memory: each block is centred on its own mean while it is in cache (corrected
/// two-pass), and blocks join by the update of Chan, Golub and LeVeque (Amer. Statist. 37, 1983).
struct moments {
    static constexpr std::size_t inputs = 1;
    template <class T>
    using node = moment_node<T>;

    template <real T>
    static constexpr T not_negative(T q) {
        return q < T(0) ? T(0) : q; // keeps NaN, which fmax would not
    }
    template <class T>
    [[gnu::always_inline]] static constexpr T first_pass(const auto& elements) {
        return elements.accumulate(plus{}).first;
    }
    template <class T>
    [[gnu::always_inline]] static constexpr moment_node<T> second_pass(const auto& elements, T sum) {
        if constexpr (requires { elements.per_element(sum); }) { // sum / size(), by a shorter way to its bits
            const T mean = elements.per_element(sum);
            const auto [q, e] = elements.accumulate(plus_of_deviations<T>{mean});
            return {elements.size(), sum, mean, not_negative(number<T>::fma(-e, elements.per_element(e), q))};
        }
        const T count = static_cast<T>(elements.size());
        const T mean = sum / count;
        const auto [q, e] = elements.accumulate(plus_of_deviations<T>{mean});
        return {elements.size(), sum, mean, not_negative(number<T>::fma(-e, e / count, q))};
    }
    template <class T>
    [[gnu::always_inline]] static constexpr moment_node<T> block(const auto& elements) {
        return second_pass<T>(elements, first_pass<T>(elements));
    }
    template <real T>
    [[gnu::always_inline]] static constexpr moment_node<T> merge(const moment_node<T>& a, const moment_node<T>& b) {
        using N = number<T>;
        const std::size_t count = a.count + b.count;
        const T n = static_cast<T>(count);
        const T sum = a.sum + b.sum, d = b.mean - a.mean, deviations = a.deviations + b.deviations;
        // Whole subtrees are of one size, a power of two: then multiplications have the bits of the divisions.
        if (a.count == b.count && (count & (count - 1)) == 0) {
            constexpr typename N::word one = N::bits(T(1));
            const T reciprocal = N::from_bits(2 * one - N::bits(n));
            return {count, sum, N::product(sum, reciprocal), N::fma(d, d * (n * T(0.25)), deviations)};
        }
        const T na = static_cast<T>(a.count), nb = static_cast<T>(b.count);
        return {count, sum, sum / n, N::fma(d, d * (na * (nb / n)), deviations)};
    }
};

/// IEEE 754-2019 minimum: NaN if any element is NaN, and -0 < +0. `Extreme` tells the two directions apart.
template <class Extreme>
struct extreme {
    static constexpr std::size_t inputs = 1, sums = 2; // the extreme so far, and a NaN once one was seen
    template <class T>
    using node = T;
    template <real T>
    static constexpr accumulators<T, 2> start() {
        return {Extreme::template worst<T>(), T(0)};
    }
    template <class Value>
    static constexpr accumulators<Value, 2> step(accumulators<Value, 2> a, Value x) {
        return {Extreme::better(x, a.first), number<Value>::nan_if_either(a.second, x)};
    }
    template <class Value>
    static constexpr accumulators<Value, 2> fold(accumulators<Value, 2> a, accumulators<Value, 2> b) {
        return {Extreme::better(b.first, a.first), number<Value>::nan_if_either(a.second, b.second)};
    }
    template <class T>
    [[gnu::always_inline]] static constexpr T block(const auto& elements) {
        const auto [value, nan] = elements.accumulate(Extreme{});
        if (nan != nan) return nan;
        if (value != T(0)) return value;
        // Comparisons cannot tell the zeros apart: whether one of the better sign is there is asked only now.
        return elements.accumulate(typename Extreme::zero{}).first;
    }
    template <real T>
    static constexpr T merge(T a, T b) {
        if (a != a) return a;
        if (b != b) return b;
        if (a == b) return Extreme::zero_sign(a) ? a : b;
        return Extreme::better(b, a);
    }
};

/// Of the zeros among the elements: -0 if `Negative` and one is there, or +0 if not `Negative` and one is there. Adding
/// zeros does that: (-0) + (-0) is -0 and anything else +0; the signs are turned for the minimum.
template <bool Negative>
struct zero_of_better_sign {
    static constexpr std::size_t inputs = 1, sums = 1;
    template <real T>
    static constexpr accumulators<T, 1> start() {
        return {Negative ? T(0.0) : T(-0.0)};
    }
    template <class Value>
    static constexpr accumulators<Value, 1> step(accumulators<Value, 1> a, Value x) {
        using N = number<Value>;
        return fold(a, accumulators<Value, 1>{N::select(x == Value(0), x, start_value<Value>())});
    }
    template <class Value>
    static constexpr accumulators<Value, 1> fold(accumulators<Value, 1> a, accumulators<Value, 1> b) {
        // The sign is turned by an exact product: some SIMD libraries negate by 0 - x, which loses the sign of zero.
        const Value sign(Negative ? -1 : 1);
        return {sign * (sign * a.first + sign * b.first)};
    }

private:
    template <class Value>
    static constexpr Value start_value() {
        return Value(start<typename number<Value>::scalar>().first);
    }
};

struct minimum_of : extreme<minimum_of> {
    using zero = zero_of_better_sign<true>;
    static constexpr float better_zero = -0.0f;
    template <class T>
    static constexpr T worst() {
        return std::numeric_limits<T>::infinity();
    }
    template <class Value>
    static constexpr Value better(Value a, Value b) {
        return number<Value>::least(a, b);
    }
    static constexpr bool zero_sign(auto a) { return number<decltype(a)>::is_negative(a); }
};

struct maximum_of : extreme<maximum_of> {
    using zero = zero_of_better_sign<false>;
    static constexpr float better_zero = 0.0f;
    template <class T>
    static constexpr T worst() {
        return -std::numeric_limits<T>::infinity();
    }
    template <class Value>
    static constexpr Value better(Value a, Value b) {
        return number<Value>::greatest(a, b);
    }
    static constexpr bool zero_sign(auto a) { return !number<decltype(a)>::is_negative(a); }
};

} // namespace lanes
