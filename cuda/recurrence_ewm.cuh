// cuda/recurrence_ewm.cuh: exponentially weighted means with missing values on the device: one pass over memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_ema.cuh>

namespace lanes::device {

/// What is known of an array before its tiles are computed: the first observed row, and the one from which on results
/// have enough observed rows behind them. Both are the size where there is none.
struct observed_rows {
    std::uint64_t first, start;
};

/// The denominators' runs of a tile without missing rows, which are the same for all such tiles: of 1 ... 8 items.
template <class T>
struct runs_of_ones {
    T run[decay_powers<T>::levels][group_size];

    explicit runs_of_ones(const decay_powers<T>& power) {
        const geometric_rule<T> rule{power};
        T item = 1;
        for (std::size_t level = 0; level < decay_powers<T>::levels; ++level) {
            for (T& each : run[level]) each = item;
            for (std::size_t d = 1; d < group_size; d *= 2)
                for (std::size_t k = group_size; k-- > d;)
                    run[level][k] = rule.join(level, d, run[level][k - d], run[level][k]);
            item = run[level][group_size - 1];
        }
    }
};

inline constexpr unsigned search_threads = 1024;

struct search_shared {
    std::uint32_t words[search_threads / warp_size];
};

/// One block looks from row 0 on until it knows: usually one step.
template <class T>
__global__ void __launch_bounds__(search_threads)
    find_observed_rows(ewm_step<T> step, const T* x, std::uint64_t size, observed_rows* result) {
    auto& shared = shared_memory<search_shared>();
    const std::uint64_t wanted = step.min_periods > 1 ? step.min_periods : 1;
    std::uint64_t first = size, start = size, count = 0;
    for (std::uint64_t row = 0; row < size && start == size; row += search_threads) {
        const std::uint64_t i = row + thread_index();
        const std::uint32_t bits = ballot(i < size && step.observed(x[i]));
        synchronize_block();
        if (lane_index() == 0) shared.words[warp_index()] = bits;
        synchronize_block();
        for (unsigned w = 0; w < search_threads / warp_size && start == size; ++w)
            for (std::uint32_t rest = shared.words[w]; rest != 0 && start == size; rest &= rest - 1) {
                const std::uint64_t observed = row + w * warp_size + static_cast<unsigned>(std::countr_zero(rest));
                if (first == size) first = observed;
                if (++count == wanted) start = observed;
            }
    }
    if (thread_index() == 0) *result = {first, start};
}

template <class T>
struct ewm_shared {
    recurrence_shared<T, affine<device_number<T>>> tile;
    std::uint32_t observed[tile_size / 32], is_full[recurrence_threads / warp_size];
};
template <class T>
union ewm_memory {
    ewm_shared<T> tile;
    carrier_shared<T> carrier;
};

/// The last observed row before `row`, or `row` if there is none: by the lanes of a warp together.
template <class T>
__device__ inline std::uint64_t observed_before(const ewm_step<T>& step, const T* x, std::uint64_t row) {
    for (std::uint64_t end = row;; end -= warp_size) { // a warp's lanes look at the 32 rows before `end`
        const std::uint64_t distance = 1 + lane_index();
        const unsigned found = ballot(distance <= end && step.observed(x[end - distance]));
        if (found != 0) return end - 1 - static_cast<unsigned>(std::countr_zero(found));
        if (end <= warp_size) return row; // there is none
    }
}

/// What the rows of a tile need to know of the array.
template <class T>
struct ewm_array {
    ewm_step<T> step;
    const T* x;
    T* out;
    std::uint64_t size;
    const observed_rows* known;
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
        const N before = levels.before_group(N(shared_.tile.before[0]));
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) u[j] = levels.solution(j, before);
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

    /// The last observed row before this thread's group; the group's own first row if gaps do not matter or none is.
    __device__ std::uint64_t before_group(unsigned group) const {
        if (array_.step.adjust || array_.step.ignore_na) return 0;
        const std::uint64_t far = first_row_ == 0 ? 0 : observed_before(array_.step, array_.x, first_row_);
        std::uint32_t bits = shared_.observed[group / 32] & ((1u << (group % 32)) - 1);
        unsigned word = group / 32;
        while (bits == 0 && word > 0) bits = shared_.observed[--word];
        return bits != 0 ? first_row_ + word * 32 + 31 - static_cast<unsigned>(std::countl_zero(bits)) : far;
    }

