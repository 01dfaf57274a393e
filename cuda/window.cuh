// cuda/window.cuh: sums over windows on the device: which kernel serves a width.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>
#include <cuda/window_far.cuh>
#include <cuda/window_narrow.cuh>
#include <cuda/window_wide.cuh>

#include <type_traits>

namespace lanes::device {

/// How the kernels are built for elements of a type; windows of up to `few` elements by the first one. Speeds of a mean
/// against that of a copy on the device (H200, 2^27 elements): float, width 5: 1.00 where lanes load, 0.88 by copies; width
/// 24: 0.90 and 0.97; width 50: 0.88 with blocks of 128 threads, 0.83 with 256; width 2000: 0.87 with 128 threads of 16
/// elements, 0.80 with 256 of 8. Double, widths 5, 50 and 64: 0.99, 0.88 and 0.92 with blocks of 128 threads, 1.00, 0.86 and
/// 0.83 with 256.
template <class T>
using few_plan_of = std::conditional_t<sizeof(T) == 4, narrow_plan<256, 8, false, 5>, narrow_plan<128, 8, true, 8>>;
template <class T>
using narrow_plan_of = std::conditional_t<sizeof(T) == 4, narrow_plan<128, 16, true, 8>, narrow_plan<128, 8, true, 8>>;
template <class T>
using wide_plan_of = std::conditional_t<sizeof(T) == 4, wide_plan<128, 16, 4>, wide_plan<256, 8, 2>>;
inline constexpr std::uint64_t few = 23;

/// out[j] = the window that ends at begin + j, which may lie outside of x.
template <class Operation, class T, class Allocate>
void windows(const place<Allocate>& where, const Operation& operation, std::uint64_t width, const T* x,
             std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    if (results == 0) return;
    const window_finish<Operation, T> finish(operation, width, size);
    if (width <= few) return start_narrow_windows<few_plan_of<T>>(where, finish, x, size, begin, out, results);
    if (width <= chunk_size)
        return start_narrow_windows<narrow_plan_of<T>>(where, finish, x, size, begin, out, results);
    if (has_wide_windows<wide_plan_of<T>, Operation, T>(where, width))
        return start_wide_windows<wide_plan_of<T>>(where, finish, x, size, begin, out, results);

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
