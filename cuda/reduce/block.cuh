// cuda/reduce/block.cuh: one block of a reduction in the registers of one warp.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace lanes::device {

/// Virtual lanes that one thread of a warp holds: 16 bytes of each row, so that a row of a block is one load of a warp.
template <class T>
inline constexpr unsigned lanes_of_thread = lane_count<T> / warp_size;

/// The accumulators of `Count` virtual lanes.
template <class Number, std::size_t Sums, std::size_t Count>
using thread_sums = std::array<accumulators<Number, Sums>, Count>;

/// Lane l joined with lane l + half for half = 16, 8, ..., 1, where thread t holds lane t. All threads get the result.
template <class Lane, class Number, std::size_t Sums>
__device__ inline accumulators<Number, Sums> fold_threads(const Lane& lane, accumulators<Number, Sums> a,
                                                          unsigned highest, unsigned lowest) {
    for (unsigned bit = highest; bit >= lowest && bit != 0; bit /= 2) a = lane.fold(a, shuffle_xor(a, bit));
    return a;
}

/// How the virtual lanes lie in the threads where rows are loaded 16 bytes a thread: thread t holds lanes
/// t count ... t count + count - 1.
template <class T>
struct neighbours_in_thread {
    static constexpr unsigned count = lanes_of_thread<T>;
    __device__ static unsigned lane(unsigned thread, unsigned j) { return thread * count + j; }

    /// The upper half of the lanes lies in the threads 16 ... 31. Each pair of threads exchanges halves of what it has, so
    /// that nobody adds twice, until a thread has one lane left; what `half` would join across threads of other pairs
    /// comes last.
    template <class Lane, class Number, std::size_t Sums>
    __device__ static accumulators<Number, Sums> fold(const Lane& lane, const thread_sums<Number, Sums, count>& a) {
        if constexpr (count == 2) {
            const auto one = keep_half<16>(lane, a);
            return fold_threads(lane, fold_threads(lane, one[0], 8, 1), 16, 16);
        } else {
            const auto one = keep_half<8>(lane, keep_half<16>(lane, a));
            return fold_threads(lane, fold_threads(lane, one[0], 4, 1), 16, 8);
        }
    }

private:
    template <unsigned bit, class Lane, class Number, std::size_t Sums, std::size_t Count>
    __device__ static thread_sums<Number, Sums, Count / 2>
    keep_half(const Lane& lane, const std::array<accumulators<Number, Sums>, Count>& a) {
        const bool upper = (lane_index() & bit) != 0;
        thread_sums<Number, Sums, Count / 2> kept;
        for (unsigned j = 0; j < Count / 2; ++j) {
            const auto mine = upper ? a[j + Count / 2] : a[j], given = upper ? a[j] : a[j + Count / 2];
            kept[j] = lane.fold(mine, shuffle_xor(given, bit));
        }
        return kept;
    }
};

/// The same where they are loaded one element a thread, for addresses that are no multiples of 16: thread t holds lanes
/// t, t + 32, ...
template <class T>
struct neighbours_in_warp {
    static constexpr unsigned count = lanes_of_thread<T>;
    __device__ static unsigned lane(unsigned thread, unsigned j) { return thread + j * warp_size; }

    template <class Lane, class Number, std::size_t Sums>
    __device__ static accumulators<Number, Sums> fold(const Lane& lane, const thread_sums<Number, Sums, count>& a) {
        if constexpr (count == 2) return fold_threads(lane, lane.fold(a[0], a[1]), 16, 1);
        else return fold_threads(lane, lane.fold(lane.fold(a[0], a[2]), lane.fold(a[1], a[3])), 16, 1);
    }
};

/// Some rows of one array, 16 bytes of each in a thread.
template <class T, std::size_t Rows>
using rows_of = std::array<std::array<T, lanes_of_thread<T>>, Rows>;

