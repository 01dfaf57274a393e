// lanes/backends/threads/recurrence.hpp: tiles to the cores in order, each waiting only for the carry into it.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/recurrence.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace lanes {

/// Nanoseconds per row of one core (measured on a Xeon with AVX-512, data in L2): double, and half of it for float.
inline constexpr double ema_cost = 0.3;
inline constexpr double ewm_cost = 1.5;

/// Looks at a carry that is not there yet before the core is offered to others, who may be the ones that it waits for.
inline constexpr unsigned spins = 1000;

/// Every tile is taken once, in order, by a thread that then computes all but the carry into it. The wait for that
/// cannot last: the tiles before it are taken, and the lowest of them waits for nothing. The carry out of a tile is
/// published before its results are written, so the chain through all tiles is one fma per tile long.
template <class Cell>
void carry_through_tiles(const Cell& cell, std::size_t workers) {
    using carry = typename Cell::carry;
    struct alignas(64) slot { // one cache line each: a thread waits on one while its neighbour is written
        std::atomic<bool> is_known{false};
        carry before{};
    };
    const std::size_t tiles = cell.tiles();
    std::vector<slot> slots(tiles + 1);
    slots[0].is_known.store(true, std::memory_order_relaxed);
    std::atomic<std::size_t> next{0};
    for_each_part(workers, workers, [&](std::size_t) {
        std::unique_ptr<typename Cell::worker> at;
        for (std::size_t k; (k = next.fetch_add(1, std::memory_order_relaxed)) < tiles;) {
            if (!at) at = std::make_unique<typename Cell::worker>();
            cell.up(*at, k);
            for (unsigned turns = 0; !slots[k].is_known.load(std::memory_order_acquire); ++turns)
                if (turns > spins) std::this_thread::yield();
            const carry before = slots[k].before;
            if (k + 1 < tiles) {
                slots[k + 1].before = cell.after(*at, before);
                slots[k + 1].is_known.store(true, std::memory_order_release);
            }
            cell.down(*at, k, before);
        }
    });
    for (std::size_t k = 0; k < tiles; ++k) cell.repeat_into(k);
}

template <class Arch>
template <real T>
void threads_backend<Arch>::recurrence(const ema_step<T>& step, std::span<const T> x, std::span<T> out) const {
    const std::size_t workers = this->workers(static_cast<double>(x.size() * sizeof(T)) * (ema_cost / 8));
    if (workers <= 1 || x.empty()) return simd_backend<Arch>().recurrence(step, x, out);
    carry_through_tiles(simd_ema<Arch, T>(step, x, out), workers);
}

template <class Arch>
template <real T>
void threads_backend<Arch>::recurrence(const ewm_step<T>& step, std::span<const T> x, std::span<T> out) const {
    const std::size_t workers = this->workers(static_cast<double>(x.size() * sizeof(T)) * (ewm_cost / 8));
    if (workers <= 1 || x.empty()) return simd_backend<Arch>().recurrence(step, x, out);
    carry_through_tiles(simd_ewm<Arch, T>(step, x, out), workers);
}

} // namespace lanes
