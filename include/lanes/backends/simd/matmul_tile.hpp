// lanes/backends/simd/matmul_tile.hpp: the micro-kernel: a tile of the product that stays in registers over one panel.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/core/matrix.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace lanes {

/// What becomes of the sums of one panel. Sums of earlier panels are in `sums`; the last panel writes c, which is the
/// place of the sums unless beta needs what c holds.
template <real T>
struct matmul_finish {
    T* c;
    T* sums;
    std::ptrdiff_t c_stride, sums_stride; // from row to row
    scaling<T> factors;
    bool first, last;

    T* c_at(std::size_t i, std::size_t j) const { return c + static_cast<std::ptrdiff_t>(i) * c_stride + j; }
    T* sums_at(std::size_t i, std::size_t j) const { return sums + static_cast<std::ptrdiff_t>(i) * sums_stride + j; }
};

/// One panel of both operands: `depth` steps in k. Element (i, k) of a is a[i a_row + k a_step]; step k of b is
/// contiguous at b[k b_step].
template <real T>
struct matmul_panel {
    const T* a;
    const T* b;
    std::ptrdiff_t a_row, a_step, b_step;
    std::ptrdiff_t depth;
};

/// The tile has `rows` rows, each an element of a that is broadcast, and `vectors` registers of columns. 27 (AVX-512),
/// 24 (NEON) or 12 accumulators leave room for the columns of b and one broadcast in 32 or 16 registers, and cover
/// latency times throughput (4 x 2) of the fused multiply-add. Measured from L1 and L2: 97 to 100 % of its peak.
template <class Arch, real T>
class matmul_tile {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr bool is_avx512 = std::is_base_of_v<xsimd::avx512f, Arch>;
    static constexpr bool is_neon64 = std::is_base_of_v<xsimd::neon64, Arch>;

public:
    static constexpr std::size_t width = batch::size;
    static constexpr std::size_t rows = !has_fma<Arch>::value ? 2 : is_avx512 ? 9 : 6;
    static constexpr std::size_t vectors = !has_fma<Arch>::value ? 2 : is_avx512 ? 3 : is_neon64 ? 4 : 2;
    static constexpr std::size_t columns = vectors * width;

    /// A tile of `height` rows and `across` registers, of which the last one has `last` columns that exist. `Packed`:
    /// a and b are slivers of exactly this tile without gaps, b filled up to whole registers. `c` and `sums`: the places
    /// of the tile in those of `finish`.
    template <bool Packed>
    static void compute(std::size_t height, std::size_t across, const matmul_panel<T>& panel, std::size_t last, T* c,
                        T* sums, const matmul_finish<T>& finish) {
        table<Packed>[(height - 1) * vectors + across - 1](panel, last, c, sums, finish);
    }

private:
    /// b comes from L2 or beyond: with this lead its loads do not wait (97 % of the peak otherwise, 100 % with it).
    static constexpr std::ptrdiff_t steps_ahead = 16;
    template <std::size_t Vectors>
    static constexpr std::size_t lines_of_row = (Vectors * sizeof(batch) + 63) / 64;

    using kernel = void (*)(const matmul_panel<T>&, std::size_t, T*, T*, const matmul_finish<T>&);

    template <bool Packed, std::size_t Rows, std::size_t Vectors>
    static void tile(const matmul_panel<T>& panel, std::size_t last, T* c, T* sums, const matmul_finish<T>& finish) {
        tile<Packed, Vectors>(panel, last, c, sums, finish, std::make_index_sequence<Rows>(),
                              std::make_index_sequence<Vectors>(), std::make_index_sequence<Rows * Vectors>());
    }

