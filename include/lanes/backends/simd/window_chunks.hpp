// lanes/backends/simd/window_chunks.hpp: chunks of an array, their sums, and sums of many of them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/window_levels.hpp>
#include <lanes/backends/simd/window_narrow.hpp>
#include <lanes/backends/simd/window_scan.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace lanes {

/// Chunks in a tile: 5 arrays of 8 KiB (elements at both ends of the windows, their scans, results) stay in a first-level
/// cache of 48 KiB.
template <real T>
inline constexpr std::size_t chunks_in_tile = 8192 / sizeof(T) / chunk_size;

/// The element beside a chunk that a scan reads too: up the one before it, down the one behind it.
enum class neighbour { before, behind };

/// Chunk `first` and following of x as they enter sums: where they are, or as copies where x ends before the neighbour.
template <class Arch, real T>
class chunk_reader {
public:
    /// An array for the copies of so many chunks.
    template <std::size_t chunks>
    struct room {
        static constexpr std::size_t margin = 64 / sizeof(T);
        alignas(64) std::array<T, margin + chunks * chunk_size + margin> elements;
    };

    template <std::size_t most>
    chunk_reader(std::span<const T> x, bool skips, std::ptrdiff_t first, std::size_t chunks, bool as_is,
                 neighbour other, room<most>& copies)
        : x_(x.data()), first_(first), copies_(&copies.elements[copies.margin]) {
        const bool is_before = other == neighbour::before;
        const auto count = static_cast<std::ptrdiff_t>(chunks),
                   last = static_cast<std::ptrdiff_t>((x.size() - !(is_before || x.empty())) / chunk_size);
        if (as_is) {
            begin_ = std::clamp<std::ptrdiff_t>(is_before - first, 0, count);
            end_ = std::clamp<std::ptrdiff_t>(last - first, begin_, count);
        }
        constexpr auto length = static_cast<std::ptrdiff_t>(chunk_size);
        for (const std::ptrdiff_t border : {std::ptrdiff_t{0}, begin_, end_, count}) // neighbours of copied chunks
            copies_[border * length - 1] = copies_[border * length] = T(-0.0);
        for (const auto& [from, to] : {std::pair{std::ptrdiff_t{0}, begin_}, std::pair{end_, count}})
            copy_elements<Arch>(x, skips, (first + from) * length, copies_ + from * length,
                                static_cast<std::size_t>((to - from) * length));
    }

    [[gnu::always_inline]] const T* operator()(std::size_t c) const {
        const auto chunk = static_cast<std::ptrdiff_t>(c);
        return chunk >= begin_ && chunk < end_ ? x_ + (first_ + chunk) * static_cast<std::ptrdiff_t>(chunk_size)
                                               : copies_ + c * chunk_size;
    }

private:
    const T* x_;
    std::ptrdiff_t first_, begin_ = 0, end_ = 0; // chunks first + begin ... first + end - 1 are read where they are
    T* copies_;
};

/// totals[c] = the sum of chunk first + c. after: as chunk_scans::up makes it.
template <class Arch, real T>
void sum_chunks(std::span<const T> x, bool skips, std::ptrdiff_t first, std::span<T> totals, T* after) {
    constexpr std::size_t most = chunks_in_tile<T>;
    typename chunk_reader<Arch, T>::template room<most> copies;
    alignas(64) std::array<T, most * chunk_size> in_group;
    chunk_scans<Arch, T, most> scans;
    for (std::size_t c = 0; c < totals.size(); c += most) {
        const std::size_t chunks = std::min(most, totals.size() - c);
        const chunk_reader<Arch, T> from(x, skips, first + static_cast<std::ptrdiff_t>(c), chunks, !skips,
                                         neighbour::before, copies);
        scans.up(from, chunks, in_group.data(), totals.data() + c, after + c * chunk_group);
    }
}

/// Sums of `whole` chunks and of one fewer that follow on a given chunk, for consecutive tiles of chunks.
template <class Arch, real T>
class whole_chunks {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    using scan = group_scan<Arch, T>;
    static constexpr std::size_t most = chunks_in_tile<T>;

public:
    /// Up to 64 chunks are added here, tile by tile.
    explicit whole_chunks(wide_window window) : whole_chunks(window, nullptr, nullptr) {}

