// cuda/window.cuh: sums over windows on the device: which kernel serves a width.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>
#include <cuda/window_far.cuh>
#include <cuda/window_narrow.cuh>
#include <cuda/window_wide.cuh>

namespace lanes::device {

/// Blocks of the walking kernel that a multiprocessor holds at a time.
template <class Operation, class T>
unsigned wide_blocks(std::uint64_t width, std::size_t shared_bytes) {
    constexpr std::size_t of_system = 1 << 10; // of each block; a multiprocessor has that of one more
    const std::size_t blocks = (shared_bytes + of_system) / (wide_shared_bytes<Operation, T>(width) + of_system);
    return static_cast<unsigned>(std::min<std::size_t>(blocks, wide_residents<T>));
}

/// out[j] = the window that ends at begin + j, which may lie outside of x.
template <class Operation, class T, class Allocate>
void windows(const place<Allocate>& where, const Operation& operation, std::uint64_t width, const T* x,
             std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    if (results == 0) return;
    const window_finish<Operation, T> finish(operation, width, size);
    if (width <= chunk_size) {
        const auto narrow = static_cast<unsigned>(width);
        const std::uint64_t ends = narrow_tile(narrow),
                            blocks = (static_cast<std::uint64_t>(results) + ends - 1) / ends;
        return launch({blocks, window_threads, sizeof(narrow_shared<T, Operation::skips>)}, where.stream,
                      narrow_windows<Operation, T>, finish, narrow, x, size, begin, out, results);
    }
    if (width <= widest_in_shared_memory && wide_shared_bytes<Operation, T>(width) <= where.shared_bytes) {
        constexpr std::int64_t tile = window_tile;
        const std::int64_t first_tile = (begin >= 0 ? begin : begin - (tile - 1)) / tile, last = begin + results - 1,
                           last_tile = (last >= 0 ? last : last - (tile - 1)) / tile;
        const std::int64_t tiles = last_tile - first_tile + 1;
        const std::int64_t at_once =
            std::int64_t{where.multiprocessors} * wide_blocks<Operation, T>(width, where.shared_bytes);
        const std::int64_t of_block = (tiles + at_once - 1) / at_once;
        const auto blocks = static_cast<std::uint64_t>((tiles + of_block - 1) / of_block);
        return launch({blocks, window_threads, wide_shared_bytes<Operation, T>(width)}, where.stream,
                      wide_windows<Operation, T>, finish, x, size, begin, out, results, of_block);
    }

    // Sums of whole chunks: totals, then windows of two widths over them.
    const std::size_t chunks = chunk_count(static_cast<std::size_t>(size));
    const wide_window window(width);
    const std::int64_t chunk = chunk_of(begin), sums = chunk_of(begin + results - 1) - chunk + 1;
    const std::size_t count_bytes = Operation::skips ? sizeof(double) : 0;
    const auto totals = where.allocate(chunks * (sizeof(T) + count_bytes) + 8);
    const auto moving = where.allocate(2 * static_cast<std::size_t>(sums) * (sizeof(T) + count_bytes));
    double* const counts = static_cast<double*>(totals.data());
    T* const totals_of_x = reinterpret_cast<T*>(counts + (Operation::skips ? chunks : 0));
    double* const moving_counts = static_cast<double*>(moving.data());
    T* const moving_totals = reinterpret_cast<T*>(moving_counts + (Operation::skips ? 2 * sums : 0));
    const auto tiles = (static_cast<std::uint64_t>(size) + window_tile - 1) / window_tile;
    launch({tiles, window_threads, sizeof(totals_shared<T>)}, where.stream, totals_of_chunks<Operation, T>, x, size,
           totals_of_x, counts);
    const auto of_totals = [&]<class U>(const U* of, U* to) {
        const auto count = static_cast<std::int64_t>(chunks);
        windows(where, window_sum{}, window.whole - 1, of, count, chunk - 1, to, sums);
        windows(where, window_sum{}, window.whole, of, count, chunk - 1, to + sums, sums);
        return sums_of_chunks<U>{to, to + sums};
    };
    const auto sums_of_x = of_totals(totals_of_x, moving_totals);
    sums_of_chunks<double> sums_of_counts{};
    if constexpr (Operation::skips) sums_of_counts = of_totals(counts, moving_counts);
    const auto blocks = (static_cast<std::uint64_t>(sums) + far_chunks - 1) / far_chunks;
    launch({blocks, window_threads, sizeof(far_shared<T>)}, where.stream, far_windows<Operation, T>, finish, x, size,
           begin, out, results, sums_of_x, sums_of_counts);
}

} // namespace lanes::device
