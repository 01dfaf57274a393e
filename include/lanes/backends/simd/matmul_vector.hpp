// lanes/backends/simd/matmul_vector.hpp: a row vector times a matrix, which is bound by reading the matrix once.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/matmul_tile.hpp>
#include <lanes/backends/simd/transposition.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/order.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// c = x b for a row x of elements x[k x_step]. b is contiguous along its rows or along its columns, c has no gaps.
template <class Arch, real T>
class matmul_vector {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;

public:
    static bool suits(const matrix_view<const T>& a, const matrix_view<const T>& b) {
        return a.rows == 1 && a.cols > 0 && (b.col_stride == 1 || b.row_stride == 1);
    }
    static void run(const matrix_view<const T>& a, const matrix_view<const T>& b, T* c, const scaling<T>& factors) {
        const bool by_rows = b.col_stride == 1;
        const bool is_far = b.rows * b.cols > (by_rows ? rows_nearby : columns_nearby) / sizeof(T);
        const bool by_few = !by_rows && is_far && suits_few_columns(b.col_stride);
        const std::size_t step =
            by_rows ? (is_far ? chunk_from_afar : chunk) : (by_few ? few_columns : columns_at_once);
        alignas(64) std::array<T, chunk_from_afar> sums;
        for (std::size_t j = 0; j < b.cols; j += step) {
            const std::size_t cols = std::min(step, b.cols - j);
            for (std::size_t k = 0; k < a.cols; k += panel_depth) {
                const std::size_t steps = std::min(panel_depth, a.cols - k);
                const matmul_finish<T> finish{c + j, sums.data(), 0, 0, factors, k == 0, k + steps == a.cols};
                const auto x = a.block(0, k, 1, steps);
                const auto part = b.block(k, j, steps, cols);
                if (by_rows) along_rows(x, part, finish);
                else if (by_few && cols <= width) along_columns<1, bytes_ahead>(x, part, finish);
                else if (by_few) along_columns<few_columns / width, bytes_ahead>(x, part, finish);
                else if (cols <= width) along_columns<1, 0>(x, part, finish);
                else along_columns<columns_at_once / width, 0>(x, part, finish);
            }
        }
    }

private:
    /// Columns whose sums wait in L1 while rows of b pass: 8 KiB, as much again for the sums of earlier panels.
    static constexpr std::size_t chunk = 8192 / sizeof(T);
    /// Rows in memory are read in longer runs, though the sums then wait in L2. 4096 x 4096 on a Zen 3, by 8, 16 and 32 KiB of
    /// sums: double 18.1, 19.7 and 20.2 GB/s, float 19.5, 21.6 and 21.5.
    static constexpr std::size_t chunk_from_afar = 4 * chunk, rows_nearby = std::size_t{16} << 20; // bytes of b
    /// Rows of b that pass at once: so many streams hardware can fetch ahead, and the sums are loaded once for all.
    static constexpr std::size_t rows_at_once = 8;
    /// Columns in flight: the chain of one register of them alone would wait for its own latency. 1000 x 1000 doubles on a
    /// Zen 3, by 4, 8, 12 and 16 columns: 25, 43, 46 and 45 GB/s.
    static constexpr std::size_t columns_at_once = std::max<std::size_t>(2, 12 / width) * width;
    /// Of a matrix in memory fewer, as they lie in as many pages, and where their distance is a multiple of 4 KiB, or
    /// nearly, in few sets of L1, which have 8 or 12 ways. On a Zen 3, GB/s: double 4096 x 4096 by 8 columns 20.6, by 12
    /// 18.0; float by 8 and by 16: 4096 x 4096 21.5 and 14.5, 4097 17.9 and 11.5, 4099 19.5 and 16.0, 4000 21.4 and 27.0.
    /// AVX-512 reads 4096 x 4096 doubles at 8.0 GB/s by 16 columns, and at 10.6 by 8 that are asked for ahead, but floats
    /// by 16 at 7.5 and by either of the two at 7.1.
    static constexpr bool is_avx512 = std::is_base_of_v<xsimd::avx512f, Arch>;
    static constexpr std::size_t few_columns = std::max<std::size_t>(8, width);
    static constexpr std::size_t bytes_ahead = is_avx512 && sizeof(T) == 8 ? 1024 : 0;
    static constexpr std::size_t columns_nearby = std::size_t{is_avx512 ? 1 : 16} << 20; // bytes of b
    static bool suits_few_columns([[maybe_unused]] std::ptrdiff_t distance) {
        constexpr std::ptrdiff_t page = 4096 / static_cast<std::ptrdiff_t>(sizeof(T)), nearly = 3;
        if constexpr (sizeof(T) == 8) return true;
        else return !is_avx512 && ((distance + nearly) & (page - 1)) <= 2 * nearly;
    }

    static void along_rows(const matrix_view<const T>& x, const matrix_view<const T>& b,
                           const matmul_finish<T>& finish) {
        // Where all rows lie alike, their first register may begin some columns before them: then no load crosses a line.
        const bool are_alike = b.row_stride % static_cast<std::ptrdiff_t>(width) == 0;
        const std::size_t before = are_alike && b.cols >= width ? N::elements_past_alignment(b.data) : 0;
        alignas(64) std::array<T, chunk_from_afar + width> panel;
        std::fill_n(panel.data(), (b.cols + width - 1) / width * width + width, T(0)); // as far as it is read
        std::size_t k = 0;
        for (; k + rows_at_once <= b.rows; k += rows_at_once) add_rows<rows_at_once>(x, b, k, panel.data(), before);
        for (; k < b.rows; ++k) add_rows<1>(x, b, k, panel.data(), before);
        for (std::size_t j = 0; j < b.cols; j += width)
            write(N::load(panel.data() + before + j), std::min(width, b.cols - j), j, finish);
    }

