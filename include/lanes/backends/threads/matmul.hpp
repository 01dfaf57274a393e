// lanes/backends/threads/matmul.hpp: blocks of c to the cores.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/matmul.hpp>
#include <lanes/backends/simd/matmul_panels.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/order.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace lanes {

/// A grid of `down` x `across` blocks of a matrix.
struct matmul_grid {
    std::size_t down = 1, across = 1;
};

/// The grid of `parts` blocks whose sides are shortest in sum: every block reads that much of a and b.
inline matmul_grid grid_of(std::size_t parts, std::size_t rows, std::size_t cols) {
    matmul_grid best;
    double least = -1;
    for (std::size_t down = 1; down <= parts; ++down) {
        if (parts % down != 0) continue;
        const std::size_t across = parts / down;
        const double sides = static_cast<double>(rows) / static_cast<double>(down) +
                             static_cast<double>(cols) / static_cast<double>(across);
        if (down <= rows && across <= cols && (least < 0 || sides < least)) best = {down, across}, least = sides;
    }
    return best;
}

/// A product that pays for packing, whose c is contiguous along its rows: each panel of a and b is packed once, by all
/// workers together, who then share the blocks of c.
template <class Arch, real T>
class matmul_together {
    using cell = matmul_blocks<Arch, T>;

public:
    /// Whether this way suits; sums of panels need a place of their own otherwise.
    static bool suits(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& c,
                      const scaling<T>& factors, std::size_t workers) {
        return c.col_stride == 1 && (a.cols <= panel_depth || factors.beta == T(0)) && a.cols >= panel_depth / 4 &&
               c.rows >= workers * rows_of_part && c.cols >= workers * cell::columns_of_tile &&
               cell::plan(a, b).pack_b && c.cols <= most_cols;
    }

    static void run(std::size_t workers, const matrix_view<const T>& a, const matrix_view<const T>& b,
                    const matrix_view<T>& c, const scaling<T>& factors) {
        const std::size_t depth = a.cols, most_steps = std::min(depth, panel_depth);
        const std::size_t row_block = std::min(c.rows, workers * cell::rows_of_block);
        const std::size_t col_block = cell::even_block(c.cols, cell::columns_of_block, workers);
        const std::size_t col_parts = divided(c.cols, col_block);
        // Parts lie apart, since packing one may overwrite what comes right behind it.
        const bool pack_a = cell::plan(a, b).pack_a;
        const std::size_t size_of_a =
            pack_a ? cell::rounded(rows_of_part * cell::pack::row_apart(most_steps) + cell::slack) : 0;
        const std::size_t size_of_b = cell::rounded(col_block * most_steps + cell::slack);
        const matmul_room<T> room(divided(row_block, rows_of_part) * size_of_a + col_parts * size_of_b);
        T* const packed_b = room.data();
        T* const packed_a = packed_b + col_parts * size_of_b;

        for (std::size_t top = 0; top < c.rows; top += row_block) {
            const std::size_t rows = std::min(row_block, c.rows - top), row_parts = divided(rows, rows_of_part);
            for (std::size_t k = 0; k < depth; k += panel_depth) {
                const std::size_t steps = std::min(panel_depth, depth - k);
                const auto part_of_a = [&](std::size_t r) {
                    const std::size_t i = r * rows_of_part;
                    return a.block(top + i, k, std::min(rows_of_part, rows - i), steps);
                };
                const auto part_of_b = [&](std::size_t s) {
                    const std::size_t j = s * col_block;
                    return b.block(k, j, steps, std::min(col_block, c.cols - j));
                };
                for_each_part(workers, col_parts + (pack_a ? row_parts : 0), [&](std::size_t part) {
                    if (part < col_parts) cell::pack_columns(part_of_b(part), packed_b + part * size_of_b);
                    else cell::pack_rows(part_of_a(part - col_parts), packed_a + (part - col_parts) * size_of_a);
                });
                for_each_part(workers, col_parts * row_parts, [&](std::size_t part) {
                    const std::size_t s = part / row_parts, r = part % row_parts;
                    T* const to = &c(top + r * rows_of_part, s * col_block);
                    cell::multiply(part_of_a(r), part_of_b(s), pack_a ? packed_a + r * size_of_a : nullptr,
                                   packed_b + s * size_of_b,
                                   {to, to, c.row_stride, c.row_stride, factors, k == 0, k + steps == depth});
                });
            }
        }
    }

private:
    static constexpr std::size_t divided(std::size_t length, std::size_t by) { return (length + by - 1) / by; }

    /// Few enough for the workers to end at the same time, enough to read the rows that meet a block of b from L2.
    static constexpr std::size_t rows_of_part = 4 * cell::rows_of_tile;
    /// Columns whose panel of b is 1 GiB: more is not copied at once, memory might not hold it.
    static constexpr std::size_t most_cols = (std::size_t{1} << 30) / sizeof(T) / panel_depth;
};

/// A c too small to be shared, of many panels: each is computed apart, and they are added in their order.
template <class Arch, real T>
class matmul_apart {
public:
    static bool suits(const matrix_view<const T>& a, const matrix_view<T>& c, std::size_t workers) {
        return c.rows <= most_length && c.cols <= most_length && c.rows * c.cols <= most_elements &&
               a.cols >= 2 * workers * panel_depth;
    }

