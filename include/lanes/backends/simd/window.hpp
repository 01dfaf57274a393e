// lanes/backends/simd/window.hpp: results over windows: tiles of sums, divided by what is known of their counts.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/window_count.hpp>
#include <lanes/backends/simd/window_few.hpp>
#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_narrow.hpp>
#include <lanes/backends/simd/window_wide.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/target.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lanes {

/// Tells for consecutive windows whether all are full of elements that are present, and counts the elements of others.
template <class Arch, real T>
class full_windows {
public:
    full_windows(const any_window& operation, std::size_t width, std::span<const T> x)
        : operation_(operation), width_(width), x_(x), end_(operation.first) {
        if (operation_.skips) look_for_missing(end_ + 1 > width ? end_ + 1 - width : 0, std::min(end_, x.size()));
    }

    /// Whether the windows that end at the next `count` positions are.
    bool next(std::size_t count) {
        const std::size_t begin = end_, start = begin + 1 - width_;
        end_ += count;
        if (operation_.skips) look_for_missing(std::min(begin, x_.size()), std::min(end_, x_.size()));
        const bool full = begin + 1 >= width_ && end_ <= x_.size() && (!operation_.skips || present_from_ <= start);
        if (full) counts_.reset();
        return full;
    }

    /// Finishes the sums of those windows where they are not full: where nothing is missing, windows at both ends of x one by
    /// one and those between as full ones.
    void finish(T* sums, std::size_t count, const window_finish<Arch, T, true>& full) {
        const std::size_t begin = end_ - count;
        std::size_t head = count, tail = count;
        if (!operation_.skips || present_from_ == 0) {
            head = std::min(count, std::max(begin + 1, width_) - (begin + 1));
            tail = std::clamp(std::max(begin, x_.size()) - begin, head, count);
        }
        finish_counted(sums, head, begin, full);
        if (head == count) return;
        full.apply(sums + head, tail - head);
        counts_.reset();
        finish_counted(sums + tail, count - tail, begin + tail, full);
    }

private:
    /// Divides sums of `count` windows, which end at `begin` and after, each by the number of its elements.
    void finish_counted(T* sums, std::size_t count, std::size_t begin, const window_finish<Arch, T, true>& full) {
        if (count == 0) return;
        if (!counts_) {
            any_window first = operation_;
            first.first = begin;
            counts_.emplace(first, width_, x_);
        }
        counts_->finish(sums, count, full);
    }

    /// Whether elements begin ... end - 1 have some missing, and which is the last: backwards, since where some are
    /// missing one mostly is among the last. Missing ones before `begin` may be met too: windows do not reach them, or
    /// they are known.
    void look_for_missing(std::size_t begin, std::size_t end) {
        constexpr std::size_t some = 64, width = xsimd::batch<T, Arch>::size;
        for (bool is_first = true; begin < end && end >= some; is_first = false) {
            const std::uint64_t present = present_bits<Arch, some>(&x_[end - some]);
            if (~present != 0) {
                present_from_ = end - static_cast<std::size_t>(std::countl_one(present));
                return;
            }
            end -= std::min(some, end - begin);
            const std::size_t rest = (end - begin) / width * width; // most likely has none either
            if (is_first && !any_missing<Arch>(&x_[end - rest], rest)) end -= rest;
        }
        while (begin < end && lanes::is_present(x_[end - 1])) --end;
        if (begin < end) present_from_ = end;
    }

    any_window operation_;
    std::size_t width_;
    std::span<const T> x_;
    std::size_t end_, present_from_ = 0; // one past the last missing element
    std::optional<simd_window_counts<Arch, T>> counts_;
};

/// `streams`: results go past the caches.
template <class Arch, class Windows, real T>
void finish_windows(const any_window& operation, std::size_t width, std::span<const T> x, std::span<T> out,
                    bool streams, Windows& windows) {
    // Wide windows of float take longer than memory would: lines of results that are read first cost less than the room.
    // 10 and 30 million floats, width 200 and 2000, on a Zen 3: 8.9 to 9.5 GB/s by the room, 10.1 to 11.0 without.
    if (!Windows::sends && sizeof(T) == 4 && !operation.skips) streams = false;
    // Where elements may be missing, sums are read again: they wait in a room, from where results are sent. rolling_mean of
    // 30 million doubles, 5 % missing, width 20, ns an element: 2.2 straight to memory, 1.75 by the room.
    const bool by_room = streams && (!Windows::sends || operation.skips);
    way_to_memory<Arch, T, Windows::most_results> way(by_room);
    const window_finish<Arch, T, true> full_mean(width, streams && !(Windows::sends && by_room), !streams);
    const window_finish<Arch, T, false> sum(width, streams && !operation.divides, !streams);
    full_windows<Arch, T> full(operation, width, x);
    for (std::size_t i = 0, count; i < out.size(); i += count) {
        count = windows.next_count(out.size() - i);
        T* const results = way.room_for(&out[i]);
        const bool is_full = operation.divides && full.next(count), is_done = is_full || !operation.divides;
        const auto made = [&](std::size_t results_made) {
            if (is_done) way.send_lines(&out[i], results_made);
        };
        if (is_full) windows.next(results, count, true, full_mean, made);
        else windows.next(results, count, !operation.skips, sum, made);
        if (!is_done) full.finish(results, count, full_mean);
        way.send(&out[i], count);
    }
    if (Windows::sends && streams) end_of_streams();
}

