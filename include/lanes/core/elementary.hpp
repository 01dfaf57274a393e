// lanes/core/elementary.hpp: logarithm, exponential, sine, cosine and normal quantile, the same bits on every target.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/coefficients.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/target.hpp>

#include <array>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

namespace lanes::inline LANES_TARGET {

// Value is float, double or a SIMD batch of them. Only additions, products, quotients, square roots, fma and integer
// operations are used, so neither the C library nor the width of a batch has a say. Errors are the largest found, in
// units of the last place; tests/elementary.cpp asserts them.

/// Natural logarithm; -inf at zero, NaN below.   error: 0.75
template <numeric Value>
constexpr Value log(Value x);

/// e^x, subnormal results included.   error: 0.98
template <numeric Value>
constexpr Value exp(Value x);

template <class Value>
struct sine_and_cosine {
    Value sine, cosine;
};

/// sin(2 pi u) and cos(2 pi u) for |u| <= 2^49 (float: 2^20), NaN beyond.   error: 0.99
template <numeric Value>
constexpr sine_and_cosine<Value> sincos_2pi(Value u);

/// The z with P(Z <= z) = u for a standard normal Z, where u and 1 - u are at least 2^-53 (float: 2^-24), as `uniform`
/// draws are; NaN elsewhere. Exactly odd about 1/2 where 1 - u is exact.   error: 2.6 (float: 3.6)
/// source: Giles, GPU Computing Gems Jade (2012) ch. 10, in the variable -log(4 u (1 - u))
template <numeric Value>
constexpr Value normal_quantile(Value u);

/// sum_k c[k] x^k, by Horner's rule. The coefficients are a template argument: device code may use the values of a host
/// array that are known at compile time, but not the array.
template <const auto& c, class Value>
LANES_INLINED constexpr Value polynomial(Value x) {
    constexpr std::size_t size = c.size();
    Value sum(c[size - 1]);
    [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED {
        ((sum = number<Value>::fma(sum, x, Value(c[size - 2 - k]))), ...);
    }
    (std::make_index_sequence<size - 1>());
    return sum;
}

/// The same for the coefficients from c[1] up: (sum_k c[k] x^k - c[0]) / x.
template <const auto& c, class Value>
LANES_INLINED constexpr Value polynomial_tail(Value x) {
    constexpr std::size_t size = c.size();
    Value sum(c[size - 1]);
    [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED {
        ((sum = number<Value>::fma(sum, x, Value(c[size - 2 - k]))), ...);
    }
    (std::make_index_sequence<size - 2>());
    return sum;
}

/// How a number is laid out: x = 1.m 2^(e - bias) has m in its low `mantissa` bits.
template <real T>
struct layout {
    using word = typename number<T>::word;
    static constexpr int mantissa = std::numeric_limits<T>::digits - 1;
    static constexpr word bias = std::numeric_limits<T>::max_exponent - 1;
    static constexpr word mantissa_mask = (word{1} << mantissa) - 1;
    /// 2^mantissa: an integer below it can be written into its low bits.
    static constexpr T integer = std::is_same_v<T, double> ? T(0x1p52) : T(0x1p23);
    /// 1.5 2^mantissa: adding it rounds to an integer, which then stands in the low bits in two's complement.
    static constexpr T rounder = T(1.5) * integer;
};

/// x = m 2^exponent with m in [sqrt(1/2), sqrt(2)), for a finite x >= 2^-1022 (float: 2^-126).
template <class Value>
struct parts_of {
    Value exponent, m;
};

/// The parts of 2^power x. `is_near`: that exponent lies between -1000 and 1000 (float: -100 and 100).
template <int power, bool is_near, class Value>
LANES_INLINED constexpr parts_of<Value> parts(Value x) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    using L = layout<T>;
    using word = typename N::word;
    // Counted from sqrt(1/2), bits turn over to the next exponent where m does.
    constexpr typename L::word from_pivot = number<T>::bits(T(1)) - C::log_pivot;
    const word turned = N::bits(x) + word(from_pivot + (static_cast<typename L::word>(power) << L::mantissa));
    const Value m = N::from_bits((turned & word(L::mantissa_mask)) + word(C::log_pivot));
    if constexpr (is_near && requires { N::exponent(x); }) {
        return {N::exponent(N::from_bits(turned)), m};
    } else { // the biased exponent becomes a number by way of the low bits of 2^mantissa
        const word biased = N::template shift_right<L::mantissa>(turned) | word(number<T>::bits(L::integer));
        return {N::from_bits(biased) - Value(L::integer + static_cast<T>(L::bias)), m};
    }
}

/// f / b for b = 2 + f, where f + 1 is the m of parts: a correctly rounded quotient of numbers that are near 1, or f = +0.
template <class Value>
LANES_INLINED constexpr Value quotient_of_part(Value f, Value b) {
    using N = number<Value>;
    if constexpr (requires { N::near_quotient(f, b); }) return N::near_quotient(f, b);
    else return N::quotient(f, b);
}

/// log(m) + e log(2)
template <class Value>
LANES_INLINED constexpr Value log_of_parts(Value e, Value m) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    // log(1 + f) = f - f f / 2 + s (f f / 2 + R) with s = f / (2 + f)
    const Value f = m - Value(T(1));
    const Value s = quotient_of_part(f, Value(T(2)) + f);
    const Value z = s * s;
    const Value R = z * polynomial<C::log>(z);
    const Value t = N::fma(s, N::fma(Value(T(0.5)) * f, f, R), e * Value(C::log_lo));
    if constexpr (requires { N::fma_negated(f, f, t); })
        return N::fma(e, Value(C::log_hi), f + N::fma_negated(Value(T(0.5)) * f, f, t));
    const Value w = N::fma(Value(T(-0.5)) * f, f, t);
    return N::fma(e, Value(C::log_hi), f + w);
}

template <numeric Value>
LANES_INLINED constexpr Value log(Value x) {
    using N = number<Value>;
    using T = typename N::scalar;
    using limits = std::numeric_limits<T>;
    const auto is_small = x < Value(limits::min());
    const auto [e, m] = parts<0, false>(N::select(is_small, x * Value(T(0x1p54)), x));
    const Value finite = log_of_parts(N::select(is_small, e - Value(T(54)), e), m);
    const Value edge = N::select(x == Value(T(0)), Value(-limits::infinity()),
                                 N::select(x < Value(T(0)), Value(limits::quiet_NaN()), x));
    return N::select(x > Value(T(0)), N::select(x <= Value(limits::max()), finite, edge), edge);
}

/// e^x for |x| < 700, where it is a normal number: the rounded operations of exp, and integers for what is exact there.
template <class Value>
LANES_INLINED constexpr Value exp_near_zero(Value x) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    const Value shifted = N::fma(x, Value(C::log2_e), Value(layout<T>::rounder));
    const Value k = N::low_integer(shifted); // shifted - rounder
    const Value r = N::fma(k, Value(-C::exp_lo), N::fma(k, Value(-C::exp_hi), x));
    const Value y = Value(T(1)) + N::fma(r * r, polynomial<C::exp>(r), r);
    return N::scaled_by_bits(y, shifted);
}

