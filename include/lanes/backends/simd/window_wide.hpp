// lanes/backends/simd/window_wide.hpp: sums over windows of more than 64 elements, from scans of chunks.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_levels.hpp>
#include <lanes/backends/simd/window_narrow.hpp>
#include <lanes/backends/simd/window_scan.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace lanes {

/// Chunks in a tile: 5 arrays of 8 KiB (elements at both ends of the windows, their scans, results) stay in a first-level
/// cache of 48 KiB.
template <real T>
inline constexpr std::size_t chunks_in_tile = 8192 / sizeof(T) / chunk_size;

/// Chunk `first` and following as they enter sums: where they are, or as copies.
template <class Operation, real T>
const T* chunks_at(std::span<const T> x, std::ptrdiff_t first, std::size_t chunks, bool as_is, T* copy) {
    const std::ptrdiff_t begin = first * static_cast<std::ptrdiff_t>(chunk_size);
    const std::size_t count = chunks * chunk_size;
    if (as_is && begin >= 0 && static_cast<std::size_t>(begin) + count <= x.size()) return x.data() + begin;
    copy_elements<Operation>(x, begin, copy, count);
    return copy;
}

/// totals[c] = the sum of chunk first + c. after: as chunk_scans::up makes it.
template <class Arch, class Operation, real T>
void sum_chunks(std::span<const T> x, std::ptrdiff_t first, std::span<T> totals, T* after = nullptr) {
    constexpr std::size_t most = chunks_in_tile<T>;
    alignas(64) std::array<T, most * chunk_size> copy, in_group;
    chunk_scans<Arch, T, most> scans;
    for (std::size_t c = 0; c < totals.size(); c += most) {
        const std::size_t chunks = std::min(most, totals.size() - c);
        const T* from =
            chunks_at<Operation>(x, first + static_cast<std::ptrdiff_t>(c), chunks, !Operation::skips, copy.data());
        scans.up(from, chunks, in_group.data(), totals.data() + c, after == nullptr ? after : after + c * chunk_group);
    }
}

/// Sums of `whole` chunks and of one fewer that end with the chunk before a given one, for consecutive tiles of chunks.
template <class Arch, real T>
class whole_chunks {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t most = chunks_in_tile<T>, history = chunk_size;

public:
    /// Up to 64 chunks are added here, tile by tile.
    whole_chunks(std::size_t whole) : whole_(whole), levels_(whole | (whole - 1)) { totals_.fill(T(-0.0)); }

    /// More are the caller's, for chunk 0 of the first tile and all that follow.
    whole_chunks(const T* fewer, const T* more) : levels_(1), given_fewer_(fewer), given_more_(more) {}

    /// Where the totals of the 64 chunks before the first tile go.
    std::span<T> before() { return {totals_.data() + margin, history}; }
    void start() {
        if (given_more_ != nullptr) return;
        levels_.advance(totals_.data() + margin, 0, history);
        levels_.keep_history(history);
    }

    /// Where the totals of the chunks of the next tile go; they are needed unless given.
    T* totals() { return totals_.data() + margin + history; }

    void advance(std::size_t chunks) {
        if (given_more_ != nullptr) {
            std::copy_n(given_fewer_, chunks, fewer_.data());
            std::copy_n(given_more_, chunks, more_.data());
            given_fewer_ += chunks;
            given_more_ += chunks;
            return;
        }
        levels_.advance(totals(), 0, most);
        sum(whole_ - 1, fewer_.data());
        sum(whole_, more_.data());
        levels_.keep_history(most);
        std::memmove(totals_.data(), totals_.data() + chunks, (margin + history) * sizeof(T));
    }
    T fewer(std::size_t chunk) const { return fewer_[chunk]; }
    T more(std::size_t chunk) const { return more_[chunk]; }

private:
    void sum(std::size_t chunks, T* to) const {
        if (chunks == 0) return static_cast<void>(std::fill_n(to, most, T(-0.0)));
        const auto pieces = levels_.pieces_of(chunks);
        for (std::size_t c = 0; c < most; c += N::width)
            N::store(to + c, pieces.template sums<1>(static_cast<std::ptrdiff_t>(c) - 1)[0]);
    }

    static constexpr std::size_t margin = 64 / sizeof(T);
    std::size_t whole_ = 0;
    window_levels<Arch, T, most / N::width, std::max(most, history)> levels_;
    const T *given_fewer_ = nullptr, *given_more_ = nullptr;
    alignas(64) std::array<T, margin + history + most> totals_;
    alignas(64) std::array<T, most> fewer_, more_;
};

/// Makes the results of consecutive windows, tile by tile.
template <class Arch, class Operation, real T>
class wide_windows {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

public:
    /// fewer, more: sums of whole chunks for the chunk that `first` lies in and those after it, if there are more than 64.
    wide_windows(std::size_t width, std::span<const T> x, std::ptrdiff_t first, const T* fewer = nullptr,
                 const T* more = nullptr)
        : x_(x), window_(width), chunk_(chunk_of(first)), skipped_(static_cast<std::size_t>(first) % chunk_size),
          between_(more == nullptr ? whole_chunks<Arch, T>(window_.whole) : whole_chunks<Arch, T>(fewer, more)) {
        const std::ptrdiff_t start = chunk_ - static_cast<std::ptrdiff_t>(window_.whole);
        scans_.down(chunks_at<Operation>(x_, start - 1, 1, false, copy_.data()), 1, suffix_.data());
        if (more == nullptr)
            sum_chunks<Arch, Operation>(x_, start, between_.before().last(window_.whole), after_.data() + margin);
        between_.start();
    }

