// lanes/backends/simd/matmul.hpp: products of matrices: which operand is the vector side, what is packed, in which
// blocks the caches hold it.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/matmul_pack.hpp>
#include <lanes/backends/simd/matmul_small.hpp>
#include <lanes/backends/simd/matmul_streamed.hpp>
#include <lanes/backends/simd/matmul_tile.hpp>
#include <lanes/backends/simd/matmul_vector.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/caches.hpp>
#include <lanes/core/order.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace lanes {

/// How a product is computed. Nothing here changes a result.
struct matmul_plan {
    std::size_t row_block, col_block; // of c, in elements
    bool pack_a, pack_b;              // copied first, or read where they lie
};

/// A product whose c is contiguous along its rows: the columns of b and c are the vector side, elements of a are
/// broadcast.
template <class Arch, real T>
class matmul_blocks {
    using tile = matmul_tile<Arch, T>;

public:
    using pack = matmul_pack<Arch, T>;
    static constexpr std::size_t width = tile::width, rows_of_tile = tile::rows, columns_of_tile = tile::columns;
    /// Bytes of a packed block of b, which stays in L2 while the rows of a pass by (2 MiB; with 512 KiB, smaller blocks are
    /// slower: double 2048 44 GFLOP/s by 1 MiB, 41 by 256 KiB).
    static constexpr std::size_t bytes_of_block = std::size_t{1} << 20;
    static constexpr std::size_t columns_of_block =
        bytes_of_block / sizeof(T) / panel_depth / columns_of_tile * columns_of_tile;
    /// Bytes of a panel of b up to which it stays in L2 beside what else passes, and is read where it lies. With an L2 of
    /// 512 KiB (Zen 3), GFLOP/s by 640 KiB and by 320: double 256 36 and 46, float 500 82 and 92, float 512 71 and 94.
    static std::size_t bytes_unpacked() { return std::min<std::size_t>(640 * 1024, second_cache_bytes() / 8 * 5); }
    /// Columns of b from which on copies of contiguous rows of a pay. Read where they lie, 9 rows and a sliver of b of 3 x 64
    /// bytes crowd L1 (double 2048, AVX-512: 86 % of the peak, 89 % with copies); 6 rows and 2 x 32 bytes do not (AVX2: 93 %
    /// and 88 %).
    static constexpr std::size_t columns_for_rows_of_a = rows_of_tile > 8 ? 1024
                                                                          : std::numeric_limits<std::size_t>::max();
    /// Rows of a that are packed at once. Each block of b is packed once per so many rows.
    static constexpr std::size_t rows_of_block = 4096;
    /// Elements of c whose panel sums wait in memory of their own when c is still needed, because of beta.
    static constexpr std::size_t waiting_sums = std::size_t{1} << 20;

    /// Packing costs a pass over an operand, which pays if that is then used often enough, or if its own strides do not
    /// suit the caches: rows that are a multiple of 8 KiB apart share a few cache sets.
    static matmul_plan plan(const matrix_view<const T>& a, const matrix_view<const T>& b) {
        const std::size_t panel_of_b = std::min(panel_depth, a.cols) * b.cols * sizeof(T);
        const bool crowded = b.row_stride * static_cast<std::ptrdiff_t>(sizeof(T)) % 8192 == 0;
        const bool pays_b =
            crowded ? panel_of_b > 128 * 1024 && a.rows > 3 * width : panel_of_b > bytes_unpacked() && a.rows > 96;
        const bool pays_a = b.cols >= (a.col_stride == 1 ? columns_for_rows_of_a : 192);
        const bool pack_a = pays_a && a.rows > tile::rows, pack_b = b.col_stride != 1 || pays_b;
        // A narrow b stays in L2 as a whole: rows of a then pass from end to end, as hardware likes to fetch them.
        const bool narrow =
            !pack_a && !pack_b && a.cols > panel_depth && a.cols * b.cols * sizeof(T) <= bytes_of_block / 2;
        return {narrow ? 2 * tile::rows : rows_of_block, columns_of_block, pack_a, pack_b};
    }

