// cuda/machine/number.cuh: a number on the device: every operation rounds once, whatever flags the compiler is given.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine/halves.cuh>
#include <cuda/machine/quotient.cuh>
#include <cuda/machine/rounded.cuh>
#include <lanes/core/number.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace lanes {

/// A float or double in device code. It lies in memory as T does, so arrays of T are read and written as such.
template <class T>
struct device_number {
    T value;

    device_number() = default;
    template <class Scalar>
    requires std::is_arithmetic_v<Scalar> __host__ __device__ constexpr device_number(Scalar scalar)
        : value(static_cast<T>(scalar)) {}

    friend __host__ __device__ constexpr device_number operator+(device_number a, device_number b) {
        return rounded_operations::plus(a.value, b.value);
    }
    friend __host__ __device__ constexpr device_number operator-(device_number a, device_number b) {
        return rounded_operations::minus(a.value, b.value);
    }
    friend __host__ __device__ constexpr device_number operator*(device_number a, device_number b) {
        return rounded_operations::times(a.value, b.value);
    }
    friend __host__ __device__ constexpr device_number operator/(device_number a, device_number b) {
        return rounded_operations::over(a.value, b.value);
    }
    /// Turns the sign bit, of zeros too.
    friend __host__ __device__ constexpr device_number operator-(device_number a) {
        using word = typename number<T>::word;
        return number<T>::from_bits(number<T>::bits(a.value) ^ (word{1} << (sizeof(T) * 8 - 1)));
    }
    friend __host__ __device__ constexpr device_number& operator+=(device_number& a, device_number b) {
        return a = a + b;
    }
    friend __host__ __device__ constexpr device_number& operator-=(device_number& a, device_number b) {
        return a = a - b;
    }
    friend __host__ __device__ constexpr device_number& operator*=(device_number& a, device_number b) {
        return a = a * b;
    }
    friend __host__ __device__ constexpr device_number& operator/=(device_number& a, device_number b) {
        return a = a / b;
    }
    friend __host__ __device__ constexpr bool operator<(device_number a, device_number b) {
        return rounded_operations::less(a.value, b.value);
    }
    friend __host__ __device__ constexpr bool operator<=(device_number a, device_number b) {
        return rounded_operations::not_greater(a.value, b.value);
    }
    friend __host__ __device__ constexpr bool operator>(device_number a, device_number b) { return b < a; }
    friend __host__ __device__ constexpr bool operator>=(device_number a, device_number b) { return b <= a; }
    friend __host__ __device__ constexpr bool operator==(device_number a, device_number b) {
        return rounded_operations::equal(a.value, b.value);
    }
    friend __host__ __device__ constexpr bool operator!=(device_number a, device_number b) { return !(a == b); }
};

template <class T>
inline constexpr bool is_real<device_number<T>> = true;

template <class T>
struct number<device_number<T>> {
    using Value = device_number<T>;
    using scalar = T;
    using mask = bool;
    using word = typename number<T>::word;
    static constexpr std::size_t width = 1;
    static constexpr std::size_t registers = 255;

    __host__ __device__ static constexpr Value fma(Value a, Value b, Value c) {
        return rounded_operations::fma(a.value, b.value, c.value);
    }
    __host__ __device__ static constexpr Value quotient(Value a, Value b) { return a / b; }
    __host__ __device__ static constexpr Value product(Value a, Value b) { return a * b; }
    __host__ __device__ static constexpr Value sqrt(Value a) { return rounded_operations::root(a.value); }
    __host__ __device__ static constexpr Value select(bool condition, Value yes, Value no) {
        return condition ? yes : no;
    }
    __host__ __device__ static constexpr bool is_negative(Value a) { return number<T>::is_negative(a.value); }
    __host__ __device__ static constexpr bool is_nan(Value a) { return a != a; }
    __host__ __device__ static constexpr Value least(Value a, Value b) { return a < b ? a : b; }
    __host__ __device__ static constexpr Value greatest(Value a, Value b) { return a > b ? a : b; }
    __host__ __device__ static constexpr Value nan_if_either(Value flag, Value x) { return x != x ? x : flag; }
    __host__ __device__ static constexpr Value max(Value a, Value b) { return a > b ? a : b; }
    __host__ __device__ static constexpr Value min(Value a, Value b) { return a < b ? a : b; }
    __host__ __device__ static constexpr bool any(bool condition) { return condition; }

