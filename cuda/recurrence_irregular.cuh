// cuda/recurrence_irregular.cuh: tiles of weighted means in which rows are missing, or differ in how much they weigh.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_ema.cuh>

#include <limits>
#include <type_traits>

namespace lanes::device {

/// What is known of an array before its tiles are computed: the first observed row, and the one from which on results
/// have enough observed rows behind them. Both have all bits set where there is none.
struct observed_rows {
    std::uint64_t first, start;
};

template <class T>
struct ewm_shared {
    recurrence_shared<T, affine<device_number<T>>> tile;
    std::uint32_t observed[tile_size / 32], is_full[recurrence_threads / warp_size];
    T row_before[tiles_at_once<T>]; // the one before the tile's first
};
template <class T>
union ewm_memory {
    ewm_shared<T> tile;
    carrier_shared<T> carrier;
};

/// For each tile the last observed row up to its end. A tile that has one leaves it as soon as its rows are loaded; one
/// that has none leaves that, and later the row that it found before itself: who looks back over a long gap passes 32
/// tiles at a time, and most often meets one that has found it already.
struct last_rows_of_tiles {
    static constexpr std::uint64_t absent = ~std::uint64_t{0}, none = absent - 1;

    std::uint64_t* rows;

    __device__ void leave(std::uint64_t tile, std::uint64_t row) const { store_relaxed(rows + tile, row); }

    /// The last observed row before `tile`, of which there is one: by the lanes of a warp together.
    __device__ std::uint64_t before(std::uint64_t tile) const {
        for (std::uint64_t end = tile;;) {
            const std::uint64_t distance = 1 + lane_index();
            const std::uint64_t row = distance <= end ? load_relaxed(rows + (end - distance)) : none;
            const unsigned known = ballot(row < none), missing = ballot(row == absent);
            const unsigned nearer = known == 0 ? whole_warp : (known & -known) - 1; // than the nearest that knows
            if ((missing & nearer) != 0) {
                wait_a_little();
                continue;
            }
            if (known != 0) return shuffle(row, lowest_bit(known));
            if (end <= warp_size) return 0;
            end -= warp_size;
        }
    }
};

/// What the rows of a tile need to know of the array.
template <class T>
struct ewm_array {
    ewm_step<T> step;
    const T* x;
    T* out;
    std::uint64_t size;
    const observed_rows* known;
    last_rows_of_tiles last_rows;
    std::uint32_t* repeats; // set to 0 by a tile whose first rows repeat a mean of an earlier one
};

/// One tile whose rows have factors of their own, or some of whose rows are missing.
template <class T>
class irregular_tile {
public:
    using N = device_number<T>;

    __device__ irregular_tile(const ewm_array<T>& array, const decay_powers<T>& power, ewm_shared<T>& shared,
                              const T* rows, std::uint64_t first_row, observed_rows known, N reference)
        : array_(array), power_(power), shared_(shared), rows_(rows), first_row_(first_row), known_(known),
          reference_(reference) {
        const unsigned group = thread_index() * group_rows;
        bits_ = shared.observed[group / 32] >> (group % 32) & 0xff;
        last_ = before_group(group);
    }

    /// u of this thread's rows, by either rule, once the words of earlier tiles are there. Leaves the tile's run first.
    template <class Rule>
    __device__ void solve(const Rule& rule, bool is_denominator, const words_of_tiles<T>& words, bool leaves,
                          bool solves, N (&u)[group_rows]) const {
        using item = typename Rule::template item<N>;
        item own[group_rows];
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) own[j] = row<item>(j, is_denominator);
        synchronize_block();
        const tile_of_block<Rule, T> levels(rule, own, reinterpret_cast<item*>(shared_.tile.items));
        const std::uint64_t tile = first_row_ / tile_size;
        if (leaves && thread_index() == group_rows - 1 && tile + 1 < words.tiles)
            leave(levels.run(), is_denominator, words);
        if (!solves) return;
        const unsigned kind = is_denominator ? before_of_denominators : before_of_numerators;
        if (thread_index() == 0) shared_.tile.before[0] = tile == 0 ? T(0) : words.wait_for(kind, tile).value;
        synchronize_block();
        const N before = levels.before().carry(rule, N(shared_.tile.before[0]));
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) u[j] = rule.carry(0, j + 1, before, levels.rows[j]);
    }

    __device__ bool is_observed(unsigned j) const {
        return (bits_ >> j & 1) != 0;
    }

