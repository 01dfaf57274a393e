// cuda/matmul.cuh: products of matrices on the device: which kernels are started for one.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_choice.cuh>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes::device {

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

/// By one kind of tile and operands that lie in one way.
template <class Tile, class T, class Allocate>
void multiply_tiles(const place<Allocate>& where, const product<T>& of, std::uint64_t side_by_side) {
    const auto start = tiles_of_product<Tile>;
    const std::uint64_t tiles = tiles_of<Tile>(of), elements = of.a.extent * of.b.extent;
    const std::uint64_t panels = (of.depth + panel_depth - 1) / panel_depth;
    constexpr std::size_t bytes = sizeof(matmul_shared<Tile>);
    if (side_by_side < 2) return launch({tiles, Tile::threads, bytes}, where.stream, start, of);
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
        launch({tiles * count, Tile::threads, bytes}, where.stream, start, part);
        launch({(elements + matmul_threads - 1) / matmul_threads, matmul_threads}, where.stream, sum_of_panels<T>, part,
               sums, panel == 0, panel + side_by_side >= panels);
    }
}

/// By one kind of tile. Kernels of their own for all products of matrices whose rows, or whose columns for one of both,
/// lie side by side; others move single elements.
template <class Kind, class T, class Allocate>
void multiply_by(const place<Allocate>& where, const product<T>& of, const plan& how) {
    constexpr auto edge = lying::along_edge, depth = lying::along_depth, any = lying::anyhow;
    const auto start = [&]<class Tile>(std::type_identity<Tile>) { multiply_tiles<Tile>(where, of, how.side_by_side); };
    const lying a = lies(of.a), b = lies(of.b);
    if (a == depth && b == edge) return start(std::type_identity<typename Kind::template tile<depth, edge>>());
    if (a == edge && b == edge) return start(std::type_identity<typename Kind::template tile<edge, edge>>());
    if (a == depth && b == depth) return start(std::type_identity<typename Kind::template tile<depth, depth>>());
    start(std::type_identity<typename Kind::template tile<any, any>>());
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
    const choice best = choose(where, of);
    if (best.tiles == tiling::small) return multiply_by<small_tiles<T>>(where, of, best.how);
    if constexpr (std::is_same_v<T, double>)
        if (!by_tensor()) return multiply_by<tiles_by_fma>(where, of, plan_of<tiles_by_fma>(where, of));
    if (best.tiles == tiling::middle) return multiply_by<middle_tiles<T>>(where, of, best.how);
    multiply_by<large_tiles<T>>(where, of, best.how);
}

} // namespace lanes::device
