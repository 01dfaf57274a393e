// cuda/window_tile.cuh: what the kernels of windows share: tiles in shared memory, chunk scans, counts, and results.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <lanes/core/windows.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace lanes::device {

/// Elements of a thread: a group of a chunk. A block has `window_threads`, and a tile is what they hold.
inline constexpr unsigned window_group = chunk_group, window_threads = 256, window_tile = window_group * window_threads;

/// Position of element i of a tile: one place in nine stays free, so that the groups of a warp's threads start in
/// different banks, and element k of each is at 9 thread + constant.
__host__ __device__ constexpr unsigned placed(unsigned i) {
    return i + i / window_group;
}

/// Brings `count` elements into shared memory, asynchronously. One by one, since x need not be aligned: a warp still asks
/// for 128 or 256 bytes in a row.
template <unsigned count, class T>
__device__ inline void load_whole_tile(T* tile, const T* first) {
    const unsigned thread = thread_index();
    T* const to = tile + placed(thread);
    const T* const from = first + thread;
#pragma unroll
    for (unsigned i = 0; i < count; i += window_threads)
        if (i + window_threads <= count || thread + i < count) copy_to_shared<sizeof(T)>(to + placed(i), from + i);
}

/// The elements first ... first + count - 1 of x where they exist, -0 elsewhere.
template <unsigned count, class T>
__device__ inline void load_tile(T* tile, const T* x, std::int64_t size, std::int64_t first) {
    if (first >= 0 && first + static_cast<std::int64_t>(count) <= size) return load_whole_tile<count>(tile, x + first);
#pragma unroll 1
    for (unsigned i = thread_index(); i < count; i += window_threads) {
        const std::int64_t position = first + i;
        if (position >= 0 && position < size) copy_to_shared<sizeof(T)>(tile + placed(i), x + position);
        else tile[placed(i)] = T(-0.0);
    }
}

/// `count` results, at most those of all threads, to out.
template <class T>
__device__ inline void store_whole_tile(const T* tile, unsigned count, T* out) {
    const unsigned thread = thread_index();
    const T* const from = tile + placed(thread);
    T* const to = out + thread;
#pragma unroll
    for (unsigned k = 0; k < window_group; ++k) {
        const unsigned i = k * window_threads;
        if (thread + i < count) to[i] = from[placed(i)];
    }
}

/// Results of the ends first ... first + count - 1 to out, as far as these are among `size` results from end `begin` on.
template <class T>
__device__ inline void store_tile(const T* tile, unsigned count, T* out, std::int64_t size, std::int64_t begin,
                                  std::int64_t first) {
    const std::int64_t offset = first - begin;
    if (offset >= 0 && offset + static_cast<std::int64_t>(count) <= size)
        return store_whole_tile(tile, count, out + offset);
#pragma unroll 1
    for (unsigned i = thread_index(); i < count; i += window_threads)
        if (offset + i >= 0 && offset + i < size) out[offset + i] = tile[placed(i)];
}

/// Which elements of some words of 32 positions are present, and how many are before each word.
struct presence {
    std::uint32_t* words;
    std::uint32_t* before;

    /// Elements present among the first p + 1.
    __device__ std::uint32_t up_to(unsigned p) const {
        return before[p / 32] + bit_count(words[p / 32] & (0xffffffffu >> (31 - p % 32)));
    }
};

/// The elements of a thread, one group or two, as prefixes and suffixes of its groups and then of its chunk, which
/// neighbouring threads hold. The order of serial's chunk_scan.
template <class T, unsigned count = window_group>
struct chunk_scan_of_thread {
    using N = device_number<T>;
    static constexpr unsigned G = window_group, groups = count / G, lanes = static_cast<unsigned>(chunk_size) / count;
    N prefix[count], suffix[count];
    N total; // of the chunk, in the last of its threads

