// lanes/core/number.hpp: the arithmetic that every kernel is written in, for a scalar or for a SIMD batch.
// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||                         \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error                                                                                                                 \
    "lanes: do not compile with -ffast-math (or -Ofast, -funsafe-math-optimizations, -ffinite-math-only): it lets the compiler reorder and drop operations, so results would differ between backends and machines. Use -O3."
#endif

namespace lanes {

/// The element types of lanes, and numbers of a device that stand for them.
template <class T>
inline constexpr bool is_real = std::same_as<T, float> || std::same_as<T, double>;
template <class T>
concept real = is_real<T>;

static_assert(std::numeric_limits<double>::is_iec559 && std::numeric_limits<float>::is_iec559,
              "lanes: float and double must be IEEE-754 binary32 and binary64");
#if defined(FLT_EVAL_METHOD)
static_assert(FLT_EVAL_METHOD == 0, "lanes: intermediate results must have the type of their operands "
                                    "(on 32-bit x86 compile with -msse2 -mfpmath=sse)");
#endif

/// What lanes needs of a number. Scalars are defined here, SIMD batches beside the backend that brings them, so an
/// algorithm written once over `Value` runs on both: `number<Value>::fma(a, b, c)` rounds once, whatever the target. Some
/// numbers have words beyond these, shorter ways to the same bits, and algorithms ask whether they do.
template <class Value>
struct number;

template <class Value>
concept numeric = requires {
    typename number<Value>::scalar;
};

template <real T>
struct number<T> {
    using scalar = T;
    using mask = bool;
    using word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>; // unsigned, as wide as a number
    static constexpr std::size_t width = 1;
    static constexpr std::size_t registers = 16; // at least

    static constexpr T load(const T* from) { return *from; }
    static constexpr void store(T* to, T value) { *to = value; }
    /// a * b + c with one rounding: an instruction where the target has it, otherwise the C library's exact fma.
    static constexpr T fma(T a, T b, T c) { return std::fma(a, b, c); }
    static constexpr T quotient(T a, T b) { return a / b; }
    /// a * b where a sum may come next, in a caller's code too: no compiler fuses the two.
    static constexpr T product(T a, T b) {
        if (std::is_constant_evaluated()) return a * b;
        const volatile T rounded = a * b;
        return rounded;
    }
    static constexpr T sqrt(T a) { return std::sqrt(a); }
    static constexpr T select(bool condition, T yes, T no) { return condition ? yes : no; }
    static constexpr bool is_negative(T a) { return bits(a) >> (sizeof(T) * 8 - 1) != 0; } // -0 too
    static constexpr bool is_nan(T a) { return a != a; }
    /// The smaller (larger) one; which, is open where a comparison cannot tell: zeros, NaN.
    static constexpr T least(T a, T b) { return a < b ? a : b; }
    static constexpr T greatest(T a, T b) { return a > b ? a : b; }
    /// NaN if `flag` or x is NaN, otherwise some number.
    static constexpr T nan_if_either(T flag, T x) { return x != x ? x : flag; }
    static constexpr T max(T a, T b) { return a > b ? a : b; }
    static constexpr T min(T a, T b) { return a < b ? a : b; }
    static constexpr bool any(bool condition) { return condition; }

    static constexpr word bits(T a) { return std::bit_cast<word>(a); }
    static constexpr T from_bits(word a) { return std::bit_cast<T>(a); }
    template <int count>
    static constexpr word shift_left(word a) {
        return a << count;
    }
    template <int count>
    static constexpr word shift_right(word a) {
        return a >> count;
    }
    static constexpr word lane_numbers() { return 0; }
    /// The 64-bit product of the low 32-bit halves; whatever the high halves hold.
    static constexpr word multiply_low_halves(word a, word b) requires(sizeof(T) == 8) {
        return (a & 0xffffffff) * (b & 0xffffffff);
    }
};

// Functions of numbers take nothing else, so that `using namespace lanes` leaves sqrt(2) and max(1, 2) what they were. The
// first argument says which numbers; the others may be scalars: max(z, 0.0).

/// a * b + c, rounded once. Use it in your own models wherever a product feeds a sum: compilers may or may not fuse
/// `a * b + c`, so only this form has the same bits everywhere.
template <numeric Value>
constexpr Value fma(Value a, std::type_identity_t<Value> b, std::type_identity_t<Value> c) {
    return number<Value>::fma(a, b, c);
}

/// condition ? yes : no, lane by lane.
template <numeric Value>
constexpr Value select(typename number<Value>::mask condition, Value yes, std::type_identity_t<Value> no) {
    return number<Value>::select(condition, yes, no);
}

/// The larger of a and b; b if they are unordered or equal.
template <numeric Value>
constexpr Value max(Value a, std::type_identity_t<Value> b) {
    return number<Value>::max(a, b);
}

/// The smaller of a and b; b if they are unordered or equal.
template <numeric Value>
constexpr Value min(Value a, std::type_identity_t<Value> b) {
    return number<Value>::min(a, b);
}

/// max(a, 0)
template <numeric Value>
constexpr Value positive_part(Value a) {
    using N = number<Value>;
    if constexpr (requires { N::positive_part(a); }) return N::positive_part(a);
    else return N::max(a, Value(typename N::scalar(0)));
}

/// Square root, correctly rounded.
template <numeric Value>
constexpr Value sqrt(Value a) {
    return number<Value>::sqrt(a);
}

/// `value`, with every NaN replaced by the one quiet NaN 0x7ff8... / 0x7fc0... (payloads differ between machines).
template <real T>
constexpr T canonical_nan(T value) {
    return value != value ? std::numeric_limits<T>::quiet_NaN() : value;
}

} // namespace lanes
