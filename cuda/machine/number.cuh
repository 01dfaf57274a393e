// cuda/machine/number.cuh: a number on the device: every operation rounds once, whatever flags the compiler is given.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace lanes {

// Operations that --use_fast_math and its parts cannot change: instructions of double have neither flushing nor
// approximate forms and are never fused when asked for by name; those of float are written out, since the named ones
// would flush subnormals under -ftz=true.
namespace rounded_operations {
#if defined(__CUDA_ARCH__)
#define LANES_DEVICE __host__ __device__ __forceinline__
LANES_DEVICE double plus(double a, double b) {
    return __dadd_rn(a, b);
}
LANES_DEVICE double minus(double a, double b) {
    return __dsub_rn(a, b);
}
LANES_DEVICE double times(double a, double b) {
    return __dmul_rn(a, b);
}
LANES_DEVICE double over(double a, double b) {
    return __ddiv_rn(a, b);
}
LANES_DEVICE double fma(double a, double b, double c) {
    return __fma_rn(a, b, c);
}
LANES_DEVICE double root(double a) {
    return __dsqrt_rn(a);
}
LANES_DEVICE bool less(double a, double b) {
    return a < b;
}
LANES_DEVICE bool not_greater(double a, double b) {
    return a <= b;
}
LANES_DEVICE bool equal(double a, double b) {
    return a == b;
}

LANES_DEVICE float plus(float a, float b) {
    float c;
    asm("add.rn.f32 %0, %1, %2;" : "=f"(c) : "f"(a), "f"(b));
    return c;
}
LANES_DEVICE float minus(float a, float b) {
    float c;
    asm("sub.rn.f32 %0, %1, %2;" : "=f"(c) : "f"(a), "f"(b));
    return c;
}
LANES_DEVICE float times(float a, float b) {
    float c;
    asm("mul.rn.f32 %0, %1, %2;" : "=f"(c) : "f"(a), "f"(b));
    return c;
}
LANES_DEVICE float over(float a, float b) {
    float c;
    asm("div.rn.f32 %0, %1, %2;" : "=f"(c) : "f"(a), "f"(b));
    return c;
}
LANES_DEVICE float fma(float a, float b, float c) {
    float d;
    asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(d) : "f"(a), "f"(b), "f"(c));
    return d;
}
LANES_DEVICE float root(float a) {
    float b;
    asm("sqrt.rn.f32 %0, %1;" : "=f"(b) : "f"(a));
    return b;
}
LANES_DEVICE bool less(float a, float b) {
    unsigned is;
    asm("{ .reg .pred p; setp.lt.f32 p, %1, %2; selp.u32 %0, 1, 0, p; }" : "=r"(is) : "f"(a), "f"(b));
    return is != 0;
}
LANES_DEVICE bool not_greater(float a, float b) {
    unsigned is;
    asm("{ .reg .pred p; setp.le.f32 p, %1, %2; selp.u32 %0, 1, 0, p; }" : "=r"(is) : "f"(a), "f"(b));
    return is != 0;
}
LANES_DEVICE bool equal(float a, float b) {
    unsigned is;
    asm("{ .reg .pred p; setp.eq.f32 p, %1, %2; selp.u32 %0, 1, 0, p; }" : "=r"(is) : "f"(a), "f"(b));
    return is != 0;
}
#undef LANES_DEVICE
#else
template <class T>
__host__ __device__ inline T plus(T a, T b) {
    return a + b;
}
template <class T>
__host__ __device__ inline T minus(T a, T b) {
    return a - b;
}
template <class T>
__host__ __device__ inline T times(T a, T b) {
    return number<T>::product(a, b);
}
template <class T>
__host__ __device__ inline T over(T a, T b) {
    return a / b;
}
template <class T>
__host__ __device__ inline T fma(T a, T b, T c) {
    return std::fma(a, b, c);
}
template <class T>
__host__ __device__ inline T root(T a) {
    return std::sqrt(a);
}
template <class T>
__host__ __device__ inline bool less(T a, T b) {
    return a < b;
}
template <class T>
__host__ __device__ inline bool not_greater(T a, T b) {
    return a <= b;
}
template <class T>
__host__ __device__ inline bool equal(T a, T b) {
    return a == b;
}
#endif
} // namespace rounded_operations

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
        return (a & 0xffffffff) * (b & 0xffffffff);
    }
};

} // namespace lanes

template <class T>
struct std::numeric_limits<lanes::device_number<T>> : std::numeric_limits<T> {};