    __device__ explicit chunk_scan_of_thread(const N (&elements)[count]) {
        const unsigned lane = lane_index() % lanes;
#pragma unroll
        for (unsigned j = 0; j < count; ++j) prefix[j] = suffix[j] = elements[j];
#pragma unroll
        for (unsigned step = 1; step < G; step *= 2)
#pragma unroll
            for (unsigned g = 0; g < count; g += G) {
#pragma unroll
                for (unsigned j = G; j-- > step;) prefix[g + j] = prefix[g + j - step] + prefix[g + j];
#pragma unroll
                for (unsigned j = 0; j + step < G; ++j) suffix[g + j] = suffix[g + j] + suffix[g + j + step];
            }
        N head[groups], tail[groups], earlier[groups], later[groups];
#pragma unroll
        for (unsigned g = 0; g < groups; ++g) head[g] = tail[g] = prefix[g * G + G - 1];
#pragma unroll
        for (unsigned step = 1; step < G; step *= 2) {
            neighbours(head, tail, step, earlier, later);
#pragma unroll
            for (unsigned g = 0; g < groups; ++g) {
                if (lane * groups + g >= step) head[g] = earlier[g] + head[g];
                if (lane * groups + g + step < G) tail[g] = tail[g] + later[g];
            }
        }
        total = head[groups - 1];
        neighbours(head, tail, 1, earlier, later);
#pragma unroll
        for (unsigned g = 0; g < groups; ++g)
#pragma unroll
            for (unsigned j = 0; j < G; ++j) {
                if (lane * groups + g > 0) prefix[g * G + j] = earlier[g] + prefix[g * G + j];
                if (lane * groups + g + 1 < G) suffix[g * G + j] = suffix[g * G + j] + later[g];
            }
    }

private:
    /// What the groups `step` before and behind have; anything where there is none.
    __device__ static void neighbours(const N (&head)[groups], const N (&tail)[groups], unsigned step,
                                      N (&earlier)[groups], N (&later)[groups]) {
#pragma unroll
        for (unsigned g = 0; g < groups; ++g) {
            const unsigned back = g >= step ? 0 : (step - g + groups - 1) / groups, of_back = g + back * groups - step;
            earlier[g] = back == 0 ? head[of_back] : shuffle_up(head[of_back], back);
            const unsigned on = (g + step) / groups, of_on = (g + step) % groups;
            later[g] = on == 0 ? tail[of_on] : shuffle_down(tail[of_on], on);
        }
    }
};

/// What turns sums of windows into results: known before a kernel starts.
template <class Operation, class T>
struct window_finish {
    Operation operation;
    std::uint64_t width;
    std::int64_t size;
    T minus_divisor, reciprocal;
    bool is_quick; // quotients by `width` may be computed by multiplications

    window_finish(const Operation& operation, std::uint64_t width, std::int64_t size)
        : operation(operation), width(width), size(size), minus_divisor(-static_cast<T>(width)),
          reciprocal(T(1) / static_cast<T>(width)), is_quick(false) {
        if constexpr (Operation::divides && !Operation::skips)
            is_quick = operation.least <= width && width < std::uint64_t{1} << (std::numeric_limits<T>::digits - 2);
    }

    /// Whether the windows that end at first ... last have all their elements.
    __device__ bool are_full(std::int64_t first, std::int64_t last) const {
        return first + 1 >= static_cast<std::int64_t>(width) && last < size;
    }

    /// The results of a thread's windows, which end at `end` and behind; count(j) are the present elements of window j,
    /// if the operation skips.
    template <unsigned windows, class Count>
    __device__ void operator()(device_number<T> (&sums)[windows], bool are_full, std::int64_t end,
                               const Count& count) const {
        if constexpr (Operation::skips) {
#pragma unroll
            for (unsigned j = 0; j < windows; ++j) sums[j] = operation.finish(sums[j], count(j));
        } else if constexpr (Operation::divides) {
            if (is_quick && are_full && divide_quickly(sums)) return;
#pragma unroll
            for (unsigned j = 0; j < windows; ++j) {
                const auto elements =
                    elements_in_window(static_cast<std::size_t>(end + j), width, static_cast<std::size_t>(size));
                sums[j] = operation.finish(sums[j], elements);
            }
        }
    }

private:
    /// sums / width with the bits of the division, by multiplications (Markstein, IBM J. Res. Dev. 34, 1990); false, and
    /// nothing done, unless the exponents of all quotients are in the middle half of all. backends/simd/window_finish.hpp
    /// says why that is right; there is no zero among these, so the residual may have either sign.
    template <unsigned windows>
    __device__ bool divide_quickly(device_number<T> (&sums)[windows]) const {
        using N = device_number<T>;
        using word = typename number<N>::word;
        constexpr word second_bit = word{1} << (8 * sizeof(T) - 2);
        word exponents = 0;
        N quotients[windows];
#pragma unroll
        for (unsigned j = 0; j < windows; ++j) {
            quotients[j] = sums[j] * N(reciprocal);
            exponents |= number<N>::bits(quotients[j]) - second_bit / 2;
        }
        if ((exponents & second_bit) != 0) return false;
#pragma unroll
        for (unsigned j = 0; j < windows; ++j) {
            const N residual = number<N>::fma(quotients[j], N(minus_divisor), sums[j]);
            sums[j] = number<N>::fma(residual, N(reciprocal), quotients[j]);
        }
        return true;
    }
};

} // namespace lanes::device
