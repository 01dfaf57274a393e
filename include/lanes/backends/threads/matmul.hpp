// lanes/backends/threads/matmul.hpp: blocks of c to the cores.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/matmul.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>

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

template <class Arch>
template <real T>
void threads_backend<Arch>::matmul(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                   const matrix_view<T>& out, const scaling<T>& factors) const {
    // Nanoseconds of one core per step of one register (two a cycle at 3.4 GHz), and per byte from memory.
    constexpr double step_cost = 0.15 / xsimd::batch<T, Arch>::size, byte_cost = 0.06;
    const simd_backend<Arch> cell;
    const auto m = static_cast<double>(out.rows), n = static_cast<double>(out.cols), k = static_cast<double>(a.cols);
    const double bytes = (m * k + k * n + m * n) * sizeof(T);
    const double nanoseconds = std::max(m * n * k * step_cost, bytes * byte_cost);
    const std::size_t workers = this->workers(nanoseconds);
    if (workers <= 1) return cell.matmul(a, b, out, factors);

    // Up to four blocks a worker, if large: who is done takes the next, so a core that is slowed by others delays none.
    const double large = 250e3 * static_cast<double>(workers);
    const auto each = static_cast<std::size_t>(std::clamp(nanoseconds / large, 1.0, 4.0));
    const matmul_grid grid = grid_of(workers * each, out.rows, out.cols);
    const std::size_t blocks = grid.down * grid.across;
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
            cell.matmul(a.block(i, 0, rows, a.cols), b.block(0, j, b.rows, cols), out.block(i, j, rows, cols), factors);
        }
    });
}

} // namespace lanes
