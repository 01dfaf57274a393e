// lanes/core/target.hpp: a namespace for each set of instructions that the compiler's flags allow.
// SPDX-License-Identifier: MIT
#pragma once

// Of inline functions with the same name a linker keeps any one, also where the files of a program were compiled with
// different flags; kept for AVX-512, it ends the program on a CPU without. Code of the SIMD backends names its
// architecture. What names none and is more than the compiler surely inlines lies in lanes::LANES_TARGET, an inline
// namespace, which changes what the linker sees and nothing else. Types that programs hand from file to file stay out.
#if defined(__AVX512F__)
#define LANES_TARGET_SIMD avx512
#elif defined(__AVX2__)
#define LANES_TARGET_SIMD avx2
#elif defined(__AVX__)
#define LANES_TARGET_SIMD avx
#elif defined(__SSE4_2__)
#define LANES_TARGET_SIMD sse4_2
#elif defined(__ARM_FEATURE_SVE)
#define LANES_TARGET_SIMD sve
#else
#define LANES_TARGET_SIMD base
#endif
#if defined(__FMA__)
#define LANES_TARGET_FMA fma
#else
#define LANES_TARGET_FMA no_fma
#endif
#if defined(__BMI2__)
#define LANES_TARGET_BITS bmi2
#elif defined(__BMI__) || defined(__LZCNT__) || defined(__MOVBE__)
#define LANES_TARGET_BITS bmi
#else
#define LANES_TARGET_BITS no_bmi
#endif
#define LANES_TARGET_JOINED(simd, fma, bits) on_##simd##_##fma##_##bits
#define LANES_TARGET_OF(simd, fma, bits) LANES_TARGET_JOINED(simd, fma, bits)
#define LANES_TARGET LANES_TARGET_OF(LANES_TARGET_SIMD, LANES_TARGET_FMA, LANES_TARGET_BITS)

namespace lanes::inline LANES_TARGET {

/// As the last template argument of a function it does the same for that function alone.
struct target {};

} // namespace lanes::inline LANES_TARGET