    template <std::size_t Rows>
    static void add_rows(const matrix_view<const T>& x, const matrix_view<const T>& b, std::size_t k, T* panel,
                         std::size_t before) {
        [&]<std::size_t... r>(std::index_sequence<r...>) {
            const batch factor[] = {batch(x(0, k + r))...};
            const T* const row[] = {moved(&b(k + r, 0), -before)...};
            const auto add = [&](std::size_t j, auto load) __attribute__((always_inline)) {
                batch sum = N::load(panel + j);
                ((sum = N::fma(factor[r], load(row[r] + j), sum)), ...);
                N::store(panel + j, sum);
            };
            const std::size_t end = before + b.cols;
            std::size_t j = 0;
            if (before != 0) {
                add(0, [&](const T* from) { return N::load_from(from, before); });
                j = width;
            }
            for (; j + width <= end; j += width) add(j, [](const T* from) { return N::load(from); });
            if (j < end) add(j, [&](const T* from) { return N::load_first(from, end - j); });
        }
        (std::make_index_sequence<Rows>());
    }

    /// Each register of columns is read in squares, which are transposed on the way. Missing columns are the last again.
    template <std::size_t Groups, std::size_t Ahead>
    static void along_columns(const matrix_view<const T>& x, const matrix_view<const T>& b,
                              const matmul_finish<T>& finish) {
        std::array<batch, Groups> sums;
        std::array<const T*, Groups * width> column;
        unrolled<Groups>([&](auto g) { sums[g] = batch(T(0)); });
        for (std::size_t l = 0; l < column.size(); ++l) column[l] = &b(0, std::min(l, b.cols - 1));
        std::size_t k = 0;
        for (; k + width <= b.rows; k += width)
            unrolled<Groups>([&](auto g) __attribute__((always_inline)) {
                if constexpr (Ahead != 0) prefetch(&column[g * width], k * sizeof(T) + Ahead);
                add_square(x, k, &column[g * width], sums[g]);
            });
        if (k < b.rows)
            unrolled<Groups>([&](auto g)
                                 __attribute__((always_inline)) { add_rest(x, k, &column[g * width], sums[g]); });
        unrolled<Groups>([&](auto g) __attribute__((always_inline)) {
            const std::size_t first = g * width;
            if (first < b.cols) write(sums[g], std::min(width, b.cols - first), first, finish);
        });
    }

    /// Beyond the last row, where there may be nothing: a prefetch reads no element and raises no fault.
    [[gnu::always_inline]] static void prefetch([[maybe_unused]] const T* const* column,
                                                [[maybe_unused]] std::size_t offset) {
#if defined(__GNUC__)
        for (std::size_t l = 0; l < width; ++l) __builtin_prefetch(reinterpret_cast<const char*>(column[l]) + offset);
#endif
    }

    /// Inlined: as a function it had its operands in memory, and doubles took half as long again.
    [[gnu::always_inline]] static void add_square(const matrix_view<const T>& x, std::size_t k, const T* const* column,
                                                  batch& sum) {
        using squares = transposition<Arch, T>;
        unrolled<width / squares::depth>([&](auto part) __attribute__((always_inline)) {
            const std::size_t first = k + part * squares::depth;
            const auto rows =
                squares::of_rows([&](std::size_t l) __attribute__((always_inline)) { return column[l] + first; });
            unrolled<squares::depth>([&](auto s) __attribute__((always_inline)) {
                sum = N::fma(batch(x(0, first + s)), rows[s], sum);
            });
        });
    }
    /// The last rows, fewer than a register has lanes.
    [[gnu::always_inline]] static void add_rest(const matrix_view<const T>& x, std::size_t k, const T* const* column,
                                                batch& sum) {
        const std::size_t rows = x.cols - k;
        typename transposition<Arch, T>::square square;
        unrolled<width>([&](auto l) __attribute__((always_inline)) { square[l] = N::load_first(column[l] + k, rows); });
        transposition<Arch, T>::transpose(square);
        unrolled<width>([&](auto s) __attribute__((always_inline)) {
            if (s < rows) sum = N::fma(batch(x(0, k + s)), square[s], sum);
        });
    }

    /// Columns j ... j + count - 1.
    static void write(batch value, std::size_t count, std::size_t j, const matmul_finish<T>& finish) {
        const bool whole = count == width;
        T* const c = finish.c + j;
        if (!finish.first) value = N::load(finish.sums + j) + value;
        if (!finish.last) {
            N::store(finish.sums + j, value);
            return;
        }
        if (finish.factors.alpha != T(1)) value = batch(finish.factors.alpha) * value;
        if (finish.factors.beta != T(0))
            value = N::fma(batch(finish.factors.beta), whole ? N::load(c) : N::load_first(c, count), value);
        if (whole) N::store(c, value);
        else N::store_first(c, value, count);
    }
};

} // namespace lanes