    /// How many results the next call makes, if `left` are wanted in all.
    std::size_t next_count(std::size_t left) const { return std::min(left, most * chunk_size - skipped_); }

    /// out[i] = finish of sums of the next `count` windows. `as_is`: elements in reach enter the sum unchanged.
    template <class Finish>
    void next(T* out, std::size_t count, bool as_is, const Finish& finish) {
        const std::size_t chunks = chunk_count(skipped_ + count);
        const std::ptrdiff_t start = chunk_ - static_cast<std::ptrdiff_t>(window_.whole);
        const auto elements = [&](std::ptrdiff_t chunk) {
            return chunks_at<Operation>(x_, chunk, chunks, as_is, copy_.data());
        };
        const auto finish_range = [&](std::size_t c) __attribute__((always_inline)) {
            const std::size_t begin = std::max(c * chunk_size, skipped_),
                              end = std::min((c + 1) * chunk_size, skipped_ + count);
            if (end - begin == chunk_size) [[likely]]
                return finish_chunk(c, out + (begin - skipped_), finish);
            alignas(64) std::array<T, chunk_size> all;
            finish_chunk(c, all.data(), finish);
            std::copy_n(&all[begin - c * chunk_size], end - begin, out + (begin - skipped_));
        };
        if (window_.whole <= history) {
            T* after = make_room();
            scans_.up(elements(chunk_), chunks, prefix_.data(), between_.totals(), after);
            between_.advance(chunks);
            const T *from = elements(start), *known = after - window_.whole * chunk_group;
            for (std::size_t c = 0; c <= chunks; ++c) {
                if (c < chunks)
                    scans_.down(from + c * chunk_size, known + c * chunk_group, &suffix_[(c + 1) * chunk_size]);
                if (c > 0) finish_range(c - 1); // one behind, as in the scan up
            }
            known_ += chunks;
        } else {
            scans_.down(elements(start), chunks, &suffix_[chunk_size]);
            scans_.up(elements(chunk_), chunks, prefix_.data(), between_.totals());
            between_.advance(chunks);
            for (std::size_t c = 0; c < chunks; ++c) finish_range(c);
        }
        std::copy_n(&suffix_[chunks * chunk_size], chunk_size, suffix_.data());
        chunk_ += static_cast<std::ptrdiff_t>(chunks);
        skipped_ = 0;
    }

private:
    static constexpr std::size_t most = chunks_in_tile<T>, history = chunk_size, margin = 64 / sizeof(T);
    static constexpr std::size_t known_chunks = history + 4 * most;

    /// Where what is after the groups of the next tile goes, behind that of `whole` chunks before.
    T* make_room() {
        if (known_ + most > known_chunks) {
            std::copy_n(&after_[margin + (known_ - window_.whole) * chunk_group], window_.whole * chunk_group,
                        &after_[margin]);
            known_ = window_.whole;
        }
        return &after_[margin + known_ * chunk_group];
    }

    /// The windows that end in chunk c of the tile. Those that end before position `rest` start in the chunk before.
    template <class Finish>
    [[gnu::always_inline]] void finish_chunk(std::size_t c, T* out, const Finish& finish) const {
        const T *start = &suffix_[(c + 1) * chunk_size - window_.rest], *end = &prefix_[c * chunk_size];
        const batch fewer(between_.fewer(c)), more(between_.more(c));
        const auto sum = [&](std::size_t i, batch between) __attribute__((always_inline)) {
            const batch others = spread_over_groups<Arch, T>(scans_.before(c * chunk_group + i / chunk_group));
            return (N::load(start + i) + between) + (others + N::load(end + i));
        };
        typename N::word exponents(0);
        const std::size_t border = window_.rest / N::width * N::width;
        std::size_t i = 0;
        for (; i < border; i += N::width) N::store(out + i, finish.quick(sum(i, more), exponents));
        N::store(out + i, finish.quick(sum(i, N::select(is_early_, more, fewer)), exponents));
        for (i += N::width; i < chunk_size; i += N::width) N::store(out + i, finish.quick(sum(i, fewer), exponents));
        if (finish.is_right(exponents)) [[likely]]
            return;
        for (i = 0; i < chunk_size; i += N::width) {
            const batch between = i < border ? more : i > border ? fewer : N::select(is_early_, more, fewer);
            finish.store(out + i, std::array<batch, 1>{sum(i, between)});
        }
    }

    std::span<const T> x_;
    wide_window window_;
    std::ptrdiff_t chunk_; // that the next window ends in
    std::size_t skipped_;  // positions of it that no window wanted ends at
    whole_chunks<Arch, T> between_;
    chunk_scans<Arch, T, most> scans_;
    typename N::mask is_early_ = N::first(window_.rest % N::width); // in the register where `rest` lies
    std::size_t known_ = window_.whole;                             // chunks in after_
    alignas(64) std::array<T, (most + 1) * chunk_size> suffix_;
    alignas(64) std::array<T, most * chunk_size> prefix_, copy_;
    alignas(
        64) std::array<T, margin + known_chunks * chunk_group + 2 * margin> after_; // of chunks up to chunk_, in order
};

} // namespace lanes