    static void run(std::size_t workers, const matrix_view<const T>& a, const matrix_view<const T>& b,
                    const matrix_view<T>& c, const scaling<T>& factors) {
        const simd_backend<Arch> cell;
        using panels = matmul_panels<Arch, T>;
        const std::size_t size = c.rows * c.cols, count = (a.cols + panel_depth - 1) / panel_depth;
        const std::size_t at_once = std::min(count, panels_of_worker * workers);
        array<T> room((at_once + 1) * size);
        T* const sums = room.data() + at_once * size;
        for (std::size_t first = 0; first < count; first += at_once) {
            const std::size_t parts = std::min(at_once, count - first);
            for_each_part(workers, parts, [&](std::size_t part) {
                const std::size_t k = (first + part) * panel_depth, steps = std::min(panel_depth, a.cols - k);
                cell.matmul(a.block(0, k, c.rows, steps), b.block(k, 0, steps, c.cols),
                            matrix_view<T>(room.data() + part * size, c.rows, c.cols), {});
            });
            panels::add(room.data(), parts, size, sums, first == 0);
        }
        panels::write(sums, c, factors);
    }

private:
    /// Elements of c up to which its panels, a few for each worker, fit into L2 while they wait to be added.
    static constexpr std::size_t most_elements = 128 * 128;
    /// A longer c has parts enough: with panels apart a column of 4096 took 0.7 of one core's time, in parts 0.55.
    static constexpr std::size_t most_length = 256;
    static constexpr std::size_t panels_of_worker = 16;
};

template <class Arch>
template <real T>
[[gnu::always_inline]] inline void
threads_backend<Arch>::matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                              const scaling<T>& factors) const {
    // A few microseconds at most: even to estimate them would be felt (double 4: 25 ns instead of 9).
    using small = matmul_small<Arch, T>;
    if (out.rows <= 64 && !this->is_eager && this->decisions == nullptr && small::is_ready(a, b, out, factors))
        small::run_ready(a, b, out);
    else matmul_in_parts<T>(late_copy_of(a), late_copy_of(b), late_copy_of(out), {factors.alpha, factors.beta});
}

template <class Arch>
template <real T>
[[gnu::noinline]] void threads_backend<Arch>::matmul_in_parts(const matrix_view<const T>& a,
                                                              const matrix_view<const T>& b, const matrix_view<T>& out,
                                                              const scaling<T>& factors) const {
    // Nanoseconds of one core per step of one register (two a cycle at 3.4 GHz), and per byte from memory.
    constexpr double step_cost = 0.15 / xsimd::batch<T, Arch>::size, byte_cost = 0.06;
    const simd_backend<Arch> cell;
    const auto m = static_cast<double>(out.rows), n = static_cast<double>(out.cols), k = static_cast<double>(a.cols);
    const double bytes = (m * k + k * n + m * n) * sizeof(T);
    const double nanoseconds = std::max(m * n * k * step_cost, bytes * byte_cost);
    const std::size_t workers = this->workers(nanoseconds);
    if (workers <= 1) return cell.matmul(a, b, out, factors);

    using apart = matmul_apart<Arch, T>;
    if (apart::suits(a, out, workers)) return apart::run(workers, a, b, out, factors);
    using together = matmul_together<Arch, T>;
    if (together::suits(a, b, out, factors, workers)) return together::run(workers, a, b, out, factors);
    const matrix_view<const T> left = transposed(b), right = transposed(a);
    if (together::suits(left, right, transposed(out), factors, workers))
        return together::run(workers, left, right, transposed(out), factors);

    // Up to four blocks a worker, if large: who is done takes the next, so a core that is slowed by others delays none.
    const double large = 250e3 * static_cast<double>(workers);
    const auto each = static_cast<std::size_t>(std::clamp(nanoseconds / large, 1.0, 4.0));
    const matmul_grid grid = grid_of(workers * each, out.rows, out.cols);
    const std::size_t blocks = grid.down * grid.across;
    const bool streams = matmul_streamed<Arch, T>::pays(out);
    std::atomic<std::size_t> next = 0;
    // Along contiguous elements borders are at multiples of 16: two cores never write to one cache line of an aligned c.
    const auto border = [](std::size_t part, std::size_t parts, std::size_t length, std::ptrdiff_t stride) {
        const std::size_t unit = stride == 1 ? 16 : 1, units = (length + unit - 1) / unit;
        return std::min(length, (units / parts * part + units % parts * part / parts) * unit);
    };
    for_each_part(workers, workers, [&](std::size_t) {
        for (std::size_t block; (block = next.fetch_add(1, std::memory_order_relaxed)) < blocks;) {
            const std::size_t r = block / grid.across, s = block % grid.across;
            const std::size_t i = border(r, grid.down, out.rows, out.row_stride);
            const std::size_t j = border(s, grid.across, out.cols, out.col_stride);
            const std::size_t rows = border(r + 1, grid.down, out.rows, out.row_stride) - i;
            const std::size_t cols = border(s + 1, grid.across, out.cols, out.col_stride) - j;
            if (rows == 0 || cols == 0) continue;
            cell.large_matmul(a.block(i, 0, rows, a.cols), b.block(0, j, b.rows, cols), out.block(i, j, rows, cols),
                              factors, streams);
        }
    });
}

} // namespace lanes
