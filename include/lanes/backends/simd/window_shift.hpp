// lanes/backends/simd/window_shift.hpp: registers of neighbouring elements at positions between two registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/unrolled.hpp>

#include <xsimd/xsimd.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace lanes {

#if defined(__AVX2__)
template <real T, class Arch>
__m256i bits_of(xsimd::batch<T, Arch> a) {
    if constexpr (sizeof(T) == 8) return _mm256_castpd_si256(a);
    else return _mm256_castps_si256(a);
}
template <class Batch>
Batch with_bits(__m256i a) {
    if constexpr (sizeof(typename Batch::value_type) == 8) return Batch(_mm256_castsi256_pd(a));
    else return Batch(_mm256_castsi256_ps(a));
}
#endif

/// Lanes distance ... distance + width - 1 of the two registers `low`, `high` laid end to end.
template <std::size_t distance, real T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> shifted(xsimd::batch<T, Arch> low, xsimd::batch<T, Arch> high) {
    using batch = xsimd::batch<T, Arch>;
    constexpr std::size_t width = batch::size;
    static_assert(distance <= width);
    if constexpr (distance == 0) return low;
    else if constexpr (distance == width) return high;
#if defined(__AVX512F__)
    else if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
        if constexpr (sizeof(T) == 8)
            return batch(_mm512_castsi512_pd(
                _mm512_alignr_epi64(_mm512_castpd_si512(high), _mm512_castpd_si512(low), distance)));
        else
            return batch(_mm512_castsi512_ps(
                _mm512_alignr_epi32(_mm512_castps_si512(high), _mm512_castps_si512(low), distance)));
    }
#endif
#if defined(__AVX2__)
    else if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) {
        // The halves are exchanged by one instruction; the rest happens inside of halves.
        const __m256i first = bits_of(low), last = bits_of(high);
        const __m256i middle = _mm256_permute2x128_si256(first, last, 0x21);
        constexpr int bytes = static_cast<int>(distance * sizeof(T));
        if constexpr (bytes == 16) return with_bits<batch>(middle);
        else if constexpr (bytes < 16) return with_bits<batch>(_mm256_alignr_epi8(middle, first, bytes));
        else return with_bits<batch>(_mm256_alignr_epi8(last, middle, bytes - 16));
    }
#endif
#if defined(__SSE2__)
    else if constexpr (sizeof(T) == 8 && std::is_base_of_v<xsimd::sse2, Arch> && width == 2)
        return batch(_mm_shuffle_pd(low, high, 1));
    else if constexpr (sizeof(T) == 4 && std::is_base_of_v<xsimd::sse2, Arch> && width == 4 && distance == 2)
        return batch(_mm_shuffle_ps(low, high, _MM_SHUFFLE(1, 0, 3, 2)));
    else if constexpr (sizeof(T) == 4 && std::is_base_of_v<xsimd::sse2, Arch> && width == 4 && distance == 1) {
        const __m128 mixed = _mm_move_ss(low, high);
        return batch(_mm_shuffle_ps(mixed, mixed, _MM_SHUFFLE(0, 3, 2, 1)));
    } else if constexpr (sizeof(T) == 4 && std::is_base_of_v<xsimd::sse2, Arch> && width == 4 && distance == 3) {
        const __m128 border = _mm_shuffle_ps(low, high, _MM_SHUFFLE(0, 0, 3, 3));
        return batch(_mm_shuffle_ps(border, high, _MM_SHUFFLE(2, 1, 2, 0)));
    }
#endif
    else {
        alignas(64) std::array<T, 2 * width> both;
        low.store_aligned(both.data());
        high.store_unaligned(both.data() + width);
        return batch::load_unaligned(both.data() + distance);
    }
}

} // namespace lanes