    /// More are the caller's. fewer[c], more[c]: of the windows that end in chunk c, counted from the first tile on.
    whole_chunks(wide_window window, const T* fewer, const T* more)
        : whole_(window.whole), border_((chunk_size - window.rest) / scan::size * (scan::size / chunk_group)),
          levels_(more == nullptr ? whole_ | (whole_ - 1) : 1), given_fewer_(fewer), given_more_(more) {
        for (std::size_t i = 0; i < scan::registers; ++i) {
            const std::size_t early = (chunk_size - window.rest) % scan::size, first = i * N::width;
            is_early_[i] = N::first(std::clamp(early, first, first + N::width) - first);
        }
        std::fill_n(totals_.data(), margin, T(-0.0));
    }

    /// Puts the first of those given where the suffix of the chunk before the first tile's looks for it.
    void start() { more_[0] = *given_more_++; }

    /// Where the totals of the chunks of the next tile go; they are needed unless given.
    T* totals() {
        if (at_ + most > room) { // rarely
            levels_.keep_history(at_);
            std::memmove(totals_.data(), totals_.data() + at_, margin * sizeof(T));
            at_ = 0;
        }
        return totals_.data() + margin + at_;
    }

    /// Of the tile of chunks that windows end in.
    void advance(std::size_t chunks) {
        if (given_more_ != nullptr) {
            std::copy_n(given_fewer_, chunks, fewer_.data());
            std::copy_n(given_more_, chunks, more_.data());
            given_fewer_ += chunks;
            given_more_ += chunks;
        } else {
            levels_.start(totals_.data() + margin);
            levels_.advance(at_, at_ + most);
            sum(whole_ - 1, most, -1, fewer_.data());
            sum(whole_, most, 0, more_.data());
            at_ += chunks;
        }
    }

    /// Calls f(g, join) for the groups of the chunk that windows start in, or every second group where a register is two;
    /// join(v) adds what is between that chunk and the one that the windows end in: fewer chunks if they start early.
    template <class F>
    [[gnu::always_inline]] void for_groups(std::size_t c, const F& f) const {
        constexpr std::size_t step = scan::size / chunk_group;
        const batch fewer(fewer_[c]), more(more_[c]);
        const auto join = [](batch between) __attribute__((always_inline)) {
            return [between](typename scan::group v) __attribute__((always_inline)) {
                unrolled<scan::registers>([&](auto i) __attribute__((always_inline)) { v[i] = v[i] + between; });
                return v;
            };
        };
        std::size_t g = 0;
        const std::size_t border = border_; // no store can change a copy
#pragma GCC unroll 2
        for (; g < border; g += step) f(g, join(fewer));
        if (g == chunk_group) return;
        f(
            g, [&](typename scan::group v) __attribute__((always_inline)) {
                unrolled<scan::registers>([&](auto i) __attribute__((always_inline)) {
                    v[i] = v[i] + N::select(is_early_[i], fewer, more);
                });
                return v;
            });
#pragma GCC unroll 2
        for (g += step; g < chunk_group; g += step) f(g, join(more));
    }

private:
    void sum(std::size_t chunks, std::size_t count, std::ptrdiff_t last, T* to) const {
        if (chunks == 0) return static_cast<void>(std::fill_n(to, count, T(-0.0)));
        const auto pieces = levels_.pieces_of(chunks);
        for (std::size_t c = 0; c < count; c += N::width)
            N::store(to + c, pieces.template sums<1>(static_cast<std::ptrdiff_t>(at_ + c) + last)[0]);
    }

    // Totals of so many chunks before those that are still needed move to the front.
    static constexpr std::size_t margin = chunk_size, room = 16 * most;
    std::size_t whole_, border_, at_ = 0;
    std::array<typename N::mask, scan::registers> is_early_; // in the group where the border lies
    window_levels<Arch, T, most / N::width, room> levels_;
    const T *given_fewer_, *given_more_;
    alignas(64) std::array<T, margin + room> totals_;
    alignas(64) std::array<T, most> fewer_, more_;
};

} // namespace lanes
