// cuda/recurrence_ewm.cuh: exponentially weighted means with missing values on the device: one pass over memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_irregular.cuh>
#include <cuda/recurrence_search.cuh>

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

/// Leaves for the block, behind its next barrier, which rows of this thread's group are observed, and whether all of its
/// warp's are; `rows` of the tile exist, and those beyond are no missing ones.
template <class T>
__device__ inline void observe(const ewm_array<T>& array, ewm_shared<T>& shared, std::uint64_t rows,
                               const T (&group)[group_rows]) {
    std::uint32_t bits = 0;
#pragma unroll
    for (unsigned j = 0; j < group_rows; ++j)
        if (array.step.observed(group[j])) bits |= 1u << j;
    if (rows < tile_size) {
        const unsigned first = thread_index() * group_rows, count = static_cast<unsigned>(rows);
        bits |= 0xff & (first >= count ? 0xffu : 0xffu << (count - first < group_rows ? count - first : group_rows));
    }
    const bool is_full_warp = all_lanes(bits == 0xff);
#pragma unroll
    for (unsigned d = 1; d < 4; d *= 2) bits |= shuffle_down(bits, d) << (8 * d);
    if (lane_index() % 4 == 0) shared.observed[thread_index() / 4] = bits;
    if (lane_index() == 0) shared.is_full[warp_index()] = is_full_warp;
}

/// The denominators before this thread's group in a tile without missing rows.
template <class T>
__device__ inline device_number<T> carry_of_ones(const geometric_rule<T>& rule, const runs_of_ones<T>& ones,
                                                 device_number<T> before) {
    using N = device_number<T>;
    const unsigned k_3 = thread_index() / 64, k_2 = thread_index() / 8 % 8, k_1 = thread_index() % 8;
    const items_before<N> items{N(ones.run[1][k_1 > 0 ? k_1 - 1 : 0]), N(ones.run[2][k_2 > 0 ? k_2 - 1 : 0]),
                                N(ones.run[3][k_3 > 0 ? k_3 - 1 : 0])};
    return items.carry(rule, before);
}

/// Row `row` of the array is that, if it is one of this thread's group.
template <class Number>
__device__ inline void set_row(Number (&group)[group_rows], std::uint64_t first, std::uint64_t row, Number value) {
#pragma unroll
    for (unsigned j = 0; j < group_rows; ++j)
        if (first + j == row) group[j] = value;
}

/// Results before row `start` are missing.
template <class Number>
__device__ inline void set_before_start(Number (&y)[group_rows], std::uint64_t first, std::uint64_t start) {
#pragma unroll
    for (unsigned j = 0; j < group_rows; ++j)
        if (first + j < start) y[j] = Number(std::numeric_limits<decltype(y[j].value)>::quiet_NaN());
}

