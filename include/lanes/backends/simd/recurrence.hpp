// lanes/backends/simd/recurrence.hpp: the exponential moving average, in one pass or tile by tile.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/recurrence_blocks.hpp>
#include <lanes/backends/simd/recurrence_columns.hpp>
#include <lanes/backends/simd/recurrence_ewm.hpp>
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
        : x_(x), out_(out), power_(step.alpha, x.size()), alpha_(step.alpha), reference_(x[0]) {}

    std::size_t tiles() const { return (x_.size() + tile_size - 1) / tile_size; }

    using carry = T;
    class worker;
    void up(worker& at, std::size_t k) const;
    carry after(const worker& at, carry before) const { return at.rows.after(rule{power_}, before); }
    void down(worker& at, std::size_t k, carry before) const;
    void repeat_into(std::size_t) const {}

    /// All rows. Registers hold each value from its load to its scan, and the results of a part of some hundred rows
    /// wait in L1 until the carry into it is known: up(p) comes before down(p - 1), which hides the latency of the carry.
    void run() const {
        std::array<part, 2> parts;
        std::array<batch, 2> before;
        typename part::upper upper;
        T carry = 0;
        alignas(64) std::array<T, part::rows> room; // for the part that the array ends in
        const std::size_t count = (x_.size() + part::rows - 1) / part::rows;
        const std::size_t left = x_.size() - (count - 1) * part::rows;
        const auto is_short = [&](std::size_t p) { return p + 1 == count && left < part::rows; };
        const auto sets = [&](std::size_t p) {
            return p + 1 == count ? (left + part::set_rows - 1) / part::set_rows : group_size;
        };
        for (std::size_t p = 0; p <= count; ++p) {
            if (p < count) {
                const T* from = &x_[p * part::rows];
                if (is_short(p)) from = padded(from, left, room);
                up(parts[p % 2], sets(p), from);
                const std::size_t first = p % (tile_size / part::rows) * part::count;
                upper.push(rule{power_}, first, parts[p % 2].last());
                before[p % 2] = upper.carries(rule{power_}, first, carry);
                if (first + part::count == tile_size / 64) carry = upper.after(rule{power_}, carry);
            }
            if (p > 0) {
                const std::size_t q = p - 1;
                down(parts[q % 2], sets(q), before[q % 2], is_short(q) ? room.data() : &out_[q * part::rows]);
                if (is_short(q)) std::copy_n(room.begin(), left, &out_[q * part::rows]);
            }
        }
        out_[0] = reference_;
    }

private:
    using batch = xsimd::batch<T, Arch>;
    using rule = geometric_rule<T>;
    using part = blocks<batch, rule>;

    void up(part& rows, std::size_t sets, const T* from) const {
        rows.up(rule{power_}, sets, [&](std::size_t j) { return terms(from + j * part::set_rows); });
    }
    void down(const part& rows, std::size_t sets, batch before, T* to) const {
        rows.down(rule{power_}, sets, before,
                  [&](std::size_t j, const columns<batch>& u) { write(to + j * part::set_rows, u); });
    }
    /// The last rows of x, so many of the last one behind them that a set is full. Anything would do, but numbers that
    /// fade to nothing would meet subnormal results, which are slow.
    template <std::size_t most>
    static const T* padded(const T* from, std::size_t size, std::array<T, most>& room) {
        const std::size_t full = (size + part::set_rows - 1) / part::set_rows * part::set_rows;
        std::fill(std::copy_n(from, size, room.begin()), room.begin() + full, from[size - 1]);
        return room.data();
    }
    columns<batch> terms(const T* from) const {
        columns<batch> v = transposed_columns<batch>::load(from);
        for (batch& b : v) b = batch(alpha_) * (b - batch(reference_));
        return v;
    }
    void write(T* to, columns<batch> u) const {
        for (batch& y : u) y = batch(reference_) + y;
        transposed_columns<batch>::store(to, u);
    }

    std::span<const T> x_;
    std::span<T> out_;
    decay_powers<T> power_;
    T alpha_, reference_;
};

/// What one thread holds of the tile that it is at.
template <class Arch, real T>
class simd_ema<Arch, T>::worker {
    friend class simd_ema;
    std::size_t size = 0, sets = 0;
    const T* from = nullptr; // x of the tile, copied and padded if it is not full
    T* to = nullptr;
    tile<batch, rule> rows;
    alignas(64) std::array<T, tile_size> room;
};

template <class Arch, real T>
void simd_ema<Arch, T>::up(worker& at, std::size_t k) const {
    at.size = std::min(tile_size, x_.size() - k * tile_size);
    at.sets = (at.size + part::set_rows - 1) / part::set_rows;
    at.from = &x_[k * tile_size];
    at.to = &out_[k * tile_size];
    if (at.size % part::set_rows != 0) {
        at.from = padded(at.from, at.size, at.room);
        at.to = at.room.data();
    }
    at.rows.up(rule{power_}, at.sets, [&](std::size_t j) { return terms(at.from + j * part::set_rows); });
}

template <class Arch, real T>
void simd_ema<Arch, T>::down(worker& at, std::size_t k, carry before) const {
    at.rows.down(rule{power_}, at.sets, before,
                 [&](std::size_t j, const columns<batch>& u) { write(at.to + j * part::set_rows, u); });
    if (at.to == at.room.data()) std::copy_n(at.to, at.size, &out_[k * tile_size]);
    if (k == 0) out_[0] = reference_;
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
