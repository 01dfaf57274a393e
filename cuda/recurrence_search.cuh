// cuda/recurrence_search.cuh: the first observed row of an array, and the one from which on results have enough behind them.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_irregular.cuh>

#include <cstddef>
#include <cstdint>

namespace lanes::device {

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

} // namespace lanes::device