private:
    __device__ void leave(N run, bool is_denominator, const words_of_tiles<T>& words) const {
        const std::uint64_t tile = first_row_ / tile_size;
        words.leave(is_denominator ? run_of_denominators : run_of_numerators, tile, run);
        if (!is_denominator) words.leave(run_factor, tile, N(power_(3, group_size)));
    }
    __device__ void leave(affine<N> run, bool is_denominator, const words_of_tiles<T>& words) const {
        const std::uint64_t tile = first_row_ / tile_size;
        words.leave(is_denominator ? run_of_denominators : run_of_numerators, tile, run.b);
        if (!is_denominator) words.leave(run_factor, tile, run.a);
    }

    /// The last observed row before this thread's group, if there is one and gaps matter.
    __device__ std::uint64_t before_group(unsigned group) const {
        if (array_.step.adjust || array_.step.ignore_na) return 0;
        const std::uint64_t far =
            first_row_ <= known_.first ? first_row_ : array_.last_rows.before(first_row_ / tile_size);
        std::uint32_t bits = shared_.observed[group / 32] & ((1u << (group % 32)) - 1);
        unsigned word = group / 32;
        while (bits == 0 && word > 0) bits = shared_.observed[--word];
        return bits != 0 ? first_row_ + word * 32 + highest_bit(bits) : far;
    }

    /// Factor and term of row j: see serial's recurrence.
    template <class Item>
    __device__ Item row(unsigned j, bool is_denominator) const {
        const auto& step = array_.step;
        const std::uint64_t i = first_row_ + thread_index() * group_rows + j;
        N factor = is_observed(j) || !step.ignore_na ? N(power_(0, 1)) : N(T(1)), term(T(0));
        if (is_observed(j)) {
            const N difference =
                i == known_.first ? N(T(0)) : N(rows_[row_place<T>(thread_index() * group_rows + j)]) - reference_;
            term = is_denominator ? N(T(1)) : step.adjust ? difference : N(step.alpha) * difference;
            if (!step.adjust && !step.ignore_na && i != known_.first) {
                const unsigned earlier = bits_ & ((1u << j) - 1);
                const std::uint64_t last = earlier == 0 ? last_ : i - j + highest_bit(earlier);
                if (i - last > 1) {
                    const gap_weights<N> weights(power_, N(step.alpha), i - last);
                    factor = weights.factor;
                    term = term / weights.divisor;
                }
            }
        } else if (!step.adjust) {
            factor = N(T(1)); // the gap is made up for at the next observed row
        }
        if constexpr (std::is_same_v<Item, affine<N>>) return {factor, term};
        else return term;
    }

    const ewm_array<T>& array_;
    const decay_powers<T>& power_;
    ewm_shared<T>& shared_;
    const T* rows_;
    std::uint64_t first_row_;
    observed_rows known_;
    N reference_;
    unsigned bits_;
    std::uint64_t last_;
};

/// Leaves the last observed row of a tile, or that it has none; returns whether it has. By warp 0.
template <class T>
__device__ inline bool leave_last_row(const ewm_array<T>& array, const ewm_shared<T>& shared, std::uint64_t first_row) {
    std::uint64_t row = last_rows_of_tiles::none;
    for (unsigned word = 0; word < tile_size / 32; word += warp_size) {
        const std::uint32_t bits = shared.observed[word + lane_index()];
        const unsigned with_rows = ballot(bits != 0);
        if (with_rows == 0) continue;
        const unsigned last = highest_bit(with_rows);
        row = first_row + (word + last) * 32 + highest_bit(shuffle(bits, last));
    }
    if (lane_index() == 0) array.last_rows.leave(first_row / tile_size, row);
    return row != last_rows_of_tiles::none;
}

/// Such a tile from its rows to its means in shared memory. A function of its own, so that the registers it needs are not
/// kept free on the way of regular tiles.
template <class T>
__device__ __noinline__ void irregular_means(const ewm_array<T>& array, const decay_powers<T>& power,
                                             ewm_shared<T>& shared, T* rows, std::uint64_t first_row,
                                             observed_rows known, device_number<T> reference, bool is_geometric,
                                             const words_of_tiles<T>& words) {
    using N = device_number<T>;
    const geometric_rule<T> geometric{power};
    const affine_rule<T> varying;
    const bool lacks_row = warp_index() == 0 && !leave_last_row(array, shared, first_row);
    const irregular_tile<T> tile(array, power, shared, rows, first_row, known, reference);
    N u[group_rows], d[group_rows];
    const auto solve = [&](bool is_denominator, bool leaves, bool solves, N(&result)[group_rows]) {
        if (is_geometric) tile.solve(geometric, is_denominator, words, leaves, solves, result);
        else tile.solve(varying, is_denominator, words, leaves, solves, result);
    };
    if (array.step.adjust) { // both runs are left before one is waited for
        solve(false, true, false, u);
        solve(true, true, true, d);
        solve(false, false, true, u);
    } else {
        solve(false, true, true, u);
    }
    if (lacks_row && first_row > known.first) {
        const std::uint64_t row = array.last_rows.before(first_row / tile_size);
        if (lane_index() == 0) array.last_rows.leave(first_row / tile_size, row);
    }
    synchronize_block();
    for (unsigned j = 0; j < group_rows; ++j) {
        const std::uint64_t i = first_row + thread_index() * group_rows + j;
        if (!tile.is_observed(j) || i == known.first || array.step.alpha == T(1)) continue;
        rows[row_place<T>(thread_index() * group_rows + j)] =
            (reference + (array.step.adjust ? u[j] / d[j] : u[j])).value;
    }
    synchronize_block();
    // A missing row repeats the last mean of this tile; if there is none, repeat_means sets it at the end.
    for (unsigned j = 0; j < group_rows; ++j) {
        if (tile.is_observed(j)) continue;
        const unsigned i = thread_index() * group_rows + j;
        unsigned word = i / 32;
        std::uint32_t bits = shared.observed[word] & ((1u << (i % 32)) - 1);
        while (bits == 0 && word > 0) bits = shared.observed[--word];
        const unsigned last = word * 32 + highest_bit(bits | 1);
        rows[row_place<T>(thread_index() * group_rows + j)] =
            bits != 0 ? rows[row_place<T>(last)] : std::numeric_limits<T>::quiet_NaN();
        if (i == 0 && first_row > known.first) store_relaxed(array.repeats, 0);
    }
    synchronize_block(); // `observed` is the next tile's
}

} // namespace lanes::device
