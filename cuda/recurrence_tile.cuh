// cuda/recurrence_tile.cuh: one tile of a recurrence in the registers of a block: up the levels, and down to the rows.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <lanes/core/recurrence.hpp>

#include <cstddef>
#include <cstdint>

namespace lanes::device {

/// A thread holds a group of level 0.
inline constexpr unsigned group_rows = group_size, recurrence_threads = tile_size / group_rows,
                          items_of_level_2 = recurrence_threads / group_rows;

/// Place of row i of a tile in shared memory: one in nine stays free, so that groups start in different banks.
__host__ __device__ constexpr unsigned row_place(unsigned i) {
    return i + i / group_rows;
}

/// Kogge and Stone over groups of 8 lanes.
template <class Rule, class Item>
__device__ inline Item scan_of_lanes(const Rule& rule, std::size_t level, Item item) {
    const unsigned k = lane_index() % group_rows;
#pragma unroll
    for (unsigned d = 1; d < group_rows; d *= 2) {
        const Item earlier = shuffle_up(item, d);
        if (k >= d) item = rule.join(level, d, earlier, item);
    }
    return item;
}

/// The tree over the rows of a tile, as in serial's tile: this thread's group of level 0, and of the levels above what
/// its warp needs. Level 3 and all of level 2 are computed by every warp, which costs less than a barrier.
template <class Rule, class T>
class tile_of_block {
public:
    using N = device_number<T>;
    using item = typename Rule::template item<N>;

    /// Up. `shared` has room for the items of level 2 and is in use until the next barrier after this.
    __device__ tile_of_block(const Rule& rule, const item (&rows)[group_rows], item* shared) : rule_(rule) {
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) rows_[j] = rows[j];
#pragma unroll
        for (unsigned d = 1; d < group_rows; d *= 2)
#pragma unroll
            for (unsigned k = group_rows; k-- > d;) rows_[k] = rule.join(0, d, rows_[k - d], rows_[k]);
        level_1_ = scan_of_lanes(rule, 1, rows_[group_rows - 1]);
        if (lane_index() % group_rows == group_rows - 1) shared[thread_index() / group_rows] = level_1_;
        synchronize_block();
        const item first_half = scan_of_lanes(rule, 2, shared[lane_index()]);
        const item second_half = scan_of_lanes(rule, 2, shared[warp_size + lane_index()]);
        const unsigned last = lane_index() % 4 * group_rows + group_rows - 1;
        const item of_first = shuffle(first_half, last), of_second = shuffle(second_half, last);
        level_3_ = scan_of_lanes(rule, 3, lane_index() % group_rows < 4 ? of_first : of_second);
        level_2_ = warp_index() < recurrence_threads / warp_size / 2 ? first_half : second_half;
    }

    /// The whole tile as one run, in lane 7 of every warp.
    __device__ item run() const {
        return level_3_;
    }

    /// Down: u before this thread's group, where `before` is u before the tile.
    __device__ N before_group(N before) const {
        const unsigned thread = thread_index(), item_2 = thread / group_rows, k_3 = item_2 / group_rows,
                       k_2 = item_2 % group_rows, k_1 = thread % group_rows;
        const item earlier_3 = shuffle(level_3_, (k_3 + group_rows - 1) % group_rows);
        const item earlier_2 = shuffle(level_2_, (item_2 + warp_size - 1) % warp_size);
        const item earlier_1 = shuffle_up(level_1_, 1);
        N u = before;
        if (k_3 > 0) u = rule_.carry(3, k_3, u, earlier_3);
        if (k_2 > 0) u = rule_.carry(2, k_2, u, earlier_2);
        if (k_1 > 0) u = rule_.carry(1, k_1, u, earlier_1);
        return u;
    }

    /// u of row j of this thread's group.
    __device__ N solution(unsigned j, N before_group) const {
        return rule_.carry(0, j + 1, before_group, rows_[j]);
    }

private:
    const Rule& rule_;
    item rows_[group_rows], level_1_, level_2_, level_3_;
};

/// Words that tiles leave for each other. All bits set is "not there yet", which no number has that is left: a NaN is
/// left as the quiet one. Nothing else is to be seen with a word, so no order of memory is needed.
template <class T>
struct words_of_tiles {
    using word = typename number<T>::word;
    static constexpr word absent = ~word{0};

    word* words;
    std::uint64_t tiles;

