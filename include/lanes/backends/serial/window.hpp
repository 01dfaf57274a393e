// lanes/backends/serial/window.hpp: the definition of sums over windows, in plain loops.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/serial.hpp>
#include <lanes/core/target.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace lanes::inline LANES_TARGET {

/// Sums of the last `width` <= 64 elements of a sequence, by doubling: level k holds the sums of 2^k elements, and the
/// window is cut from its end into pieces of 2^k for the set bits of its width, the smallest first.
template <real T>
class doubling {
public:
    explicit doubling(std::size_t width) : width_(width) {
        for (auto& level : levels_) level.fill(T(-0.0));
    }

    /// The sum of the window that ends at `element`, the next of the sequence.
    T push(T element) {
        T sum = element;
        for (std::size_t k = 0; width_ >> k != 0; ++k) {
            level(k, 0) = sum;
            sum = level(k, std::size_t{1} << k) + sum;
        }
        T window = T(-0.0);
        for (std::size_t k = 0, offset = 0; width_ >> k != 0; ++k) {
            if (((width_ >> k) & 1) == 0) continue;
            window = level(k, offset) + window;
            offset += std::size_t{1} << k;
        }
        ++now_;
        return window;
    }

private:
    T& level(std::size_t k, std::size_t ago) { return levels_[k][(now_ - ago) % chunk_size]; }

    std::size_t width_, now_ = 0;
    std::array<std::array<T, chunk_size>, 7> levels_;
};

/// Sums from either end of a chunk.
template <real T>
struct chunk_scan {
    using values = std::array<T, chunk_size>;
    values prefix, suffix; // of the first ... of the last elements, up to and from each position
    T total;               // of all, by adjacent pairs

    explicit chunk_scan(const values& chunk) : prefix(chunk), suffix(chunk) {
        std::array<T, chunk_group> head, tail;
        for (std::size_t g = 0; g < chunk_group; ++g) {
            scan_up(&prefix[g * chunk_group]);
            scan_down(&suffix[g * chunk_group]);
            head[g] = tail[g] = prefix[g * chunk_group + chunk_group - 1];
        }
        scan_up(head.data());
        scan_down(tail.data());
        total = head[chunk_group - 1];
        for (std::size_t i = 0; i < chunk_size; ++i) {
            const std::size_t g = i / chunk_group;
            if (g > 0) prefix[i] = head[g - 1] + prefix[i];
            if (g < chunk_group - 1) suffix[i] = suffix[i] + tail[g + 1];
        }
    }

private:
    // Scans of one group in three steps (Kogge and Stone, IEEE Trans. Comput. 22, 1973).
    static void scan_up(T* v) {
        for (std::size_t step = 1; step < chunk_group; step *= 2)
            for (std::size_t j = chunk_group - 1; j >= step; --j) v[j] = v[j - step] + v[j];
    }
    static void scan_down(T* v) {
        for (std::size_t step = 1; step < chunk_group; step *= 2)
            for (std::size_t j = 0; j + step < chunk_group; ++j) v[j] = v[j] + v[j + step];
    }
};

/// sums[j] = the sum of the window that ends at position first + j of x, which may lie outside of it: what is not there
/// is -0, which changes no sum. Operation says how an element enters.
template <class Operation, real T>
void sums_of_windows(std::size_t width, std::span<const T> x, std::ptrdiff_t first, std::span<T> sums) {
    constexpr auto length = static_cast<std::ptrdiff_t>(chunk_size);
    const auto at = [&](std::ptrdiff_t i) {
        return static_cast<std::size_t>(i) < x.size() ? Operation::element(x[static_cast<std::size_t>(i)]) : T(-0.0);
    };
    if (width == 0) return std::fill(sums.begin(), sums.end(), T(-0.0));
    if (width <= chunk_size) {
        doubling<T> window(width);
        for (std::ptrdiff_t i = first - length; i < first; ++i) window.push(at(i));
        for (T& sum : sums) sum = window.push(at(first++));
        return;
    }

    const auto scan = [&](std::ptrdiff_t c) {
        typename chunk_scan<T>::values chunk;
        for (std::size_t r = 0; r < chunk_size; ++r) chunk[r] = at(c * length + static_cast<std::ptrdiff_t>(r));
        return chunk_scan<T>(chunk);
    };
    std::vector<T> totals(chunk_count(x.size()));
    for (std::size_t c = 0; c < totals.size(); ++c) totals[c] = scan(static_cast<std::ptrdiff_t>(c)).total;

    // Whole chunks, up to the one before that of the window's end: the same sums over the totals, of two widths.
    const wide_window window(width);
    const std::ptrdiff_t chunk = chunk_of(first),
                         end = chunk_of(first + static_cast<std::ptrdiff_t>(sums.size()) - 1) + 1;
    std::vector<T> fewer(static_cast<std::size_t>(end - chunk)), more(fewer.size());
    sums_of_windows<window_sum, T>(window.whole - 1, totals, chunk - 1, fewer);
    sums_of_windows<window_sum, T>(window.whole, totals, chunk - 1, more);

    const auto whole = static_cast<std::ptrdiff_t>(window.whole);
    for (std::ptrdiff_t c = chunk; c < end; ++c) {
        const chunk_scan<T> early = scan(c - whole - 1), late = scan(c - whole), last = scan(c);
        for (std::size_t r = 0; r < chunk_size; ++r) {
            const auto j = static_cast<std::size_t>(c * length + static_cast<std::ptrdiff_t>(r) - first);
            if (j >= sums.size()) continue;
            const auto among = static_cast<std::size_t>(c - chunk);
            const T start = r < window.rest ? early.suffix[r + chunk_size - window.rest] + more[among]
                                            : late.suffix[r - window.rest] + fewer[among];
            sums[j] = start + last.prefix[r];
        }
    }
}

/// The counts that `finish` wants, for the windows that end at `first` and then one further each time.
template <real T>
class window_counts {
public:
    window_counts(std::size_t first, bool skips, std::size_t width, std::span<const T> x)
        : x_(x), width_(width), end_(first), skips_(skips) {
        if (skips_)
            for (std::size_t i = end_ > width ? end_ - width : 0; i < std::min(end_, x.size()); ++i)
                present_ += lanes::is_present(x[i]);
    }

    std::size_t next() {
        const std::size_t end = end_++;
        if (!skips_) return elements_in_window(end, width_, x_.size());
        present_ += has(end);
        if (end >= width_) present_ -= has(end - width_);
        return present_;
    }

private:
    bool has(std::size_t i) const { return i < x_.size() && lanes::is_present(x_[i]); }

    std::span<const T> x_;
    std::size_t width_, end_, present_ = 0;
    bool skips_;
};

template <class Operation, real T>
void serial_backend::window(const Operation& operation, std::size_t width, std::span<const T> x,
                            std::span<T> out) const {
    if (out.empty()) return;
    sums_of_windows<Operation>(width, x, static_cast<std::ptrdiff_t>(operation.first), out);

    window_counts<T> counts(operation.first, Operation::skips, width, x);
    for (T& y : out) y = operation.finish(y, counts.next());
}

} // namespace lanes::inline LANES_TARGET
