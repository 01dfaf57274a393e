// cuda/matmul_block.cuh: the kernels of a product: tiles of it by blocks, panels of k one after another or side by side.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_tile.cuh>

#include <lanes/core/matrix.hpp>

namespace lanes::device {

/// Steps that are on their way to shared memory or there: while one is computed, some 2000 cycles, the next one comes.
inline constexpr unsigned matmul_stages = 2;

/// An operand as blocks see it: element (i, k) of `edge` x depth at data[i * by_edge + k * by_depth].
template <class T>
struct operand {
    const T* data;
    std::int64_t by_edge, by_depth;
    std::uint64_t extent;
};

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

template <class T, unsigned rows, unsigned cols, unsigned count>
struct matmul_shared {
    alignas(16) T a[matmul_stages][matmul_depth * matmul_pitch<rows>];
    alignas(16) T b[matmul_stages][matmul_depth * matmul_pitch<cols>];
    T sums[count][matmul_threads]; // of the panels before this one, each thread its own
};

/// How the threads of a block bring a tile of an operand, `matmul_depth` steps of k at a time: along whichever direction
/// lies closer together in memory. Eight threads in a row along k, so that a warp's 8 x 4 elements meet in no bank.
template <class T, unsigned edge>
class operand_tile {
public:
    __device__ operand_tile(const operand<T>& from, std::uint64_t first_edge, std::uint64_t first_k) {
        const unsigned thread = thread_index();
        const auto distance = [](std::int64_t stride) { return stride < 0 ? -stride : stride; };
        is_along_depth_ = distance(from.by_depth) <= distance(from.by_edge);
        edge_ = is_along_depth_ ? thread / line : thread % edge;
        depth_ = is_along_depth_ ? thread % line : thread / edge;
        next_ = from.data + static_cast<std::int64_t>(first_edge + edge_) * from.by_edge +
                static_cast<std::int64_t>(first_k + depth_) * from.by_depth;
        within_ = is_along_depth_ ? more_edge * from.by_edge : more_depth * from.by_depth;
        by_depth_ = from.by_depth;
        left_ = from.extent - first_edge < edge ? static_cast<unsigned>(from.extent - first_edge) : edge;
    }

    /// The next `depth` steps. What lies beyond an edge of the matrix stays as it is: it reaches only results that are
    /// not stored.
    __device__ void bring(T* to, unsigned depth) {
        T* const at = to + depth_ * matmul_pitch<edge> + edge_;
        const T* from = next_;
        next_ += matmul_depth * by_depth_;
        // Loops of their own where all is there and distances in shared memory are known: an instruction here is one less
        // for those that compute.
        if (left_ == edge && depth == matmul_depth) {
            if (is_along_depth_) {
                const T* second = from + line * by_depth_;
#pragma unroll
                for (unsigned q = 0; q < edge / more_edge; ++q, from += within_, second += within_) {
                    copy_to_shared<sizeof(T)>(at + q * more_edge, from);
                    copy_to_shared<sizeof(T)>(at + q * more_edge + line * matmul_pitch<edge>, second);
                }
            } else {
#pragma unroll
                for (unsigned q = 0; q < matmul_depth / more_depth; ++q, from += within_)
                    copy_to_shared<sizeof(T)>(at + q * more_depth * matmul_pitch<edge>, from);
            }
            return;
        }
        const unsigned by_edge = is_along_depth_ ? more_edge : edge, by_depth = is_along_depth_ ? line : more_depth;
#pragma unroll 1
        for (unsigned k = 0; k < matmul_depth; k += by_depth, from += by_depth * by_depth_) {
            const T* each = from;
#pragma unroll 1
            for (unsigned e = 0; e < edge; e += by_edge, each += within_)
                if (edge_ + e < left_ && depth_ + k < depth)
                    copy_to_shared<sizeof(T)>(at + k * matmul_pitch<edge> + e, each);
        }
    }

private:
    static constexpr unsigned line = 8, more_edge = matmul_threads / line, more_depth = matmul_threads / edge;
    static_assert(matmul_depth == 2 * line && edge % more_edge == 0);

