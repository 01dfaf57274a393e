// lanes/backends/simd/recurrence.hpp: the exponential moving average, in one pass or tile by tile.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/decay.hpp>
#include <lanes/backends/simd/recurrence_blocks.hpp>
#include <lanes/backends/simd/recurrence_ewm.hpp>
#include <lanes/backends/simd/recurrence_few.hpp>
#include <lanes/backends/simd/recurrence_groups.hpp>
#include <lanes/backends/simd/short_copy.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

namespace lanes {

/// Neither x nor out is empty, alpha is below 1; out may be x.
template <class Arch, real T>
class simd_ema {
public:
    simd_ema(const ema_step<T>& step, std::span<const T> x, std::span<T> out)
        : simd_ema(step, x, out, out.size_bytes() >= streamed_bytes && x.data() != out.data()) {}

    /// streams: results go past the caches. Not in place, where their lines have been read anyway.
    simd_ema(const ema_step<T>& step, std::span<const T> x, std::span<T> out, bool streams)
        : x_(x), out_(out), power_(powers_of_decay<Arch>(step.alpha, x.size())), alpha_(step.alpha), reference_(x[0]),
          streams_(streams) {}

    /// u before a turn.
    using carry = T;

    // Threads take the rows in turns of some tiles: as many as pay for a guess, or few enough to lie in L2 from `up` to
    // `down`.
    static constexpr std::size_t most_turn_tiles = 16, most_telling_tiles = 4;
    std::size_t turn_tiles() const { return can_guess() ? most_turn_tiles : 4; }
    std::size_t turn_rows() const { return turn_tiles() * tile_size; }
    std::size_t turns() const { return (x_.size() + turn_rows() - 1) / turn_rows(); }
    void share(std::size_t) {} // so long that what is asked for ahead is its own

    /// Its results need a pass of their own over x, which need not wait for another where the carry is known.
    static constexpr bool one_pass = true;

    /// What the tiles of a full turn do to a carry.
    using worker = std::array<T, most_turn_tiles>;
    void up(worker& ends, std::size_t turn) const;
    carry after(const worker& ends, carry before) const {
        for (std::size_t k = 0; k < turn_tiles(); ++k) before = rule{power_}.carry(3, group_size, before, ends[k]);
        return before;
    }
    /// The results of a turn; returns u behind it, if it is full.
    carry down(worker&, std::size_t turn, carry before) const {
        return run(turn * turn_rows(), std::min(x_.size(), (turn + 1) * turn_rows()), before);
    }
    void repeat_into(std::size_t) const {}

    /// Tiles before a turn that alone tell the carry into it, since what came before them is lost in the rounding: lambda
    /// to their rows is nearly 0. Almost always; where not, a turn is computed again, which reads x again. 0 if they are
    /// too many.
    std::size_t telling_tiles() const {
        const T faded = power_(3, group_size);
        std::size_t tiles = 1;
        for (T left = faded; left >= std::numeric_limits<T>::epsilon() / (1 << 16); left *= faded)
            if (++tiles > most_telling_tiles) return 0;
        return tiles;
    }
    bool can_guess() const { return telling_tiles() != 0 && x_.data() != out_.data(); }
    carry guess(std::size_t turn) const {
        if (turn == 0) return T(0);
        const std::size_t tiles = telling_tiles();
        const T* const end = x_.data() + turn * turn_rows();
        carry u = end_of_tile(end - tiles * tile_size);
        for (std::size_t k = tiles - 1; k != 0; --k)
            u = rule{power_}.carry(3, group_size, u, end_of_tile(end - k * tile_size));
        return u;
    }
    static bool are_same(carry a, carry b) { return number<T>::bits(a) == number<T>::bits(b); }

    void run() const {
        if (x_.size() <= few_rows<part>) run_few();
        else run(0, x_.size(), T(0));
    }

private:
    using batch = xsimd::batch<T, Arch>;
    using rule = geometric_rule<T>;
    using columns_part = blocks<batch, rule>;
    using part = std::conditional_t<group_lanes<batch>::are_fast, blocks_in_order<batch, rule>, columns_part>;

    void run_few() const;
    carry run(std::size_t first, std::size_t last, carry before) const;
    T end_of_tile(const T* from) const;

