// lanes/backends/simd/recurrence.hpp: the exponential moving average, in one pass or tile by tile.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/recurrence_blocks.hpp>
#include <lanes/backends/simd/recurrence_columns.hpp>
#include <lanes/backends/simd/recurrence_ewm.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace lanes {

/// Neither x nor out is empty, alpha is below 1; out may be x.
template <class Arch, real T>
class simd_ema {
public:
    simd_ema(const ema_step<T>& step, std::span<const T> x, std::span<T> out)
        : simd_ema(step, x, out, out.size_bytes() >= streamed_bytes && x.data() != out.data()) {}

    /// streams: results go past the caches. Not in place, where their lines have been read anyway.
    simd_ema(const ema_step<T>& step, std::span<const T> x, std::span<T> out, bool streams)
        : x_(x), out_(out), power_(step.alpha, x.size()), alpha_(step.alpha), reference_(x[0]), streams_(streams) {}

    /// u before a turn.
    using carry = T;

    // Threads take the rows in turns of some tiles, few enough for L2 and enough to pay for the word between threads.
    static constexpr std::size_t turn_tiles = 4, turn_rows = turn_tiles * tile_size;
    std::size_t turns() const { return (x_.size() + turn_rows - 1) / turn_rows; }

    /// Its results need a pass of their own over x, which need not wait for another where the carry is known.
    static constexpr bool one_pass = true;

    /// What the tiles of a full turn do to a carry.
    using worker = std::array<T, turn_tiles>;
    void up(worker& ends, std::size_t turn) const;
    carry after(const worker& ends, carry before) const {
        for (const T end : ends) before = rule{power_}.carry(3, group_size, before, end);
        return before;
    }
    /// The results of a turn; returns u behind it, if it is full.
    carry down(worker&, std::size_t turn, carry before) const {
        return run(turn * turn_rows, std::min(x_.size(), (turn + 1) * turn_rows), before);
    }
    void repeat_into(std::size_t) const {}

    void run() const { run(0, x_.size(), T(0)); }

private:
    using batch = xsimd::batch<T, Arch>;
    using rule = geometric_rule<T>;
    using part = blocks<batch, rule>;

    carry run(std::size_t first, std::size_t last, carry before) const;

    void up(part& rows, std::size_t sets, const T* from) const {
        rows.up(
            rule{power_},
            sets, [&](std::size_t j) __attribute__((always_inline)) { return terms(from + j * part::set_rows); });
    }
    void down(const part& rows, std::size_t sets, const batch& before, T* to) const {
        rows.down(
            rule{power_}, sets, before, [&](std::size_t j, const columns<batch>& u) __attribute__((always_inline)) {
                write(to + j * part::set_rows, u);
            });
    }
    /// The last rows of x, so many of the last one behind them that a set is full. Anything would do, but numbers that
    /// fade to nothing would meet subnormal results, which are slow.
    template <std::size_t most>
    static const T* padded(const T* from, std::size_t size, std::array<T, most>& room) {
        const std::size_t full = (size + part::set_rows - 1) / part::set_rows * part::set_rows;
        std::fill(std::copy_n(from, size, room.begin()), room.begin() + full, from[size - 1]);
        return room.data();
    }
    [[gnu::always_inline]] columns<batch> terms(const T* from) const {
        columns<batch> v = transposed_columns<batch>::load(from);
        unrolled<group_size>([&](auto k)
                                 __attribute__((always_inline)) { v[k] = batch(alpha_) * (v[k] - batch(reference_)); });
        return v;
    }
    [[gnu::always_inline]] void write(T* to, columns<batch> u) const {
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) { u[k] = batch(reference_) + u[k]; });
        transposed_columns<batch>::store(to, u);
    }

    std::span<const T> x_;
    std::span<T> out_;
    decay_powers<T> power_;
    T alpha_, reference_;
    bool streams_;
};

/// Rows first ... last - 1, where first starts a tile. Registers hold each value from its load to its scan, and the
/// results of a part of some hundred rows wait in L1 until the carry into it is known: up(p) comes before down(p - 1),
/// which hides the latency of the carry.
template <class Arch, real T>
auto simd_ema<Arch, T>::run(std::size_t first, std::size_t last, carry before) const -> carry {
    std::array<part, 2> parts;
    std::array<batch, 2> before_part;
    typename part::upper upper;
    way_to_memory<Arch, T, part::rows> way(streams_);
    alignas(64) std::array<T, part::rows> room; // for the part that the array ends in
    const T* const x = x_.data() + first;
    T* const out = out_.data() + first;
    const std::size_t count = (last - first + part::rows - 1) / part::rows;
    const std::size_t left = last - first - (count - 1) * part::rows;
    const auto is_short = [&](std::size_t p) { return p + 1 == count && left < part::rows; };
    const auto sets = [&](std::size_t p) {
        return p + 1 == count ? (left + part::set_rows - 1) / part::set_rows : group_size;
    };
    for (std::size_t p = 0; p <= count; ++p) {
        if (p < count) {
            const T* from = x + p * part::rows;
            if (is_short(p)) from = padded(from, left, room);
            up(parts[p % 2], sets(p), from);
            const std::size_t block = p % (tile_size / part::rows) * part::count;
            upper.push(rule{power_}, block, parts[p % 2].last());
            before_part[p % 2] = upper.carries(rule{power_}, block, before);
            if (block + part::count == tile_size / 64) before = upper.after(rule{power_}, before);
        }
        if (p > 0) {
            T* const to = out + (p - 1) * part::rows;
            down(parts[(p - 1) % 2], sets(p - 1), before_part[(p - 1) % 2],
                 is_short(p - 1) ? room.data() : way.room_for(to));
            if (is_short(p - 1)) std::copy_n(room.begin(), left, to);
            else way.send(to, part::rows, p + 2 < count ? x + (p + 1) * part::rows : nullptr);
        }
    }
    if (first == 0) out_[0] = reference_;
    return before;
}

template <class Arch, real T>
void simd_ema<Arch, T>::up(worker& ends, std::size_t turn) const {
    const T* from = x_.data() + turn * turn_rows;
    if (x_.size() - turn * turn_rows < turn_rows) return; // nobody waits for what is behind the last one
    for (T& end : ends) {
        typename part::upper upper;
        for (std::size_t block = 0; block < tile_size / 64; block += part::count, from += part::rows)
            upper.push(rule{power_}, block,
                       part::last(
                           rule{power_}, [&](std::size_t j) __attribute__((always_inline)) {
                               return terms(from + j * part::set_rows);
                           }));
        end = upper.last();
    }
}

template <class Arch>
template <real T>
void simd_backend<Arch>::recurrence(const ema_step<T>& step, std::span<const T> x, std::span<T> out) const {
    if (!x.empty()) simd_ema<Arch, T>(step, x, out).run();
}

template <class Arch>
template <real T>
void simd_backend<Arch>::recurrence(const ewm_step<T>& step, std::span<const T> x, std::span<T> out) const {
    if (!x.empty()) simd_ewm<Arch, T>(step, x, out).run();
}

} // namespace lanes
