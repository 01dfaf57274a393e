// lanes/backends/simd/matmul_half.hpp: half a register, for products whose c is as narrow as that.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>

#include <cstddef>
#include <type_traits>

namespace lanes {

/// Whether products use half registers: of AVX-512 alone, where three of them are loaded in a cycle, but only two whole
/// ones (double 4, elements of a loaded and broadcast: 3.2 ns instead of 6.4).
template <class Arch>
inline constexpr bool has_half =
#if defined(__AVX512F__) && defined(__FMA__)
    std::is_base_of_v<xsimd::avx512f, Arch>;
#else
    false;
#endif

/// Named after the whole architecture and always inlined: a type of xsimd for AVX2 would share its functions with files
/// that are compiled for AVX2.
template <class Arch, real T>
struct matmul_half;

#if defined(__AVX512F__) && defined(__FMA__)
template <class Arch, real T>
struct matmul_half {
    [[gnu::always_inline]] static auto all(double value) { return _mm256_set1_pd(value); }
    [[gnu::always_inline]] static auto all(float value) { return _mm256_set1_ps(value); }
    using vector = decltype(all(T()));
    static constexpr std::size_t size = 32 / sizeof(T);
    vector data;

    [[gnu::always_inline]] matmul_half(vector elements) : data(elements) {}
    [[gnu::always_inline]] explicit matmul_half(T value) : data(all(value)) {}
};

template <class Arch, real T>
struct number<matmul_half<Arch, T>> {
    using batch = matmul_half<Arch, T>;

    [[gnu::always_inline]] static batch load(const T* from) {
        if constexpr (sizeof(T) == 8) return _mm256_loadu_pd(from);
        else return _mm256_loadu_ps(from);
    }
    [[gnu::always_inline]] static void store(T* to, batch value) {
        if constexpr (sizeof(T) == 8) _mm256_storeu_pd(to, value.data);
        else _mm256_storeu_ps(to, value.data);
    }
    [[gnu::always_inline]] static batch fma(batch a, batch b, batch c) {
        if constexpr (sizeof(T) == 8) return _mm256_fmadd_pd(a.data, b.data, c.data);
        else return _mm256_fmadd_ps(a.data, b.data, c.data);
    }
    // There are only whole ones.
    [[gnu::always_inline]] static batch load_first(const T* from, std::size_t) { return load(from); }
    [[gnu::always_inline]] static void store_first(T* to, batch value, std::size_t) { store(to, value); }
};
#endif

} // namespace lanes
