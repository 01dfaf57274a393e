// lanes/backends/simd/transposition.hpp: columns of a matrix read along its rows.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// From squares that are transposed in registers.
template <class Arch, real T>
struct transposition {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;
    using square = std::array<batch, width>;
    static constexpr bool by_halves = width == 8 && std::is_base_of_v<xsimd::avx, Arch>;
    /// Columns that are made at once.
    static constexpr std::size_t depth = by_halves ? 4 : width;

    /// Register s holds element s of each of `width` rows, the one that starts at row(l) in lane l.
    template <class Row>
    [[gnu::always_inline]] static std::array<batch, depth> of_rows(const Row& row) {
#if defined(__AVX__)
        // Rows l and l + 4 share a register from their load on: 8 x 8 floats take 16 exchanges instead of 24. 1000 x 1000
        // times a vector on a Zen 3: 31.7 GB/s by whole rows, 35.6 so.
        if constexpr (by_halves) {
            const auto pair = [&](std::size_t l) __attribute__((always_inline)) {
                return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row(l))), _mm_loadu_ps(row(l + 4)), 1);
            };
            const __m256 a = pair(0), b = pair(1), c = pair(2), d = pair(3);
            const __m256 ab_low = _mm256_unpacklo_ps(a, b), ab_high = _mm256_unpackhi_ps(a, b);
            const __m256 cd_low = _mm256_unpacklo_ps(c, d), cd_high = _mm256_unpackhi_ps(c, d);
            return {_mm256_shuffle_ps(ab_low, cd_low, 0x44), _mm256_shuffle_ps(ab_low, cd_low, 0xee),
                    _mm256_shuffle_ps(ab_high, cd_high, 0x44), _mm256_shuffle_ps(ab_high, cd_high, 0xee)};
        } else
#endif
        {
            square rows;
            unrolled<width>([&](auto l) __attribute__((always_inline)) { rows[l] = N::load(row(l)); });
            transpose(rows);
            return rows;
        }
    }

    /// Lane l of row r becomes lane r of row l.
    [[gnu::always_inline]] static void transpose(square& rows) {
        exchange<1>(rows);
    }

private:
    /// Exchanges, within squares of side 2 Distance, the off-diagonal squares of side Distance.
    template <std::size_t Distance>
    static void exchange(square& rows) {
        if constexpr (Distance < width) {
            [&]<std::size_t... p>(std::index_sequence<p...>) {
                (exchange_rows<Distance>(rows[p / Distance * 2 * Distance + p % Distance],
                                         rows[p / Distance * 2 * Distance + p % Distance + Distance]),
                 ...);
            }
            (std::make_index_sequence<width / 2>());
            exchange<2 * Distance>(rows);
        }
    }
    template <std::size_t Distance>
    static void exchange_rows(batch& a, batch& b) {
        [&]<std::size_t... l>(std::index_sequence<l...>) {
#if defined(__GNUC__) && (defined(__clang__) || __GNUC__ >= 12)
            const auto low =
                __builtin_shufflevector(a.data, b.data, (l / Distance % 2 == 0 ? l : width + l - Distance)...);
            const auto high =
                __builtin_shufflevector(a.data, b.data, (l / Distance % 2 == 0 ? l + Distance : width + l)...);
            a = batch(low), b = batch(high);
#else
            alignas(64) T from[2][width], to[2][width];
            N::store(from[0], a), N::store(from[1], b);
            ((to[0][l] = l / Distance % 2 == 0 ? from[0][l] : from[1][l - Distance]), ...);
            ((to[1][l] = l / Distance % 2 == 0 ? from[0][l + Distance] : from[1][l]), ...);
            a = N::load(to[0]), b = N::load(to[1]);
#endif
        }
        (std::make_index_sequence<width>());
    }
};

} // namespace lanes
