// lanes/backends/simd/ends.hpp: registers of which only the first or the last lanes are in memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <xsimd/xsimd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace lanes {

/// x + elements modulo 2^64: it may lie outside the array, where nothing is read.
template <real T>
[[gnu::always_inline]] inline const T* moved(const T* x, std::size_t elements) {
    return reinterpret_cast<const T*>(reinterpret_cast<std::uintptr_t>(x) + elements * sizeof(T));
}

/// Part of number<batch>: nothing is read or written beyond the lanes that are named.   0 < count < width
template <real T, class Arch>
struct register_ends {
    /// Lanes 0 ... count - 1 from memory, the others zero.
    static xsimd::batch<T, Arch> load_first(const T* from, std::size_t count) {
#if defined(__AVX512F__)
        if constexpr (has_masks) {
            if constexpr (sizeof(T) == 8) return _mm512_maskz_loadu_pd(first_bits(count), from);
            else return _mm512_maskz_loadu_ps(first_bits(count), from);
        }
#endif
#if defined(__AVX2__)
        if constexpr (has_masked_loads) {
            if constexpr (sizeof(T) == 8) return _mm256_maskload_pd(from, first_words(count));
            else return _mm256_maskload_ps(from, first_words(count));
        }
#endif
        alignas(64) std::array<T, width> padded{};
        for (std::size_t l = 0; l < count; ++l) {
            asm("" : "+r"(l)); // or g++ calls memcpy
            padded[l] = from[l];
        }
        return batch::load_unaligned(padded.data());
    }
    /// Lanes count ... width - 1 from from[count] on, the others zero.
    static xsimd::batch<T, Arch> load_from(const T* from, std::size_t count) {
#if defined(__AVX512F__)
        if constexpr (has_masks) {
            const auto last = static_cast<decltype(first_bits(0))>(~first_bits(count));
            if constexpr (sizeof(T) == 8) return _mm512_maskz_loadu_pd(last, from);
            else return _mm512_maskz_loadu_ps(last, from);
        }
#endif
#if defined(__AVX2__)
        if constexpr (has_masked_loads) {
            const __m256i last = _mm256_xor_si256(first_words(count), _mm256_set1_epi32(-1));
            if constexpr (sizeof(T) == 8) return _mm256_maskload_pd(from, last);
            else return _mm256_maskload_ps(from, last);
        }
#endif
        alignas(64) std::array<T, width> padded{};
        for (std::size_t l = count; l < width; ++l) padded[l] = from[l];
        return batch::load_unaligned(padded.data());
    }
    static void store_first(T* to, xsimd::batch<T, Arch> value, std::size_t count) {
#if defined(__AVX512F__)
        if constexpr (has_masks) {
            if constexpr (sizeof(T) == 8) _mm512_mask_storeu_pd(to, first_bits(count), value);
            else _mm512_mask_storeu_ps(to, first_bits(count), value);
            return;
        }
#endif
#if defined(__AVX2__)
        if constexpr (has_masked_loads) {
            if constexpr (sizeof(T) == 8) _mm256_maskstore_pd(to, first_words(count), value);
            else _mm256_maskstore_ps(to, first_words(count), value);
            return;
        }
#endif
        alignas(64) std::array<T, width> lanes_of_value;
        value.store_unaligned(lanes_of_value.data());
        for (std::size_t l = 0; l < count; ++l) {
            asm("" : "+r"(l));
            to[l] = lanes_of_value[l];
        }
    }
    /// How many elements x lies past the last address from which registers never cross a line; 0 for registers of 16 bytes,
    /// since arrays begin at multiples of that.
    static std::size_t elements_past_alignment(const T* x) {
        constexpr std::size_t bytes = width * sizeof(T);
        return bytes > 16 ? reinterpret_cast<std::uintptr_t>(x) % bytes / sizeof(T) : 0;
    }
    /// True in lanes 0 ... count - 1; count may be 0 or width too.
    static xsimd::batch_bool<T, Arch> first(std::size_t count) {
#if defined(__AVX512F__)
        if constexpr (has_masks) return first_bits(count);
#endif
        return []<std::size_t... l>(std::index_sequence<l...>) {
            return batch(static_cast<T>(l)...);
        }
        (std::make_index_sequence<width>()) < batch(static_cast<T>(count));
    }

private:
    using batch = xsimd::batch<T, Arch>;
    static constexpr std::size_t width = batch::size;
    static constexpr bool has_masks = std::is_base_of_v<xsimd::avx512f, Arch>,
                          has_masked_loads = std::is_base_of_v<xsimd::avx2, Arch>;

#if defined(__AVX512F__)
    static auto first_bits(std::size_t count) {
        return static_cast<std::conditional_t<sizeof(T) == 8, __mmask8, __mmask16>>((1u << count) - 1);
    }
#endif
#if defined(__AVX2__)
    static __m256i first_words(std::size_t count) {
        if constexpr (sizeof(T) == 8)
            return _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(count)),
                                      _mm256_setr_epi64x(0, 1, 2, 3));
        else
            return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                                      _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }
#endif
};

} // namespace lanes