    __host__ __device__ static constexpr word bits(Value a) { return number<T>::bits(a.value); }
    __host__ __device__ static constexpr Value from_bits(word a) { return number<T>::from_bits(a); }
    template <int count>
    __host__ __device__ static constexpr word shift_left(word a) {
        return a << count;
    }
    template <int count>
    __host__ __device__ static constexpr word shift_right(word a) {
        return a >> count;
    }
    __host__ __device__ static constexpr word lane_numbers() { return 0; }
    /// The 64-bit product of the low 32-bit halves; whatever the high halves hold.
    __host__ __device__ static constexpr word multiply_low_halves(word a, word b) requires(sizeof(T) == 8) {
        return halves::wide_product(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
    }

    // Words beyond those of every number: what is known of the operands is said, and less is needed.

    /// The number in [1, 2) that has the upper 52 bits of a word behind its point: of the low half of `product`, then the
    /// high half of `product` ^ previous ^ key.
    __host__ __device__ static constexpr Value last_number(word product, word previous,
                                                           word key) requires(sizeof(T) == 8) {
        return halves::from_upper_bits(static_cast<std::uint32_t>(product),
                                       static_cast<std::uint32_t>((product >> 32) ^ previous ^ key));
    }
    /// a / b for 1 <= b < 4, and a = +0 or 2^-900 <= |a| < 4.
    __host__ __device__ static constexpr Value near_quotient(Value a, Value b) requires(sizeof(T) == 8) {
        return lanes::near_quotient(a.value, b.value);
    }
    /// c - a b, rounded once: the sign costs nothing.
    __host__ __device__ static constexpr Value fma_negated(Value a, Value b, Value c) requires(sizeof(T) == 8) {
        return rounded_operations::fma(-a.value, b.value, c.value);
    }
    /// max(a, +0), also of NaN: as bits, what is above +0 is not above inf.
    __host__ __device__ static constexpr Value positive_part(Value a) {
        constexpr word infinity = number<T>::bits(std::numeric_limits<T>::infinity());
        return bits(a) <= infinity ? a : Value(T(0));
    }
    /// x = m 2^exponent for a normal number x > 0, with m from the number whose bits are `pivot`, in (1/2, 1), up to twice
    /// that.
    __host__ __device__ static constexpr void split(Value x, word pivot, Value& exponent,
                                                    Value& m) requires(sizeof(T) == 8) {
        // Counted from the pivot, bits turn over to the next exponent where m does.
        constexpr word one = number<T>::bits(T(1));
        const auto turned = static_cast<std::uint32_t>((bits(x) + (one - pivot)) >> 32);
        exponent = static_cast<T>(static_cast<int>(turned >> 20) - 1023);
        m = halves::join(halves::high(x.value) - (turned & 0xfff00000) + 0x3ff00000, halves::low(x.value));
    }
    /// The integer whose bits are the low ones of `shifted`, the sum of it and 1.5 2^52.
    __host__ __device__ static constexpr Value low_integer(Value shifted) requires(sizeof(T) == 8) {
        return static_cast<T>(static_cast<int>(halves::low(shifted.value)));
    }
    /// a 2^k for a normal result, where the low 12 bits of `shifted` are those of k.
    __host__ __device__ static constexpr Value scaled_by_bits(Value a, Value shifted) requires(sizeof(T) == 8) {
        return halves::join(halves::high(a.value) + (halves::low(shifted.value) << 20), halves::low(a.value));
    }
    /// Whether |a| >= limit or a is NaN, for a limit whose low half is 0.
    __host__ __device__ static constexpr bool is_beyond(Value a, T limit) requires(sizeof(T) == 8) {
        return (halves::high(a.value) & 0x7fffffff) >= static_cast<std::uint32_t>(number<T>::bits(limit) >> 32);
    }
    /// Whether a <= limit for a limit < 0 whose low half is 0; or a is a NaN with a sign.
    __host__ __device__ static constexpr bool is_below(Value a, T limit) requires(sizeof(T) == 8) {
        return halves::high(a.value) >= static_cast<std::uint32_t>(number<T>::bits(limit) >> 32);
    }
};

} // namespace lanes

template <class T>
struct std::numeric_limits<lanes::device_number<T>> : std::numeric_limits<T> {};
