// cuda/recurrence_ema.cuh: exponential moving averages on the device: one pass over memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/recurrence_carrier.cuh>
#include <cuda/recurrence_tile.cuh>

namespace lanes::device {

/// Blocks that a multiprocessor holds at a time, as far as registers go.
template <class T>
inline constexpr unsigned recurrence_residents = sizeof(T) == 4 ? 3 : 2;

/// Tiles of a block whose carry is waited for, and all that it has room for: one more is worked on, and one under way.
/// Shared memory has room for no more.
template <class T>
inline constexpr unsigned tiles_waiting = sizeof(T) == 4 ? 2 : 1;
template <class T>
inline constexpr unsigned tiles_at_once = tiles_waiting<T> + 2;

template <class T, class Item>
struct recurrence_shared {
    alignas(16) T tiles[tiles_at_once<T>][tile_size];
    items_of_tile<T> above[tiles_at_once<T>];
    Item items[items_of_level_2];
    T before[2];
    std::uint32_t numbers[tiles_at_once<T>], upcoming;
};
/// The carrying block uses the same memory in another way.
template <class T, class Item>
union recurrence_memory {
    recurrence_shared<T, Item> tile;
    carrier_shared<T> carrier;
};

/// The tiles of a block, in the order in which blocks ask, and where each lies: in turn k tile k of the block is worked
/// on, and behind it the one whose carry must be there, since tile k + 2 takes its place. Tickets, not block numbers:
/// whoever waits for a tile knows that it is being worked on, or will be by a block that waits for an earlier one. They
/// are asked for ahead, since an answer takes as long as memory does.
template <class T, class Shared>
class tiles_of_block {
public:
    static constexpr std::uint32_t carrying = ~std::uint32_t{0}; // is nobody's tile

    __device__ tiles_of_block(Shared& shared, std::uint32_t* tickets) : shared_(shared), tickets_(tickets) {}

    /// The first ones, for all threads, which come here together.
    __device__ std::uint32_t first(unsigned slot) {
        ask();
        tell();
        synchronize_block();
        const std::uint32_t tile = told();
        if (thread_index() == 0) shared_.numbers[slot] = tile;
        synchronize_block();
        return tile;
    }
    __device__ void ask() {
        if (thread_index() == 0) upcoming_ = fetch_add_relaxed(tickets_, 1); // from all bits set on
    }
    /// Behind a barrier all threads are told what was asked for.
    __device__ void tell() {
        if (thread_index() == 0) shared_.upcoming = upcoming_;
    }
    __device__ std::uint32_t told() const { return shared_.upcoming; }

    __device__ std::uint32_t tile() const { return shared_.numbers[at_]; }
    __device__ std::uint32_t tile_behind() const { return shared_.numbers[behind()]; }
    __device__ unsigned at() const { return at_; }
    __device__ unsigned behind() const {
        constexpr unsigned slots = tiles_at_once<T>;
        return at_ + 2 < slots ? at_ + 2 : at_ + 2 - slots;
    }
    __device__ bool is_behind() const { return (waiting_ >> behind() & 1) != 0; }

    /// The tile behind is done, and one that is told takes its place.
    __device__ std::uint32_t replace() {
        const std::uint32_t tile = told();
        waiting_ &= ~(1u << behind());
        if (thread_index() == 0) shared_.numbers[behind()] = tile;
        return tile;
    }
    /// The next turn; whether the tile of this one waits for its carry.
    __device__ void go_on(bool waits) {
        if (waits) waiting_ |= 1u << at_;
        at_ = at_ + 1 == tiles_at_once<T> ? 0 : at_ + 1;
    }
    __device__ bool is_any_waiting() const { return waiting_ != 0; }

private:
    Shared& shared_;
    std::uint32_t* tickets_;
    std::uint32_t upcoming_ = 0;
    unsigned at_ = 0, waiting_ = 0; // a bit for each place
};

/// out may be x: a tile is read before it is written, and x[0], which every tile reads, is written as it was. While the
/// carry into a tile is under way, the block works on its next ones.
template <class T>
__global__ void __launch_bounds__(recurrence_threads, recurrence_residents<T>)
    exponential_means(const __grid_constant__ decay_powers<T> power, T alpha, const T* x, T* out, std::uint64_t size,
                      words_of_tiles<T> words, std::uint32_t* tickets) {
    using N = device_number<T>;
    using rule_of_rows = geometric_rule<T>;
    auto& memory = shared_memory<recurrence_memory<T, N>>();
    auto& shared = memory.tile;
    const rule_of_rows rule{power};
    const auto tiles = static_cast<std::uint32_t>(words.tiles);
    const std::uint32_t pieces_of_x = tiles_in_pieces(x, size), pieces_of_out = tiles_in_pieces(out, size);
    const unsigned thread = thread_index();

    using queue_of_tiles = tiles_of_block<T, recurrence_shared<T, N>>;
    queue_of_tiles queue(shared, tickets);
    std::uint32_t tile = queue.first(0);
    if (tile == queue_of_tiles::carrying) {
        if (warp_index() == 0) carry_from_tile_to_tile<1, false>(memory.carrier, words, power(3, group_size));
        return;
    }
    if (tile >= tiles) return;
    const auto load = [&](unsigned slot, std::uint32_t which) {
        if (which < tiles) load_rows(shared.tiles[slot], x, size, which, pieces_of_x);
        end_copies();
    };
    load(0, tile);
    load(1, queue.first(1));
    const N reference(load_shared_by_blocks(x));
    for (;; tile = queue.tile()) {
        queue.ask();
        if (tile < tiles) {
            T* const rows = shared.tiles[queue.at()];
            wait_for_copies<1>();
            synchronize_warp();
            T group[group_rows];
            read_group(rows, group);
            N own[group_rows];
#pragma unroll
            for (unsigned j = 0; j < group_rows; ++j) own[j] = N(alpha) * (N(group[j]) - reference);
            if (tile == 0 && thread == 0) own[0] = N(T(0));
            const tile_of_block<rule_of_rows, T> levels(rule, own, shared.items);
            if (thread == group_rows - 1 && tile + 1 < tiles) words.leave(run_of_numerators, tile, levels.run());
            levels.leave(shared.above[queue.at()]);
            if (alpha != T(1)) write_group(rows, levels.rows);
        } else {
            synchronize_block(); // as inside of levels: `before` was read
        }
        const bool is_behind = queue.is_behind();
        const std::uint32_t behind = queue.tile_behind();
        queue.tell();
        if (is_behind && thread == 0)
            shared.before[0] = behind == 0 ? T(0) : words.wait_for(before_of_numerators, behind).value;
        synchronize_block();
        if (is_behind) {
            T* const rows = shared.tiles[queue.behind()];
            if (alpha != T(1)) {
                const N before = shared.above[queue.behind()].before().carry(rule, N(shared.before[0]));
                T group[group_rows];
                read_group(rows, group);
                N y[group_rows];
#pragma unroll
                for (unsigned j = 0; j < group_rows; ++j) y[j] = reference + rule.carry(0, j + 1, before, N(group[j]));
                if (behind == 0 && thread == 0) y[0] = reference;
                write_group(rows, y);
            }
            store_rows(rows, out, size, behind, pieces_of_out);
        }
        const unsigned place = queue.behind();
        load(place, queue.replace());
        queue.go_on(tile < tiles);
        if (tile >= tiles && !queue.is_any_waiting()) break;
    }
    wait_for_copies<0>();
}

} // namespace lanes::device