    const T* next_;
    std::int64_t within_, by_depth_;
    unsigned edge_, depth_, left_;
    bool is_along_depth_;
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

/// Where `panels` is null a block computes a tile of the product; otherwise a tile of one panel of it, for sum_of_panels.
template <class Tile, class T, unsigned residents>
__global__ void __launch_bounds__(matmul_threads, residents) tiles_of_product(const __grid_constant__ product<T> of) {
    using N = device_number<T>;
    auto& shared = shared_memory<matmul_shared<T, Tile::rows, Tile::cols, Tile::count>>();
    const unsigned thread = thread_index();
    const std::uint64_t tile_rows = (of.a.extent + Tile::rows - 1) / Tile::rows,
                        tile_cols = (of.b.extent + Tile::cols - 1) / Tile::cols;
    const std::uint64_t panel = of.panels != nullptr ? block_index() / (tile_rows * tile_cols) : 0;
    const tile_of_product place(block_index() - panel * tile_rows * tile_cols, tile_rows, tile_cols);
    const std::uint64_t first_row = place.row * Tile::rows, first_col = place.col * Tile::cols;
    const std::uint64_t first_k = panel * panel_depth;
    const std::uint64_t depth =
        of.panels != nullptr && of.depth - first_k > panel_depth ? panel_depth : of.depth - first_k;
    const auto steps = static_cast<unsigned>((depth + matmul_depth - 1) / matmul_depth);
    const auto last_depth = static_cast<unsigned>(depth - (steps - 1) * std::uint64_t{matmul_depth});

    operand_tile<T, Tile::rows> a(of.a, first_row, first_k);
    operand_tile<T, Tile::cols> b(of.b, first_col, first_k);
    unsigned stage_of_coming = 0;
    const auto bring = [&](unsigned step) {
        if (step < steps) {
            const unsigned count = step + 1 == steps ? last_depth : matmul_depth;
            a.bring(shared.a[stage_of_coming], count);
            b.bring(shared.b[stage_of_coming], count);
        }
        end_copies();
        stage_of_coming = stage_of_coming + 1 == matmul_stages ? 0 : stage_of_coming + 1;
    };
    for (unsigned s = 0; s + 1 < matmul_stages; ++s) bring(s);

    Tile tile;
    constexpr unsigned steps_of_panel = panel_depth / matmul_depth;
    for (unsigned step = 0, stage = 0; step < steps; stage = stage + 1 == matmul_stages ? 0 : stage + 1) {
        wait_for_copies<matmul_stages - 2>();
        synchronize_block();
        bring(step + matmul_stages - 1);
        ++step;
        tile.step(shared.a[stage], shared.b[stage], step == steps ? last_depth : matmul_depth);
        if (step % steps_of_panel != 0 && step != steps) continue;
        if (step > steps_of_panel)
#pragma unroll
            for (unsigned i = 0; i < Tile::count; ++i) tile.set(i, N(shared.sums[i][thread]) + tile.sum(i));
        if (step != steps) {
#pragma unroll
            for (unsigned i = 0; i < Tile::count; ++i) {
                shared.sums[i][thread] = tile.sum(i).value;
                tile.set(i, N(T(0)));
            }
        }
    }
    wait_for_copies<0>();

#pragma unroll
    for (unsigned i = 0; i < Tile::count; ++i) {
        const std::uint64_t row = first_row + tile.row(i), col = first_col + tile.col(i);
        if (row >= of.a.extent || col >= of.b.extent) continue;
        if (of.panels != nullptr) of.panels[(panel * of.a.extent + row) * of.b.extent + col] = tile.sum(i).value;
        else store_product(of, row, col, tile.sum(i));
    }
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
