// lanes/backends/simd/window_wide.hpp: sums over windows of more than 64 elements, from scans of chunks.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/window_chunks.hpp>
#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_scan.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace lanes {

/// Makes the results of consecutive windows, tile by tile.
template <class Arch, real T>
class wide_windows {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

public:
    /// Whether `finish` is asked to send results. They are stored otherwise.
    static constexpr bool sends = false;
    /// One call makes no more.
    static constexpr std::size_t most_results = chunks_in_tile<T> * chunk_size;

    /// For more than 64 whole chunks: fewer, more: sums of these for the chunk that `first` lies in and those after it (of
    /// `more` one beyond the last); after: as chunk_scans::up makes it, of all chunks of x.
    wide_windows(std::size_t width, std::span<const T> x, bool skips, std::ptrdiff_t first, const T* fewer = nullptr,
                 const T* more = nullptr, const T* after = nullptr)
        : x_(x), skips_(skips), window_(width), chunk_(chunk_of(first)),
          skipped_(static_cast<std::size_t>(first) % chunk_size), between_(window_, fewer, more), given_after_(after) {
        const std::ptrdiff_t start = chunk_ - static_cast<std::ptrdiff_t>(window_.whole);
        if (more != nullptr) {
            between_.start();
            down(start - 1, 0, start < 1 ? nullptr : after_groups(start - 1, 1), !skips, suffix_.data());
            return;
        }
        // Tiles begin with the first chunk that a window starts in, if x does not begin later, so that each chunk is scanned
        // once. Nothing is known of chunks before that; those before x are -0.
        const std::ptrdiff_t first_chunk = std::max<std::ptrdiff_t>(start - 1, 0);
        skipped_ += static_cast<std::size_t>(chunk_ - first_chunk) * chunk_size;
        chunk_ = first_chunk;
        if (start < 0) std::fill_n(after_.data(), window_.whole * chunk_group, T(-0.0));
        if (skipped_ < chunk_size) std::fill_n(suffix_.data(), chunk_size, T(-0.0));
        for (; skipped_ >= most * chunk_size; skipped_ -= most * chunk_size) {
            const T* const known = up(most, !skips);
            if (skipped_ < (most + 1) * chunk_size) down_before(most, known, !skips, suffix_.data());
            chunk_ += static_cast<std::ptrdiff_t>(most);
        }
    }

    /// How many results the next call makes, if `left` are wanted in all.
    std::size_t next_count(std::size_t left) const { return std::min(left, most * chunk_size - skipped_); }

    /// out[i] = finish of sums of the next `count` windows. `as_is`: elements in reach enter the sum unchanged. Calls
    /// made(m) now and then when m results are there.
    template <class Finish, class Made>
    void next(T* out, std::size_t count, bool as_is, const Finish& given, const Made& made) {
        const Finish finish = given; // its constants stay in registers, since no store can change a copy
        const std::size_t chunks = chunk_count(skipped_ + count);
        const std::ptrdiff_t start = chunk_ - static_cast<std::ptrdiff_t>(window_.whole);
        const auto next_tile = (chunk_ + static_cast<std::ptrdiff_t>(most)) * static_cast<std::ptrdiff_t>(chunk_size);
        const std::size_t begin = skipped_ / chunk_size, full = chunk_count(skipped_),
                          end_of_full = (skipped_ + count) / chunk_size;
        const bool fetches = x_.size_bytes() >= fetched_bytes;
        const auto finish_range = [&](std::size_t c) __attribute__((always_inline)) {
            if (c >= full && c < end_of_full) [[likely]] {
                T* const to = out + (c * chunk_size - skipped_);
                if (fetches) {
                    fetch<false, chunk_size, 2>(x_.data(), next_tile + static_cast<std::ptrdiff_t>(c * chunk_size));
                    if (finish.fetches()) fetch<true, chunk_size>(to, fetched_ahead<T>);
                }
                finish_chunk(c, to, finish);
                made((c + 1) * chunk_size - skipped_);
            } else {
                const std::size_t from = std::max(c * chunk_size, skipped_),
                                  end = std::min((c + 1) * chunk_size, skipped_ + count);
                alignas(64) std::array<T, chunk_size> all;
                finish_chunk(c, all.data(), finish);
                std::copy_n(&all[from - c * chunk_size], end - from, out + (from - skipped_));
                made(end - skipped_);
            }
        };
        const T* const known = up(chunks, as_is);
        if (begin != 0) down_before(begin, known, as_is, &suffix_[begin * chunk_size]);
        const chunk_reader<Arch, T> from(x_, skips_, start + static_cast<std::ptrdiff_t>(begin), chunks - begin, as_is,
                                         neighbour::behind, copies_);
        // Results follow two chunks behind: what is stored and read at another offset has to leave the store buffer in
        // between.
        for (std::size_t c = begin; c < chunks + behind; ++c) {
            if (c < chunks)
                scans_.down(from(c - begin), c, known + c * chunk_group, &suffix_[(c + 1) * chunk_size], between_);
            if (c >= begin + behind) finish_range(c - behind);
        }
        std::copy_n(&suffix_[chunks * chunk_size], chunk_size, suffix_.data());
        chunk_ += static_cast<std::ptrdiff_t>(chunks);
        skipped_ = 0;
    }

private:
    static constexpr std::size_t most = chunks_in_tile<T>, history = chunk_size;
    static constexpr std::size_t known_chunks = history + 4 * most, behind = 2;

