// lanes/backends/simd/matmul_small.hpp: products so small that what a call costs besides its sums would be felt.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/matmul_narrow.hpp>
#include <lanes/backends/simd/matmul_pack.hpp>
#include <lanes/backends/simd/matmul_tile.hpp>
#include <lanes/core/order.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace lanes {

template <class Arch, real T>
class matmul_small {
    using tile = matmul_tile<Arch, T>;
    using narrow = matmul_narrow<Arch, T>;
    using pack = matmul_pack<Arch, T>;
    static constexpr std::size_t width = tile::width;

public:
    /// Columns and elements of b up to which nothing is ever packed (see matmul_blocks::plan).
    static constexpr std::size_t most_cols = 192, most_elements = 65536 / sizeof(T);
    /// Rows up to which a c of so many columns is far from what is streamed (see matmul_streamed).
    static constexpr std::size_t most_rows = std::size_t{1} << 16;

    /// A product whose operands need no copy, no cache and no factors: all else would cost more than the product. Of vectors
    /// only those of one tile; see `matmul_vector`.
    [[gnu::always_inline]] static bool is_ready(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                                const matrix_view<T>& c, const scaling<T>& factors) {
        const auto bits = [](T factor) { return static_cast<std::ptrdiff_t>(number<T>::bits(factor)); };
        const std::ptrdiff_t unusual = (a.col_stride ^ 1) | (b.col_stride ^ 1) | (c.col_stride ^ 1) |
                                       (bits(factors.alpha) ^ bits(T(1))) | bits(factors.beta);
        return unusual == 0 && a.cols - 1 < panel_depth && a.cols * c.cols <= most_elements && // and not 0
               (is_one_tile(c.rows, c.cols) || (c.cols < most_cols && c.cols > 1 && c.rows - 2 < most_rows));
    }
    [[gnu::always_inline]] static void run_ready(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                                 const matrix_view<T>& c) {
        const auto depth = static_cast<std::ptrdiff_t>(a.cols);
        const auto kernel = is_one_tile(c.rows, c.cols)                           ? narrow::of(c.rows, c.cols)
                            : c.cols <= tile::columns && c.rows <= 2 * tile::rows ? &two_tiles
                                                                                  : &some_tiles;
        kernel(a.data, b.data, c.data, stride_bytes<T>(a.row_stride), stride_bytes<T>(b.row_stride), c.row_stride,
               depth, c.cols, c.rows);
    }

    /// Elements of an operand of products that are as small but not ready: b is copied if its rows are not contiguous, and
    /// sums wait in a room if there are factors. On the stack, and with nothing planned: a b^T of 4 x 4 doubles takes 94 ns
    /// instead of 146, of floats 95 instead of 212.
    static constexpr std::size_t most_copied = 8192 / sizeof(T);

    /// For a c whose rows are contiguous.
    static bool suits(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& c) {
        return a.cols - 1 < panel_depth && (c.rows | c.cols) <= most_copied && b.rows * b.cols <= most_copied &&
               c.rows * padded(c.cols) <= most_copied;
    }
    static void run(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& c,
                    const scaling<T>& factors) {
        alignas(64) std::array<T, most_copied + pack::slack> rows_of_b;
        alignas(64) std::array<T, most_copied> sums;
        const T* from_b = b.data;
        std::ptrdiff_t b_row = b.row_stride;
        if (b.col_stride != 1) {
            pack::rows(transposed(b), rows_of_b.data(), b.cols, b.cols);
            from_b = rows_of_b.data(), b_row = static_cast<std::ptrdiff_t>(b.cols);
        }
        const matmul_finish<T> finish{c.data, nullptr, c.row_stride, 0, factors, true, true};
        const std::size_t registers = padded(c.cols) / width;
        const bool plain = finish.plain();
        tiles(a.data, from_b, plain ? c.data : sums.data(), stride_bytes<T>(a.row_stride),
              stride_bytes<T>(a.col_stride), stride_bytes<T>(b_row),
              plain ? c.row_stride : static_cast<std::ptrdiff_t>(registers * width),
              static_cast<std::ptrdiff_t>(a.cols), c.cols, c.rows);
        if (!plain)
            tile::write(sums.data(), c.rows, registers, c.cols - (registers - 1) * width, c.data, c.data, finish);
    }

private:
    static constexpr std::size_t padded(std::size_t cols) { return (cols + width - 1) / width * width; }

