// cuda/window_far.cuh: windows of any width above 64: the sums of whole chunks come from memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/window_tile.cuh>

namespace lanes::device {

/// Ends of a tile: one chunk fewer than a tile of elements, which the windows' starts, at any offset, take up.
inline constexpr unsigned far_tile = window_tile - chunk_size, far_chunks = far_tile / chunk_size;

template <class T>
struct totals_shared {
    T tile[placed(window_tile)];
};

/// totals[c] = the sum of chunk c of x; and how many of its elements are present.
template <class Operation, class T>
__global__ void __launch_bounds__(window_threads)
    totals_of_chunks(const T* x, std::int64_t size, T* totals, double* counts) {
    using N = device_number<T>;
    auto& shared = shared_memory<totals_shared<T>>();
    const std::int64_t first = static_cast<std::int64_t>(block_index()) * window_tile;
    load_tile<window_tile>(shared.tile, x, size, first);
    end_copies();
    wait_for_copies<0>();
    synchronize_block();
    const unsigned thread = thread_index();
    N own[window_group];
    unsigned count = 0;
    for (unsigned j = 0; j < window_group; ++j) {
        const N value(shared.tile[9 * thread + j]);
        own[j] = Operation::element(value);
        if constexpr (Operation::skips) count += first + 8 * thread + j < size && lanes::is_present(value);
    }
    const chunk_scan_of_thread<T> scan(own);
    for (unsigned bits = 1; bits < window_group; bits *= 2) count += shuffle_xor(count, bits);
    const std::int64_t chunk = first / static_cast<std::int64_t>(chunk_size) + thread / window_group;
    if (thread % window_group == window_group - 1 && chunk * static_cast<std::int64_t>(chunk_size) < size) {
        totals[chunk] = scan.total.value;
        if constexpr (Operation::skips) counts[chunk] = count;
    }
}

template <class T>
struct far_shared {
    T ends[placed(window_tile)], starts[placed(window_tile)];
    std::uint32_t words[2][window_tile / 32];
};

/// Sums over whole chunks: those that end before the first chunk of ends, and one further for each next.
template <class T>
struct sums_of_chunks {
    const T *fewer, *more;
};

/// out[j] = the window that ends at begin + j, whose first chunk of ends has the first of the sums.
template <class Operation, class T>
__global__ void __launch_bounds__(window_threads)
    far_windows(const __grid_constant__ window_finish<Operation, T> finish, const T* x, std::int64_t size,
                std::int64_t begin, T* out, std::int64_t results, sums_of_chunks<T> sums,
                sums_of_chunks<double> counts) {
    using N = device_number<T>;
    auto& shared = shared_memory<far_shared<T>>();
    const std::uint64_t width = finish.width;
    constexpr auto chunk = static_cast<std::int64_t>(chunk_size);
    const unsigned thread = thread_index();
    const std::int64_t first = chunk_of(begin) * chunk + static_cast<std::int64_t>(block_index()) * far_tile;
    const std::int64_t first_start = first - static_cast<std::int64_t>(width - 1);
    const std::int64_t first_of_starts = chunk_of(first_start) * chunk;
    load_tile<window_tile>(shared.ends, x, size, first);
    load_tile<window_tile>(shared.starts, x, size, first_of_starts);
    end_copies();
    wait_for_copies<0>();
    synchronize_block();

    const auto bits_of = [&](const T* tile, std::int64_t at, unsigned of_ends) {
        unsigned bits = 0;
        for (unsigned j = 0; j < window_group; ++j) {
            const std::int64_t position = at + 8 * thread + j;
            if constexpr (Operation::skips)
                if (position >= 0 && position < size && lanes::is_present(N(tile[9 * thread + j]))) bits |= 1u << j;
        }
        for (unsigned distance = 1; distance < 4; distance *= 2) bits |= shuffle_down(bits, distance) << (8 * distance);
        if (thread % 4 == 0) shared.words[of_ends][thread / 4] = bits;
    };
    if constexpr (Operation::skips) {
        bits_of(shared.starts, first_of_starts, 0);
        bits_of(shared.ends, first, 1);
    }
    N own[window_group];
    for (unsigned j = 0; j < window_group; ++j) own[j] = Operation::element(N(shared.starts[9 * thread + j]));
    const chunk_scan_of_thread<T> starts(own);
    for (unsigned j = 0; j < window_group; ++j) shared.starts[9 * thread + j] = starts.suffix[j].value;
    for (unsigned j = 0; j < window_group; ++j) own[j] = Operation::element(N(shared.ends[9 * thread + j]));
    const chunk_scan_of_thread<T> ends(own);
    synchronize_block();

    const wide_window window(width);
    const unsigned shift = static_cast<unsigned>(first_start - first_of_starts);
    const std::uint64_t c = block_index() * far_chunks + thread / window_group;
    if (thread < far_tile / window_group && first + 8 * static_cast<std::int64_t>(thread) < begin + results) {
        const N fewer(sums.fewer[c]), more(sums.more[c]);
        N sum[window_group];
#pragma unroll
        for (unsigned j = 0; j < window_group; ++j) {
            const unsigned end = 8 * thread + j;
            sum[j] = (N(shared.starts[placed(end + shift)]) + (end % chunk_size < window.rest ? more : fewer)) +
                     ends.prefix[j];
        }
        finish(sum, finish.are_full(first, first + far_tile - 1), first + 8 * thread, [&](unsigned j) -> std::uint64_t {
            const auto among = [&](unsigned tile, unsigned from, unsigned to) { // of one chunk
                unsigned present = 0;
                for (unsigned w = from / 32; w <= to / 32; ++w) {
                    const std::uint32_t behind = w == from / 32 ? 0xffffffffu << from % 32 : 0xffffffffu;
                    const std::uint32_t up_to = w == to / 32 ? 0xffffffffu >> (31 - to % 32) : 0xffffffffu;
                    present += bit_count(shared.words[tile][w] & behind & up_to);
                }
                return present;
            };
            const unsigned end = 8 * thread + j, start = end + shift, r = end % chunk_size;
            return among(0, start, start | (chunk_size - 1)) + among(1, end - r, end) +
                   static_cast<std::uint64_t>(r < window.rest ? counts.more[c] : counts.fewer[c]);
        });
#pragma unroll
        for (unsigned j = 0; j < window_group; ++j) shared.ends[9 * thread + j] = sum[j].value;
    }
    synchronize_block();
    store_tile(shared.ends, far_tile, out, results, begin, first);
}

} // namespace lanes::device
