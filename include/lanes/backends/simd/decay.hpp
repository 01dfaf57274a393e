// lanes/backends/simd/decay.hpp: the powers that exponential weights fade by, the 8 of a level at once.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/decay.hpp>

#include <xsimd/xsimd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace lanes {

/// decay_powers with the same bits: its products and sums, in registers of 4 or 8 doubles. ema of 200 float, AVX-512: 135 ns
/// with scalars, 106 so.
template <class Arch, real T>
class powers_in_registers {
public:
    /// See decay_powers. What comes near underflow is left to it.
    [[gnu::always_inline]] std::size_t operator()(typename decay_powers<T>::entries& entries, double_double& lambda,
                                                  std::size_t size) const {
        std::size_t level = 0;
        pair base{batch(lambda.high), batch(lambda.low)};
        for (; decay_powers<T>::is_reached(level, size); ++level) {
            if (N::any(base.high < batch(least_base))) break;
            const pair second = base * base, fourth = second * second, eighth = fourth * fourth;
            // Lane l of register r is power l + width r + 1: in base 2, the powers whose product it is.
            const pair to_2 = select<1>(second, base), to_4 = select<2>(second, one()) * to_2;
            std::array<batch, registers> rounded;
            unrolled<registers>([&](auto r) __attribute__((always_inline)) {
                const pair power = width == 8 ? select<4>(fourth, one()) * to_4 : r == 0 ? to_4 : fourth * to_4;
                rounded[r] = power.high + power.low;
            });
            if (!round_into(&entries[level][1], rounded)) break;
            base = eighth.normal();
        }
        if (level > 0) lambda = {N::first_lane(base.high), N::first_lane(base.low)};
        return level;
    }

    static constexpr bool exists =
        has_fma<Arch>::value && (std::is_base_of_v<xsimd::avx2, Arch> || std::is_base_of_v<xsimd::avx512f, Arch>);

private:
    using batch = xsimd::batch<double, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size, registers = 8 / width;
    static constexpr double least_base = 0x1p-110; // below, decay_powers scales it

    /// double_double in each lane.
    struct pair {
        batch high, low;

        [[gnu::always_inline]] friend pair operator*(const pair& a, const pair& b) {
            const batch product = N::product(a.high, b.high);
            return {product, N::fma(a.high, b.low, N::fma(a.low, b.high, N::fms(a.high, b.high, product)))};
        }
        [[gnu::always_inline]] pair normal() const {
            const batch sum = high + low;
            return {sum, (high - sum) + low};
        }
    };
    [[gnu::always_inline]] static pair one() { return {batch(1.0), batch(0.0)}; }

    /// yes in lanes l with a bit of `bits`, otherwise no.
    template <std::size_t bits>
    [[gnu::always_inline]] static pair select(const pair& yes, const pair& no) {
        return [&]<std::size_t... l>(std::index_sequence<l...>) __attribute__((always_inline)) {
            constexpr xsimd::batch_bool_constant<double, Arch, ((l & bits) != 0)...> chosen;
            return pair{xsimd::select(chosen, yes.high, no.high), xsimd::select(chosen, yes.low, no.low)};
        }
        (std::make_index_sequence<width>());
    }

    /// Stores them as T; returns false and stores nothing if one is small or lies half way between two of T.
    [[gnu::always_inline]] static bool round_into(T* to, const std::array<batch, registers>& powers) {
        if (N::any(powers[registers - 1] < batch(2 * static_cast<double>(std::numeric_limits<T>::min())))) return false;
        if constexpr (std::is_same_v<T, float>) {
            using word = typename N::word;
            constexpr std::uint64_t half = std::uint64_t{1} << 28; // between two of float
            bool is_half = false;
            unrolled<registers>([&](auto r) __attribute__((always_inline)) {
                is_half = is_half || xsimd::any((N::bits(powers[r]) & word(2 * half - 1)) == word(half));
            });
            if (is_half) return false;
        }
        unrolled<registers>([&](auto r) __attribute__((always_inline)) { store(powers[r], to + r * width); });
        return true;
    }
    [[gnu::always_inline]] static void store(batch powers, double* to) { N::store(to, powers); }
    [[gnu::always_inline]] static void store([[maybe_unused]] batch powers, [[maybe_unused]] float* to) {
#if defined(__AVX512F__)
        if constexpr (width == 8) return _mm256_storeu_ps(to, _mm512_cvtpd_ps(powers));
#endif
#if defined(__AVX2__)
        if constexpr (width == 4) return _mm_storeu_ps(to, _mm256_cvtpd_ps(powers));
#endif
    }
};

template <class Arch, real T>
[[gnu::always_inline]] inline decay_powers<T> powers_of_decay(T alpha, std::size_t size) {
    if constexpr (powers_in_registers<Arch, T>::exists) return {alpha, size, powers_in_registers<Arch, T>{}};
    else return {alpha, size};
}

} // namespace lanes
