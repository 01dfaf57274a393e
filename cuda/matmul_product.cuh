// cuda/matmul_product.cuh: a product as blocks see it: its tiles, where results go, and the sums of its panels.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_stage.cuh>

#include <lanes/core/matrix.hpp>
#include <lanes/core/order.hpp>

#include <cstdint>

namespace lanes::device {

/// Threads of blocks that work on single elements.
inline constexpr unsigned matmul_threads = 256;

/// out = alpha a b + beta out, or panel by panel into `panels` if that is not null.
template <class T>
struct product {
    operand<T> a, b;
    std::uint64_t depth;
    T* out;
    std::int64_t by_row, by_col;
    T alpha, beta;
    T* panels;
};

/// Which tile a block computes: 8 rows of tiles at a time, column by column, so that what neighbours read stays in L2.
struct tile_of_product {
    std::uint64_t row, col;

    __device__ tile_of_product(std::uint64_t block, std::uint64_t rows, std::uint64_t cols) {
        constexpr std::uint64_t together = 8;
        const std::uint64_t band = block / (together * cols), first = band * together;
        const std::uint64_t height = rows - first < together ? rows - first : together;
        const std::uint64_t inside = block - band * together * cols;
        row = first + inside % height;
        col = inside / height;
    }
};

template <class T>
__device__ inline void store_product(const product<T>& of, std::uint64_t row, std::uint64_t col,
                                     device_number<T> value) {
    using N = device_number<T>;
    T* const at = of.out + static_cast<std::int64_t>(row) * of.by_row + static_cast<std::int64_t>(col) * of.by_col;
    if (of.alpha != T(1)) value = N(of.alpha) * value;
    *at = (of.beta == T(0) ? value : number<N>::fma(N(of.beta), N(*at), value)).value;
}

/// The panels of each element, added from left to right: behind `sums` unless they are the first, and into out if they
/// are the last, otherwise into `sums`.
template <class T>
__global__ void __launch_bounds__(matmul_threads)
    sum_of_panels(const __grid_constant__ product<T> of, T* sums, bool are_first, bool are_last) {
    using N = device_number<T>;
    const std::uint64_t elements = of.a.extent * of.b.extent;
    const std::uint64_t i = block_index() * matmul_threads + thread_index();
    if (i >= elements) return;
    N sum(of.panels[i]);
    if (!are_first) sum = N(sums[i]) + sum;
    for (std::uint64_t k = panel_depth, at = i + elements; k < of.depth; k += panel_depth, at += elements)
        sum = sum + N(of.panels[at]);
    if (are_last) store_product(of, i / of.b.extent, i % of.b.extent, sum);
    else sums[i] = sum.value;
}

/// A product of depth 0.
template <class T>
__global__ void __launch_bounds__(matmul_threads) empty_product(const __grid_constant__ product<T> of) {
    const std::uint64_t i = block_index() * matmul_threads + thread_index();
    if (i < of.a.extent * of.b.extent) store_product(of, i / of.b.extent, i % of.b.extent, device_number<T>(T(0)));
}

} // namespace lanes::device
