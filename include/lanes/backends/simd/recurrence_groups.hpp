// lanes/backends/simd/recurrence_groups.hpp: groups of 8 neighbours in registers as they lie in memory, with AVX-512.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/recurrence_levels.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace lanes {

/// How a register of whole groups, lane l of which is row l, is scanned: its lanes move up and are joined where they have
/// come from the same group, which a mask says at no cost. Turning 8 registers into columns and back takes as many
/// exchanges as all those moves, and loads and stores of half lines besides.
template <class Value>
struct group_lanes {
    static constexpr bool are_fast = false;
};

#if defined(__AVX512F__)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push // GCC 12 warns of its own AVX-512 intrinsics (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

template <class Arch>
    requires std::is_base_of_v<xsimd::avx512f, Arch>
struct group_lanes<xsimd::batch<double, Arch>> {
    using batch = xsimd::batch<double, Arch>;
    static constexpr bool are_fast = true;

    /// Lanes from `distance` on become power * (the lane `distance` before) + v.
    template <std::size_t distance>
    [[gnu::always_inline]] static batch join(batch power, batch v) {
        return _mm512_mask3_fmadd_pd(power, up<distance>(v), v, static_cast<__mmask8>(0xff << distance));
    }
    /// The first lane is c, the others power * c + (the lane before in v).
    [[gnu::always_inline]] static batch carry(batch power, batch c, batch v) {
        return _mm512_mask_fmadd_pd(c, 0xfe, power, up<1>(v));
    }
    /// The last lanes of the groups of 8 registers.
    [[gnu::always_inline]] static batch ends(const std::array<batch, group_size>& v) {
        const __m512d a = _mm512_unpackhi_pd(v[0], v[1]), b = _mm512_unpackhi_pd(v[2], v[3]);
        const __m512d c = _mm512_unpackhi_pd(v[4], v[5]), d = _mm512_unpackhi_pd(v[6], v[7]);
        return _mm512_shuffle_f64x2(_mm512_shuffle_f64x2(a, b, 0xff), _mm512_shuffle_f64x2(c, d, 0xff), 0x88);
    }
    /// Lane k of `groups` for the group in register k of 8.
    template <std::size_t k>
    [[gnu::always_inline]] static batch spread(batch groups) {
        return _mm512_permutexvar_pd(_mm512_set1_epi64(k), groups);
    }

private:
    template <std::size_t distance>
    [[gnu::always_inline]] static __m512d up(__m512d v) {
        if constexpr (distance == 1)
            return _mm512_castsi512_pd(_mm512_alignr_epi64(_mm512_castpd_si512(v), _mm512_castpd_si512(v), 7));
        else return _mm512_shuffle_f64x2(v, v, distance == 2 ? 0x90 : 0x40);
    }
};

/// Two groups.
template <class Arch>
    requires std::is_base_of_v<xsimd::avx512f, Arch>
struct group_lanes<xsimd::batch<float, Arch>> {
    using batch = xsimd::batch<float, Arch>;
    static constexpr bool are_fast = true;

    template <std::size_t distance>
    [[gnu::always_inline]] static batch join(batch power, batch v) {
        constexpr auto mask = static_cast<__mmask16>((0xff << distance & 0xff) * 0x101);
        return _mm512_mask3_fmadd_ps(power, up<distance>(v), v, mask);
    }
    [[gnu::always_inline]] static batch carry(batch power, batch c, batch v) {
        return _mm512_mask_fmadd_ps(c, 0xfefe, power, up<1>(v));
    }
    [[gnu::always_inline]] static batch ends(const std::array<batch, group_size>& v) {
        const auto pair = [&](std::size_t k) __attribute__((always_inline)) {
            return _mm512_castps_pd(_mm512_unpackhi_ps(v[k], v[k + 1]));
        };
        const __m512 front = _mm512_castpd_ps(_mm512_unpackhi_pd(pair(0), pair(2)));
        const __m512 back = _mm512_castpd_ps(_mm512_unpackhi_pd(pair(4), pair(6)));
        const __m512i order = _mm512_setr_epi32(4, 12, 5, 13, 6, 14, 7, 15, 20, 28, 21, 29, 22, 30, 23, 31);
        return _mm512_permutex2var_ps(front, order, back);
    }
    template <std::size_t k>
    [[gnu::always_inline]] static batch spread(batch groups) {
        constexpr int a = 2 * k, b = a + 1;
        return _mm512_permutexvar_ps(_mm512_setr_epi32(a, a, a, a, a, a, a, a, b, b, b, b, b, b, b, b), groups);
    }

private:
    template <std::size_t distance>
    [[gnu::always_inline]] static __m512 up(__m512 v) {
        const __m512i bits = _mm512_castps_si512(v);
        if constexpr (distance == 1) return _mm512_castsi512_ps(_mm512_alignr_epi32(bits, bits, 15));
        else if constexpr (distance == 2) return _mm512_castsi512_ps(_mm512_alignr_epi64(bits, bits, 7));
        else return _mm512_shuffle_f32x4(v, v, 0x90);
    }
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#endif

/// What `blocks` is, with the rows of a set in their own order: register k has the groups from row k width on, and level
/// 1 of the blocks of a set is one register.
template <class Value, class Rule>
class blocks_in_order {
public:
    using T = typename number<Value>::scalar;
    static constexpr std::size_t count = number<Value>::width;
    static constexpr std::size_t set_rows = group_size * count, rows = group_size * set_rows;
    using upper = upper_levels<Value, Rule>;

