// lanes/backends/simd/recurrence_ewm.hpp: exponentially weighted means with missing values, tile by tile.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/decay.hpp>
#include <lanes/backends/simd/ends.hpp>
#include <lanes/backends/simd/recurrence_blocks.hpp>
#include <lanes/backends/simd/recurrence_few.hpp>
#include <lanes/backends/simd/recurrence_gaps.hpp>
#include <lanes/backends/simd/recurrence_tile.hpp>
#include <lanes/backends/simd/short_copy.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <tuple>

namespace lanes {

/// x and out are not empty and lie apart.
template <class Arch, real T>
class simd_ewm {
public:
    /// u before a tile, for the numerators and the denominators.
    struct carry {
        T numerator = 0, denominator = 0;
    };
    using worker = ewm_tile<Arch, T>;

    simd_ewm(const ewm_step<T>& step, std::span<const T> x, std::span<T> out)
        : step_(step), x_(x), out_(out), power_(powers_of_decay<Arch>(step.alpha, x.size())) {
        std::tie(first_, start_) = first_rows<batch>(x, step.min_periods);
        if (first_ < x.size()) reference_ = x[first_];
    }

    void run() const {
        if (x_.size() <= few_rows<part> && step_.alpha < T(1) && first_ < x_.size()) {
            bool is_gapless;
            alignas(64) std::array<T, part::set_rows> rows;
            short_copy<batch>(x_.data(), x_.size(), rows.data(), rows.size(), reference_);
            if (means_of_few<part>(step_, power_, reference_, rows.data(), is_gapless))
                return finish(rows.data(), x_.size(), 0, is_gapless);
        }
        if (x_.size() <= worker::few * part::rows) {
            typename worker::template memory<worker::few> rows;
            worker at(rows);
            up(at, 0);
            down(at, 0, {});
            return;
        }
        worker at;
        carry before;
        for (std::size_t k = 0; k < turns(); repeat_into(k++)) {
            up(at, k);
            before = down(at, k, before);
        }
    }

    static constexpr bool one_pass = false; // what `up` computes is needed for the results
    static constexpr bool can_guess() { return false; }
    /// So many take turns; each asks for lines of its own next tile: where two asked for the other's, they lost a tenth.
    void share(std::size_t workers) { next_tile_ = workers * tile_size; }
    std::size_t turns() const { return (x_.size() + tile_size - 1) / tile_size; }
    void up(worker& at, std::size_t k) const;
    carry after(const worker& at, carry before) const;
    carry down(worker& at, std::size_t k, carry before) const;

    /// Rows at the start of tile k that repeat a mean of an earlier tile, which is complete.
    void repeat_into(std::size_t k) const {
        const std::size_t end = std::min(x_.size(), (k + 1) * tile_size); // or long gaps are gone through often
        std::size_t i = k * tile_size;
        for (; k > 0 && i > first_ && i < end && !step_.observed(x_[i]); ++i) out_[i] = out_[i - 1];
    }

private:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    using geometric = geometric_rule<T>;
    using varying = affine_rule<T>;
    using part = blocks<batch, geometric>;
    static constexpr std::size_t all_sets = tile_size / part::set_rows,
                                 sets_to_beyond = all_sets - fetched_ahead<T> / part::set_rows;
    /// Of a tile without gaps that stands for all of them.
    std::size_t sets_of_ones() const { return std::min(all_sets, (x_.size() + part::set_rows - 1) / part::set_rows); }

    bool is_geometric(std::size_t k, bool is_gapless) const {
        if (step_.adjust && !step_.ignore_na) return true;
        const std::size_t row = k * tile_size;
        return is_gapless && (step_.adjust || step_.ignore_na || row <= first_ || step_.observed(x_[row - 1]));
    }
    /// The factor and the term of rows where gaps do not count.
    affine<batch> row_of(batch x, T share) const {
        const auto observed = is_observed(x);
        return {N::select(observed, batch(power_(0, 1)), batch(T(1))),
                N::select(observed, batch(share) * (x - batch(reference_)), batch(T(0)))};
    }
    void list_rows(worker& at, std::size_t k) const;
    void solve(worker& at, const auto& numerators, const auto& rule, carry before) const;
    /// The results of rows from the start of tile k on, which are in `made` so far.
    void finish(T* made, std::size_t count, std::size_t k, bool is_gapless) const {
        finish_rows<batch>(x_, out_, k * tile_size, made, count, is_gapless, first_, start_);
    }

