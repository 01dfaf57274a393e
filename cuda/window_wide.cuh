// cuda/window_wide.cuh: windows of 65 to 4160 elements: a block walks along the array and remembers suffixes and totals.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>
#include <cuda/window_tile.cuh>
#include <cuda/window_warp.cuh>

#include <algorithm>

namespace lanes::device {

inline constexpr unsigned remembered_chunks = 128, levels_of_totals = 7;

/// Widest window of this kernel: its whole chunks are summed by doubling.
inline constexpr std::uint64_t widest_in_shared_memory = 64 * chunk_size + chunk_size;

/// Room behind the ring for a copy of what its first thread has, so that as many elements from anywhere on lie in a row.
inline constexpr unsigned ring_margin = 32;

/// How the kernel is built: threads of a block, elements of a thread, and blocks that a multiprocessor should hold.
template <unsigned threads_of_block, unsigned elements_of_thread, unsigned blocks>
struct wide_plan {
    static constexpr unsigned elements = elements_of_thread;
    static constexpr unsigned threads = threads_of_block, residents = blocks;
    static constexpr unsigned tile = threads * elements, chunks = tile / chunk_size;
    static_assert(chunks <= warp_size && 2 * chunks + 64 <= remembered_chunks, "one warp sums the totals of a tile");