    static void run(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& c,
                    const scaling<T>& factors, const matmul_plan& how) {
        const std::size_t depth = a.cols, panels = std::max<std::size_t>(1, (depth + panel_depth - 1) / panel_depth);
        if (depth == 0) { // a and b may be null; c stands for them, of which nothing is read
            const matrix_view<const T> nothing(c.data, c.rows, 0, c.row_stride), none(c.data, 0, c.cols, 0);
            multiply(nothing, none, nullptr, nullptr,
                     {c.data, c.data, c.row_stride, c.row_stride, factors, true, true});
            return;
        }
        if (panels == 1 && !how.pack_a && !how.pack_b) { // all that a small product needs
            multiply(a, b, nullptr, nullptr, {c.data, c.data, c.row_stride, c.row_stride, factors, true, true});
            return;
        }
        const bool apart = panels > 1 && factors.beta != T(0);
        std::size_t row_block = std::min(how.row_block, c.rows);
        if (apart) row_block = std::min(row_block, std::max<std::size_t>(8 * tile::rows, waiting_sums / c.cols));
        const std::size_t col_block = even_block(c.cols, how.col_block);
        const std::size_t most_steps = std::min(depth, panel_depth);
        const std::size_t size_of_b = how.pack_b ? most_steps * col_block + slack : 0;
        const std::size_t size_of_a = how.pack_a ? row_block * pack::row_apart(most_steps) + slack : 0;
        const std::size_t size_of_sums = apart ? row_block * c.cols : 0;
        const matmul_room<T> room(rounded(size_of_b) + rounded(size_of_a) + size_of_sums);
        T* const packed_b = room.data();
        T* const packed_a = packed_b + rounded(size_of_b);
        T* const sums = packed_a + rounded(size_of_a);

        for (std::size_t i = 0; i < c.rows; i += row_block) {
            const std::size_t rows = std::min(row_block, c.rows - i);
            for (std::size_t p = 0; p < panels; ++p) {
                const std::size_t k = p * panel_depth, steps = std::min(panel_depth, depth - k);
                const auto part_of_a = a.block(i, k, rows, steps);
                if (how.pack_a) pack_rows(part_of_a, packed_a);
                for (std::size_t j = 0; j < c.cols; j += col_block) {
                    const std::size_t cols = std::min(col_block, c.cols - j);
                    const auto part_of_b = b.block(k, j, steps, cols);
                    matmul_finish<T> finish{c.data,  sums,   c.row_stride,   static_cast<std::ptrdiff_t>(c.cols),
                                            factors, p == 0, p + 1 == panels};
                    finish.c = finish.c_at(i, j);
                    if (apart) finish.sums += j;
                    else finish.sums = finish.c, finish.sums_stride = finish.c_stride;
                    if (how.pack_b) pack_columns(part_of_b, packed_b);
                    multiply(part_of_a, part_of_b, how.pack_a ? packed_a : nullptr, how.pack_b ? packed_b : nullptr,
                             finish);
                }
            }
        }
    }

    /// Copies one panel of some rows of a, of some columns of b, for `multiply`. Up to `slack` elements more than the
    /// panel has, its columns filled up to whole registers, may be overwritten.
    static void pack_rows(const matrix_view<const T>& a, T* to) {
        if (a.col_stride == 1) return pack::rows_apart(a, to);
        const even_parts down(a.rows, tile::rows);
        for (std::size_t s = 0; s < down.count; ++s)
            pack::rows(a.block(down.start(s), 0, down.length(s), a.cols), to + down.start(s) * pack::row_apart(a.cols),
                       down.length(s), down.length(s));
    }
    static void pack_columns(const matrix_view<const T>& b, T* to) {
        pack::columns(b, to, even_parts((b.cols + width - 1) / width, tile::vectors));
    }
    static constexpr std::size_t slack = pack::slack;

    /// The width of blocks of whole tiles, as many for each worker, none much narrower than the others: of a few columns a
    /// tile is slow.
    static std::size_t even_block(std::size_t cols, std::size_t most, std::size_t workers = 1) {
        most = (most + most / 8) * workers;
        const std::size_t blocks = (cols + most - 1) / most * workers;
        const std::size_t block = (cols + blocks - 1) / blocks;
        return (block + columns_of_tile - 1) / columns_of_tile * columns_of_tile;
    }

    /// To whole cache lines.
    static constexpr std::size_t rounded(std::size_t size) {
        constexpr std::size_t line = 64 / sizeof(T);
        return (size + line - 1) / line * line;
    }