    [[gnu::always_inline]] static columns<Value> load(const T* row) {
        columns<Value> v;
        unrolled<group_size>([&](auto k)
                                 __attribute__((always_inline)) { v[k] = number<Value>::load(row + k * count); });
        return v;
    }
    [[gnu::always_inline]] static void store(T* row, const columns<Value>& v) {
        unrolled<group_size>([&](auto k)
                                 __attribute__((always_inline)) { number<Value>::store(row + k * count, v[k]); });
    }

    template <class Load>
    [[gnu::always_inline]] void up(const Rule& rule, std::size_t sets, const Load& load) {
        for (std::size_t j = 0; j < sets; ++j) {
            columns<Value> v = load(j);
            unrolled<group_size>([&](auto k) __attribute__((always_inline)) { v[k] = scanned(rule, 0, v[k]); });
            z0_[j] = v;
            z1_[j] = scanned(rule, 1, lanes_of::ends(v));
        }
        if (sets < group_size)
            unrolled<group_size>([&](auto j) __attribute__((always_inline)) { // a loop would become `rep stos`
                if (j >= sets) z1_[j] = Rule::template absent<Value>();
            });
    }

    Value last() const { return lanes_of::ends(z1_); }

    template <class Store>
    [[gnu::always_inline]] void down(const Rule& rule, std::size_t sets, const Value& before_block,
                                     const Store& store) const {
        const Value power_0 = powers_in_lanes<Value>(rule, 0, 1), power_1 = powers_in_lanes<Value>(rule, 1, 0);
        alignas(64) std::array<T, count> before;
        number<Value>::store(before.data(), before_block);
        for (std::size_t j = 0; j < sets; ++j) {
            const Value before_group = lanes_of::carry(power_1, spread_blocks(&before[j * count / group_size]), z1_[j]);
            columns<Value> u;
            unrolled<group_size>([&](auto k) __attribute__((always_inline)) {
                u[k] = number<Value>::fma(power_0, lanes_of::template spread<k>(before_group), z0_[j][k]);
            });
            store(j, u);
        }
    }

    /// See `blocks`.
    [[gnu::always_inline]] static columns<Value> solved(const Rule& rule, columns<Value> v) {
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) { v[k] = scanned(rule, 0, v[k]); });
        const Value before_group =
            lanes_of::carry(powers_in_lanes<Value>(rule, 1, 0), Value(T(0)), scanned(rule, 1, lanes_of::ends(v)));
        const Value power = powers_in_lanes<Value>(rule, 0, 1);
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) {
            v[k] = number<Value>::fma(power, lanes_of::template spread<k>(before_group), v[k]);
        });
        return v;
    }

private:
    using lanes_of = group_lanes<Value>;

    [[gnu::always_inline]] static Value scanned(const Rule& rule, std::size_t level, Value v) {
        v = lanes_of::template join<1>(Value(rule.power(level, 1)), v);
        v = lanes_of::template join<2>(Value(rule.power(level, 2)), v);
        return lanes_of::template join<4>(Value(rule.power(level, 4)), v);
    }
    /// One number for each block of a set.
    [[gnu::always_inline]] static Value spread_blocks(const T* before) {
        if constexpr (count == group_size) return Value(before[0]);
        else return number<Value>::select(number<Value>::first(group_size), Value(before[0]), Value(before[1]));
    }

    std::array<columns<Value>, group_size> z0_;
    columns<Value> z1_;
};

} // namespace lanes
