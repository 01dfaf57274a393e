// lanes/backends/simd/matmul_part.hpp: half or a quarter of a register, for products whose c is as narrow as that.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>

#include <cstddef>
#include <type_traits>

namespace lanes {

/// Whether products use parts of registers. AVX-512: three of them are loaded in a cycle, but only two whole ones, and none
/// of these without a mask (double 4, elements of a loaded and broadcast: 3.2 ns instead of 6.4). AVX2: a store with a mask
/// takes some 40 steps on AMD's processors (float 4 on a Zen 3: 28 ns with one, 15 without).
template <class Arch>
inline constexpr bool has_parts =
#if defined(__AVX2__) && defined(__FMA__)
    has_fma<Arch>::value && (std::is_base_of_v<xsimd::avx2, Arch> || std::is_base_of_v<xsimd::avx512f, Arch>);
#else
    false;
#endif

/// `bytes` of a register: 32 or 16. Named after the whole architecture and always inlined: a type of xsimd for AVX2 would
/// share its functions with files that are compiled for AVX2.
template <class Arch, real T, std::size_t bytes>
struct matmul_part;

#if defined(__AVX2__) && defined(__FMA__)
template <class Arch, real T, std::size_t bytes>
struct matmul_part {
    [[gnu::always_inline]] static auto all(T value) {
        if constexpr (bytes == 32 && sizeof(T) == 8) return _mm256_set1_pd(value);
        else if constexpr (bytes == 32) return _mm256_set1_ps(value);
        else if constexpr (sizeof(T) == 8) return _mm_set1_pd(value);
        else return _mm_set1_ps(value);
    }
    using vector = decltype(all(T()));
    static constexpr std::size_t size = bytes / sizeof(T);
    vector data;

    [[gnu::always_inline]] matmul_part(vector elements) : data(elements) {}
    [[gnu::always_inline]] explicit matmul_part(T value) : data(all(value)) {}
};

template <class Arch, real T, std::size_t bytes>
struct number<matmul_part<Arch, T, bytes>> {
    using batch = matmul_part<Arch, T, bytes>;

    [[gnu::always_inline]] static batch load(const T* from) {
        if constexpr (bytes == 32 && sizeof(T) == 8) return _mm256_loadu_pd(from);
        else if constexpr (bytes == 32) return _mm256_loadu_ps(from);
        else if constexpr (sizeof(T) == 8) return _mm_loadu_pd(from);
        else return _mm_loadu_ps(from);
    }
    [[gnu::always_inline]] static void store(T* to, batch value) {
        if constexpr (bytes == 32 && sizeof(T) == 8) _mm256_storeu_pd(to, value.data);
        else if constexpr (bytes == 32) _mm256_storeu_ps(to, value.data);
        else if constexpr (sizeof(T) == 8) _mm_storeu_pd(to, value.data);
        else _mm_storeu_ps(to, value.data);
    }
    [[gnu::always_inline]] static batch fma(batch a, batch b, batch c) {
        if constexpr (bytes == 32 && sizeof(T) == 8) return _mm256_fmadd_pd(a.data, b.data, c.data);
        else if constexpr (bytes == 32) return _mm256_fmadd_ps(a.data, b.data, c.data);
        else if constexpr (sizeof(T) == 8) return _mm_fmadd_pd(a.data, b.data, c.data);
        else return _mm_fmadd_ps(a.data, b.data, c.data);
    }
    // There are only whole ones.
    [[gnu::always_inline]] static batch load_first(const T* from, std::size_t) { return load(from); }
    [[gnu::always_inline]] static void store_first(T* to, batch value, std::size_t) { store(to, value); }
};
#endif

} // namespace lanes
