// cuda/matmul.cuh: products of matrices on the device: which kernel serves a shape.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_block.cuh>
#include <cuda/place.cuh>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes::device {

/// Edges of tiles. A large tile does 64 fma for each element that its threads read; smaller ones are more, so that all
/// multiprocessors have some.
inline constexpr unsigned large_edge = 128, middle_edge = 64, small_edge = 32;

/// Memory that panels computed side by side may take.
inline constexpr std::size_t most_bytes_of_panels = std::size_t{256} << 20;

/// The operands as blocks see them. Results are stored along the rows of out: the transposed product is computed if its
/// columns lie closer together, which has the same bits.
template <class T>
product<T> product_of(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                      const scaling<T>& factors) {
    const auto distance = [](std::ptrdiff_t stride) { return stride < 0 ? -stride : stride; };
    const operand<T> rows{a.data, a.row_stride, a.col_stride, a.rows}, cols{b.data, b.col_stride, b.row_stride, b.cols};
    if (distance(out.row_stride) < distance(out.col_stride))
        return {cols, rows, a.cols, out.data, out.col_stride, out.row_stride, factors.alpha, factors.beta, nullptr};
    return {rows, cols, a.cols, out.data, out.row_stride, out.col_stride, factors.alpha, factors.beta, nullptr};
}

template <class Tile, class T>
std::uint64_t tiles_of(const product<T>& of) {
    return ((of.a.extent + Tile::rows - 1) / Tile::rows) * ((of.b.extent + Tile::cols - 1) / Tile::cols);
}
template <class Tile, class T>
inline constexpr std::size_t matmul_bytes = sizeof(matmul_shared<T, Tile::rows, Tile::cols, Tile::count>);

/// By one kind of tile: each as a whole, or its panels side by side where tiles are few. `residents` blocks fit into a
/// multiprocessor.
template <class Tile, unsigned residents, class T, class Allocate>
void multiply_by(const place<Allocate>& where, const product<T>& of) {
    const auto start = tiles_of_product<Tile, T, residents>;
    const std::uint64_t tiles = tiles_of<Tile>(of), elements = of.a.extent * of.b.extent;
    const std::uint64_t panels = (of.depth + panel_depth - 1) / panel_depth;
    const std::uint64_t side_by_side = std::min<std::uint64_t>(panels, most_bytes_of_panels / sizeof(T) / elements);
    if (panels == 1 || side_by_side < 2 || 2 * tiles >= std::uint64_t{where.multiprocessors} * residents)
        return launch({tiles, matmul_threads, matmul_bytes<Tile, T>}, where.stream, start, of);
    const auto memory = where.allocate((side_by_side + 1) * elements * sizeof(T));
    T* const sums = static_cast<T*>(memory.data());
    for (std::uint64_t panel = 0; panel < panels; panel += side_by_side) {
        product<T> part = of;
        const auto first = static_cast<std::int64_t>(panel * panel_depth);
        part.a.data += first * of.a.by_depth;
        part.b.data += first * of.b.by_depth;
        part.depth = std::min<std::uint64_t>(of.depth - panel * panel_depth, side_by_side * panel_depth);
        part.panels = sums + elements;
        const std::uint64_t count = (part.depth + panel_depth - 1) / panel_depth;
        launch({tiles * count, matmul_threads, matmul_bytes<Tile, T>}, where.stream, start, part);
        launch({(elements + matmul_threads - 1) / matmul_threads, matmul_threads}, where.stream, sum_of_panels<T>, part,
               sums, panel == 0, panel + side_by_side >= panels);
    }
}

/// out = alpha a b + beta out. by_tensor(): whether the tensor cores may multiply doubles; asked where it matters.
template <class T, class Allocate, class Question>
void multiply(const place<Allocate>& where, const matrix_view<const T>& a, const matrix_view<const T>& b,
              const matrix_view<T>& out, const scaling<T>& factors, const Question& by_tensor) {
    if (out.empty()) return;
    const product<T> of = product_of(a, b, out, factors);
    if (of.depth == 0) {
        const std::uint64_t blocks = (of.a.extent * of.b.extent + matmul_threads - 1) / matmul_threads;
        return launch({blocks, matmul_threads}, where.stream, empty_product<T>, of);
    }
    using large = fma_tile<T, large_edge>;
    using middle = fma_tile<T, middle_edge>;
    constexpr unsigned residents_of_large = sizeof(T) == 4 ? 2 : 1; // 128 and 250 registers a thread, by nvcc 13.0
    const std::uint64_t smaller = std::min(of.a.extent, of.b.extent);
    const bool has_room = where.shared_bytes >= matmul_bytes<large, T>;
    if (has_room && smaller > middle_edge && 2 * tiles_of<large>(of) >= where.multiprocessors) {
        if constexpr (std::is_same_v<T, double>)
            if (by_tensor()) return multiply_by<tensor_tile, residents_of_large>(where, of);
        return multiply_by<large, residents_of_large>(where, of);
    }
    if (smaller > small_edge && tiles_of<middle>(of) >= where.multiprocessors) return multiply_by<middle, 2>(where, of);
    multiply_by<fma_tile<T, small_edge>, 4>(where, of);
}

} // namespace lanes::device