    [[gnu::always_inline]] static bool is_one_tile(std::size_t rows, std::size_t cols) {
        return cols <= width && rows <= tile::rows;
    }

    /// All columns in one tile, the rows in two at most: nothing is planned (double 10 and 16, AVX-512: 53 and 98 ns by
    /// `some_tiles`, 47 and 93 like this; 6 and 8, AVX2: 24 and 39, 21 and 32).
    static void two_tiles(const T* a, const T* b, T* c, std::ptrdiff_t a_row, std::ptrdiff_t b_row,
                          std::ptrdiff_t c_row, std::ptrdiff_t depth, std::size_t cols, std::size_t rows) {
        const std::size_t second = rows <= tile::rows ? 0 : rows / 2, first = rows - second;
        const auto down = static_cast<std::ptrdiff_t>(first);
        const auto by = [&](auto kernel_of) __attribute__((always_inline)) {
            kernel_of(first)(a, b, c, a_row, b_row, c_row, depth, cols, first);
            if (second != 0)
                kernel_of(second)(moved(a, down * a_row), b, c + down * c_row, a_row, b_row, c_row, depth, cols,
                                  second);
        };
        if (cols <= width) {
            by([&](std::size_t height) __attribute__((always_inline)) { return narrow::of(height, cols); });
        } else if (narrow::has_pairs && cols == 2 * width) {
            by([](std::size_t height) __attribute__((always_inline)) { return narrow::of_pairs(height); });
        } else {
            const std::size_t registers = (cols + width - 1) / width, rest = cols - (registers - 1) * width;
            const matmul_panel<T> panel{a_row, stride_bytes<T>(1), b_row, depth, c_row, false};
            tile::of(first, registers, rest)(a, b, c, rest, panel);
            if (second != 0)
                tile::of(second, registers, rest)(moved(a, down * a_row), b, c + down * c_row, rest, panel);
        }
    }

    /// Small, but more than a tile. Operands come in registers and as numbers, as `matmul_narrow` has them.
    static void some_tiles(const T* a, const T* b, T* c, std::ptrdiff_t a_row, std::ptrdiff_t b_row,
                           std::ptrdiff_t c_row, std::ptrdiff_t depth, std::size_t cols, std::size_t rows) {
        tiles(a, b, c, a_row, stride_bytes<T>(1), b_row, c_row, depth, cols, rows);
    }
    /// a_step: bytes from column to column of a.
    [[gnu::always_inline]] static void tiles(const T* a, const T* b, T* c, std::ptrdiff_t a_row, std::ptrdiff_t a_step,
                                             std::ptrdiff_t b_row, std::ptrdiff_t c_row, std::ptrdiff_t depth,
                                             std::size_t cols, std::size_t rows) {
        const std::size_t registers = (cols + width - 1) / width, rest = cols - (registers - 1) * width;
        const even_parts down(rows, tile::rows), across(registers, tile::vectors);
        const matmul_panel<T> panel{a_row, a_step, b_row, depth, c_row, false};
        const bool is_narrow = a_step == stride_bytes<T>(1);
        for (std::size_t r = 0; r < down.count; ++r) {
            const std::size_t height = down.length(r);
            if (registers == 1 && is_narrow) {
                narrow::of(height, cols)(a, b, c, a_row, b_row, c_row, depth, cols, height);
            } else {
                const T* columns_of_b = b;
                T* to = c;
                for (std::size_t s = 0; s < across.count; ++s) {
                    const std::size_t vectors = across.length(s);
                    const std::size_t last = s + 1 < across.count ? width : rest;
                    if (narrow::has_pairs && is_narrow && vectors == 2 && last == width)
                        narrow::of_pairs(height)(a, columns_of_b, to, a_row, b_row, c_row, depth, 2 * width, height);
                    else tile::of(height, vectors, last)(a, columns_of_b, to, last, panel);
                    columns_of_b += vectors * width, to += vectors * width;
                }
            }
            a = moved(a, static_cast<std::ptrdiff_t>(height) * a_row), c += static_cast<std::ptrdiff_t>(height) * c_row;
        }
    }
};

} // namespace lanes