    // Accumulator i belongs to row i / Vectors and register i % Vectors. Everything is spelled by pack expansion in one
    // function, and the sums are handed on as a copy: otherwise compilers keep them in memory.
    template <bool Packed, std::size_t Vectors, std::size_t... r, std::size_t... v, std::size_t... i>
    static void tile(const matmul_panel<T>& panel, std::size_t last, T* c, T* sums, const matmul_finish<T>& finish,
                     std::index_sequence<r...>, std::index_sequence<v...>, std::index_sequence<i...>) {
        constexpr auto rows_of_tile = static_cast<std::ptrdiff_t>(sizeof...(r));
        const std::ptrdiff_t a_row = Packed ? 1 : panel.a_row, a_step = Packed ? rows_of_tile : panel.a_step;
        const std::ptrdiff_t b_step = Packed ? static_cast<std::ptrdiff_t>(Vectors * width) : panel.b_step;
        const T* const a[] = {panel.a + static_cast<std::ptrdiff_t>(r) * a_row...};
        const std::ptrdiff_t depth = panel.depth;
        const T* b = panel.b;
        // Sums that this panel adds to come from beyond L1; they arrive while the chains are computed (double 2048, AVX-512:
        // 88 % of the peak without, 94 % with it).
        if (!finish.first)
            (prefetch<1>(sums + static_cast<std::ptrdiff_t>(r) * finish.sums_stride,
                         std::make_index_sequence<lines_of_row<Vectors>>()),
             ...);
        batch chains[] = {(static_cast<void>(i), batch(T(0)))...};
        for (std::ptrdiff_t k = 0, at = 0; k < depth; ++k, at += a_step, b += b_step) {
            prefetch<0>(b + steps_ahead * b_step, std::make_index_sequence<lines_of_row<Vectors>>());
            const batch row_of_b[] = {load < Packed || v + 1 < Vectors > (b + v * width, last)...};
            ((chains[i] = N::fma(batch(a[i / Vectors][at]), row_of_b[i % Vectors], chains[i])), ...);
        }
        if (!finish.last || (finish.factors.alpha == T(1) && finish.factors.beta == T(0))) { // nearly always
            const std::ptrdiff_t stride = finish.sums_stride;
            if (!finish.first)
                ((chains[i] =
                      load<i % Vectors != Vectors - 1>(
                          sums + static_cast<std::ptrdiff_t>(i / Vectors) * stride + i % Vectors * width, last) +
                      chains[i]),
                 ...);
            (store<i % Vectors != Vectors - 1>(
                 sums + static_cast<std::ptrdiff_t>(i / Vectors) * stride + i % Vectors * width, chains[i], last),
             ...);
            return;
        }
        const batch panel_sums[] = {chains[i]...};
        for (std::size_t row = 0; row < sizeof...(r); ++row, c += finish.c_stride, sums += finish.sums_stride)
            write(panel_sums + row * Vectors, last, c, sums, finish, std::make_index_sequence<Vectors>());
    }

    /// One row of the tile, with factors. In a loop over rows: spelled out for each of them it would be most of the code,
    /// and compilers take minutes over it when they instrument it.
    template <std::size_t... v>
    [[gnu::always_inline]] static void write(const batch* panel_sums, std::size_t last, T* c, T* sums,
                                             const matmul_finish<T>& finish, std::index_sequence<v...>) {
        constexpr std::size_t end = sizeof...(v) - 1;
        batch value[] = {panel_sums[v]...};
        if (!finish.first) ((value[v] = load<v != end>(sums + v * width, last) + value[v]), ...);
        if (finish.factors.alpha != T(1)) ((value[v] = batch(finish.factors.alpha) * value[v]), ...);
        if (finish.factors.beta != T(0)) {
            const batch beta(finish.factors.beta);
            ((value[v] = N::fma(beta, load<v != end>(c + v * width, last), value[v])), ...);
        }
        (store<v != end>(c + v * width, value[v], last), ...);
    }

    template <int to_write, std::size_t... line>
    static void prefetch([[maybe_unused]] const T* row, std::index_sequence<line...>) {
#if defined(__GNUC__)
        (__builtin_prefetch(row + line * (64 / sizeof(T)), to_write), ...);
#endif
    }

    template <bool Whole>
    static batch load(const T* from, std::size_t last) {
        if constexpr (Whole) return N::load(from);
        else return N::load_first(from, last);
    }
    template <bool Whole>
    static void store(T* to, batch value, std::size_t last) {
        if constexpr (Whole) N::store(to, value);
        else N::store_first(to, value, last);
    }

    template <bool Packed>
    static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
        return std::array<kernel, sizeof...(i)>{&tile<Packed, i / vectors + 1, i % vectors + 1>...};
    }
    (std::make_index_sequence<rows * vectors>());
};

} // namespace lanes