    /// Factor and term of row j: see serial's recurrence.
    template <class Item>
    __device__ Item row(unsigned j, bool is_denominator) const {
        const auto& step = array_.step;
        const std::uint64_t i = first_row_ + thread_index() * group_rows + j;
        N factor = is_observed(j) || !step.ignore_na ? N(power_(0, 1)) : N(T(1)), term(T(0));
        if (is_observed(j)) {
            const N difference = i == known_.first ? N(T(0)) : N(rows_[9 * thread_index() + j]) - reference_;
            term = is_denominator ? N(T(1)) : step.adjust ? difference : N(step.alpha) * difference;
            if (!step.adjust && !step.ignore_na && i != known_.first) {
                const unsigned earlier = bits_ & ((1u << j) - 1);
                const std::uint64_t last =
                    earlier == 0 ? last_ : i - j + 31 - static_cast<unsigned>(std::countl_zero(earlier));
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

/// A function of its own, so that the registers it needs are not kept free on the way of regular tiles.
template <class T>
__device__ __noinline__ void irregular_means(const ewm_array<T>& array, const decay_powers<T>& power,
                                             ewm_shared<T>& shared, T* rows, std::uint64_t first_row,
                                             observed_rows known, device_number<T> reference, bool is_geometric,
                                             const words_of_tiles<T>& words) {
    using N = device_number<T>;
    const geometric_rule<T> geometric{power};
    const affine_rule<T> varying;
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
    synchronize_block();
    for (unsigned j = 0; j < group_rows; ++j) {
        const std::uint64_t i = first_row + thread_index() * group_rows + j;
        if (!tile.is_observed(j) || i == known.first || array.step.alpha == T(1)) continue;
        rows[9 * thread_index() + j] = (reference + (array.step.adjust ? u[j] / d[j] : u[j])).value;
    }
    synchronize_block();
    // A missing row repeats the last mean of this tile; if there is none, repeat_means sets it at the end.
    for (unsigned j = 0; j < group_rows; ++j) {
        if (tile.is_observed(j)) continue;
        const unsigned i = thread_index() * group_rows + j;
        unsigned word = i / 32;
        std::uint32_t bits = shared.observed[word] & ((1u << (i % 32)) - 1);
        while (bits == 0 && word > 0) bits = shared.observed[--word];
        const unsigned last = word * 32 + 31 - static_cast<unsigned>(std::countl_zero(bits | 1));
        rows[9 * thread_index() + j] = bits != 0 ? rows[row_place(last)] : std::numeric_limits<T>::quiet_NaN();
        if (i == 0 && first_row > known.first) store_relaxed(array.repeats, 0);
    }
}

template <class T>
__global__ void __launch_bounds__(recurrence_threads, 2)
    weighted_means(const __grid_constant__ ewm_array<T> array, const __grid_constant__ decay_powers<T> power,
                   const __grid_constant__ runs_of_ones<T> ones, const __grid_constant__ words_of_tiles<T> words,
                   std::uint32_t* tickets) {
    using N = device_number<T>;
    using rule_of_rows = geometric_rule<T>;
    auto& memory = shared_memory<ewm_memory<T>>();
    auto& shared = memory.tile;
    const auto& step = array.step;
    const rule_of_rows rule{power};
    const auto tiles = static_cast<std::int64_t>(words.tiles);
    const unsigned thread = thread_index();

    std::int64_t tile = next_tile(shared.tile, tickets);
    if (tile < 0) {
        synchronize_block();
        if (warp_index() != 0) return;
        if (step.adjust) carry_from_tile_to_tile<2, true>(memory.carrier, words, T(0));
        else carry_from_tile_to_tile<1, true>(memory.carrier, words, T(0));
        return;
    }
    if (tile >= tiles) return;
    const observed_rows known = *array.known;
    const N reference(known.first < array.size ? array.x[known.first] : T(0));
    load_rows(shared.tile.tiles[0], array.x, array.size, static_cast<std::uint64_t>(tile) * tile_size);
    end_copies();
    for (unsigned turn = 0; tile < tiles; turn ^= 1) {
        const std::int64_t next = next_tile(shared.tile, tickets);
        if (next < tiles)
            load_rows(shared.tile.tiles[turn ^ 1], array.x, array.size, static_cast<std::uint64_t>(next) * tile_size);
        end_copies();
        wait_for_copies<1>();
        synchronize_block();

        // Which rows are observed; those beyond the end are no missing ones.
        T* const rows = shared.tile.tiles[turn];
        const auto number_of_tile = static_cast<std::uint64_t>(tile);
        const std::uint64_t first_row = number_of_tile * tile_size;
        std::uint32_t bits = 0;
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j)
            if (first_row + thread * group_rows + j >= array.size || step.observed(rows[9 * thread + j]))
                bits |= 1u << j;
        const bool is_full_warp = all_lanes(bits == 0xff);
        for (unsigned d = 1; d < 4; d *= 2) bits |= shuffle_down(bits, d) << (8 * d);
        if (thread % 4 == 0) shared.observed[thread / 4] = bits;
        if (lane_index() == 0) shared.is_full[warp_index()] = is_full_warp;
        synchronize_block();
        const bool is_full = all_lanes(lane_index() >= recurrence_threads / warp_size ||
                                       shared.is_full[lane_index() % (recurrence_threads / warp_size)] != 0);
        const bool is_geometric = (step.adjust && !step.ignore_na) ||
                                  (is_full && (step.adjust || step.ignore_na || first_row <= known.first ||
                                               step.observed(array.x[first_row - 1])));

        if (is_full && is_geometric) {
            N own[group_rows];
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) {
                const N difference = N(rows[9 * thread + j]) - reference;
                own[j] = step.adjust ? difference : N(step.alpha) * difference;
                if (first_row + thread * group_rows + j == known.first) own[j] = N(T(0));
            }
            const tile_of_block<rule_of_rows, T> levels(rule, own, reinterpret_cast<N*>(shared.tile.items));
            if (thread == group_rows - 1 && tile + 1 < tiles) {
                words.leave(run_of_numerators, number_of_tile, levels.run());
                if (step.adjust) words.leave(run_of_denominators, number_of_tile, N(ones.run[3][group_size - 1]));
                words.leave(run_factor, number_of_tile, N(power(3, group_size)));
            }
            if (thread == 0) {
                shared.tile.before[0] = tile == 0 ? T(0) : words.wait_for(before_of_numerators, number_of_tile).value;
                if (step.adjust)
                    shared.tile.before[1] =
                        tile == 0 ? T(0) : words.wait_for(before_of_denominators, number_of_tile).value;
            }
            synchronize_block();
            const N before = levels.before_group(N(shared.tile.before[0]));
            N denominators(T(0));
            if (step.adjust) {
                const unsigned k_3 = thread / 64, k_2 = thread / 8 % 8, k_1 = thread % 8;
                denominators = N(shared.tile.before[1]);
                if (k_3 > 0) denominators = rule.carry(3, k_3, denominators, N(ones.run[3][k_3 - 1]));
                if (k_2 > 0) denominators = rule.carry(2, k_2, denominators, N(ones.run[2][k_2 - 1]));
                if (k_1 > 0) denominators = rule.carry(1, k_1, denominators, N(ones.run[1][k_1 - 1]));
            }
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) {
                N u = levels.solution(j, before);
                if (step.adjust) u = u / rule.carry(0, j + 1, denominators, N(ones.run[0][j]));
                const bool is_first = first_row + thread * group_rows + j == known.first;
                if (!is_first && step.alpha != T(1)) rows[9 * thread + j] = (reference + u).value;
            }
        } else {
            irregular_means(array, power, shared, rows, first_row, known, reference, is_geometric, words);
        }
        synchronize_block();
        if (first_row < known.start)
            for (unsigned i = thread; i < tile_size && first_row + i < known.start; i += recurrence_threads)
                rows[row_place(i)] = std::numeric_limits<T>::quiet_NaN();
        // Each thread stores what it has set itself: the same rows as above.
        store_rows(rows, array.out, array.size, first_row);
        tile = next;
    }
    wait_for_copies<0>();
}

/// Rows at the start of a tile that repeat a mean of an earlier tile: a warp per tile.
template <class T>
__global__ void __launch_bounds__(256) repeat_means(const __grid_constant__ ewm_array<T> array, std::uint64_t tiles) {
    if (load_relaxed(array.repeats) != 0) return;
    const observed_rows known = *array.known;
    const std::uint64_t warps = grid_blocks() * (block_threads() / warp_size);
    for (std::uint64_t tile = 1 + block_index() * (block_threads() / warp_size) + warp_index(); tile < tiles;
         tile += warps) {
        const std::uint64_t row = tile * tile_size;
        if (row <= known.first || array.step.observed(array.x[row])) continue;
        const std::uint64_t last = observed_before(array.step, array.x, row);
        const T y = last >= known.start ? array.out[last] : std::numeric_limits<T>::quiet_NaN();
        for (std::uint64_t i = row; i < row + tile_size && i < array.size; i += warp_size) {
            const std::uint64_t mine = i + lane_index();
            const unsigned observed = ballot(mine < array.size && array.step.observed(array.x[mine]));
            const unsigned missing = observed == 0 ? warp_size : static_cast<unsigned>(std::countr_zero(observed));
            if (lane_index() < missing && mine < array.size) array.out[mine] = y;
            if (observed != 0) break;
        }
    }
}

} // namespace lanes::device