    /// A set of rows that the array ends in is read from and written to a room for it.
    void up(part& rows, std::size_t sets, const T* from, const T* last_set) const {
        rows.up(
            rule{power_}, sets, [&](std::size_t j) __attribute__((always_inline)) {
                fetch<false, part::set_rows>(from + j * part::set_rows, fetched_ahead<T>);
                return terms(part::load(j + 1 == sets ? last_set : from + j * part::set_rows));
            });
    }
    void down(const part& rows, std::size_t sets, const batch& before, T* to, T* last_set) const {
        rows.down(
            rule{power_}, sets, before, [&](std::size_t j, columns<batch> u) __attribute__((always_inline)) {
                unrolled<group_size>([&](auto k) __attribute__((always_inline)) { u[k] = batch(reference_) + u[k]; });
                if (!streams_) fetch<true, part::set_rows>(to + j * part::set_rows, fetched_ahead<T>);
                part::store(j + 1 == sets ? last_set : to + j * part::set_rows, u);
            });
    }
    [[gnu::always_inline]] columns<batch> terms(columns<batch> v) const {
        unrolled<group_size>([&](auto k)
                                 __attribute__((always_inline)) { v[k] = batch(alpha_) * (v[k] - batch(reference_)); });
        return v;
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
    const T* const x = x_.data() + first;
    T* const out = out_.data() + first;
    const std::size_t rows = last - first, count = (rows + part::rows - 1) / part::rows;
    // What the last set lacks is filled with its last row. Anything would do, but numbers that fade to nothing would
    // meet subnormal results, which are slow.
    alignas(64) std::array<T, part::set_rows> room;
    const std::size_t ragged = rows % part::set_rows;
    if (ragged != 0) short_copy<batch>(x + rows - ragged, ragged, room.data(), room.size(), x[rows - 1]);
    const auto sets = [&](std::size_t p) {
        return std::min(group_size, (rows - p * part::rows + part::set_rows - 1) / part::set_rows);
    };
    const auto last_set = [&](std::size_t p, auto* from) {
        return ragged != 0 && p + 1 == count ? room.data() : from + (sets(p) - 1) * part::set_rows;
    };
    for (std::size_t p = 0; p <= count; ++p) {
        if (p < count) {
            const T* from = x + p * part::rows;
            up(parts[p % 2], sets(p), from, last_set(p, from));
            const std::size_t block = p % (tile_size / part::rows) * part::count;
            upper.push(rule{power_}, block, parts[p % 2].last());
            before_part[p % 2] = upper.carries(rule{power_}, block, before);
            if (block + part::count == tile_size / 64) before = upper.after(rule{power_}, before);
        }
        if (p > 0) {
            T* const to = out + (p - 1) * part::rows;
            const bool is_full = p * part::rows <= rows;
            T* const direct = is_full ? way.room_for(to) : to;
            down(parts[(p - 1) % 2], sets(p - 1), before_part[(p - 1) % 2], direct, last_set(p - 1, direct));
            if (is_full) way.send(to, part::rows);
        }
    }
    short_copy<batch>(room.data(), ragged, out + rows - ragged);
    if (first == 0) out_[0] = reference_;
    return before;
}

/// A few rows, which lie in the registers of one set. 20 doubles: 47 ns, and 71 as a part of a tile; AVX2 53 and 87.
template <class Arch, real T>
void simd_ema<Arch, T>::run_few() const {
    alignas(64) std::array<T, part::set_rows> room;
    short_copy<batch>(x_.data(), x_.size(), room.data(), room.size(), x_.back());
    columns<batch> u = part::solved(rule{power_}, terms(part::load(room.data())));
    unrolled<group_size>([&](auto k) __attribute__((always_inline)) { u[k] = batch(reference_) + u[k]; });
    part::store(room.data(), u);
    short_copy<batch>(room.data(), x_.size(), out_.data());
    out_[0] = reference_;
}

/// The last item of level 3 of a tile.
template <class Arch, real T>
T simd_ema<Arch, T>::end_of_tile(const T* from) const {
    typename columns_part::upper upper;
    for (std::size_t block = 0; block < tile_size / 64; block += columns_part::count, from += columns_part::rows)
        upper.push(rule{power_}, block,
                   columns_part::last(
                       rule{power_}, [&](std::size_t j) __attribute__((always_inline)) {
                           return terms(columns_part::load(from + j * columns_part::set_rows));
                       }));
    return upper.last();
}

template <class Arch, real T>
void simd_ema<Arch, T>::up(worker& ends, std::size_t turn) const {
    const T* from = x_.data() + turn * turn_rows();
    if (x_.size() - turn * turn_rows() < turn_rows()) return; // nobody waits for what is behind the last one
    for (std::size_t k = 0; k < turn_tiles(); ++k, from += tile_size) ends[k] = end_of_tile(from);
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
