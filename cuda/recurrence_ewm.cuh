// cuda/recurrence_ewm.cuh: exponentially weighted means with missing values on the device: one pass over memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_irregular.cuh>

namespace lanes::device {

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

/// Threads of a block that looks for observed rows, and the rows that each looks at in a turn.
inline constexpr unsigned search_threads = 1024, searched_rows = 8, searched_together = search_threads * searched_rows;

struct search_shared {
    std::uint32_t turn, words[searched_together / warp_size];
};

/// Bit l of word w: whether row first + 32 w + l is observed. With a barrier behind it.
template <class T>
__device__ inline void look_at_rows(search_shared& shared, const ewm_step<T>& step, const T* x, std::uint64_t size,
                                    std::uint64_t first) {
    bool is_observed[searched_rows];
#pragma unroll
    for (unsigned k = 0; k < searched_rows; ++k) {
        const std::uint64_t i = first + k * search_threads + thread_index();
        is_observed[k] = i < size && step.observed(x[i]);
    }
#pragma unroll
    for (unsigned k = 0; k < searched_rows; ++k) {
        const std::uint32_t bits = ballot(is_observed[k]);
        if (lane_index() == 0) shared.words[k * (search_threads / warp_size) + warp_index()] = bits;
    }
    synchronize_block();
}

/// The first observed row. Blocks look at the turns of rows in their order and stop where an earlier one has found it:
/// usually after one.
template <class T>
__global__ void __launch_bounds__(search_threads)
    find_first_row(ewm_step<T> step, const T* x, std::uint64_t size, observed_rows* result, std::uint32_t* tickets) {
    auto& shared = shared_memory<search_shared>();
    for (;;) {
        if (thread_index() == 0) {
            shared.turn = fetch_add_relaxed(tickets, 1) + 1; // from all bits set on
            if (load_relaxed(&result->first) < std::uint64_t{shared.turn} * searched_together) shared.turn = ~0u;
        }
        synchronize_block();
        const std::uint64_t first = std::uint64_t{shared.turn} * searched_together;
        if (shared.turn == ~0u || first >= size) return;
        look_at_rows(shared, step, x, size, first);
        if (warp_index() == 0)
            for (unsigned word = 0; word < searched_together / warp_size; word += warp_size) {
                const std::uint32_t bits = shared.words[word + lane_index()];
                const unsigned with_rows = ballot(bits != 0);
                if (with_rows == 0) continue;
                const auto lane = lowest_bit(with_rows);
                if (lane_index() == lane) lower_relaxed(&result->first, first + (word + lane) * 32 + lowest_bit(bits));
                break;
            }
        synchronize_block();
    }
}

/// The row that has min_periods > 1 observed ones up to it: one block counts from the first one on, usually in one step.
template <class T>
__global__ void __launch_bounds__(search_threads)
    find_start(ewm_step<T> step, const T* x, std::uint64_t size, observed_rows* result) {
    auto& shared = shared_memory<search_shared>();
    constexpr unsigned words = searched_together / warp_size / warp_size; // of a lane
    std::uint64_t wanted = step.min_periods;
    for (std::uint64_t first = result->first; first < size; first += searched_together) {
        look_at_rows(shared, step, x, size, first);
        const std::uint32_t* const mine = shared.words + words * lane_index();
        unsigned own = 0;
        for (unsigned w = 0; w < words; ++w) own += bit_count(mine[w]);
        unsigned count = own; // of this lane and those before it
        for (unsigned d = 1; d < warp_size; d *= 2) {
            const unsigned before = shuffle_up(count, d);
            if (lane_index() >= d) count += before;
        }
        const unsigned enough = ballot(count >= wanted);
        if (enough != 0) {
            if (thread_index() != lowest_bit(enough)) return;
            std::uint64_t left = wanted - (count - own);
            for (unsigned w = 0;; ++w)
                for (std::uint32_t rest = mine[w]; rest != 0; rest &= rest - 1)
                    if (--left == 0) {
                        result->start = first + (words * lane_index() + w) * 32 + lowest_bit(rest);
                        return;
                    }
        }
        wanted -= shuffle(count, warp_size - 1);
        synchronize_block();
    }
}

/// What the two have found; min_periods of 0 and 1 ask for nothing more than the first row.
template <class T>
__device__ inline observed_rows found_rows(const ewm_array<T>& array) {
    const observed_rows found = *array.known;
    return array.step.min_periods > 1 ? found : observed_rows{found.first, found.first};
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

    tiles_of_block queue(tickets);
    std::int64_t tile = queue.first(shared.tile);
    if (tile < 0) {
        synchronize_block();
        if (warp_index() != 0) return;
        if (step.adjust) carry_from_tile_to_tile<2, true>(memory.carrier, words, T(0));
        else carry_from_tile_to_tile<1, true>(memory.carrier, words, T(0));
        return;
    }
    if (tile >= tiles) return;
    queue.ask();
    const observed_rows known = found_rows(array);
    const N reference(known.first < array.size ? array.x[known.first] : T(0));
    load_rows(shared.tile.tiles[0], array.x, array.size, static_cast<std::uint64_t>(tile) * tile_size);
    end_copies();
    for (unsigned turn = 0; tile < tiles; turn ^= 1) {
        const std::int64_t next = queue.next(shared.tile);
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
            if (thread == 0) array.last_rows.leave(number_of_tile, first_row + tile_size - 1);
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
    const observed_rows known = found_rows(array);
    const std::uint64_t warps = grid_blocks() * (block_threads() / warp_size);
    for (std::uint64_t tile = 1 + block_index() * (block_threads() / warp_size) + warp_index(); tile < tiles;
         tile += warps) {
        const std::uint64_t row = tile * tile_size;
        if (row <= known.first || array.step.observed(array.x[row])) continue;
        const std::uint64_t last = array.last_rows.rows[tile - 1];
        const T y = last >= known.start ? array.out[last] : std::numeric_limits<T>::quiet_NaN();
        for (std::uint64_t i = row; i < row + tile_size && i < array.size; i += warp_size) {
            const std::uint64_t mine = i + lane_index();
            const unsigned observed = ballot(mine < array.size && array.step.observed(array.x[mine]));
            const unsigned missing = observed == 0 ? warp_size : lowest_bit(observed);
            if (lane_index() < missing && mine < array.size) array.out[mine] = y;
            if (observed != 0) break;
        }
    }
}

} // namespace lanes::device