/// Rows first, first + 1, ... of the block at `from`. Where it is not `Whole` it has `size` elements, and what lies past
/// its end is not read.
template <class Layout, bool Whole, std::size_t Rows, class T>
__device__ __forceinline__ void load_rows(const T* from, unsigned size, unsigned first, rows_of<T, Rows>& rows) {
    constexpr unsigned row = lane_count<T>;
#pragma unroll
    for (unsigned r = 0; r < Rows; ++r) {
        if constexpr (Whole && std::is_same_v<Layout, neighbours_in_thread<T>>) {
            const vector_of<T> loaded = load_vector(from + (first + r) * row + Layout::lane(lane_index(), 0));
#pragma unroll
            for (unsigned j = 0; j < Layout::count; ++j) rows[r][j] = loaded.items[j];
        } else {
#pragma unroll
            for (unsigned j = 0; j < Layout::count; ++j) {
                const unsigned i = (first + r) * row + Layout::lane(lane_index(), j);
                rows[r][j] = Whole || i < size ? from[i] : T(0);
            }
        }
    }
}

/// The accumulators after these rows. Lanes past the end of the block keep what they have.
template <class Layout, bool Whole, class Lane, class Number, std::size_t Sums, std::size_t Count, class T,
          std::size_t Rows, class... Others>
__device__ __forceinline__ void step_rows(const Lane& lane, thread_sums<Number, Sums, Count>& a, unsigned size,
                                          unsigned first, const rows_of<T, Rows>& rows, const Others&... others) {
    constexpr unsigned row = lane_count<T>;
#pragma unroll
    for (unsigned r = 0; r < Rows; ++r)
#pragma unroll
        for (unsigned j = 0; j < Layout::count; ++j)
            if (Whole || (first + r) * row + Layout::lane(lane_index(), j) < size)
                a[j] = lane.step(a[j], Number(rows[r][j]), Number(others[r][j])...);
}

/// A block of one array: all of it is loaded before anything is computed, 16 rows in flight a warp, and stays in
/// registers, so that what goes over it twice reads memory once.
template <class T, class Layout, bool Whole, std::size_t Inputs>
class block_of_warp {
public:
    __device__ block_of_warp(const std::array<const T*, Inputs>& data, unsigned size) : size_(size) {
        load_rows<Layout, Whole>(data[0], size, 0, rows_);
    }

    __device__ std::size_t size() const { return Whole ? block_size<T> : size_; }

    template <class Lane>
    __device__ auto accumulate(const Lane& lane) const {
        using Number = device_number<T>;
        thread_sums<Number, Lane::sums, Layout::count> a;
        for (auto& sums : a) sums = Lane::template start<Number>();
        step_rows<Layout, Whole>(lane, a, size_, 0, rows_);
        return Layout::fold(lane, a);
    }

private:
    unsigned size_;
    rows_of<T, row_count> rows_;
};

/// A block of two arrays, loaded in halves: registers hold no more than that.
template <class T, class Layout, bool Whole>
class block_of_warp<T, Layout, Whole, 2> {
public:
    __device__ block_of_warp(const std::array<const T*, 2>& data, unsigned size)
        : first_(data[0]), second_(data[1]), size_(size) {}

    __device__ std::size_t size() const { return Whole ? block_size<T> : size_; }

    template <class Lane>
    __device__ auto accumulate(const Lane& lane) const {
        using Number = device_number<T>;
        constexpr unsigned half = row_count / 2;
        thread_sums<Number, Lane::sums, Layout::count> a;
        for (auto& sums : a) sums = Lane::template start<Number>();
#pragma unroll
        for (unsigned row = 0; row < row_count; row += half) {
            rows_of<T, half> x, y;
            load_rows<Layout, Whole>(first_, size_, row, x);
            load_rows<Layout, Whole>(second_, size_, row, y);
            step_rows<Layout, Whole>(lane, a, size_, row, x, y);
        }
        return Layout::fold(lane, a);
    }

private:
    const T *first_, *second_;
    unsigned size_;
};

} // namespace lanes::device