    const ewm_step<T>& step_; // a copy would wait for the numbers that were just written
    std::span<const T> x_;
    std::span<T> out_;
    decay_powers<T> power_;
    std::size_t first_, start_; // first observed row, first row with enough of them
    T reference_ = 0;
    std::size_t next_tile_ = tile_size; // rows from one tile to the next that the same worker takes, about
};

template <class Arch, real T>
void simd_ewm<Arch, T>::up(worker& at, std::size_t k) const {
    at.size = std::min(tile_size, x_.size() - k * tile_size);
    at.sets = (at.size + part::set_rows - 1) / part::set_rows;
    at.from = &x_[k * tile_size];
    at.to = &out_[k * tile_size];
    at.is_empty = k * tile_size + at.size <= first_; // as long as nothing was observed there is no mean
    if (at.is_empty) return;
    if (at.size % part::set_rows != 0) {
        short_copy<batch>(at.from, at.size, at.room, at.sets * part::set_rows, reference_);
        at.from = at.to = at.room;
    }
    columns<batch> worst = filled(batch(T(0))); // 0 or NaN, in as many chains as hide the latency
    for (std::size_t i = 0; i < at.sets * part::set_rows; i += part::set_rows)
        unrolled<group_size>([&](auto n) __attribute__((always_inline)) {
            const batch x = N::load(at.from + i + n * N::width);
            worst[n] = worst[n] + (x - x);
        });
    batch any = worst[0];
    unrolled<group_size - 1>([&](auto n) __attribute__((always_inline)) { any = any + worst[n + 1]; });
    at.is_gapless = !N::any(N::is_nan(any));
    at.is_geometric = is_geometric(k, at.is_gapless);
    if (step_.alpha == T(1)) return;

    const geometric rule{power_};
    const T* from = at.from;
    const auto rows_of = [&](std::size_t set) __attribute__((always_inline)) {
        return transposed_columns<batch>::load(from + set * part::set_rows);
    };
    if (at.is_geometric) {
        const T share = step_.adjust ? T(1) : step_.alpha;
        at.numerators.up(
            rule, at.sets, [&](std::size_t j) __attribute__((always_inline)) {
                return each_of(
                    rows_of(j), [&](batch x) __attribute__((always_inline)) {
                        const batch term = batch(share) * (x - batch(reference_)); // exact if adjusted
                        return at.is_gapless ? term : N::select(is_observed(x), term, batch(T(0)));
                    });
            });
        if (step_.adjust && at.is_gapless && !at.has_ones) {
            const columns<batch> ones = filled(batch(T(1)));
            at.denominators.up(rule, sets_of_ones(), [&](std::size_t) { return ones; });
        } else if (step_.adjust && !at.is_gapless) {
            at.denominators.up(
                rule, at.sets, [&](std::size_t j) __attribute__((always_inline)) {
                    return each_of(
                        rows_of(j), [&](batch x) __attribute__((always_inline)) {
                            return N::select(is_observed(x), batch(T(1)), batch(T(0)));
                        });
                });
        }
        if (step_.adjust) at.has_ones = at.is_gapless;
    } else {
        if (!at.rows) at.rows = std::make_unique_for_overwrite<typename worker::varying_rows>();
        auto& rows = *at.rows;
        const bool has_distances = !step_.adjust && !step_.ignore_na;
        if (has_distances) list_rows(at, k);
        const T share = step_.adjust ? T(1) : step_.alpha;
        rows.numerators.up(
            varying{}, at.sets, [&](std::size_t j) __attribute__((always_inline)) {
                if (has_distances)
                    return pairs(transposed_columns<batch>::load(&rows.factor[j * part::set_rows]),
                                 transposed_columns<batch>::load(&rows.numerator[j * part::set_rows]));
                return each_of(
                    rows_of(j), [&](batch x) __attribute__((always_inline)) { return row_of(x, share); });
            });
        if (step_.adjust)
            rows.denominators.up(
                varying{}, at.sets, [&](std::size_t j) __attribute__((always_inline)) {
                    return each_of(
                        rows_of(j), [&](batch x) __attribute__((always_inline)) {
                            return affine<batch>{row_of(x, T(1)).a,
                                                 N::select(is_observed(x), batch(T(1)), batch(T(0)))};
                        });
                });
    }
}

/// The rows of a tile in which values come after gaps that count.
template <class Arch, real T>
void simd_ewm<Arch, T>::list_rows(worker& at, std::size_t k) const {
    auto& rows = *at.rows;
    std::size_t last = k * tile_size; // one past the observed row before
    // Only the tile that a gap ends in looks where it began, which may be far.
    bool is_in_gap = last > first_ && !step_.observed(x_[last - 1]);
    for (std::size_t i = 0; i < at.sets * part::set_rows; i += 64) {
        const std::size_t some = std::min<std::size_t>(64, at.sets * part::set_rows - i);
        for (std::size_t n = 0; n < some; n += batch::size) {
            const affine<batch> without_gaps = row_of(N::load(at.from + i + n), step_.alpha);
            N::store(&rows.factor[i + n], without_gaps.a);
            N::store(&rows.numerator[i + n], without_gaps.b);
        }
        const std::uint64_t observed = observed_rows<batch>(at.from + i, some);
        // Bit by bit through the rows that are observed and behind one that is not.
        const std::size_t row = k * tile_size + i;
        std::uint64_t ends = observed & ~(observed << 1 | (last == row && !is_in_gap ? 1 : 0));
        for (; ends != 0; ends &= ends - 1) {
            const auto n = static_cast<std::size_t>(std::countr_zero(ends));
            const std::uint64_t before = observed & ((std::uint64_t{1} << n) - 1);
            while (is_in_gap && !step_.observed(x_[last - 1])) --last;
            is_in_gap = false;
            if (before != 0) last = row + static_cast<std::size_t>(std::bit_width(before));
            if (row + n <= first_) continue;
            const gap_weights<T> weights = rows.weights.at(power_, step_.alpha, row + n - last + 1);
            rows.factor[i + n] = weights.factor;
            rows.numerator[i + n] = rows.numerator[i + n] / weights.divisor;
        }
        if (observed != 0) last = row + static_cast<std::size_t>(std::bit_width(observed));
    }
}

template <class Arch, real T>
auto simd_ewm<Arch, T>::after(const worker& at, carry before) const -> carry {
    if (step_.alpha == T(1) || at.is_empty) return before;
    const auto next = [&](const auto& rule, const auto& n, const auto& d) -> carry {
        return {n.after(rule, before.numerator), step_.adjust ? d.after(rule, before.denominator) : T(0)};
    };
    if (at.is_geometric) return next(geometric{power_}, at.numerators, at.denominators);
    return next(varying{}, at.rows->numerators, at.rows->denominators);
}

template <class Arch, real T>
auto simd_ewm<Arch, T>::down(worker& at, std::size_t k, carry before) const -> carry {
    if (at.is_empty) {
        std::fill_n(at.to, at.size, std::numeric_limits<T>::quiet_NaN());
        return before;
    }
    if (step_.alpha == T(1)) {
        for (std::size_t j = 0; j < at.sets; ++j) {
            const columns<batch> x = transposed_columns<batch>::load(at.from + j * part::set_rows);
            columns<batch> y = x;
            if (!at.is_gapless) repeat_in_groups<batch>(x, y);
            transposed_columns<batch>::store(at.to + j * part::set_rows, y);
        }
    } else {
        const bool is_known =
            at.is_geometric && at.is_gapless && at.has_quotients && at.quotients_before == before.denominator;
        if (step_.adjust && !is_known) {
            const auto keep = [&](std::size_t j, const columns<batch>& u) { at.denominator[j] = u; };
            at.has_quotients = at.is_geometric && at.is_gapless;
            at.quotients_before = before.denominator;
            if (at.has_quotients) at.denominators.down(geometric{power_}, sets_of_ones(), before.denominator, keep);
            else if (at.is_geometric) at.denominators.down(geometric{power_}, at.sets, before.denominator, keep);
            else at.rows->denominators.down(varying{}, at.sets, before.denominator, keep);
        }
        if (at.is_geometric) solve(at, at.numerators, geometric{power_}, before);
        else solve(at, at.rows->numerators, varying{}, before);
    }
    finish(at.to, at.size, k, at.is_gapless);
    return at.size == tile_size ? after(at, before) : before;
}

template <class Arch, real T>
void simd_ewm<Arch, T>::solve(worker& at, const auto& numerators, const auto& rule, carry before) const {
    T* const to = at.to;
    const T *const next = moved(at.from, next_tile_), *const ahead = moved(to, fetched_ahead<T>),
                   *const beyond = moved(ahead, next_tile_ - tile_size); // in this worker's next tile
    const columns<batch>* const denominator = at.denominator;
    const bool adjust = step_.adjust, is_far = x_.size_bytes() >= fetched_bytes;
    // Inlined, and all loops over registers written out: at -O2 the 8 of u would lie in memory.
    const auto store = [&](std::size_t j, columns<batch> u) __attribute__((always_inline)) {
        if (is_far) {
            fetch<false, part::set_rows, 2>(next, static_cast<std::ptrdiff_t>(j * part::set_rows));
            fetch<true, part::set_rows>(j < sets_to_beyond ? ahead : beyond,
                                        static_cast<std::ptrdiff_t>(j * part::set_rows));
        }
        if (adjust)
            unrolled<group_size>([&](auto k) __attribute__((always_inline)) {
                u[k] = number<batch>::quotient(u[k], denominator[j][k]);
            });
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) { u[k] = batch(reference_) + u[k]; });
        if (!at.is_gapless) repeat_in_groups<batch>(transposed_columns<batch>::load(at.from + j * part::set_rows), u);
        transposed_columns<batch>::store(to + j * part::set_rows, u);
    };
    numerators.down(rule, at.sets, before.numerator, store);
}

} // namespace lanes
