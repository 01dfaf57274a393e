// cuda/recurrence_ema.cuh: exponential moving averages on the device: one pass over memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_tile.cuh>

namespace lanes::device {

/// Blocks that a multiprocessor holds at a time, as far as registers go.
template <class T>
inline constexpr unsigned recurrence_residents = sizeof(T) == 4 ? 3 : 2;

/// Shared memory of a block: two tiles, one under way while the other is worked on.
template <class T, class Item>
struct recurrence_shared {
    T tiles[2][row_place(tile_size)];
    Item items[items_of_level_2];
    T before[2];
    std::uint32_t ticket;
};
/// The carrying block uses the same memory in another way.
template <class T, class Item>
union recurrence_memory {
    recurrence_shared<T, Item> tile;
    carrier_shared<T> carrier;
};

/// The tiles of a block, in the order in which blocks ask; tile -1 is the carrying of all others. Tickets, not block
/// numbers: whoever waits for a tile knows that it is being worked on, or will be by a block that waits for an earlier
/// one. The ticket after the next is asked for ahead, since an answer takes as long as memory does.
class tiles_of_block {
public:
    __device__ explicit tiles_of_block(std::uint32_t* tickets) : tickets_(tickets) {}

    /// For all threads, with a barrier on both sides.
    template <class Shared>
    __device__ std::int64_t first(Shared& shared) {
        ask();
        return next(shared, false);
    }
    template <class Shared>
    __device__ std::int64_t next(Shared& shared, bool asks_ahead = true) {
        synchronize_block();
        if (thread_index() == 0) shared.ticket = upcoming_;
        if (asks_ahead) ask();
        synchronize_block();
        return static_cast<std::int64_t>(shared.ticket) - 1;
    }
    __device__ void ask() {
        if (thread_index() == 0) upcoming_ = fetch_add_relaxed(tickets_, 1) + 1; // from all bits set on
    }

private:
    std::uint32_t* tickets_;
    std::uint32_t upcoming_ = 0;
};

/// Brings the rows of a tile into shared memory, asynchronously; rows beyond the end are 0.
template <class T>
__device__ inline void load_rows(T* tile, const T* x, std::uint64_t size, std::uint64_t first) {
    const unsigned thread = thread_index();
    if (first + tile_size <= size) {
        const T* const from = x + first + thread;
#pragma unroll
        for (unsigned k = 0; k < group_rows; ++k)
            copy_to_shared<sizeof(T)>(tile + row_place(thread) + row_place(k * recurrence_threads),
                                      from + k * recurrence_threads);
        return;
    }
    for (unsigned i = thread; i < tile_size; i += recurrence_threads) {
        if (first + i < size) copy_to_shared<sizeof(T)>(tile + row_place(i), x + first + i);
        else tile[row_place(i)] = T(0);
    }
}

template <class T>
__device__ inline void store_rows(const T* tile, T* out, std::uint64_t size, std::uint64_t first) {
    const unsigned thread = thread_index();
    T* const to = out + first + thread;
    if (first + tile_size <= size) {
#pragma unroll
        for (unsigned k = 0; k < group_rows; ++k)
            to[k * recurrence_threads] = tile[row_place(thread) + row_place(k * recurrence_threads)];
        return;
    }
    for (unsigned i = thread; first + i < size; i += recurrence_threads) out[first + i] = tile[row_place(i)];
}

/// out may be x: a tile is read before it is written, and x[0], which every tile reads, is written as it was.
template <class T>
__global__ void __launch_bounds__(recurrence_threads, recurrence_residents<T>)
    exponential_means(const __grid_constant__ decay_powers<T> power, T alpha, const T* x, T* out, std::uint64_t size,
                      words_of_tiles<T> words, std::uint32_t* tickets) {
    using N = device_number<T>;
    using rule_of_rows = geometric_rule<T>;
    auto& memory = shared_memory<recurrence_memory<T, N>>();
    auto& shared = memory.tile;
    const rule_of_rows rule{power};
    const auto tiles = static_cast<std::int64_t>(words.tiles);
    const unsigned thread = thread_index();

    tiles_of_block queue(tickets);
    std::int64_t tile = queue.first(shared);
    if (tile < 0) {
        synchronize_block();
        if (warp_index() == 0) carry_from_tile_to_tile<1, false>(memory.carrier, words, power(3, group_size));
        return;
    }
    if (tile >= tiles) return;
    queue.ask();
    const N reference(load_shared_by_blocks(x));
    load_rows(shared.tiles[0], x, size, static_cast<std::uint64_t>(tile) * tile_size);
    end_copies();
    for (unsigned turn = 0; tile < tiles; turn ^= 1) {
        const std::int64_t next = queue.next(shared);
        if (next < tiles) load_rows(shared.tiles[turn ^ 1], x, size, static_cast<std::uint64_t>(next) * tile_size);
        end_copies();
        wait_for_copies<1>();
        synchronize_block();

        T* const rows = shared.tiles[turn];
        const bool is_first = tile == 0 && thread == 0;
        N own[group_rows];
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) own[j] = N(alpha) * (N(rows[9 * thread + j]) - reference);
        if (is_first) own[0] = N(T(0));
        const tile_of_block<rule_of_rows, T> levels(rule, own, shared.items);
        const auto number_of_tile = static_cast<std::uint64_t>(tile);
        if (thread == group_rows - 1 && tile + 1 < tiles) words.leave(run_of_numerators, number_of_tile, levels.run());
        if (thread == 0)
            shared.before[0] = tile == 0 ? T(0) : words.wait_for(before_of_numerators, number_of_tile).value;
        synchronize_block();
        const N before = levels.before_group(N(shared.before[0]));
#pragma unroll
        for (unsigned j = 0; j < group_rows; ++j) {
            const N y = reference + levels.solution(j, before);
            if (!(is_first && j == 0) && alpha != T(1)) rows[9 * thread + j] = y.value;
        }
        synchronize_block();
        store_rows(rows, out, size, number_of_tile * tile_size);
        tile = next;
    }
    wait_for_copies<0>();
}

} // namespace lanes::device
