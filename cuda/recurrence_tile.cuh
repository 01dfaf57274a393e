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

/// Rows that a warp loads and stores for its own threads.
inline constexpr unsigned rows_of_warp = warp_size * group_rows;

/// Rows in 16 bytes, and such pieces in a thread's group.
template <class T>
inline constexpr unsigned rows_of_piece = 16 / sizeof(T);
template <class T>
inline constexpr unsigned pieces_of_group = group_rows / rows_of_piece<T>;

/// Place of row i of a tile in shared memory: pieces in an order in which eight neighbouring threads meet in no bank,
/// whether each takes its own group or they take one piece after another.
template <class T>
__host__ __device__ constexpr unsigned row_place(unsigned i) {
    const unsigned piece = i / rows_of_piece<T>;
    return (piece ^ (piece / 8 % pieces_of_group<T>)) * rows_of_piece<T> + i % rows_of_piece<T>;
}

/// This thread's group of rows, from a tile in shared memory and back.
template <class T>
__device__ inline void read_group(const T* tile, T (&rows)[group_rows]) {
#pragma unroll
    for (unsigned p = 0; p < pieces_of_group<T>; ++p) {
        const unsigned i = p * rows_of_piece<T>;
        const vector_of<T> piece = load_vector_written(tile + row_place<T>(thread_index() * group_rows + i));
#pragma unroll
        for (unsigned j = 0; j < rows_of_piece<T>; ++j) rows[i + j] = piece.items[j];
    }
}
template <class T>
__device__ inline void write_group(T* tile, const device_number<T> (&rows)[group_rows]) {
#pragma unroll
    for (unsigned p = 0; p < pieces_of_group<T>; ++p) {
        const unsigned i = p * rows_of_piece<T>;
        vector_of<T> piece;
#pragma unroll
        for (unsigned j = 0; j < rows_of_piece<T>; ++j) piece.items[j] = rows[i + j].value;
        store_vector(tile + row_place<T>(thread_index() * group_rows + i), piece);
    }
}

/// Tiles of an array that can be moved in pieces: all whole ones if it lies at a multiple of 16 bytes.
template <class T>
__device__ inline std::uint32_t tiles_in_pieces(const T* array, std::uint64_t size) {
    return reinterpret_cast<std::uintptr_t>(array) % 16 == 0 ? static_cast<std::uint32_t>(size / tile_size) : 0;
}

/// Brings the rows of a tile into shared memory, asynchronously, each warp those of its own threads; rows beyond the end
/// are 0.
template <class T>
__device__ inline void load_rows(T* to, const T* x, std::uint64_t size, std::uint32_t tile, std::uint32_t in_pieces) {
    const unsigned begin = warp_index() * rows_of_warp;
    const std::uint64_t first = std::uint64_t{tile} * tile_size;
    if (tile < in_pieces) {
        const unsigned mine = begin + lane_index() * rows_of_piece<T>;
        const T* const from = x + mine + first;
#pragma unroll
        for (unsigned i = 0; i < rows_of_warp; i += warp_size * rows_of_piece<T>)
            copy_to_shared<16>(to + row_place<T>(mine + i), from + i);
        return;
    }
#pragma unroll 1
    for (unsigned i = begin + lane_index(); i < begin + rows_of_warp; i += warp_size) {
        if (first + i < size) copy_to_shared<sizeof(T)>(to + row_place<T>(i), x + first + i);
        else to[row_place<T>(i)] = T(0);
    }
}

/// The rows of this warp's threads, which they have left in shared memory, to out.
template <class T>
__device__ inline void store_rows(const T* from, T* out, std::uint64_t size, std::uint32_t tile,
                                  std::uint32_t in_pieces) {
    const unsigned begin = warp_index() * rows_of_warp;
    const std::uint64_t first = std::uint64_t{tile} * tile_size;
    synchronize_warp();
    if (tile < in_pieces) {
        const unsigned mine = begin + lane_index() * rows_of_piece<T>;
        T* const to = out + mine + first;
#pragma unroll
        for (unsigned i = 0; i < rows_of_warp; i += warp_size * rows_of_piece<T>)
            store_vector(to + i, load_vector_written(from + row_place<T>(mine + i)));
    } else {
#pragma unroll 1
        for (unsigned i = begin + lane_index(); i < begin + rows_of_warp && first + i < size; i += warp_size)
            out[first + i] = from[row_place<T>(i)];
    }
    synchronize_warp(); // the place is free
}

