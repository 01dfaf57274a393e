// lanes/backends/threads/window.hpp: ranges of windows to the cores; each reads what its first windows reach back to.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/window.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace lanes {

/// Nanoseconds per byte of output on one core in its caches, of windows up to 64 elements and of wider ones (measured on a
/// Xeon with AVX-512: 0.05 to 0.06 at width 20, 0.13 double and 0.15 float at 1000). Parts of wide windows cost something
/// to start, so whether a call comes into question at all is asked with the lower one.
inline constexpr double window_cost = 0.05, wide_window_cost = 0.13;

template <class Arch>
template <class Operation, real T>
void threads_backend<Arch>::window(const Operation& operation, std::size_t width, std::span<const T> x,
                                   std::span<T> out) const {
    if (stays_here(out.size(), sizeof(T) * window_cost)) simd_backend<Arch>().window(operation, width, x, out);
    else window_in_parts(any_window(operation), width, x, out);
}

template <class Arch>
template <real T>
[[gnu::noinline]] void threads_backend<Arch>::window_in_parts(const any_window& operation, std::size_t width,
                                                              std::span<const T> x, std::span<T> out) const {
    const double cost = width <= chunk_size ? window_cost : wide_window_cost;
    const std::size_t workers = this->workers(static_cast<double>(out.size() * sizeof(T)) * cost);
    const bool streams = out.size_bytes() >= streamed_bytes;
    if (workers <= 1 || out.empty()) return window_part<Arch>(operation, width, x, out, streams);

    // Some 4 parts a worker even out cores that are slowed by others. They meet between chunks, so that none is scanned
    // twice.
    const std::size_t skipped = operation.first % chunk_size, chunks = chunk_count(skipped + out.size());
    const std::size_t parts = std::min(chunks, workers * 4);
    const auto for_each_range = [&](const auto& compute) {
        for_each_part(workers, parts, [&](std::size_t part) {
            const auto border = [&](std::size_t k) {
                const std::size_t position = chunks / parts * k + std::min(k, chunks % parts);
                return std::clamp(position * chunk_size, skipped, skipped + out.size()) - skipped;
            };
            const std::size_t begin = border(part), end = border(part + 1);
            any_window shifted = operation;
            shifted.first += begin;
            compute(shifted, out.subspan(begin, end - begin));
        });
    };
    if (wide_window(width).whole <= chunk_size) {
        for_each_range([&](const any_window& part, std::span<T> y) { window_part<Arch>(part, width, x, y, streams); });
        return;
    }
    // Windows that reach far back share the sums of chunks.
    sums_of_chunks<T> sums(x.size());
    const std::size_t all = sums.totals.size(), ranges = std::min(all, workers * 4);
    for_each_part(workers, ranges, [&](std::size_t range) {
        const auto border = [&](std::size_t k) { return all / ranges * k + std::min(k, all % ranges); };
        const std::size_t begin = border(range), end = border(range + 1);
        sum_chunks<Arch>(x, operation.skips, static_cast<std::ptrdiff_t>(begin),
                         std::span<T>(sums.totals.data() + begin, end - begin),
                         sums.after.data() + begin * chunk_group);
    });
    for_each_range(
        [&](const any_window& part, std::span<T> y) { window_of_sums<Arch>(part, width, x, sums, y, streams); });
}

} // namespace lanes
