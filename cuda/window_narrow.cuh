// cuda/window_narrow.cuh: windows of at most 64 elements: every warp sums for itself, in registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>
#include <cuda/window_tile.cuh>
#include <cuda/window_warp.cuh>

#include <algorithm>

namespace lanes::device {

/// How the kernel is built: threads of a block, elements of a lane, whether the block copies what its lanes need into shared
/// memory or each lane loads its elements itself, and blocks that a multiprocessor should hold.
template <unsigned threads_of_block, unsigned elements_of_lane, bool block_copies, unsigned blocks>
struct narrow_plan {
    static constexpr unsigned threads = threads_of_block, elements = elements_of_lane, residents = blocks;
    static constexpr bool copies = block_copies;
};

/// Where the warps' parts lie. Lanes load from addresses, and store to addresses, that are multiples of 16, so results
/// move `ahead` places before they are stored. The first `helpers` lanes only serve those behind them.
struct narrow_grid {
    unsigned width, helpers, ahead, before; // results of part 0 that lie before the first one of all
    unsigned gap;                           // vectors between a line of memory and the first one of a block
    std::uint64_t parts;
};

/// Sums of the windows that end at a lane's elements, of `low` + E `groups` elements: by doubling, the set bits of the
/// width from low to high, as serial does. Sums of 1, 2, ... E elements are formed in registers; those of E end `low`
/// before the window, so that all longer ones are other lanes' sums of the same place. earlier(to) gives the elements
/// before this lane's, as many as `to` holds.
template <unsigned low, unsigned E, class T, class Earlier>
__device__ inline void narrow_sums(const device_number<T> (&own)[E], const Earlier& earlier, unsigned groups,
                                   device_number<T> (&sum)[E]) {
    using N = device_number<T>;
    constexpr unsigned levels = E == 8 ? 4 : 5, before = low + E - 1, count = before + E;
    static_assert(1u << (levels - 1) == E);
    N power[levels][count]; // power[k][i]: 2^k elements that end at i
    {
        N others[before];
        earlier(others);
#pragma unroll
        for (unsigned i = 0; i < count; ++i)
            power[0][i] = i < before ? others[i < before ? i : 0] : own[i < before ? 0 : i - before];
    }
#pragma unroll
    for (unsigned k = 1; k < levels; ++k)
#pragma unroll
        for (unsigned i = (1u << k) - 1; i < count; ++i)
            power[k][i] = power[k - 1][i - (1u << (k - 1))] + power[k - 1][i];
#pragma unroll
    for (unsigned j = 0; j < E; ++j) {
        bool is_first = true;
        unsigned at = before + j;
#pragma unroll
        for (unsigned k = 0; k + 1 < levels; ++k)
            if ((low >> k & 1) != 0) {
                sum[j] = is_first ? power[k][at] : power[k][at] + sum[j];
                is_first = false;
                at -= 1u << k;
            }
        if (is_first) sum[j] = N(T(-0.0));
    }
    if (groups == 0) return;
    N many[E];
#pragma unroll
    for (unsigned j = 0; j < E; ++j) many[j] = power[levels - 1][E - 1 + j];
    unsigned offset = 0;
#pragma unroll
    for (unsigned length = 1; length <= 64 / E; length *= 2) { // `many` are sums of E length elements
        if ((groups & length) != 0) {
            N last[E];
            if (offset ==
                0) { // one question for all: with one for each, nvcc has them wait for one shuffle after another
#pragma unroll
                for (unsigned j = 0; j < E; ++j) last[j] = many[j];
            } else {
#pragma unroll
                for (unsigned j = 0; j < E; ++j) last[j] = shuffle_up(many[j], offset);
            }
#pragma unroll
            for (unsigned j = 0; j < E; ++j) sum[j] = last[j] + sum[j];
            offset += length;
        }
        if (groups < 2 * length) break;
#pragma unroll
        for (unsigned j = 0; j < E; ++j) many[j] = shuffle_up(many[j], length) + many[j];
    }
}

template <class T, bool counts, class Plan>
struct narrow_shared {
    static constexpr unsigned warps = Plan::threads / warp_size, E = Plan::elements;
    alignas(16) T parts[warps][warp_part<T, E>::room];
    alignas(16) T tile[Plan::copies ? Plan::threads * E : 1];
    std::uint32_t words[counts ? warps : 1][counts ? E + 1 : 1], before[counts ? warps : 1][counts ? E + 1 : 1];
};

/// Brings in the runs of a block, from element `first` on, `gap` vectors behind a line of memory: -0 where there is none.
template <class Plan, class T>
__device__ inline void copy_in_of_block(T* tile, const T* x, std::int64_t size, std::int64_t first, unsigned runs,
                                        unsigned gap) {
    using part = warp_part<T, Plan::elements>;
    static_assert((Plan::threads / warp_size - 1) * part::vectors >= 7,
                  "fewer runs than threads leave room for the gap");
    const unsigned count = runs * Plan::elements;
    if (first >= 0 && first + static_cast<std::int64_t>(count) <= size) {
#pragma unroll
        for (unsigned k = 0; k < part::vectors; ++k) {
            const unsigned v = thread_index() - gap + k * Plan::threads;
            if (v < runs * part::vectors) copy_to_shared<16>(tile + part::place(v), x + first + v * part::vector);
        }
    } else {
#pragma unroll 1
        for (unsigned i = thread_index(); i < count; i += Plan::threads) {
            const std::int64_t position = first + i;
            T* const to = tile + part::place_of_element(i);
            if (position >= 0 && position < size) copy_to_shared<sizeof(T)>(to, x + position);
            else *to = T(-0.0);
        }
    }
}

/// The narrow_sums of a width that leaves `low` when whole groups are taken from it.
template <unsigned low, unsigned E, class T, class Earlier>
__device__ inline void narrow_sums_of(unsigned rest, const device_number<T> (&own)[E], const Earlier& earlier,
                                      unsigned groups, device_number<T> (&sum)[E]) {
    if constexpr (low + 1 < E) {
        if (rest != low) return narrow_sums_of<low + 1>(rest, own, earlier, groups, sum);
    }
    narrow_sums<low>(own, earlier, groups, sum);
}

/// out[j] = the window of at most 64 elements that ends at begin + j.
template <class Operation, class T, class Plan>
__global__ void __launch_bounds__(Plan::threads, Plan::residents)
    narrow_windows(const __grid_constant__ window_finish<Operation, T> finish, narrow_grid grid, const T* x,
                   std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    constexpr unsigned E = Plan::elements;
    using N = device_number<T>;
    using part = warp_part<T, E>;
    constexpr unsigned warps = Plan::threads / warp_size;
    auto& shared = shared_memory<narrow_shared<T, Operation::skips, Plan>>();
    const std::uint64_t number = block_index() * warps + warp_index();
    const unsigned lane = lane_index(), with_results = warp_size - grid.helpers, ends = with_results * E;
    // Of the first lane that is no helper: its first result; of lane 0: its first element.
    const std::int64_t result = static_cast<std::int64_t>(number) * ends - grid.before;
    const std::int64_t first = begin + result + grid.ahead - static_cast<std::int64_t>(grid.helpers * E);
    [[maybe_unused]] const unsigned run = warp_index() * with_results + lane; // of what the block copies

    N own[E], sum[E];
    if constexpr (Plan::copies) {
        copy_in_of_block<Plan>(shared.tile, x, size, first - static_cast<std::int64_t>(warp_index() * ends),
                               grid.helpers + warps * with_results, grid.gap);
        end_copies();
        wait_for_copies<0>();
        synchronize_block();
        if (number >= grid.parts) return;
        part::take(shared.tile, own, run);
    } else {
        if (number >= grid.parts) return;
        if (first >= 0 && first + static_cast<std::int64_t>(part::size) <= size) part::load(x + first, own);
        else part::load_existing(x, size, first, own);
    }

    std::uint32_t* const words = shared.words[Operation::skips ? warp_index() : 0];
    std::uint32_t* const before = shared.before[Operation::skips ? warp_index() : 0];
    if constexpr (Operation::skips) {
        unsigned bits = 0;
#pragma unroll
        for (unsigned j = 0; j < E; ++j) {
            const std::int64_t position = first + lane * E + j;
            if (position >= 0 && position < size && lanes::is_present(own[j])) bits |= 1u << j;
        }
#pragma unroll
        for (unsigned distance = 1; distance < 32 / E; distance *= 2)
            bits |= shuffle_down(bits, distance) << (E * distance);
        if (lane % (32 / E) == 0) words[lane / (32 / E)] = bits;
        synchronize_warp();
        const std::uint32_t count = lane < E ? bit_count(words[lane]) : 0, all = sum_up_to_lane(count);
        if (lane <= E) before[lane] = all - count;
        if (lane == E) words[lane] = 0;
        synchronize_warp();
    }
#pragma unroll
    for (unsigned j = 0; j < E; ++j) own[j] = Operation::element(own[j]);

    const auto earlier = [&]<unsigned count>(N(&to)[count]) {
        if constexpr (Plan::copies) {
#pragma unroll
            for (unsigned k = 0; k * part::vector < count; ++k) { // vector -1 - k, counted from this lane's first one
                const unsigned back = k / part::vectors + 1, owner = run < back ? 0 : run - back;
                const unsigned in_run = part::vectors - 1 - k % part::vectors;
                const unsigned at = part::place(owner * part::vectors) ^ in_run * part::vector;
                N items[part::vector];
                part::unpack(load_vector_written(shared.tile + at), items);
#pragma unroll
                for (unsigned i = 0; i < part::vector; ++i)
                    if (count + i >= (k + 1) * part::vector)
                        to[count + i - (k + 1) * part::vector] = Operation::element(items[i]);
            }
        } else {
#pragma unroll
            for (unsigned i = 0; i < count; ++i) {
                const unsigned back = count - i, lanes_back = (back + E - 1) / E;
                to[i] = shuffle_up(own[lanes_back * E - back], lanes_back);
            }
        }
    };
    narrow_sums_of<0>(grid.width % E, own, earlier, grid.width / E, sum);

    // Results move before they are stored, so the last helper has some.
    const unsigned without = grid.helpers == 0 ? 0 : grid.helpers - 1;
    if (lane >= without) {
        finish(sum, finish.are_full(first + without * E, first + (part::size - 1)), first + lane * E,
               [&](unsigned j) -> std::uint64_t {
                   const auto below = [&](unsigned i) {
                       return before[i / 32] + bit_count(words[i / 32] & ((1u << (i % 32)) - 1));
                   };
                   const unsigned behind = lane * E + j + 1;
                   return below(behind) - below(behind < grid.width ? 0 : behind - grid.width);
               });
    }
    if (result >= 0 && result + static_cast<std::int64_t>(ends) <= results) {
        T* const to = out + (result + grid.ahead - static_cast<std::int64_t>(grid.helpers * E));
        return part::store(shared.parts[warp_index()], sum, to, grid.ahead, grid.helpers * part::vectors);
    }
    const std::int64_t of_lane = result + grid.ahead + (static_cast<std::int64_t>(lane) - grid.helpers) * E;
#pragma unroll
    for (unsigned j = 0; j < E; ++j) {
        const std::int64_t at = of_lane + j;
        if (at >= result && at >= 0 && at < result + ends && at < results) out[at] = sum[j].value;
    }
}

template <class Plan, class Operation, class T, class Allocate>
void start_narrow_windows(const place<Allocate>& where, const window_finish<Operation, T>& finish, const T* x,
                          std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    constexpr unsigned E = Plan::elements, vector = vector_of<T>::size, line = 128 / sizeof(T);
    narrow_grid grid{};
    grid.width = static_cast<unsigned>(finish.width);
    grid.before = address_modulo<line>(out);
    const auto first = address_modulo<line>(x) + static_cast<std::uint64_t>(begin) - grid.before;
    grid.ahead = static_cast<unsigned>((0 - first) % vector);
    grid.helpers = (std::max(grid.width, 1u) - 1 + grid.ahead + E - 1) / E; // sums over totals may be of none
    grid.gap = grid.helpers == 0 ? 0 : static_cast<unsigned>((first + grid.ahead - grid.helpers * E) % line / vector);
    const std::uint64_t ends = (warp_size - grid.helpers) * E, warps = Plan::threads / warp_size;
    grid.parts = (static_cast<std::uint64_t>(results) + grid.before + ends - 1) / ends;
    launch({(grid.parts + warps - 1) / warps, Plan::threads, sizeof(narrow_shared<T, Operation::skips, Plan>)},
           where.stream, narrow_windows<Operation, T, Plan>, finish, grid, x, size, begin, out, results);
}

} // namespace lanes::device