    /// Elements of the ring: what a window reaches, the tile of the ends, and those that are written meanwhile.
    static constexpr unsigned ring(std::uint64_t width) {
        return (static_cast<unsigned>(width) + 2 * tile + elements + 63) / 64 * 64;
    }
    /// The place of element i of the ring: one stays free behind those of a thread, so that the runs of a warp's threads
    /// start in different banks.
    static constexpr unsigned place(unsigned i) { return i + i / elements; }
};

/// Shared memory but for the rings behind it.
template <class T, class Plan>
struct wide_shared {
    alignas(16) T parts[Plan::threads / warp_size][warp_part<T, Plan::elements>::room];
    T levels[levels_of_totals][remembered_chunks]; // sums of 2^k totals that end at a chunk
    T fewer[remembered_chunks], more[remembered_chunks];
    std::uint32_t count; // of the elements present so far
    std::uint32_t padding[3];
};

template <class Plan, class Operation, class T>
constexpr std::size_t wide_shared_bytes(std::uint64_t width) {
    const std::size_t ring = Plan::ring(width), words = ring / 32 * 2 * sizeof(std::uint32_t);
    return sizeof(wide_shared<T, Plan>) + (Plan::place(ring) + ring_margin) * sizeof(T) +
           (Operation::skips ? words : 0);
}

/// The sums of the last whole - 1 and the last `whole` totals, for the chunks of a tile. By one warp.
template <class T, class Plan>
__device__ inline void sums_of_totals(wide_shared<T, Plan>& shared, unsigned first_chunk, unsigned whole) {
    using N = device_number<T>;
    const bool has_chunk = lane_index() < Plan::chunks;
    const auto place = [chunk = first_chunk + lane_index() % Plan::chunks](unsigned back) {
        return (chunk - back) % remembered_chunks;
    };
    for (unsigned k = 0; k + 1 < levels_of_totals && (whole >> (k + 1)) != 0; ++k) {
        if (has_chunk) {
            const N sum = N(shared.levels[k][place(1u << k)]) + N(shared.levels[k][place(0)]);
            shared.levels[k + 1][place(0)] = sum.value;
        }
        synchronize_warp();
    }
    // What both sums are made of is read first: a warp that others wait for should wait for memory once.
    T of_fewer[levels_of_totals], of_more[levels_of_totals];
#pragma unroll
    for (unsigned k = 0; k < levels_of_totals; ++k) { // behind the pieces for the lower bits
        of_fewer[k] = shared.levels[k][place((whole - 1) & ((1u << k) - 1))];
        of_more[k] = shared.levels[k][place(whole & ((1u << k) - 1))];
    }
    N fewer(T(-0.0)), more(T(-0.0));
#pragma unroll
    for (unsigned k = 0; k < levels_of_totals; ++k) {
        if (((whole - 1) >> k & 1) != 0) fewer = N(of_fewer[k]) + fewer;
        if ((whole >> k & 1) != 0) more = N(of_more[k]) + more;
    }
    if (has_chunk) {
        shared.fewer[place(0)] = fewer.value;
        shared.more[place(0)] = more.value;
    }
}

/// Sums of the windows that end at a thread's elements. Those of the first `split` ends start in the last elements of a
/// thread's, the others in the next one's; `early` and `late` are their sums of whole chunks.
template <class Plan, unsigned split, class T>
__device__ inline void sums_of_windows(unsigned where, const T* starts, device_number<T> early, device_number<T> late,
                                       const device_number<T> (&prefix)[Plan::elements],
                                       device_number<T> (&sum)[Plan::elements]) {
    constexpr unsigned E = Plan::elements;
    using N = device_number<T>;
    if constexpr (split + 1 < E) {
        if (where != split) return sums_of_windows<Plan, split + 1>(where, starts, early, late, prefix, sum);
    }
#pragma unroll
    for (unsigned j = 0; j < E; ++j) {
        const unsigned start = (E - split) % E + j;
        sum[j] = (N(starts[Plan::place(start)]) + (j + 1 <= split ? early : late)) + prefix[j];
    }
}

/// The tiles of a launch, counted from the first one on that a window reaches; that one is tile `begin` of x, which may
/// lie before it in the sums over totals of other kernels. Block b has results of the tiles reach + b of_block ... All
/// elements of the `wholes` tiles from `whole` on exist; of the `plains` from `plain` on all results are wanted, and are
/// those of full windows.
struct wide_grid {
    std::int64_t begin;
    unsigned reach, tiles, of_block, whole, wholes, plain, plains;
    unsigned ring; // elements of the ring
};

/// out[j] = the window that ends at begin + j, 65 <= width <= 4160. A block computes the ends in `of_block` tiles; those
/// before that a window reaches are computed once more. Each turn scans a tile and has the results of the one before it,
/// whose sums of totals one warp computed meanwhile.
template <class Operation, class T, class Plan>
__global__ void __launch_bounds__(Plan::threads, Plan::residents)
    wide_windows(const __grid_constant__ window_finish<Operation, T> finish, const __grid_constant__ wide_grid grid,
                 const T* x, std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    using N = device_number<T>;
    using part = warp_part<T, Plan::elements>;
    constexpr unsigned threads = Plan::threads, warps = threads / warp_size, E = Plan::elements,
                       of_chunk = static_cast<unsigned>(chunk_size) / E; // threads
    constexpr auto tile = static_cast<std::int64_t>(Plan::tile);
    auto& shared = shared_memory<wide_shared<T, Plan>>();
    const unsigned thread = thread_index(), lane = lane_index(), warp = warp_index();
    const unsigned runs = grid.ring / E;
    T* const ring = reinterpret_cast<T*>(&shared + 1);
    [[maybe_unused]] auto* const words = reinterpret_cast<std::uint32_t*>(ring + (E + 1) * runs + ring_margin);
    [[maybe_unused]] const presence present{words, words + grid.ring / 32};
    const wide_window window(finish.width);

    unsigned number = static_cast<unsigned>(block_index()) * grid.of_block; // of the tile that is scanned
    const unsigned first_ends = number + grid.reach,
                   stop = grid.tiles - number > grid.of_block + grid.reach ? first_ends + grid.of_block : grid.tiles;
    const std::int64_t warm = grid.begin + number;

    for (unsigned i = thread; i < (E + 1) * runs + ring_margin; i += threads) ring[i] = T(-0.0);
    for (unsigned i = thread; i < levels_of_totals * remembered_chunks; i += threads)
        shared.levels[i / remembered_chunks][i % remembered_chunks] = T(-0.0);
    for (unsigned i = thread; i < remembered_chunks; i += threads) shared.fewer[i] = shared.more[i] = T(-0.0);
    if constexpr (Operation::skips) {
        if (thread == 0) shared.count = 0;
        for (unsigned i = thread; i < grid.ring / 32 * 2; i += threads) words[i] = 0;
    }
    synchronize_block();

    const unsigned runs_back = (static_cast<unsigned>(finish.width - 1) + E - 1) / E; // to the first end's start
    const unsigned split = static_cast<unsigned>(window.rest) % E, rest_runs = static_cast<unsigned>(window.rest) / E;

    T* const memory = shared.parts[warp];
    const bool is_aligned = address_modulo<part::vector>(x) == 0;
    std::int64_t first = warm * tile + warp * part::size; // element of this warp that is loaded next
    unsigned loaded = number;                             // its tile
    N next[E];                                            // elements of the next step
    bool is_next_aligned = false;
    const auto load = [&] {
        is_next_aligned = is_aligned && loaded < stop && loaded - grid.whole < grid.wholes;
        if (is_next_aligned) part::load_rows(x + first, next);
        else if (loaded < stop) part::load_rows_of_elements(x, size, first, next);
        ++loaded;
        first += tile;
    };
    load();

    const unsigned ahead = (address_modulo<part::vector>(out) - static_cast<unsigned>(begin)) % part::vector;
    std::int64_t result = warm * tile + warp * part::size - tile - begin; // of this warp, one step before
    unsigned base = 0, ends_run = 0; // of the ring: the first run that is scanned, and this thread's ends before that
    unsigned chunk = static_cast<unsigned>(warm * Plan::chunks) + thread / of_chunk; // of this thread, modulo 2^32
    N prefix[E];
#pragma unroll
    for (unsigned j = 0; j < E; ++j) prefix[j] = N(T(-0.0));
    for (;; ++number) {
        N prefix_of_ends[E];
#pragma unroll
        for (unsigned j = 0; j < E; ++j) prefix_of_ends[j] = prefix[j];
        const unsigned run = base + thread >= runs ? base + thread - runs : base + thread;
        if (number < stop) {
            N own[E];
            if (is_next_aligned) part::put_rows(memory, next);
            else part::put_rows_of_elements(memory, next);
            load();
            synchronize_warp();
            part::take(memory, own);
            if constexpr (Operation::skips) {
                unsigned bits = 0;
#pragma unroll
                for (unsigned j = 0; j < E; ++j) {
                    const std::int64_t position = (grid.begin + number) * tile + thread * E + j;
                    if (position >= 0 && position < size && lanes::is_present(own[j])) bits |= 1u << j;
                }
                for (unsigned distance = 1; distance < 32 / E; distance *= 2)
                    bits |= shuffle_down(bits, distance) << (E * distance); // of 32 / E lanes
                if (lane % (32 / E) == 0) words[run * E / 32] = bits;
            }
#pragma unroll
            for (unsigned j = 0; j < E; ++j) own[j] = Operation::element(own[j]);
            const chunk_scan_of_thread<T, E> scan(own);
            T* const suffixes = ring + (E + 1) * run;
#pragma unroll
            for (unsigned j = 0; j < E; ++j) suffixes[j] = scan.suffix[j].value;
            if (run == 0)
#pragma unroll
                for (unsigned j = 0; j < E; ++j) ring[(E + 1) * runs + j] = scan.suffix[j].value;
            if (thread % of_chunk == of_chunk - 1) shared.levels[0][chunk % remembered_chunks] = scan.total.value;
#pragma unroll
            for (unsigned j = 0; j < E; ++j) prefix[j] = scan.prefix[j];
        }
        synchronize_block();
        if (warp == number % warps && number < stop) {
            sums_of_totals(shared, chunk - thread / of_chunk, static_cast<unsigned>(window.whole));
            if constexpr (Operation::skips) {
                std::uint32_t all = shared.count;
                for (unsigned w = lane; w < Plan::tile / 32; w += warp_size) {
                    const unsigned word = (base * E / 32 + w) % (grid.ring / 32);
                    const std::uint32_t count = bit_count(words[word]), sum = sum_up_to_lane(count);
                    present.before[word] = all + sum - count;
                    all += shuffle(sum, warp_size - 1);
                }
                if (lane == 0) shared.count = all;
            }
        }
        if (number > first_ends) {
            const unsigned chunk_before = (chunk - Plan::chunks - 1) % remembered_chunks;
            const N fewer(shared.fewer[chunk_before]), more(shared.more[chunk_before]);
            const unsigned start_run = ends_run >= runs_back ? ends_run - runs_back : ends_run + runs - runs_back;
            N sum[E];
            sums_of_windows<Plan, 0>(split, ring + (E + 1) * start_run, thread % of_chunk <= rest_runs ? more : fewer,
                                     thread % of_chunk < rest_runs ? more : fewer, prefix_of_ends, sum);
            const bool is_plain = number - 1 - grid.plain < grid.plains;
            finish(sum, is_plain, begin + result + lane * E, [&](unsigned j) -> std::uint64_t {
                const unsigned end = ends_run * E + j, reach = static_cast<unsigned>(finish.width);
                return present.up_to(end) - present.up_to(end >= reach ? end - reach : end + grid.ring - reach);
            });
            if (is_plain) part::store(memory, sum, out + result, ahead, 0);
            else {
#pragma unroll
                for (unsigned j = 0; j < E; ++j) {
                    const std::int64_t at = result + lane * E + j;
                    if (at >= 0 && at < results) out[at] = sum[j].value;
                }
            }
        }
        if (number == stop) break;
        synchronize_block(); // all have read what is written over
        result += tile;
        chunk += Plan::chunks;
        ends_run = run;
        base = base + threads >= runs ? base + threads - runs : base + threads;
    }
}

/// Whether blocks can have the shared memory that this width needs.
template <class Plan, class Operation, class T, class Allocate>
bool has_wide_windows(const place<Allocate>& where, std::uint64_t width) {
    return width <= widest_in_shared_memory && wide_shared_bytes<Plan, Operation, T>(width) <= where.shared_bytes;
}

template <class Plan, class Operation, class T, class Allocate>
void start_wide_windows(const place<Allocate>& where, const window_finish<Operation, T>& finish, const T* x,
                        std::int64_t size, std::int64_t begin, T* out, std::int64_t results) {
    constexpr std::int64_t tile = Plan::tile;
    constexpr std::size_t of_system = 1 << 10; // of each block; a multiprocessor has that of one more
    const auto tile_of = [](std::int64_t end) { return (end >= 0 ? end : end - (tile - 1)) / tile; };
    const auto width = static_cast<std::int64_t>(finish.width);
    const std::size_t bytes = wide_shared_bytes<Plan, Operation, T>(finish.width);
    const auto residents =
        std::min<std::size_t>((where.shared_bytes + of_system) / (bytes + of_system), Plan::residents);
    const std::int64_t first = tile_of(begin), reach = (width - 1 + tile - 1) / tile, before = first - reach,
                       tiles = tile_of(begin + results - 1) + 1 - first;
    // Three times as many blocks as there is room for, since some multiprocessors are done early, but not so short ones
    // that more than a part in 32 is computed twice. float, width 500, H200: 0.883 of a copy's speed, else 0.867.
    const auto in_parts = [tiles](std::int64_t parts) { return (tiles + parts - 1) / parts; };
    const std::int64_t at_once = std::int64_t{where.multiprocessors} * static_cast<std::int64_t>(residents);
    const std::int64_t of_block = std::min(in_parts(at_once), std::max(in_parts(3 * at_once), 32 * reach));
    const std::int64_t whole = std::max<std::int64_t>(before, 0), whole_end = size / tile,
                       plain = (std::max<std::int64_t>({begin, width - 1, 0}) + tile - 1) / tile,
                       plain_end = std::min(whole_end, tile_of(begin + results));
    const auto count = [](std::int64_t number) { return static_cast<unsigned>(std::max<std::int64_t>(number, 0)); };
    const wide_grid grid{before,
                         count(reach),
                         count(reach + tiles),
                         count(of_block),
                         count(whole - before),
                         count(whole_end - whole),
                         count(plain - before),
                         count(plain_end - plain),
                         Plan::ring(finish.width)};
    const auto blocks = static_cast<std::uint64_t>((tiles + of_block - 1) / of_block);
    launch({blocks, Plan::threads, bytes}, where.stream, wide_windows<Operation, T, Plan>, finish, grid, x, size, begin,
           out, results);
}

} // namespace lanes::device
