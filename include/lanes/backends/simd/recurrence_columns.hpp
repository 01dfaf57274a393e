// lanes/backends/simd/recurrence_columns.hpp: groups of 8 neighbours turned so that element k of each lies in register k.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <array>
#include <cstddef>

namespace lanes {

// Lane l of register k is row[l * stride + k], so a scan along the group needs no exchange between lanes. A quarter of
// the exchange, or all of it for narrow registers, is done by where the registers are loaded from.

template <class Value>
using columns = std::array<Value, group_size>;

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push // GCC 12 warns of its own AVX-512 intrinsics (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/// Squares of `width` rows: xsimd has transposes for them.
template <class Value>
struct transposed_columns {
    using T = typename number<Value>::scalar;
    static constexpr std::size_t width = number<Value>::width;
    static_assert(group_size % width == 0);

    static columns<Value> load(const T* row, std::size_t stride) {
        columns<Value> v;
        for (std::size_t k = 0; k < group_size; k += width) {
            for (std::size_t l = 0; l < width; ++l) v[k + l] = number<Value>::load(row + l * stride + k);
            if constexpr (width > 1) xsimd::transpose(&v[k], &v[k] + width);
        }
        return v;
    }
    static void store(T* row, std::size_t stride, columns<Value> v) {
        for (std::size_t k = 0; k < group_size; k += width) {
            if constexpr (width > 1) xsimd::transpose(&v[k], &v[k] + width);
            for (std::size_t l = 0; l < width; ++l) number<Value>::store(row + l * stride + k, v[k + l]);
        }
    }
};

#if defined(__AVX512F__)
template <class Arch>
    requires std::is_base_of_v<xsimd::avx512f, Arch>
struct transposed_columns<xsimd::batch<double, Arch>> {
    using batch = xsimd::batch<double, Arch>;

    static columns<batch> load(const double* row, std::size_t stride) {
        const auto half = [&](std::size_t l, std::size_t k) { // rows l and l + 2, elements k ... k + 3
            return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(row + l * stride + k)),
                                      _mm256_loadu_pd(row + (l + 2) * stride + k), 1);
        };
        columns<batch> v;
        for (std::size_t k = 0; k < 8; k += 4) {
            const __m512d a = half(0, k), b = half(1, k), c = half(4, k), d = half(5, k);
            const __m512d even = _mm512_unpacklo_pd(a, b), odd = _mm512_unpackhi_pd(a, b);
            const __m512d even_after = _mm512_unpacklo_pd(c, d), odd_after = _mm512_unpackhi_pd(c, d);
            v[k] = _mm512_shuffle_f64x2(even, even_after, 0x88);
            v[k + 1] = _mm512_shuffle_f64x2(odd, odd_after, 0x88);
            v[k + 2] = _mm512_shuffle_f64x2(even, even_after, 0xdd);
            v[k + 3] = _mm512_shuffle_f64x2(odd, odd_after, 0xdd);
        }
        return v;
    }
    static void store(double* row, std::size_t stride, const columns<batch>& v) {
        __m512d pair[2][4]; // elements 2 k and 2 k + 1 of rows 0, 2, 4, 6; of rows 1, 3, 5, 7
        for (std::size_t k = 0; k < 4; ++k) {
            pair[0][k] = _mm512_unpacklo_pd(v[2 * k], v[2 * k + 1]);
            pair[1][k] = _mm512_unpackhi_pd(v[2 * k], v[2 * k + 1]);
        }
        for (std::size_t l = 0; l < 2; ++l) {
            const __m512d front = _mm512_shuffle_f64x2(pair[l][0], pair[l][1], 0x44);
            const __m512d back = _mm512_shuffle_f64x2(pair[l][2], pair[l][3], 0x44);
            const __m512d front_after = _mm512_shuffle_f64x2(pair[l][0], pair[l][1], 0xee);
            const __m512d back_after = _mm512_shuffle_f64x2(pair[l][2], pair[l][3], 0xee);
            _mm512_storeu_pd(row + l * stride, _mm512_shuffle_f64x2(front, back, 0x88));
            _mm512_storeu_pd(row + (l + 2) * stride, _mm512_shuffle_f64x2(front, back, 0xdd));
            _mm512_storeu_pd(row + (l + 4) * stride, _mm512_shuffle_f64x2(front_after, back_after, 0x88));
            _mm512_storeu_pd(row + (l + 6) * stride, _mm512_shuffle_f64x2(front_after, back_after, 0xdd));
        }
    }
};

template <class Arch>
    requires std::is_base_of_v<xsimd::avx512f, Arch>
struct transposed_columns<xsimd::batch<float, Arch>> {
    using batch = xsimd::batch<float, Arch>;

    static columns<batch> load(const float* row, std::size_t stride) {
        const auto two_rows = [&](std::size_t l) { // l and l + 4
            const __m256d low = _mm256_castps_pd(_mm256_loadu_ps(row + l * stride));
            const __m256d high = _mm256_castps_pd(_mm256_loadu_ps(row + (l + 4) * stride));
            return _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1));
        };
        __m512 front[4], back[4]; // elements k and k + 4 of rows 0 ... 7; of rows 8 ... 15
        transpose_lanes(two_rows(0), two_rows(1), two_rows(2), two_rows(3), front);
        transpose_lanes(two_rows(8), two_rows(9), two_rows(10), two_rows(11), back);
        columns<batch> v;
        for (std::size_t k = 0; k < 4; ++k) {
            v[k] = _mm512_shuffle_f32x4(front[k], back[k], 0x88);
            v[k + 4] = _mm512_shuffle_f32x4(front[k], back[k], 0xdd);
        }
        return v;
    }
    static void store(float* row, std::size_t stride, const columns<batch>& v) {
        __m512 front[4], back[4]; // elements 0 ... 3 of rows l, l + 4, l + 8, l + 12; elements 4 ... 7
        transpose_lanes(v[0], v[1], v[2], v[3], front);
        transpose_lanes(v[4], v[5], v[6], v[7], back);
        const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
        const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
        for (std::size_t l = 0; l < 4; ++l) {
            const __m512d a = _mm512_castps_pd(front[l]), b = _mm512_castps_pd(back[l]);
            store_halves(row + l * stride, row + (l + 4) * stride, _mm512_permutex2var_pd(a, first, b));
            store_halves(row + (l + 8) * stride, row + (l + 12) * stride, _mm512_permutex2var_pd(a, second, b));
        }
    }

private:
    /// In each quarter of the registers: out[k] = element k of a, b, c, d.
    static void transpose_lanes(__m512 a, __m512 b, __m512 c, __m512 d, __m512* out) {
        const __m512d ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b)), AB = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
        const __m512d cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d)), CD = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
        out[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
        out[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
        out[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(AB, CD));
        out[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(AB, CD));
    }
    static void store_halves(float* low, float* high, __m512d v) {
        _mm256_storeu_ps(low, _mm256_castpd_ps(_mm512_castpd512_pd256(v)));
        _mm256_storeu_ps(high, _mm256_castpd_ps(_mm512_extractf64x4_pd(v, 1)));
    }
};
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

} // namespace lanes