    /// One panel of one block of c. a and b are read where they were packed, if they were.
    [[gnu::noinline]] static void multiply(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                           const T* packed_a, const T* packed_b, const matmul_finish<T>& finish) {
        const std::size_t registers = (b.cols + width - 1) / width, rest = b.cols - (registers - 1) * width;
        const even_parts down(a.rows, tile::rows), across(registers, tile::vectors);
        const bool plain = finish.plain();
        matmul_panel<T> panel{stride_bytes<T>(a.row_stride),
                              stride_bytes<T>(a.col_stride),
                              stride_bytes<T>(b.row_stride),
                              static_cast<std::ptrdiff_t>(a.cols),
                              finish.sums_stride,
                              !finish.first};
        alignas(64) T kept[rows_of_tile * columns_of_tile];
        for (std::size_t r = 0, i = 0; i < a.rows; ++r) {
            const std::size_t height = down.length(r);
            const T* rows_of_a = a.data + static_cast<std::ptrdiff_t>(i) * a.row_stride;
            if (packed_a != nullptr) {
                const std::size_t row = pack::row_apart(a.cols);
                const bool apart = a.col_stride == 1;
                rows_of_a = packed_a + i * row;
                panel.a_row = stride_bytes<T>(apart ? static_cast<std::ptrdiff_t>(row) : 1);
                panel.a_step = stride_bytes<T>(apart ? 1 : static_cast<std::ptrdiff_t>(height));
            }
            for (std::size_t s = 0, j = 0; s < across.count; ++s) {
                const std::size_t vectors = across.length(s), last = s + 1 == across.count ? rest : width;
                const T* columns_of_b = b.data + j;
                if (packed_b != nullptr) {
                    columns_of_b = packed_b + j * a.cols;
                    panel.b_step = stride_bytes<T>(static_cast<std::ptrdiff_t>(vectors * width));
                }
                const auto kernel = tile::of(height, vectors, last);
                if (plain) {
                    kernel(rows_of_a, columns_of_b, finish.sums_at(i, j), last, panel);
                } else {
                    matmul_panel<T> apart = panel;
                    apart.sums_stride = static_cast<std::ptrdiff_t>(vectors * width), apart.added = false;
                    kernel(rows_of_a, columns_of_b, kept, last, apart);
                    tile::write(kept, height, vectors, last, finish.sums_at(i, j), finish.c_at(i, j), finish);
                }
                j += vectors * width;
            }
            i += height;
        }
    }
};

template <class Arch>
template <real T>
[[gnu::always_inline]] inline void simd_backend<Arch>::matmul(const matrix_view<const T>& a,
                                                              const matrix_view<const T>& b, const matrix_view<T>& out,
                                                              const scaling<T>& factors) const {
    using small = matmul_small<Arch, T>;
    if (small::is_ready(a, b, out, factors)) small::run_ready(a, b, out);
    else
        large_matmul<T>(late_copy_of(a), late_copy_of(b), late_copy_of(out), {factors.alpha, factors.beta},
                        matmul_streamed<Arch, T>::pays(out));
}

template <class Arch>
template <real T>
[[gnu::noinline]] void simd_backend<Arch>::large_matmul(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                                        const matrix_view<T>& out, const scaling<T>& factors,
                                                        bool streams) const {
    using blocks = matmul_blocks<Arch, T>;
    using vector = matmul_vector<Arch, T>;
    using small = matmul_small<Arch, T>;
    using streamed = matmul_streamed<Arch, T>;
    const bool by_rows = out.cols == 1 ? out.rows == 1 : out.col_stride == 1;
    const bool by_cols = out.rows == 1 ? out.cols == 1 : out.row_stride == 1;
    if (by_rows || by_cols) {
        // c = a b is c^T = b^T a^T: a fused multiply-add does not care which of its factors comes first.
        const auto left = by_rows ? late_copy_of(a) : transposed(late_copy_of(b));
        const auto right = by_rows ? late_copy_of(b) : transposed(late_copy_of(a));
        const auto to = by_rows ? late_copy_of(out) : transposed(late_copy_of(out));
        if (vector::suits(left, right)) vector::run(left, right, to.data, factors);
        else if (small::suits(left, right, to)) small::run(left, right, to, factors);
        else if (streams && streamed::suits(left, to, factors))
            streamed::run(left, right, to, [this](const auto& of_a, const auto& of_b, const auto& of_c) {
                this->large_matmul(of_a, of_b, of_c, {}, false);
            });
        else blocks::run(left, right, to, factors, blocks::plan(left, right));
    } else {
        // c has gaps between all of its elements: its blocks are computed apart.
        constexpr std::size_t most = 256;
        const matmul_room<T> room(std::min(most, out.rows) * std::min(most, out.cols));
        for (std::size_t i = 0; i < out.rows; i += most)
            for (std::size_t j = 0; j < out.cols; j += most) {
                const std::size_t rows = std::min(most, out.rows - i), cols = std::min(most, out.cols - j);
                const auto to = out.block(i, j, rows, cols);
                const matrix_view<T> block =
                    rows > cols ? matrix_view<T>(room.data(), rows, cols, 1, static_cast<std::ptrdiff_t>(rows))
                                : matrix_view<T>(room.data(), rows, cols);
                if (factors.beta != T(0))
                    for (std::size_t r = 0; r < rows; ++r)
                        for (std::size_t s = 0; s < cols; ++s) block(r, s) = to(r, s);
                matmul(a.block(i, 0, rows, a.cols), b.block(0, j, b.rows, cols), block, factors);
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t s = 0; s < cols; ++s) to(r, s) = block(r, s);
            }
    }
}

} // namespace lanes
