// lanes/backends/simd/recurrence_tile.hpp: what one thread holds of the tile of weighted means that it is at.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/recurrence_blocks.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/recurrence.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace lanes {

template <class Arch, real T>
struct ewm_tile {
    using batch = xsimd::batch<T, Arch>;
    using geometric = geometric_rule<T>;
    using varying = affine_rule<T>;
    using part = blocks<batch, geometric>;

    /// For so many parts of a tile. Of a whole one 150 KiB, which is too much for the stack; a quarter of it is not, and
    /// spares short arrays the 100 ns that the C library takes to give such memory and to take it back.
    template <std::size_t parts>
    struct memory {
        std::array<part, parts> numerators, denominators;
        std::array<columns<batch>, parts * group_size> denominator;
        alignas(64) std::array<T, parts * part::rows> room;
    };
    static constexpr std::size_t whole = tile_size / part::rows, few = whole / 4;

    /// Where gaps count each row has a factor of its own.
    struct varying_rows {
        std::array<blocks<batch, varying>, whole> parts_of_numerators, parts_of_denominators;
        tile<batch, varying> numerators{parts_of_numerators.data()}, denominators{parts_of_denominators.data()};
        alignas(64) std::array<T, tile_size> factor, numerator;
        known_gap_weights<T> weights;
    };

    ewm_tile() : ewm_tile(std::make_unique_for_overwrite<memory<whole>>()) {}
    template <std::size_t parts>
    explicit ewm_tile(memory<parts>& lent)
        : numerators(lent.numerators.data()), denominators(lent.denominators.data()),
          denominator(lent.denominator.data()), room(lent.room.data()) {}
    explicit ewm_tile(std::unique_ptr<memory<whole>> own_memory) : ewm_tile(*own_memory) {
        own = std::move(own_memory);
    }

    std::unique_ptr<memory<whole>> own; // unless it is the caller's
    std::size_t size = 0, sets = 0;
    bool is_empty = false, is_gapless = false, is_geometric = false;
    const T* from = nullptr; // x of the tile, copied to `room` and padded if it is not full
    T* to = nullptr;
    tile<batch, geometric> numerators, denominators;
    bool has_ones = false; // `denominators` is that of a tile without gaps
    bool has_quotients = false;
    T quotients_before = 0; // and `denominator` belongs to this carry into one
    columns<batch>* denominator;
    std::unique_ptr<varying_rows> rows; // only once they are needed
    T* room;
};

} // namespace lanes