/// While the carry into a tile without missing rows is under way, the block works on its next ones.
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
    const auto tiles = static_cast<std::uint32_t>(words.tiles);
    const unsigned thread = thread_index();

    using queue_of_tiles = tiles_of_block<T, recurrence_shared<T, affine<N>>>;
    queue_of_tiles queue(shared.tile, tickets);
    std::uint32_t tile = queue.first(0);
    if (tile == queue_of_tiles::carrying) {
        if (warp_index() != 0) return;
        if (step.adjust) carry_from_tile_to_tile<2, true>(memory.carrier, words, T(0));
        else carry_from_tile_to_tile<1, true>(memory.carrier, words, T(0));
        return;
    }
    if (tile >= tiles) return;
    const std::uint32_t pieces_of_x = tiles_in_pieces(array.x, array.size),
                        pieces_of_out = tiles_in_pieces(array.out, array.size);
    const auto load = [&](unsigned slot, std::uint32_t which) {
        if (which < tiles) {
            load_rows(shared.tile.tiles[slot], array.x, array.size, which, pieces_of_x);
            if (thread == 0 && which > 0)
                copy_to_shared<sizeof(T)>(&shared.row_before[slot], array.x + (std::uint64_t{which} * tile_size - 1));
        }
        end_copies();
    };
    load(0, tile);
    load(1, queue.first(1));
    const observed_rows known = found_rows(array);
    const N reference(known.first < array.size ? array.x[known.first] : T(0));
    const std::uint64_t tile_of_first = known.first / tile_size;
    const N weight(step.adjust ? T(1) : step.alpha);
    for (;; tile = queue.tile()) {
        T* const rows = shared.tile.tiles[queue.at()];
        const std::uint64_t first_row = std::uint64_t{tile} * tile_size;
        bool is_regular = false, is_geometric = false;
        queue.ask();
        if (tile < tiles) {
            wait_for_copies<1>();
            synchronize_warp();
            T group[group_rows];
            read_group(rows, group);
            observe(array, shared, array.size - first_row, group);
            N own[group_rows]; // as if no row were missing
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) own[j] = weight * (N(group[j]) - reference);
            if (tile == tile_of_first) set_row(own, first_row + thread * group_rows, known.first, N(T(0)));
            const tile_of_block<rule_of_rows, T> levels(rule, own, reinterpret_cast<N*>(shared.tile.items));
            const bool is_full = all_lanes(lane_index() >= recurrence_threads / warp_size ||
                                           shared.is_full[lane_index() % (recurrence_threads / warp_size)] != 0);
            is_geometric = (step.adjust && !step.ignore_na) ||
                           (is_full && (step.adjust || step.ignore_na || first_row <= known.first ||
                                        step.observed(shared.row_before[queue.at()])));
            is_regular = is_full && is_geometric;
            if (is_regular) {
                if (thread == 0) array.last_rows.leave(tile, first_row + tile_size - 1);
                if (thread == group_rows - 1 && tile + 1 < tiles) {
                    words.leave(run_of_numerators, tile, levels.run());
                    if (step.adjust) words.leave(run_of_denominators, tile, N(ones.run[3][group_size - 1]));
                    words.leave(run_factor, tile, N(power(3, group_size)));
                }
                levels.leave(shared.tile.above[queue.at()]);
                if (step.alpha != T(1)) write_group(rows, levels.rows);
            }
        } else {
            synchronize_block(); // as inside of levels: `before` was read
        }
        const bool is_behind = queue.is_behind();
        const std::uint32_t behind = queue.tile_behind();
        queue.tell();
        if (is_behind && thread == 0) {
            shared.tile.before[0] = behind == 0 ? T(0) : words.wait_for(before_of_numerators, behind).value;
            if (step.adjust)
                shared.tile.before[1] = behind == 0 ? T(0) : words.wait_for(before_of_denominators, behind).value;
        }
        synchronize_block();
        if (is_behind) {
            T* const means = shared.tile.tiles[queue.behind()];
            const std::uint64_t own_first = std::uint64_t{behind} * tile_size + thread * group_rows;
            T group[group_rows];
            read_group(means, group);
            N y[group_rows];
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) y[j] = N(group[j]);
            if (step.alpha != T(1)) {
                const N before = shared.tile.above[queue.behind()].before().carry(rule, N(shared.tile.before[0]));
#pragma unroll
                for (unsigned j = 0; j < group_rows; ++j) y[j] = rule.carry(0, j + 1, before, y[j]);
                if (step.adjust) {
                    const N denominators = carry_of_ones(rule, ones, N(shared.tile.before[1]));
#pragma unroll
                    for (unsigned j = 0; j < group_rows; ++j)
                        y[j] = y[j] / rule.carry(0, j + 1, denominators, N(ones.run[0][j]));
                }
#pragma unroll
                for (unsigned j = 0; j < group_rows; ++j) y[j] = reference + y[j];
                if (behind == tile_of_first) set_row(y, own_first, known.first, reference);
            }
            if (std::uint64_t{behind} * tile_size < known.start) set_before_start(y, own_first, known.start);
            write_group(means, y);
            store_rows(means, array.out, array.size, behind, pieces_of_out);
        }
        const unsigned place = queue.behind();
        const std::uint32_t second_next = queue.replace();
        if (tile < tiles && !is_regular) {
            irregular_means(array, power, shared, rows, first_row, known, reference, is_geometric, words);
            T group[group_rows];
            read_group(rows, group);
            N y[group_rows];
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) y[j] = N(group[j]);
            set_before_start(y, first_row + thread * group_rows, known.start);
            write_group(rows, y);
            store_rows(rows, array.out, array.size, tile, pieces_of_out);
        }
        load(place, second_next);
        queue.go_on(is_regular);
        if (tile >= tiles && !queue.is_any_waiting()) break;
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