template <numeric Value>
LANES_INLINED constexpr Value exp(Value x) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    using L = layout<T>;
    using word = typename N::word;
    if constexpr (requires { N::is_beyond(x, T(700)); })
        if (!N::any(N::is_beyond(x, T(700)))) [[likely]]
            return exp_near_zero(x);
    // Beyond +-limit results are 0 and inf, as they are at it; a NaN passes.
    constexpr T limit = std::is_same_v<T, double> ? 800 : 120;
    const Value inside = lanes::min(Value(limit), lanes::max(Value(-limit), x));
    const Value shifted = N::fma(inside, Value(C::log2_e), Value(L::rounder));
    const Value k = shifted - Value(L::rounder);
    const Value r = N::fma(k, Value(-C::exp_lo), N::fma(k, Value(-C::exp_hi), inside));
    const Value y = Value(T(1)) + N::fma(r * r, polynomial<C::exp>(r), r);
    // 2^k as a product of two powers with exponents floor(k / 2) and the rest, since 2^k may be out of range.
    if constexpr (requires { N::scaled(y, k); }) return N::scaled(y, k);
    const word biased = N::bits(shifted) - word(number<T>::bits(L::rounder) - 2 * L::bias); // k + 2 bias
    const word half = N::template shift_right<1>(biased);
    return N::product(y * N::from_bits(N::template shift_left<L::mantissa>(half)),
                      N::from_bits(N::template shift_left<L::mantissa>(biased - half)));
}