    __device__ word* at(unsigned kind, std::uint64_t tile) const { return words + kind * tiles + tile; }
    __device__ void leave(unsigned kind, std::uint64_t tile, device_number<T> value) const {
        store_relaxed(at(kind, tile), number<T>::bits(canonical_nan(value).value));
    }
    __device__ device_number<T> wait_for(unsigned kind, std::uint64_t tile) const {
        for (;;) {
            const word found = load_relaxed(at(kind, tile));
            if (found != absent) return number<T>::from_bits(found);
            wait_a_little();
        }
    }
};

/// The kinds: a tile's run (factor, numerator, denominator) and u before a tile.
inline constexpr unsigned run_of_numerators = 0, before_of_numerators = 1, run_of_denominators = 2,
                          before_of_denominators = 3, run_factor = 4;

inline constexpr unsigned carried_at_once = 128; // tiles that one step of the carrying warp takes

template <class T>
struct carrier_shared {
    T factor[carried_at_once], run[2][carried_at_once], before[2][carried_at_once];
};

/// From tile to tile, strictly left to right: u' = fma(factor, u, run). One warp does it for the whole array, as tiles
/// leave their runs; each then waits for its own word only. A chain of dependent fma, some 16 cycles per tile at most,
/// against 27 (double) or 13 (float) cycles in which the memory of an H200 delivers and takes a tile; so that the 700
/// cycles until a word comes must not be added to it for every 128 tiles.
template <unsigned sums, bool has_factors, class T>
__device__ inline void carry_from_tile_to_tile(carrier_shared<T>& shared, const words_of_tiles<T>& words, T factor) {
    using N = device_number<T>;
    using word = typename words_of_tiles<T>::word;
    constexpr unsigned parts = carried_at_once / warp_size;
    constexpr word absent = words_of_tiles<T>::absent;
    constexpr unsigned runs[2] = {run_of_numerators, run_of_denominators};
    constexpr unsigned befores[2] = {before_of_numerators, before_of_denominators};
    const unsigned lane = lane_index();
    N u[sums];
    for (unsigned s = 0; s < sums; ++s) u[s] = N(T(0));
    // The words of the next tiles are on their way while u is carried through those that are there.
    word found[parts][3];
    const auto ask = [&](std::uint64_t base) {
#pragma unroll
        for (unsigned p = 0; p < parts; ++p) {
            const std::uint64_t tile = base + p * warp_size + lane;
            const bool is_asked = tile + 1 < words.tiles;
#pragma unroll
            for (unsigned s = 0; s < sums; ++s) found[p][s] = is_asked ? load_relaxed(words.at(runs[s], tile)) : absent;
            found[p][2] = !has_factors ? 0 : is_asked ? load_relaxed(words.at(run_factor, tile)) : absent;
        }
    };
    ask(0);
    for (std::uint64_t base = 0; base + 1 < words.tiles;) {
        unsigned ready = 0;
#pragma unroll
        for (unsigned p = 0; p < parts; ++p) {
            bool is_there = found[p][2] != absent;
#pragma unroll
            for (unsigned s = 0; s < sums; ++s) {
                is_there = is_there && found[p][s] != absent;
                shared.run[s][p * warp_size + lane] = number<T>::from_bits(found[p][s]);
            }
            if constexpr (has_factors) shared.factor[p * warp_size + lane] = number<T>::from_bits(found[p][2]);
            const unsigned missing = ~ballot(is_there);
            if (ready == p * warp_size) ready += missing == 0 ? warp_size : lowest_bit(missing);
        }
        if (ready == 0) {
            wait_a_little();
            ask(base);
            continue;
        }
        synchronize_warp();
        ask(base + ready);
#pragma unroll 8
        for (unsigned i = 0; i < ready; ++i) {
            const N by(has_factors ? shared.factor[i] : factor);
#pragma unroll
            for (unsigned s = 0; s < sums; ++s) {
                u[s] = number<N>::fma(by, u[s], N(shared.run[s][i]));
                if (lane == 0) shared.before[s][i] = u[s].value;
            }
        }
        synchronize_warp();
        for (unsigned i = lane; i < ready; i += warp_size)
            for (unsigned s = 0; s < sums; ++s) words.leave(befores[s], base + i + 1, N(shared.before[s][i]));
        synchronize_warp();
        base += ready;
    }
}

} // namespace lanes::device