inline namespace LANES_TARGET {

/// Sums of all chunks of an array, and of the groups after each group of a chunk, for windows that reach far back.
template <real T>
struct sums_of_chunks {
    explicit sums_of_chunks(std::size_t size) : totals(chunk_count(size)), after(chunk_count(size) * chunk_group) {}

    array<T> totals, after;
};

} // namespace LANES_TARGET

/// For width > 4160, with the sums of the chunks of x up to those that the windows end in.
template <class Arch, real T>
void window_of_sums(const any_window& operation, std::size_t width, std::span<const T> x, const sums_of_chunks<T>& sums,
                    std::span<T> out, bool streams);

/// Elements whose chunks are added before the windows that end in them are: they stay in a second-level cache meanwhile.
template <real T>
inline constexpr std::size_t segment = (std::size_t{512} << 10) / sizeof(T);

/// The verb for a part of an output, which as a whole tells whether it is streamed.
template <class Arch, real T>
void window_part(const any_window& operation, std::size_t width, std::span<const T> x, std::span<T> out, bool streams) {
    if (out.empty()) return;
    using few = few_windows<Arch, T>;
    if (few::suits(operation, width, out.size())) return few::run(operation, width, x, out);
    const auto first = static_cast<std::ptrdiff_t>(operation.first);
    if (width <= chunk_size) {
        narrow_windows<Arch, T> windows(width, x, operation.skips, first, out.data());
        return finish_windows<Arch>(operation, width, x, out, streams, windows);
    }
    if (wide_window(width).whole <= chunk_size) {
        wide_windows<Arch, T> windows(width, x, operation.skips, first);
        return finish_windows<Arch>(operation, width, x, out, streams, windows);
    }
    sums_of_chunks<T> sums(x.size());
    // Sums of so many chunks that they are such windows themselves would start anew for each segment.
    const bool has_segments = wide_window(wide_window(width).whole).whole <= chunk_size;
    for (std::size_t i = 0, count, known = 0; i < out.size(); i += count) {
        any_window from_here = operation;
        from_here.first += i;
        count = out.size() - i;
        if (has_segments) count = std::min(count, segment<T> - from_here.first % segment<T>);
        const std::size_t needed = chunk_count(std::min(from_here.first + count, x.size()));
        if (needed > known)
            sum_chunks<Arch>(x, operation.skips, static_cast<std::ptrdiff_t>(known),
                             std::span<T>(sums.totals.data() + known, needed - known),
                             sums.after.data() + known * chunk_group);
        known = std::max(known, needed);
        window_of_sums<Arch>(from_here, width, x, sums, out.subspan(i, count), streams);
    }
}

template <class Arch, real T>
void window_of_sums(const any_window& operation, std::size_t width, std::span<const T> x, const sums_of_chunks<T>& sums,
                    std::span<T> out, bool streams) {
    // Sums of whole chunks, up to the one before that of a window's end: the same windows over the totals.
    const std::size_t whole = wide_window(width).whole, first = operation.first / chunk_size;
    const std::size_t end = (operation.first + out.size() - 1) / chunk_size + 1, chunks = end - first;
    array<T> fewer(chunks), more(chunks + 1); // one beyond the last for those who read ahead
    const std::size_t skip = first == 0;      // nothing lies before the first chunk
    if (skip) fewer[0] = more[0] = T(-0.0);
    more[chunks] = T(-0.0);
    const std::span<const T> totals(sums.totals.data(), std::min(end, sums.totals.size()));
    for (const std::size_t less : {std::size_t{0}, std::size_t{1}})
        window_part<Arch>(any_window(window_sum{first + skip - 1}), whole - less, totals,
                          std::span<T>((less == 0 ? more : fewer).data() + skip, chunks - skip), false);
    wide_windows<Arch, T> windows(width, x, operation.skips, static_cast<std::ptrdiff_t>(operation.first), fewer.data(),
                                  more.data(), sums.after.data());
    finish_windows<Arch>(operation, width, x, out, streams, windows);
}

template <class Arch>
template <class Operation, real T>
void simd_backend<Arch>::window(const Operation& operation, std::size_t width, std::span<const T> x,
                                std::span<T> out) const {
    window_part<Arch>(any_window(operation), width, x, out, out.size_bytes() >= streamed_bytes);
}

} // namespace lanes
