// cuda/window_narrow.cuh: windows of at most 64 elements: one tile and the elements before it, all sums in registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/window_tile.cuh>

namespace lanes::device {

/// Elements before a tile's first end that its threads may read.
inline constexpr unsigned narrow_halo = 80;

/// Threads at the start of a warp whose groups only serve those behind them: whole groups of a window but one.
__host__ __device__ constexpr unsigned narrow_helpers(unsigned width) {
    return width < window_group ? 0 : width / window_group - 1;
}
/// Ends of a tile.
__host__ __device__ constexpr unsigned narrow_tile(unsigned width) {
    return (warp_size - narrow_helpers(width)) * (window_threads / warp_size) * window_group;
}

/// Sums of the windows that end at the 8 elements of a thread, of `low` + 8 `groups` elements: by doubling, the set bits
/// of the width from low to high, as serial does. `own` is the thread's first element. Sums of 1, 2, 4 and 8 elements
/// are formed in registers; those of 8 end `low` before the window, so that all longer ones are other threads' sums of
/// the same place.
template <unsigned low, class Operation, class T>
__device__ inline void narrow_sums(const T* own, unsigned groups, device_number<T> (&sum)[window_group]) {
    using N = device_number<T>;
    constexpr unsigned before = low + 7, count = before + window_group;
    N one[count], two[count], four[count];
#pragma unroll
    for (unsigned k = 0; k < count; ++k) {
        constexpr unsigned shift = 16; // the place of element k - before, without a negative index
        one[k] =
            Operation::element(N(own[static_cast<int>(placed(shift + k - before)) - static_cast<int>(placed(shift))]));
    }
#pragma unroll
    for (unsigned k = 1; k < count; ++k) two[k] = one[k - 1] + one[k];
#pragma unroll
    for (unsigned k = 3; k < count; ++k) four[k] = two[k - 2] + two[k];
#pragma unroll
    for (unsigned j = 0; j < window_group; ++j) {
        constexpr unsigned at_two = low & 1, at_four = low & 3;
        sum[j] = N(T(-0.0));
        if constexpr ((low & 1) != 0) sum[j] = one[before + j] + sum[j];
        if constexpr ((low & 2) != 0) sum[j] = two[before + j - at_two] + sum[j];
        if constexpr ((low & 4) != 0) sum[j] = four[before + j - at_four] + sum[j];
    }
    if (groups == 0) return;
    N many[window_group];
#pragma unroll
    for (unsigned j = 0; j < window_group; ++j) many[j] = four[7 + j - 4] + four[7 + j];
    for (unsigned length = 1, offset = 0;; length *= 2) { // `many` are sums of 8 length elements
        if ((groups & length) != 0) {
#pragma unroll
            for (unsigned j = 0; j < window_group; ++j)
                sum[j] = (offset == 0 ? many[j] : shuffle_up(many[j], offset)) + sum[j];
            offset += length;
        }
        if (groups < 2 * length) break;
#pragma unroll
        for (unsigned j = 0; j < window_group; ++j) many[j] = shuffle_up(many[j], length) + many[j];
    }
}

template <class T, bool counts>
struct narrow_shared {
    T tile[placed(narrow_halo + window_tile)];
    std::uint32_t words[counts ? (narrow_halo + window_tile + 31) / 32 : 1],
        before[counts ? (narrow_halo + window_tile + 31) / 32 : 1];
};

/// out[j] = the window of `width` <= 64 that ends at begin + j.
template <class Operation, class T>
__global__ void __launch_bounds__(window_threads, 4)
    narrow_windows(const __grid_constant__ window_finish<Operation, T> finish, unsigned width, const T* x,
                   std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    using N = device_number<T>;
    auto& shared = shared_memory<narrow_shared<T, Operation::skips>>();
    const unsigned helpers = narrow_helpers(width), ends = narrow_tile(width);
    const std::int64_t first = begin + static_cast<std::int64_t>(block_index()) * ends;
    load_tile<narrow_halo + window_tile>(shared.tile, x, size, first - narrow_halo);
    end_copies();
    wait_for_copies<0>();
    synchronize_block();

    constexpr unsigned words = (narrow_halo + window_tile + 31) / 32;
    if constexpr (Operation::skips) {
        for (unsigned w = warp_index(); w < words; w += window_threads / warp_size) {
            const unsigned i = w * 32 + lane_index();
            const std::int64_t position = first - narrow_halo + i;
            const std::uint32_t bits = ballot(i < narrow_halo + window_tile && position >= 0 && position < size &&
                                              lanes::is_present(N(shared.tile[placed(i)])));
            if (lane_index() == 0) shared.words[w] = bits;
        }
        synchronize_block();
        if (thread_index() == 0)
            for (unsigned w = 0, count = 0; w < words; ++w) {
                shared.before[w] = count;
                for (std::uint32_t bits = shared.words[w]; bits != 0; bits &= bits - 1) ++count;
            }
        synchronize_block();
    }

    // The group of ends of this thread; those of the helpers belong to the warp before.
    const int group = static_cast<int>(warp_index() * (warp_size - helpers) + lane_index()) - static_cast<int>(helpers);
    const T* const own = shared.tile + (placed(narrow_halo) + 9 * group);
    N sum[window_group];
    const unsigned groups = width / window_group;
    switch (width % window_group) {
    case 0: narrow_sums<0, Operation>(own, groups, sum); break;
    case 1: narrow_sums<1, Operation>(own, groups, sum); break;
    case 2: narrow_sums<2, Operation>(own, groups, sum); break;
    case 3: narrow_sums<3, Operation>(own, groups, sum); break;
    case 4: narrow_sums<4, Operation>(own, groups, sum); break;
    case 5: narrow_sums<5, Operation>(own, groups, sum); break;
    case 6: narrow_sums<6, Operation>(own, groups, sum); break;
    default: narrow_sums<7, Operation>(own, groups, sum); break;
    }
    finish(sum, finish.are_full(first, first + ends - 1), first + 8 * group, [&](unsigned j) -> std::uint64_t {
        const int end = static_cast<int>(narrow_halo + j) + 8 * group;
        const presence present{shared.words, shared.before};
        if (lane_index() < helpers) return 1; // these have no results
        return present.up_to(static_cast<unsigned>(end)) - present.up_to(static_cast<unsigned>(end) - width);
    });
    synchronize_block();
    if (lane_index() >= helpers)
#pragma unroll
        for (unsigned j = 0; j < window_group; ++j) shared.tile[9 * group + static_cast<int>(j)] = sum[j].value;
    synchronize_block();
    store_tile(shared.tile, ends, out, results, begin, first);
}

} // namespace lanes::device
