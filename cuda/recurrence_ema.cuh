// cuda/recurrence_ema.cuh: exponential moving averages on the device: one pass over memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_carrier.cuh>
#include <cuda/recurrence_tile.cuh>

namespace lanes::device {

/// Blocks that a multiprocessor holds at a time, as far as registers go.
template <class T>
inline constexpr unsigned recurrence_residents = sizeof(T) == 4 ? 3 : 2;

/// Shared memory of a block: a tile whose carry is waited for, one that is worked on, and one under way.
inline constexpr unsigned tiles_at_once = 3;
template <class T, class Item>
struct recurrence_shared {
    alignas(16) T tiles[tiles_at_once][tile_size];
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
/// one. They are asked for ahead, since an answer takes as long as memory does.
class tiles_of_block {
public:
    __device__ tiles_of_block(std::uint32_t* tickets, std::uint32_t& shared) : tickets_(tickets), shared_(shared) {}

    /// The first ones, for all threads, which come here together.
    __device__ std::int64_t first() {
        ask();
        tell();
        synchronize_block();
        const std::int64_t tile = told();
        synchronize_block();
        return tile;
    }
    __device__ void ask() {
        if (thread_index() == 0) upcoming_ = fetch_add_relaxed(tickets_, 1) + 1; // from all bits set on
    }
    /// Behind a barrier all threads are told what was asked for.
    __device__ void tell() {
        if (thread_index() == 0) shared_ = upcoming_;
    }
    __device__ std::int64_t told() const { return static_cast<std::int64_t>(shared_) - 1; }

private:
    std::uint32_t* tickets_;
    std::uint32_t& shared_;
    std::uint32_t upcoming_ = 0;
};

/// out may be x: a tile is read before it is written, and x[0], which every tile reads, is written as it was. While the
/// carry into a tile is under way, the block works on its next one.
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

    tiles_of_block queue(tickets, shared.ticket);
    std::int64_t tile = queue.first();
    if (tile < 0) {
        if (warp_index() == 0) carry_from_tile_to_tile<1, false>(memory.carrier, words, power(3, group_size));
        return;
    }
    if (tile >= tiles) return;
    const auto load = [&](unsigned to, std::int64_t which) {
        if (which < tiles) load_rows(shared.tiles[to], x, size, static_cast<std::uint64_t>(which) * tile_size);
        end_copies();
    };
    load(0, tile);
    std::int64_t next = queue.first(), waiting = -1;
    load(1, next);
    queue.ask();
    const N reference(load_shared_by_blocks(x));
    items_before<N> before_waiting{};
    for (unsigned at = 0;; at = at + 1 == tiles_at_once ? 0 : at + 1) {
        const unsigned behind = at == 0 ? tiles_at_once - 1 : at - 1;
        std::int64_t second_next = tiles;
        items_before<N> before_tile{};
        if (tile < tiles) {
            wait_for_copies<1>();
            synchronize_warp();
            T group[group_rows];
            read_group(shared.tiles[at], group);
            N own[group_rows];
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) own[j] = N(alpha) * (N(group[j]) - reference);
            if (tile == 0 && thread == 0) own[0] = N(T(0));
            queue.tell();
            queue.ask();
            const tile_of_block<rule_of_rows, T> levels(rule, own, shared.items);
            second_next = queue.told();
            if (thread == group_rows - 1 && tile + 1 < tiles)
                words.leave(run_of_numerators, static_cast<std::uint64_t>(tile), levels.run());
            before_tile = levels.before();
            if (alpha != T(1)) write_group(shared.tiles[at], levels.rows);
        } else {
            synchronize_block(); // as inside of levels: `before` was read
        }
        if (waiting >= 0 && thread == 0)
            shared.before[0] =
                waiting == 0 ? T(0) : words.wait_for(before_of_numerators, static_cast<std::uint64_t>(waiting)).value;
        synchronize_block();
        if (waiting >= 0) {
            T* const rows = shared.tiles[behind];
            if (alpha != T(1)) {
                const N before = before_waiting.carry(rule, N(shared.before[0]));
                T group[group_rows];
                read_group(rows, group);
                N y[group_rows];
#pragma unroll
                for (unsigned j = 0; j < group_rows; ++j) y[j] = reference + rule.carry(0, j + 1, before, N(group[j]));
                if (waiting == 0 && thread == 0) y[0] = reference;
                write_group(rows, y);
                synchronize_warp();
            }
            store_rows(rows, out, size, static_cast<std::uint64_t>(waiting) * tile_size);
            synchronize_warp();
        }
        if (tile >= tiles) break;
        load(behind, second_next);
        before_waiting = before_tile;
        waiting = tile;
        tile = next;
        next = second_next;
    }
    wait_for_copies<0>();
}

} // namespace lanes::device