/// Kogge and Stone over groups of 8 lanes.
template <class Rule, class Item>
__device__ inline Item scan_of_lanes(const Rule& rule, std::size_t level, Item item) {
    const unsigned k = lane_index() % group_rows;
#pragma unroll
    for (unsigned d = 1; d < group_rows; d *= 2) {
        const Item joined = rule.join(level, d, shuffle_up(item, d), item);
        item = k >= d ? joined : item;
    }
    return item;
}

/// What lies before a thread's group within the tile: an item of each level above the rows.
template <class Item>
struct items_before {
    Item of_level_1, of_level_2, of_level_3;

    /// u before the group, where `before` is u before the tile.
    template <class Rule, class Number>
    __device__ Number carry(const Rule& rule, Number before) const {
        const unsigned thread = thread_index(), k_3 = thread / (group_rows * group_rows),
                       k_2 = thread / group_rows % group_rows, k_1 = thread % group_rows;
        Number u = before;
        if (k_3 > 0) u = rule.carry(3, k_3, u, of_level_3);
        if (k_2 > 0) u = rule.carry(2, k_2, u, of_level_2);
        if (k_1 > 0) u = rule.carry(1, k_1, u, of_level_1);
        return u;
    }
};

/// The items above the rows of a tile, each with those of its group before it, while the carry is under way.
template <class T>
struct items_of_tile {
    T of_level_1[recurrence_threads], of_level_2[items_of_level_2], of_level_3[group_rows];

    __device__ items_before<device_number<T>> before() const {
        using N = device_number<T>;
        const unsigned thread = thread_index(), item_2 = thread / group_rows, item_3 = item_2 / group_rows;
        return {N(of_level_1[thread == 0 ? 0 : thread - 1]), N(of_level_2[item_2 == 0 ? 0 : item_2 - 1]),
                N(of_level_3[item_3 == 0 ? 0 : item_3 - 1])};
    }
};

/// The tree over the rows of a tile, as in serial's tile: this thread's group of level 0, and of the levels above what
/// its warp needs. Level 3 and all of level 2 are computed by every warp, which costs less than a barrier.
template <class Rule, class T>
class tile_of_block {
public:
    using N = device_number<T>;
    using item = typename Rule::template item<N>;

    item rows[group_rows]; // of the group, each with all before it

    /// Up. `shared` has room for the items of level 2 and is in use until the next barrier after this.
    __device__ tile_of_block(const Rule& rule, const item (&own)[group_rows], item* shared) {
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) rows[j] = own[j];
#pragma unroll
        for (unsigned d = 1; d < group_rows; d *= 2)
#pragma unroll
            for (unsigned k = group_rows; k-- > d;) rows[k] = rule.join(0, d, rows[k - d], rows[k]);
        level_1_ = scan_of_lanes(rule, 1, rows[group_rows - 1]);
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

    /// Behind the next barrier all threads find these.
    __device__ void leave(items_of_tile<T>& shared) const {
        shared.of_level_1[thread_index()] = level_1_.value;
        if (warp_index() % (recurrence_threads / warp_size / 2) == 0)
            shared.of_level_2[(warp_index() == 0 ? 0 : warp_size) + lane_index()] = level_2_.value;
        if (thread_index() < group_rows) shared.of_level_3[thread_index()] = level_3_.value;
    }
    __device__ items_before<item> before() const {
        const unsigned item_2 = thread_index() / group_rows, k_3 = item_2 / group_rows;
        return {shuffle_up(level_1_, 1), shuffle(level_2_, (item_2 + warp_size - 1) % warp_size),
                shuffle(level_3_, (k_3 + group_rows - 1) % group_rows)};
    }

private:
    item level_1_, level_2_, level_3_;
};

} // namespace lanes::device