    /// Scans the chunks of a tile that windows end in. Returns what is after the groups of the chunks that they start in.
    const T* up(std::size_t chunks, bool as_is) {
        T* const after = given_after_ == nullptr ? make_room() : nullptr;
        const chunk_reader<Arch, T> from(x_, skips_, chunk_, chunks, as_is, neighbour::before, copies_);
        scans_.up(from, chunks, prefix_.data(), between_.totals(), after);
        between_.advance(chunks);
        if (after == nullptr) return after_groups(chunk_ - static_cast<std::ptrdiff_t>(window_.whole), chunks);
        known_ += chunks;
        return after - window_.whole * chunk_group;
    }

    /// The suffixes of the chunk that windows start in before those of chunk c of the tile, the first whose windows are
    /// wanted. `known`: what is after the groups of the chunks that windows start in.
    void down_before(std::size_t c, const T* known, bool as_is, T* suffix) {
        const std::ptrdiff_t start = chunk_ - static_cast<std::ptrdiff_t>(window_.whole);
        down(start + static_cast<std::ptrdiff_t>(c) - 1, c - 1, known + (c - 1) * chunk_group, as_is, suffix);
    }
    /// The same of `chunk`, with what is between for chunk c. `after`: what is after its groups; null if it lies before x.
    [[gnu::noinline]] void down(std::ptrdiff_t chunk, std::size_t c, const T* after, bool as_is, T* suffix) {
        if (chunk < 0) return scans_.down_of_none(c, suffix, between_);
        const chunk_reader<Arch, T> from(x_, skips_, chunk, 1, as_is, neighbour::behind, copies_);
        scans_.down(from(0), c, after, suffix, between_);
    }

    /// Where what is after the groups of the next tile goes, behind that of `whole` chunks before.
    T* make_room() {
        if (known_ + most > known_chunks) {
            std::copy_n(&after_[(known_ - window_.whole) * chunk_group], window_.whole * chunk_group, after_.data());
            known_ = window_.whole;
        }
        return &after_[known_ * chunk_group];
    }

    /// What is after the groups of chunk `first` and following, of those given: -0 of chunks beside x.
    const T* after_groups(std::ptrdiff_t first, std::size_t chunks) {
        const auto count = static_cast<std::ptrdiff_t>(chunk_count(x_.size()));
        if (first >= 0 && first + static_cast<std::ptrdiff_t>(chunks) <= count)
            return given_after_ + first * static_cast<std::ptrdiff_t>(chunk_group);
        for (std::size_t c = 0; c < chunks; ++c) {
            const std::ptrdiff_t chunk = first + static_cast<std::ptrdiff_t>(c);
            T* const to = &after_[c * chunk_group];
            if (chunk < 0 || chunk >= count) std::fill_n(to, chunk_group, T(-0.0));
            else std::copy_n(given_after_ + chunk * static_cast<std::ptrdiff_t>(chunk_group), chunk_group, to);
        }
        return after_.data();
    }

    /// The sums of the windows that end in a chunk of the tile, register by register from position i of it on.
    struct chunk_sums {
        const T *start, *end, *before;

        [[gnu::always_inline]] batch before_group(std::size_t i) const {
            constexpr std::size_t stride = chunk_scans<Arch, T, most>::stride;
            return spread_over_groups<Arch, T>(before + i / chunk_group * stride, stride);
        }
        [[gnu::always_inline]] batch sum(std::size_t i, batch earlier) const {
            return N::load(start + i) + (earlier + N::load(end + i));
        }
    };
    [[gnu::always_inline]] chunk_sums sums_of_chunk(std::size_t c) const {
        return {&suffix_[(c + 1) * chunk_size - window_.rest], &prefix_[c * chunk_size], scans_.before(c)};
    }

    /// The windows that end in chunk c of the tile.
    template <class Finish>
    [[gnu::always_inline]] void finish_chunk(std::size_t c, T* out, const Finish& finish) const {
        using scan = group_scan<Arch, T>;
        const chunk_sums sums = sums_of_chunk(c);
        auto doubts = finish.start();
        unrolled<chunk_size / scan::size>([&](auto k) __attribute__((always_inline)) {
            const batch earlier = sums.before_group(k * scan::size);
            unrolled<scan::registers>([&](auto u) __attribute__((always_inline)) {
                constexpr std::size_t turn = k * scan::registers + u, i = turn * N::width;
                N::store(out + i, finish.template quick<turn>(sums.sum(i, earlier), doubts));
            });
        });
        if (!finish.is_right(doubts)) [[unlikely]]
            look_again(sums, out, finish);
    }
    /// The same where some quotients may be wrong.
    template <class Finish>
    [[gnu::noinline]] static void look_again(const chunk_sums& sums, T* out, const Finish& finish) {
        const auto for_sums = [&](const auto& take) {
            for (std::size_t i = 0; i < chunk_size; i += N::width) take(i, sums.sum(i, sums.before_group(i)));
        };
        auto doubts = finish.start();
        for_sums([&](std::size_t, batch sum) { finish.look_again(sum, doubts); });
        if (finish.is_right(doubts)) return;
        for_sums([&](std::size_t i, batch sum) { finish.store(out + i, std::array<batch, 1>{sum}); });
    }

    std::span<const T> x_;
    bool skips_;
    wide_window window_;
    std::ptrdiff_t chunk_; // the first of the next tile
    std::size_t skipped_;  // positions from there on that no window wanted ends at
    whole_chunks<Arch, T> between_;
    chunk_scans<Arch, T, most> scans_;
    const T* given_after_;
    std::size_t known_ = window_.whole; // chunks in after_
    alignas(64) std::array<T, (most + 1) * chunk_size> suffix_;
    alignas(64) std::array<T, most * chunk_size> prefix_;
    typename chunk_reader<Arch, T>::template room<most> copies_;
    alignas(64) std::array<T, known_chunks * chunk_group> after_; // of chunks up to chunk_, in order
};

} // namespace lanes
