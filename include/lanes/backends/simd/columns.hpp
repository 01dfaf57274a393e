// lanes/backends/simd/columns.hpp: groups of 8 neighbours turned so that element k of each lies in register k.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/transposition.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <array>
#include <cstddef>

namespace lanes {

// Register k holds element k of as many groups as it has lanes, so a scan along a group exchanges nothing between lanes.
// Which group lies in which lane is free: whatever spares an exchange. `in_row_order` puts a register in the order of the
// rows, `in_lane_order` back.

template <class Value>
using columns = std::array<Value, group_size>;

/// The same in every register.
template <class Value>
[[gnu::always_inline]] inline columns<Value> filled(const Value& v) {
    columns<Value> all;
    unrolled<group_size>([&](auto k) __attribute__((always_inline)) { all[k] = v; });
    return all;
}

/// f of each register.
template <class Value, class F>
[[gnu::always_inline]] inline auto each_of(const columns<Value>& v, const F& f) {
    std::array<decltype(f(v[0])), group_size> all;
    unrolled<group_size>([&](auto k) __attribute__((always_inline)) { all[k] = f(v[k]); });
    return all;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push // GCC 12 warns of its own AVX-512 intrinsics (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/// Lane l is row l.
template <class Value>
struct transposed_columns {
    using T = typename number<Value>::scalar;
    static constexpr std::size_t width = number<Value>::width;
    static_assert(group_size % width == 0);

    [[gnu::always_inline]] static columns<Value> load(const T* row) {
        columns<Value> v;
        unrolled<group_size / width>([&](auto part) __attribute__((always_inline)) {
            constexpr std::size_t k = part * width;
            unrolled<width>([&](auto l) __attribute__((always_inline)) {
                v[k + l] = number<Value>::load(row + l * group_size + k);
            });
            if constexpr (width > 1) xsimd::transpose(&v[k], &v[k] + width);
        });
        return v;
    }
    [[gnu::always_inline]] static void store(T* row, columns<Value> v) {
        unrolled<group_size / width>([&](auto part) __attribute__((always_inline)) {
            constexpr std::size_t k = part * width;
            if constexpr (width > 1) xsimd::transpose(&v[k], &v[k] + width);
            unrolled<width>([&](auto l) __attribute__((always_inline)) {
                number<Value>::store(row + l * group_size + k, v[k + l]);
            });
        });
    }
    static Value in_row_order(Value v) { return v; }
    static Value in_lane_order(Value v) { return v; }
};

#if defined(__AVX__)
/// Read by halves of rows; see `transposition`.
template <class Arch>
    requires std::is_base_of_v<xsimd::avx, Arch>
struct transposed_columns<xsimd::batch<float, Arch>> {
    using batch = xsimd::batch<float, Arch>;
    static batch in_row_order(batch v) { return v; }
    static batch in_lane_order(batch v) { return v; }

    [[gnu::always_inline]] static columns<batch> load(const float* row) {
        using squares = transposition<Arch, float>;
        columns<batch> v;
        unrolled<group_size / squares::depth>([&](auto part) __attribute__((always_inline)) {
            constexpr std::size_t k = part * squares::depth;
            const auto some = squares::of_rows([&](std::size_t l)
                                                   __attribute__((always_inline)) { return row + l * group_size + k; });
            unrolled<squares::depth>([&](auto s) __attribute__((always_inline)) { v[k + s] = some[s]; });
        });
        return v;
    }
    [[gnu::always_inline]] static void store(float* row, columns<batch> v) {
        xsimd::transpose(v.data(), v.data() + v.size());
        unrolled<8>([&](auto l) __attribute__((always_inline)) { number<batch>::store(row + l * group_size, v[l]); });
    }
};
#endif

#if defined(__AVX512F__)
template <class Arch>
    requires std::is_base_of_v<xsimd::avx512f, Arch>
struct transposed_columns<xsimd::batch<double, Arch>> {
    using batch = xsimd::batch<double, Arch>;
    static batch in_row_order(batch v) { return v; }
    static batch in_lane_order(batch v) { return v; }

    [[gnu::always_inline]] static columns<batch> load(const double* row) {
        // rows l and l + 2, elements k ... k + 3
        const auto half = [&](std::size_t l, std::size_t k) __attribute__((always_inline)) {
            return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(row + l * group_size + k)),
                                      _mm256_loadu_pd(row + (l + 2) * group_size + k), 1);
        };
        columns<batch> v;
        unrolled<2>([&](auto part) __attribute__((always_inline)) {
            constexpr std::size_t k = 4 * part;
            const __m512d a = half(0, k), b = half(1, k), c = half(4, k), d = half(5, k);
            const __m512d even = _mm512_unpacklo_pd(a, b), odd = _mm512_unpackhi_pd(a, b);
            const __m512d even_after = _mm512_unpacklo_pd(c, d), odd_after = _mm512_unpackhi_pd(c, d);
            v[k] = _mm512_shuffle_f64x2(even, even_after, 0x88);
            v[k + 1] = _mm512_shuffle_f64x2(odd, odd_after, 0x88);
            v[k + 2] = _mm512_shuffle_f64x2(even, even_after, 0xdd);
            v[k + 3] = _mm512_shuffle_f64x2(odd, odd_after, 0xdd);
        });
        return v;
    }
    [[gnu::always_inline]] static void store(double* row, const columns<batch>& v) {
        __m512d pair[2][4]; // elements 2 k and 2 k + 1 of rows 0, 2, 4, 6; of rows 1, 3, 5, 7
        unrolled<4>([&](auto k) __attribute__((always_inline)) {
            pair[0][k] = _mm512_unpacklo_pd(v[2 * k], v[2 * k + 1]);
            pair[1][k] = _mm512_unpackhi_pd(v[2 * k], v[2 * k + 1]);
        });
        unrolled<2>([&](auto l) __attribute__((always_inline)) {
            const __m512d front = _mm512_shuffle_f64x2(pair[l][0], pair[l][1], 0x44);
            const __m512d back = _mm512_shuffle_f64x2(pair[l][2], pair[l][3], 0x44);
            const __m512d front_after = _mm512_shuffle_f64x2(pair[l][0], pair[l][1], 0xee);
            const __m512d back_after = _mm512_shuffle_f64x2(pair[l][2], pair[l][3], 0xee);
            _mm512_storeu_pd(row + l * group_size, _mm512_shuffle_f64x2(front, back, 0x88));
            _mm512_storeu_pd(row + (l + 2) * group_size, _mm512_shuffle_f64x2(front, back, 0xdd));
            _mm512_storeu_pd(row + (l + 4) * group_size, _mm512_shuffle_f64x2(front_after, back_after, 0x88));
            _mm512_storeu_pd(row + (l + 6) * group_size, _mm512_shuffle_f64x2(front_after, back_after, 0xdd));
        });
    }
};

