// lanes/backends/simd/window_narrow.hpp: sums over windows of at most 64 elements.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/short_copy.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_levels.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lanes {

/// to[i] = element first + i of x as it enters a sum, -0 where x has none.
template <class Arch, real T>
void copy_elements(std::span<const T> x, bool skips, std::ptrdiff_t first, T* to, std::size_t count) {
    const auto size = static_cast<std::ptrdiff_t>(x.size()), last = first + static_cast<std::ptrdiff_t>(count);
    const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(0, first, last), end = std::clamp(size, begin, last);
    using batch = xsimd::batch<T, Arch>;
    short_fill<batch>(to, static_cast<std::size_t>(begin - first), T(-0.0));
    to += begin - first;
    if (begin < end) { // or there is no such address: a window may lie far beyond x
        using N = number<batch>;
        const T *from = x.data() + begin, *const behind = x.data() + end;
        const auto present = [](auto element) { return window_mean<nan_policy::skip>::element(element); };
        if (skips)
            for (; behind - from >= static_cast<std::ptrdiff_t>(N::width); from += N::width, to += N::width)
                N::store(to, present(N::load(from)));
        const auto left = static_cast<std::size_t>(behind - from);
        if (skips) std::transform(from, behind, to, present);
        else short_copy<batch>(from, left, to);
        to += left;
    }
    short_fill<batch>(to, static_cast<std::size_t>(last - end), T(-0.0));
}

/// Makes the results of consecutive windows, tile by tile.
template <class Arch, real T>
class narrow_windows {
    /// A part of a tile goes through all levels and to its results before the next does. With elements beyond L2 parts of
    /// 1 KiB read and write more evenly; in cache whole tiles save calls. moving_average of width 20, GB/s with whole tiles
    /// by a room and with parts: 8 MB double 20.3 and 22.4, 32 MB 18.8 and 23.4.
    static constexpr std::size_t tile = 4096 / sizeof(T), far_part = 1024 / sizeof(T);

public:
    /// Whether `finish` is asked to send results. They are stored otherwise.
    static constexpr bool sends = true;
    /// One call makes no more.
    static constexpr std::size_t most_results = tile;

    /// `out`: where the first results will go; whole registers of results are stored where they are aligned.
    narrow_windows(std::size_t width, std::span<const T> x, bool skips, std::ptrdiff_t first, const T* out)
        : x_(x), skips_(skips), width_(width), ahead_(positions_ahead(width)), skipped_(elements_past_border(out)),
          position_(first + static_cast<std::ptrdiff_t>(ahead_) - static_cast<std::ptrdiff_t>(skipped_)),
          levels_(width) {
        if (position_ <= warm_up && x.size() <= tile) { // to copy so few costs less: before x all levels are -0
            const std::ptrdiff_t back = (position_ + whole - 1) / whole * whole;
            position_ -= back, skipped_ += static_cast<std::size_t>(back);
            return;
        }
        copy_elements<Arch>(x, skips, position_ - warm_up - 1, copy_.data(), warm_up + 1);
        levels_.start(copy_.data() + 1);
        levels_.advance(0, warm_up);
        behind_ = warm_up;
    }

    /// How many results the next call makes, if `left` are wanted in all.
    std::size_t next_count(std::size_t left) const {
        const std::size_t all = skipped_ + left, in_steps = all / step * step;
        if (all >= tile) return tile - skipped_;
        return in_steps > skipped_ && !starts_before_elements() ? in_steps - skipped_ : left;
    }

    /// out[i] = finish of sums of the next `count` windows. `as_is`: elements in reach enter the sum unchanged.
    template <class Finish, class Made>
    void next(T* out, std::size_t count, bool as_is, const Finish& finish, const Made&) {
        if (behind_ != 0) levels_.keep_history(behind_);
        const std::size_t all = skipped_ + count, rounded = (all + step - 1) / step * step;
        const T* from = copy_.data() + margin;
        // The levels read one element before the tile, and results that are skipped lie `ahead_` before it.
        if (as_is && rounded == all && !starts_before_elements() &&
            static_cast<std::size_t>(position_) + all <= x_.size())
            from = x_.data() + position_;
        else copy_elements<Arch>(x_, skips_, position_ - margin, copy_.data(), margin + rounded);

        levels_.start(from);
        const auto pieces = levels_.pieces_of(width_);
        const auto sums_at = [&](std::size_t i) __attribute__((always_inline)) {
            return pieces.template sums<registers>(static_cast<std::ptrdiff_t>(i) -
                                                   static_cast<std::ptrdiff_t>(ahead_));
        };
        const auto finish_part = [&](std::size_t i, std::size_t begin, std::size_t end) {
            alignas(64) std::array<T, step> results;
            finish.store(results.data(), sums_at(i));
            short_copy<batch>(&results[begin], end - begin, out + (i + begin - skipped_));
        };
        // Results follow a part behind the levels, so that memory is read and written at an even pace.
        const bool is_far = x_.size_bytes() >= fetched_bytes;
        const std::size_t part = is_far ? far_part : tile;
        for (std::size_t made = 0, i = skipped_ / step * step; i < rounded; made += part) {
            if (made < rounded) levels_.advance(made, std::min(made + part, rounded));
            for (const std::size_t end = std::min(made, rounded); i < end; i += step) {
                if (is_far) {
                    fetch<false, step>(x_.data(), position_ + static_cast<std::ptrdiff_t>(i + tile));
                    if (finish.fetches()) fetch<true, step>(out, static_cast<std::ptrdiff_t>(i + tile - skipped_));
                }
                if (i >= skipped_ && i + step <= all) [[likely]]
                    finish.send(out + (i - skipped_), sums_at(i), [&] { return sums_at(i); });
                else finish_part(i, std::max(i, skipped_) - i, std::min(step, all - i));
            }
        }
        behind_ = rounded;
        position_ += static_cast<std::ptrdiff_t>(all);
        skipped_ = 0;
    }

private:
    using batch = xsimd::batch<T, Arch>;
    static constexpr std::size_t vector = batch::size, registers = 8, step = registers * vector;
    static constexpr std::ptrdiff_t whole = vector, margin = chunk_size, warm_up = std::max(chunk_size, step);

    /// Levels are made so many positions ahead of the windows' ends that all pieces of a register or longer start at the
    /// border of a register. Only where each element enters as it is: what lies ahead may be missing.
    std::size_t positions_ahead(std::size_t width) const { return skips_ ? 0 : (vector - width % vector) % vector; }

    /// Whether the next tile may read before x.
    bool starts_before_elements() const { return position_ <= static_cast<std::ptrdiff_t>(ahead_); }

    static std::size_t elements_past_border(const T* out) {
        return reinterpret_cast<std::uintptr_t>(out) / sizeof(T) % vector;
    }

    std::span<const T> x_;
    bool skips_;
    std::size_t width_, ahead_;
    std::size_t skipped_;     // results of the next tile that come before those wanted
    std::size_t behind_ = 0;  // positions of the last tile, whose levels are history to the next
    std::ptrdiff_t position_; // that the next tile's levels start at
    window_levels<Arch, T, registers, tile> levels_;
    alignas(64) std::array<T, margin + tile> copy_;
};

} // namespace lanes
