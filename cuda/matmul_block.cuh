// cuda/matmul_block.cuh: the kernel of products: steps of k stream through shared memory past a tile in registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_fma.cuh>
#include <cuda/matmul_product.cuh>
#include <cuda/matmul_tensor.cuh>

namespace lanes::device {

template <class Tile>
struct matmul_shared {
    using T = typename Tile::scalar;
    static constexpr unsigned vectors = Tile::keeps_sums ? 1 : Tile::count / vector_of<T>::size * Tile::threads;
    alignas(128) T a[Tile::stages][Tile::stage_of_a::size];
    alignas(128) T b[Tile::stages][Tile::stage_of_b::size];
    vector_of<T> sums[vectors]; // of the panels before this one, each thread its own
};

/// The sums of the panels before this one: in registers, or each thread's own in shared memory.
template <class Tile>
class panel_sums {
    using T = typename Tile::scalar;
    using N = device_number<T>;
    static constexpr unsigned vector = vector_of<T>::size;

public:
    __device__ explicit panel_sums(matmul_shared<Tile>& shared) : shared_(shared.sums + thread_index()) {}

    /// tile = these + tile.
    __device__ void add_to(Tile& tile) const {
        if constexpr (Tile::keeps_sums) {
#pragma unroll
            for (unsigned i = 0; i < Tile::count; ++i) tile.set(i, kept_[i] + tile.sum(i));
        } else {
#pragma unroll
            for (unsigned i = 0; i < Tile::count; i += vector) {
                const auto before = load_vector_written(&shared_[i / vector * Tile::threads].items[0]);
#pragma unroll
                for (unsigned k = 0; k < vector; ++k)
                    tile.set(Tile::kept(i + k), N(before.items[k]) + tile.sum(Tile::kept(i + k)));
            }
        }
    }
    /// These = tile, and the tile starts anew.
    __device__ void take_from(Tile& tile) {
        if constexpr (Tile::keeps_sums) {
#pragma unroll
            for (unsigned i = 0; i < Tile::count; ++i) kept_[i] = tile.sum(i);
        } else {
#pragma unroll
            for (unsigned i = 0; i < Tile::count; i += vector) {
                vector_of<T> now;
#pragma unroll
                for (unsigned k = 0; k < vector; ++k) now.items[k] = tile.sum(Tile::kept(i + k)).value;
                store_vector(&shared_[i / vector * Tile::threads].items[0], now);
            }
        }
        tile.clear();
    }

private:
    N kept_[Tile::keeps_sums ? Tile::count : 1];
    vector_of<T>* shared_;
};

template <class Tile, class T>
__device__ __forceinline__ void store_tile(const product<T>& of, Tile& tile, std::uint64_t first_row,
                                           std::uint64_t first_col, std::uint64_t panel) {
    constexpr unsigned vector = vector_of<T>::size;
    T* const to = of.panels != nullptr ? of.panels + panel * of.a.extent * of.b.extent : of.out;
    const std::int64_t by_row = of.panels != nullptr ? static_cast<std::int64_t>(of.b.extent) : of.by_row;
    const bool is_plain = of.panels != nullptr || (of.by_col == 1 && of.alpha == T(1) && of.beta == T(0));
    // 16 bytes at a time where all of the tile exists and nothing is to be done with it.
    if (Tile::run % vector == 0 && is_plain && first_row + Tile::rows <= of.a.extent &&
        first_col + Tile::cols <= of.b.extent && by_row % vector == 0 &&
        reinterpret_cast<std::uintptr_t>(to) % 16 == 0) {
#pragma unroll
        for (unsigned i = 0; i < Tile::count; i += vector) {
            vector_of<T> values;
#pragma unroll
            for (unsigned k = 0; k < vector; ++k) values.items[k] = tile.sum(i + k).value;
            store_vector(to + static_cast<std::int64_t>(first_row + tile.row(i)) * by_row +
                             static_cast<std::int64_t>(first_col + tile.col(i)),
                         values);
        }
        return;
    }
#pragma unroll
    for (unsigned i = 0; i < Tile::count; ++i) {
        const std::uint64_t row = first_row + tile.row(i), col = first_col + tile.col(i);
        if (row >= of.a.extent || col >= of.b.extent) continue;
        if (of.panels != nullptr) to[row * of.b.extent + col] = tile.sum(i).value;
        else store_product(of, row, col, tile.sum(i));
    }
}

/// A tile of the product, or a tile of one panel of it. While the products of one group of k are computed, the elements of
/// the next one come from shared memory, and steps farther ahead come there.
template <class Tile>
__device__ __forceinline__ void compute_tile(const product<typename Tile::scalar>& of) {
    constexpr unsigned groups = Tile::groups, stages = Tile::stages, steps_of_panel = panel_depth / Tile::depth;
    static_assert(groups % 2 == 0 && stages >= 2 && panel_depth % Tile::depth == 0);
    auto& shared = shared_memory<matmul_shared<Tile>>();
    const std::uint64_t tile_rows = (of.a.extent + Tile::rows - 1) / Tile::rows,
                        tile_cols = (of.b.extent + Tile::cols - 1) / Tile::cols;
    const std::uint64_t panel = of.panels != nullptr ? block_index() / (tile_rows * tile_cols) : 0;
    const tile_of_product place(block_index() - panel * tile_rows * tile_cols, tile_rows, tile_cols);
    const std::uint64_t first_row = place.row * Tile::rows, first_col = place.col * Tile::cols;
    const std::uint64_t first_k = panel * panel_depth;
    const std::uint64_t depth =
        of.panels != nullptr && of.depth - first_k > panel_depth ? panel_depth : of.depth - first_k;
    const auto steps = static_cast<unsigned>(depth / Tile::depth), rest = static_cast<unsigned>(depth % Tile::depth);

    operand_stream<typename Tile::stage_of_a, Tile::threads> a(of.a, first_row, first_k);
    operand_stream<typename Tile::stage_of_b, Tile::threads> b(of.b, first_col, first_k);
    unsigned coming = 0; // stage that the next step is brought to
    const auto bring = [&](unsigned step) {
        if (step < steps || (step == steps && rest != 0)) {
            a.bring(of.a, shared.a[coming], step < steps, rest);
            b.bring(of.b, shared.b[coming], step < steps, rest);
        }
        end_copies();
        coming = coming + 1 == stages ? 0 : coming + 1;
    };
    for (unsigned s = 0; s + 1 < stages; ++s) bring(s);
    wait_for_copies<stages - 2>();
    synchronize_block();

    Tile tile;
    panel_sums<Tile> sums(shared);
    if (steps != 0) tile.start(shared.a[0], shared.b[0]);
    unsigned stage = 0;
    bool is_first_panel = true;
    for (unsigned step = 0;;) {
        const unsigned first = step, end = steps - step < steps_of_panel ? steps : step + steps_of_panel;
#pragma unroll 1
        for (; step < end; ++step) {
            const unsigned next = stage + 1 == stages ? 0 : stage + 1;
            for_each_number<groups>([&](auto group) {
                constexpr unsigned g = decltype(group)::value;
                if constexpr (g == 0) bring(step + stages - 1);
                if constexpr (g + 1 < groups) {
                    tile.template advance<g, g + 1>(shared.a[stage], shared.b[stage]);
                } else {
                    wait_for_copies<stages - 2>();
                    synchronize_block();
                    tile.template advance<g, 0>(shared.a[next], shared.b[next]); // of no use after the last step
                }
            });
            stage = next;
        }
        if (step - first < steps_of_panel || (step == steps && rest == 0)) break;
        if (!is_first_panel) sums.add_to(tile);
        sums.take_from(tile);
        is_first_panel = false;
    }
    if (rest != 0) tile.rest(shared.a[stage], shared.b[stage], rest);
    if (!is_first_panel) sums.add_to(tile);
    wait_for_copies<0>();
    store_tile(of, tile, first_row, first_col, panel);
}

/// Where `panels` is null a block computes a tile of the product; otherwise a tile of one panel of it, for sum_of_panels.
/// Of no use, and empty, for devices where no block can have as much shared memory.
template <class Tile>
__global__ void __launch_bounds__(Tile::threads, Tile::residents)
    tiles_of_product(const __grid_constant__ product<typename Tile::scalar> of) {
    if constexpr (sizeof(matmul_shared<Tile>) <= most_shared_bytes) compute_tile<Tile>(of);
}

} // namespace lanes::device