template <class Arch>
    requires std::is_base_of_v<xsimd::avx512f, Arch>
struct transposed_columns<xsimd::batch<float, Arch>> {
    using batch = xsimd::batch<float, Arch>;

    [[gnu::always_inline]] static columns<batch> load(const float* row) {
        __m512 x[8]; // rows 2 k and 2 k + 1
        unrolled<8>([&](auto k) __attribute__((always_inline)) { x[k] = _mm512_loadu_ps(row + 16 * k); });
        __m512 front[4], back[4]; // elements k and k + 4 of rows 0, 2, 4, 6 and 1, 3, 5, 7; the same of rows 8 ... 15
        transpose_quarters(x[0], x[1], x[2], x[3], front);
        transpose_quarters(x[4], x[5], x[6], x[7], back);
        columns<batch> v;
        unrolled<4>([&](auto k) __attribute__((always_inline)) {
            v[k] = _mm512_shuffle_f32x4(front[k], back[k], 0x88);
            v[k + 4] = _mm512_shuffle_f32x4(front[k], back[k], 0xdd);
        });
        return v;
    }
    [[gnu::always_inline]] static void store(float* row, const columns<batch>& v) {
        const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
        const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
        __m512 front[4], back[4], x[8];
        unrolled<4>([&](auto k) __attribute__((always_inline)) {
            const __m512d a = _mm512_castps_pd(v[k]), b = _mm512_castps_pd(v[k + 4]);
            front[k] = _mm512_castpd_ps(_mm512_permutex2var_pd(a, first, b));
            back[k] = _mm512_castpd_ps(_mm512_permutex2var_pd(a, second, b));
        });
        transpose_quarters(front[0], front[1], front[2], front[3], x);
        transpose_quarters(back[0], back[1], back[2], back[3], x + 4);
        unrolled<8>([&](auto k) __attribute__((always_inline)) { _mm512_storeu_ps(row + 16 * k, x[k]); });
    }
    static batch in_row_order(batch v) {
        return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15), v);
    }
    static batch in_lane_order(batch v) {
        return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15), v);
    }

private:
    /// In each quarter of the registers: out[k] = element k of a, b, c, d.
    [[gnu::always_inline]] static void transpose_quarters(__m512 a, __m512 b, __m512 c, __m512 d, __m512* out) {
        const __m512d ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b)), AB = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
        const __m512d cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d)), CD = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
        out[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
        out[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
        out[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(AB, CD));
        out[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(AB, CD));
    }
};
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class Value>
Value in_row_order(Value v) {
    return transposed_columns<Value>::in_row_order(v);
}
template <class Value>
Value in_lane_order(Value v) {
    return transposed_columns<Value>::in_lane_order(v);
}

} // namespace lanes