template <numeric Value>
LANES_INLINED constexpr sine_and_cosine<Value> sincos_2pi(Value u) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    using L = layout<T>;
    using word = typename N::word;
    constexpr T limit = L::integer / 8;
    const auto is_inside = (u <= Value(limit)) & (u >= Value(-limit));
    // u = j / 4 + r, |r| <= 1/8, without error.
    const Value shifted = N::fma(Value(T(4)), u, Value(L::rounder));
    const Value r = N::fma(Value(T(-0.25)), shifted - Value(L::rounder), u);
    const Value z = r * r;
    const Value P = N::fma(polynomial_tail<C::sine>(z), z, Value(C::two_pi_lo));
    const Value sine = N::fma(r, Value(C::sine[0]), r * P);
    const Value cosine = N::fma(polynomial_tail<C::cosine>(z), z, Value(T(1)));
    // A quarter turn takes (sine, cosine) to (cosine, -sine): an odd j swaps, and bit 1 of j or of j + 1 is the sign.
    constexpr int top = sizeof(T) * 8 - 1;
    const word j = N::bits(shifted) - word(number<T>::bits(L::rounder));
    const word sign(typename L::word{1} << top);
    const auto is_odd = N::from_bits(N::template shift_left<top>(j) | word(number<T>::bits(T(1)))) < Value(T(0));
    const Value first = N::select(is_odd, cosine, sine), second = N::select(is_odd, sine, cosine);
    const Value nan(std::numeric_limits<T>::quiet_NaN());
    return {N::select(is_inside, N::from_bits(N::bits(first) ^ (N::template shift_left<top - 1>(j) & sign)), nan),
            N::select(is_inside, N::from_bits(N::bits(second) ^ (N::template shift_left<top - 1>(j + word(1u)) & sign)),
                      nan)};
}

/// normal_quantile(u) / (2 u - 1) from -w beyond the centre, `centre` elsewhere.
template <class Value>
constexpr Value normal_ratio_with_tails(Value minus_w, Value centre) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    if constexpr (items < Value >> 1) { // few items have lanes in the tails, and this code need not be there for each
        for (std::size_t k = 0; k < items<Value>; ++k)
            centre.items[k] = normal_ratio_with_tails(minus_w.items[k], centre.items[k]);
        return centre;
    } else {
        const auto is_tail = minus_w <= Value(T(-6.25));
        if (!N::any(is_tail)) return centre;
        const Value s = N::sqrt(Value(T(0)) - minus_w);
        Value tail = polynomial<C::normal_tail>(s - Value(T(3.25)));
        if constexpr (std::is_same_v<T, double>) {
            const auto is_far = s >= Value(4.0);
            if (N::any(is_far)) [[unlikely]]
                tail = N::select(is_far, polynomial<C::normal_far_tail>(s - Value(5.0)), tail);
        }
        return N::select(is_tail, tail, centre);
    }
}

/// The parts of 4 u (1 - u), where x = 2 u - 1.
template <bool is_drawn, class Value>
LANES_INLINED constexpr parts_of<Value> parts_of_spread(Value u, Value x) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    // Of a multiple of 2^-53, x and 1 - u are exact: both ways round the one number 1 - x x once.
    if constexpr (is_drawn && requires(Value & part) { N::split(x, C::log_pivot, part, part); }) {
        parts_of<Value> parts;
        N::split(N::fma_negated(x, x, Value(T(1))), C::log_pivot, parts.exponent, parts.m);
        return parts;
    } else {
        return parts<2, true>(u * (Value(T(1)) - u));
    }
}

/// Where minus_w <= -6.25, and perhaps where it is NaN.
template <class Value>
LANES_INLINED constexpr typename number<Value>::mask may_be_tail(Value minus_w) {
    using N = number<Value>;
    using T = typename N::scalar;
    if constexpr (requires { N::is_below(minus_w, T(-6.25)); }) return N::is_below(minus_w, T(-6.25));
    else return minus_w <= Value(T(-6.25));
}

/// normal_quantile without the check of u. `is_drawn`: u is a multiple of 2^-53 (float: 2^-24), as draws are.
template <bool is_drawn = false, class Value>
LANES_INLINED constexpr Value normal_of_uniform(Value u) {
    using N = number<Value>;
    using T = typename N::scalar;
    using C = coefficients<T>;
    const Value x = N::fma(Value(T(2)), u, Value(T(-1)));
    const auto [e, m] = parts_of_spread<is_drawn>(u, x);
    const Value minus_w = log_of_parts(e, m);
    Value ratio = polynomial<C::normal_centre>(Value(T(-3.125)) - minus_w);
    if (N::any(may_be_tail(minus_w))) [[unlikely]] // one draw in a thousand
        ratio = normal_ratio_with_tails(minus_w, ratio);
    return N::product(x, ratio);
}

template <numeric Value>
constexpr Value normal_quantile(Value u) {
    using N = number<Value>;
    using T = typename N::scalar;
    constexpr T least = std::numeric_limits<T>::epsilon() / 2;
    const auto is_inside = (u >= Value(least)) & (u <= Value(T(1) - least));
    return N::select(is_inside, normal_of_uniform(u), Value(std::numeric_limits<T>::quiet_NaN()));
}

} // namespace lanes::inline LANES_TARGET
