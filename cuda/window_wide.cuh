// cuda/window_wide.cuh: windows of 65 to 4160 elements: a block walks along the array and remembers suffixes and totals.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/window_tile.cuh>

#include <algorithm>

namespace lanes::device {

inline constexpr unsigned chunks_of_tile = window_tile / chunk_size, remembered_chunks = 128, levels_of_totals = 7;
static_assert(chunks_of_tile == warp_size, "one warp sums the totals of a tile, a lane per chunk");

/// Widest window of this kernel: its whole chunks are summed by doubling.
inline constexpr std::uint64_t widest_in_shared_memory = 64 * chunk_size + chunk_size;

/// Blocks that a multiprocessor holds at a time, as far as registers (at most 48 and 80 a thread) go.
template <class T>
inline constexpr unsigned wide_residents = sizeof(T) == 4 ? 5 : 3;

/// Room behind the ring for a copy of its first group, so that 8 elements from anywhere on lie in a row.
inline constexpr unsigned ring_margin = 16;

/// Shared memory but for the rings behind it.
template <class T>
struct wide_shared {
    T tiles[2][placed(window_tile)];
    T levels[levels_of_totals][remembered_chunks]; // sums of 2^k totals that end at a chunk
    T fewer[remembered_chunks], more[remembered_chunks];
    std::uint32_t count; // of the elements present so far
    std::uint32_t padding[31];
};

/// Tiles that a window reaches back, from its tile on.
__host__ __device__ constexpr unsigned tiles_of_ring(std::uint64_t width) {
    return 1 + static_cast<unsigned>((width + chunk_size - 2 + window_tile - 1) / window_tile);
}
template <class Operation, class T>
constexpr std::size_t wide_shared_bytes(std::uint64_t width) {
    const std::size_t ring = (std::size_t{tiles_of_ring(width)} * placed(window_tile) + ring_margin) * sizeof(T);
    const std::size_t words = std::size_t{tiles_of_ring(width)} * (window_tile / 32) * 2 * sizeof(std::uint32_t);
    return sizeof(wide_shared<T>) + ring + (Operation::skips ? words : 0);
}

/// The sums of the last whole - 1 and the last `whole` totals, for the chunks of a tile. By one warp.
template <class T>
__device__ inline void sums_of_totals(wide_shared<T>& shared, std::int64_t first_chunk, unsigned whole) {
    using N = device_number<T>;
    const auto place = [chunk = static_cast<unsigned>(first_chunk) + lane_index()](unsigned back) {
        return (chunk - back) % remembered_chunks;
    };
    for (unsigned k = 0; k + 1 < levels_of_totals && (whole >> (k + 1)) != 0; ++k) {
        const N sum = N(shared.levels[k][place(1u << k)]) + N(shared.levels[k][place(0)]);
        shared.levels[k + 1][place(0)] = sum.value;
        synchronize_warp();
    }
    // What both sums are made of is read first: a warp that others wait for should wait for memory once.
    T of_fewer[levels_of_totals], of_more[levels_of_totals];
#pragma unroll
    for (unsigned k = 0; k < levels_of_totals; ++k) { // behind the pieces for the lower bits
        of_fewer[k] = shared.levels[k][place((whole - 1) & ((1u << k) - 1))];
        of_more[k] = shared.levels[k][place(whole & ((1u << k) - 1))];
    }
    N fewer(T(-0.0)), more(T(-0.0));
#pragma unroll
    for (unsigned k = 0; k < levels_of_totals; ++k) {
        if (((whole - 1) >> k & 1) != 0) fewer = N(of_fewer[k]) + fewer;
        if ((whole >> k & 1) != 0) more = N(of_more[k]) + more;
    }
    shared.fewer[place(0)] = fewer.value;
    shared.more[place(0)] = more.value;
}

/// out[j] = the window that ends at begin + j, 65 <= width <= 4160. Block b computes the ends in `tiles_of_block` tiles
/// from tile first_tile + b tiles_of_block on; the tiles before that a window reaches are computed once more.
template <class Operation, class T>
__global__ void __launch_bounds__(window_threads, wide_residents<T>)
    wide_windows(const __grid_constant__ window_finish<Operation, T> finish, const T* x, std::int64_t size,
                 std::int64_t begin, T* out, std::int64_t results, std::int64_t tiles_of_block) {
    using N = device_number<T>;
    auto& shared = shared_memory<wide_shared<T>>();
    const std::uint64_t width = finish.width;
    const unsigned slots = tiles_of_ring(width), groups_of_ring = slots * window_threads, thread = thread_index();
    T* const ring = reinterpret_cast<T*>(&shared + 1);
    [[maybe_unused]] auto* const words =
        reinterpret_cast<std::uint32_t*>(ring + slots * placed(window_tile) + ring_margin);
    [[maybe_unused]] const presence present{words, words + slots * (window_tile / 32)};
    const wide_window window(width);

    // Tiles are counted from element 0 of x: ends may lie before it in the sums over totals of other kernels.
    const std::int64_t start = (begin >= 0 ? begin : begin - (window_tile - 1)) / window_tile +
                               static_cast<std::int64_t>(block_index()) * tiles_of_block;
    const std::int64_t last_end = begin + results - 1;
    std::int64_t stop = (last_end >= 0 ? last_end : last_end - (window_tile - 1)) / window_tile + 1;
    if (start + tiles_of_block < stop) stop = start + tiles_of_block;
    if (start >= stop) return;

    for (unsigned i = thread; i < slots * placed(window_tile) + ring_margin; i += window_threads) ring[i] = T(-0.0);
    for (unsigned i = thread; i < levels_of_totals * remembered_chunks; i += window_threads)
        shared.levels[i / remembered_chunks][i % remembered_chunks] = T(-0.0);
    for (unsigned i = thread; i < remembered_chunks; i += window_threads) shared.fewer[i] = shared.more[i] = T(-0.0);
    if constexpr (Operation::skips) {
        if (thread == 0) shared.count = 0;
        for (unsigned i = thread; i < slots * (window_tile / 32); i += window_threads)
            present.words[i] = present.before[i] = 0;
    }

    // Where the window of this thread's first end starts: group and element in the ring, from the tile's own slot on.
    const unsigned back = static_cast<unsigned>(width - 1);
    const unsigned groups_back = (back + window_group - 1) / window_group, in_group = groups_back * window_group - back;

    unsigned place_of[window_group]; // of the 8 elements of a start, from the group on that it lies in
#pragma unroll
    for (unsigned j = 0; j < window_group; ++j) place_of[j] = placed(in_group + j);

    // The loop counts tiles from the first one on that it computes, with numbers of 32 bits.
    const std::int64_t warm = start - static_cast<std::int64_t>(slots - 1);
    const auto from_warm_on = [warm](std::int64_t tile) {
        const std::int64_t step = tile - warm;
        return static_cast<unsigned>(step < 0 ? 0 : step > 0x7fffffff ? 0x7fffffff : step);
    };
    const unsigned steps = from_warm_on(stop);
    const unsigned whole_from = from_warm_on(0), whole_until = from_warm_on(size / window_tile);
    const auto load = [&](unsigned step) {
        T* const to = shared.tiles[step % 2];
        const std::int64_t first = (warm + step) * window_tile;
        if (step >= whole_from && step < whole_until) load_whole_tile<window_tile>(to, x + first);
        else if (step < steps) load_tile<window_tile>(to, x, size, first);
        end_copies();
    };
    load(0);
    load(1);
    for (unsigned step = 0, slot = 0; step < steps; ++step, slot = slot + 1 == slots ? 0 : slot + 1) {
        T* const elements = shared.tiles[step % 2];
        const std::int64_t tile = warm + step, first = tile * window_tile;
        wait_for_copies<1>();
        synchronize_block();

        N own[window_group];
        [[maybe_unused]] unsigned bits = 0;
#pragma unroll
        for (unsigned j = 0; j < window_group; ++j) {
            const N value(elements[9 * thread + j]);
            own[j] = Operation::element(value);
            if constexpr (Operation::skips) {
                const std::int64_t position = first + 8 * thread + j;
                if (position >= 0 && position < size && lanes::is_present(value)) bits |= 1u << j;
            }
        }
        const chunk_scan_of_thread<T> scan(own);
        T* const ring_tile = ring + slot * placed(window_tile);
#pragma unroll
        for (unsigned j = 0; j < window_group; ++j) ring_tile[9 * thread + j] = scan.suffix[j].value;
        if (slot == 0 && thread == 0)
#pragma unroll
            for (unsigned j = 0; j < window_group; ++j) ring[9 * groups_of_ring + j] = scan.suffix[j].value;
        const std::int64_t first_chunk = tile * chunks_of_tile;
        const unsigned chunk = static_cast<unsigned>(first_chunk) + thread / window_group;
        if (thread % window_group == window_group - 1) shared.levels[0][chunk % remembered_chunks] = scan.total.value;
        if constexpr (Operation::skips) {
            for (unsigned distance = 1; distance < 4; distance *= 2)
                bits |= shuffle_down(bits, distance) << (8 * distance); // lane 4 k has the bits of 4 lanes
            if (thread % 4 == 0) present.words[slot * (window_tile / 32) + thread / 4] = bits;
        }
        synchronize_block();
        if (warp_index() == 0) sums_of_totals(shared, first_chunk, static_cast<unsigned>(window.whole));
        if constexpr (Operation::skips) {
            if (thread == window_threads - 1) {
                std::uint32_t count = shared.count;
                for (unsigned w = slot * (window_tile / 32); w < (slot + 1) * (window_tile / 32); ++w) {
                    present.before[w] = count;
                    for (std::uint32_t rest = present.words[w]; rest != 0; rest &= rest - 1) ++count;
                }
                shared.count = count;
            }
        }
        synchronize_block();

        if (step >= slots - 1) {
            const N fewer(shared.fewer[(chunk - 1) % remembered_chunks]),
                more(shared.more[(chunk - 1) % remembered_chunks]);
            unsigned group = slot * window_threads + thread;
            group = group >= groups_back ? group - groups_back : group + groups_of_ring - groups_back;
            const T* const starts = ring + 9 * group;
            // Windows that end at the first `early` elements of this thread's group hold one chunk more.
            const int early = static_cast<int>(window.rest) - static_cast<int>(thread % window_group * window_group);
            N sum[window_group];
#pragma unroll
            for (unsigned j = 0; j < window_group; ++j) {
                const N suffix(starts[place_of[j]]);
                sum[j] = (suffix + (static_cast<int>(j) < early ? more : fewer)) + scan.prefix[j];
            }
            finish(sum, finish.are_full(first, first + window_tile - 1), first + 8 * thread,
                   [&](unsigned j) -> std::uint64_t {
                       const unsigned end = slot * window_tile + 8 * thread + j, all = slots * window_tile;
                       const unsigned reach = static_cast<unsigned>(width);
                       return present.up_to(end) - present.up_to(end >= reach ? end - reach : end + all - reach);
                   });
#pragma unroll
            for (unsigned j = 0; j < window_group; ++j) elements[9 * thread + j] = sum[j].value;
            synchronize_block();
            store_tile(elements, window_tile, out, results, begin, first);
            synchronize_block();
        }
        load(step + 2);
    }
    wait_for_copies<0>();
}

} // namespace lanes::device
