// cuda/matmul_choice.cuh: the tiles that products are made of, and which of them is fastest for a shape.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_block.cuh>
#include <cuda/place.cuh>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes::device {

/// What a kind of tile takes for one step of k, in ns: one block on a multiprocessor, and each one more beside it.
/// Measured on an H200 (2026-11-27, products of 512^3 to 8192^3), but for small tiles and tiles_by_fma, which are estimated;
/// elsewhere it is their ratios that count.
struct pace {
    double first, more;
};

/// Operands of any kind, by single elements: for products that have few elements or a short edge.
template <class T>
struct small_tiles {
    static constexpr unsigned edge = 32;
    static constexpr pace takes = sizeof(T) == 4 ? pace{25, 20} : pace{32, 27};
    template <lying, lying>
    using tile = fma_tile<T, edge, edge, 2, 2, 16, 4, 4, lying::anyhow, lying::anyhow>;
};

template <class T>
struct middle_tiles { // of floats
    static constexpr pace takes{40, 22.5};
    template <lying a, lying b>
    using tile = fma_tile<T, 64, 64, 8, 4, 16, 4, 4, a, b>;
};
template <>
struct middle_tiles<double> {
    static constexpr pace takes{33, 11.4};
    template <lying a, lying b>
    using tile = tensor_tile<64, 64, 32, 32, 16, 4, 2, true, a, b>;
};

/// All that a multiprocessor of compute capability 9.0 has: for 4096^3 floats and doubles cuBLAS takes 0.92 and 0.90 of our
/// time (H200, 2026-11-27, bench/run_gpu_h200.txt).
template <class T>
struct large_tiles { // of floats
    static constexpr pace takes{176, 0};
    template <lying a, lying b>
    using tile = fma_tile<T, 128, 256, 8, 16, 16, 3, 1, a, b>;
};
template <>
struct large_tiles<double> {
    static constexpr pace takes{82, 0};
    template <lying a, lying b>
    using tile = tensor_tile<128, 128, 64, 32, 16, 3, 1, false, a, b>;
};

/// Doubles where the tensor cores cannot be trusted.
struct tiles_by_fma {
    static constexpr pace takes{45, 38};
    template <lying, lying>
    using tile = fma_tile<double, 64, 64, 4, 4, 16, 3, 2, lying::anyhow, lying::anyhow>;
};

/// Any tile of a kind: those of operands that lie anyhow take most shared memory.
template <class Kind>
using tile_of = typename Kind::template tile<lying::anyhow, lying::anyhow>;

/// How one kind of tile serves a product: the time that it is expected to take, and how many panels of each tile are
/// computed side by side; 1: none, each tile as a whole.
struct plan {
    double ns;
    std::uint64_t side_by_side;
};

/// Memory that panels computed side by side may take.
inline constexpr std::size_t most_bytes_of_panels = std::size_t{256} << 20;

template <class Tile, class T>
std::uint64_t tiles_of(const product<T>& of) {
    return ((of.a.extent + Tile::rows - 1) / Tile::rows) * ((of.b.extent + Tile::cols - 1) / Tile::cols);
}

template <class Kind, class T, class Allocate>
plan plan_of(const place<Allocate>& where, const product<T>& of) {
    using tile = tile_of<Kind>;
    const std::uint64_t multiprocessors = where.multiprocessors, residents = tile::residents;
    // ns for each step of k: as many blocks as there is room for at a time, and what is left of them.
    const auto time_of_step = [&](std::uint64_t blocks) {
        const auto beside = [](std::uint64_t count) {
            return count == 0 ? 0 : Kind::takes.first + static_cast<double>(count - 1) * Kind::takes.more;
        };
        const std::uint64_t all = multiprocessors * residents, rest = blocks % all;
        return static_cast<double>(blocks / all) * beside(residents) +
               beside((rest + multiprocessors - 1) / multiprocessors);
    };
    const std::uint64_t tiles = tiles_of<tile>(of), elements = of.a.extent * of.b.extent;
    const std::uint64_t panels = (of.depth + panel_depth - 1) / panel_depth;
    const plan whole{time_of_step(tiles) * static_cast<double>(of.depth), 1};
    const std::uint64_t side_by_side = std::min<std::uint64_t>(panels, most_bytes_of_panels / sizeof(T) / elements);
    if (side_by_side < 2) return whole;
    // Two more launches for some panels, which are written and read at about 2800 bytes a ns.
    const double rounds = static_cast<double>((panels + side_by_side - 1) / side_by_side);
    const double bytes = static_cast<double>((2 * panels + 1) * elements * sizeof(T));
    const plan apart{time_of_step(tiles * panels) * panel_depth + rounds * 4000 + bytes / 2800, side_by_side};
    return apart.ns < whole.ns ? apart : whole;
}

enum class tiling { small, middle, large };

struct choice {
    tiling tiles;
    plan how;
};

/// The kind of tile that is expected to take the shortest time.
template <class T, class Allocate>
choice choose(const place<Allocate>& where, const product<T>& of) {
    choice best{tiling::small, plan_of<small_tiles<T>>(where, of)};
    if (std::min(of.a.extent, of.b.extent) <= small_tiles<T>::edge) return best;
    const auto consider = [&]<class Kind>(tiling tiles, std::type_identity<Kind>) {
        if (sizeof(matmul_shared<tile_of<Kind>>) > where.shared_bytes) return;
        const plan how = plan_of<Kind>(where, of);
        if (how.ns < best.how.ns) best = {tiles, how};
    };
    consider(tiling::middle, std::type_identity<middle_tiles<T>>());
    consider(tiling::large, std::type_identity<large_tiles<T>>());
    return best;
}

} // namespace lanes::device
