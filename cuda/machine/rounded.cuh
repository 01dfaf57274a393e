// cuda/machine/rounded.cuh: operations on the device that round once, whatever flags the compiler is given.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <cmath>

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

} // namespace lanes
