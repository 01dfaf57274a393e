// cuda/recurrence_carrier.cuh: how u gets from tile to tile: words that tiles leave for each other, and who carries them.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <lanes/core/recurrence.hpp>

#include <cstddef>
#include <cstdint>

namespace lanes::device {

/// Words that tiles leave for each other. All bits set is "not there yet", which no number has that is left: a NaN is
/// left as the quiet one. Nothing else is to be seen with a word, so no order of memory is needed.
template <class T>
struct words_of_tiles {
    using word = typename number<T>::word;
    static constexpr word absent = ~word{0};

    word* words;
    std::uint64_t tiles;

    __device__ word* at(unsigned kind, std::uint64_t tile) const { return words + kind * tiles + tile; }
    __device__ void leave(unsigned kind, std::uint64_t tile, device_number<T> value) const {
        store_relaxed(at(kind, tile), number<T>::bits(canonical_nan(value).value));
    }
    __device__ device_number<T> wait_for(unsigned kind, std::uint64_t tile) const {
        for (;;) {
            const word found = load_relaxed(at(kind, tile));
            if (found != absent) return number<T>::from_bits(found);
            wait_a_little();
        }
    }
};

/// The kinds: a tile's run (factor, numerator, denominator) and u before a tile.
inline constexpr unsigned run_of_numerators = 0, before_of_numerators = 1, run_of_denominators = 2,
                          before_of_denominators = 3, run_factor = 4;

inline constexpr unsigned carried_at_once = 128; // tiles that one step of the carrying warp takes

/// Values for the tiles of a step, read four at a time and one such step ahead.
template <class T>
struct alignas(16) carried_values {
    T of[carried_at_once + 4];

    struct four {
        device_number<T> of[4];
    };
    __device__ four at(unsigned i) const {
        four read;
#pragma unroll
        for (unsigned k = 0; k < 4; k += vector_of<T>::size) {
            const vector_of<T> values = load_vector_written(of + i + k);
#pragma unroll
            for (unsigned j = 0; j < vector_of<T>::size; ++j) read.of[k + j] = device_number<T>(values.items[j]);
        }
        return read;
    }
    __device__ void set(unsigned i, const four& values) {
#pragma unroll
        for (unsigned k = 0; k < 4; k += vector_of<T>::size) {
            vector_of<T> written;
#pragma unroll
            for (unsigned j = 0; j < vector_of<T>::size; ++j) written.items[j] = values.of[k + j].value;
            store_vector(of + i + k, written);
        }
    }
};
template <class T>
struct carrier_shared {
    carried_values<T> factor, run[2], before[2];
};

/// From tile to tile, strictly left to right: u' = fma(factor, u, run). One warp does it for the whole array, as tiles
/// leave their runs; each then waits for its own word only. A step takes the tiles that have left theirs, at most 128. On
/// an H200 (2026-11-27, ema of 2^27 doubles) that were 45 to 60, and a step took some 1200 cycles beside 20 for each tile:
/// more than the 27 (double) or 13 (float) cycles in which the memory delivers and takes a tile, so that this warp is what
/// bounds ema of floats and ewm_mean.
template <unsigned sums, bool has_factors, class T>
__device__ inline void carry_from_tile_to_tile(carrier_shared<T>& shared, const words_of_tiles<T>& words, T factor) {
    using N = device_number<T>;
    using word = typename words_of_tiles<T>::word;
    using four = typename carried_values<T>::four;
    constexpr unsigned parts = carried_at_once / warp_size, kinds = sums + has_factors;
    constexpr word absent = words_of_tiles<T>::absent;
    constexpr unsigned asked[3] = {run_of_numerators, sums == 2 ? run_of_denominators : run_factor, run_factor};
    constexpr unsigned befores[2] = {before_of_numerators, before_of_denominators};
    const unsigned lane = lane_index();
    const std::uint64_t last = words.tiles - 1; // nobody waits for u behind it
    N u[sums];
#pragma unroll
    for (unsigned s = 0; s < sums; ++s) u[s] = N(T(0));
    // The words of the next tiles are on their way while u is carried through those that are there.
    word found[parts][kinds];
    const auto ask = [&](std::uint64_t base) {
        const std::uint64_t rest = last - base;
        const unsigned left = rest < carried_at_once ? static_cast<unsigned>(rest) : carried_at_once;
#pragma unroll
        for (unsigned k = 0; k < kinds; ++k) {
            const word* const from = words.at(asked[k], base + lane);
#pragma unroll
            for (unsigned p = 0; p < parts; ++p)
                found[p][k] = p * warp_size + lane < left ? load_relaxed(from + p * warp_size) : absent;
        }
    };
    ask(0);
    for (std::uint64_t base = 0; base < last;) {
        unsigned ready = 0;
#pragma unroll
        for (unsigned p = 0; p < parts; ++p) {
            bool is_there = true;
#pragma unroll
            for (unsigned k = 0; k < kinds; ++k) is_there = is_there && found[p][k] != absent;
            const unsigned missing = ~ballot(is_there);
            if (ready == p * warp_size) ready += missing == 0 ? warp_size : lowest_bit(missing);
        }
        if (ready == 0) {
            wait_a_little();
            ask(base);
            continue;
        }
#pragma unroll
        for (unsigned p = 0; p < parts; ++p) {
#pragma unroll
            for (unsigned s = 0; s < sums; ++s)
                shared.run[s].of[p * warp_size + lane] = number<T>::from_bits(found[p][s]);
            if constexpr (has_factors) shared.factor.of[p * warp_size + lane] = number<T>::from_bits(found[p][sums]);
        }
        synchronize_warp();
        ask(base + ready);
        four run[sums], by;
        const auto read = [&](unsigned i) {
#pragma unroll
            for (unsigned s = 0; s < sums; ++s) run[s] = shared.run[s].at(i);
            if constexpr (has_factors) by = shared.factor.at(i);
        };
        read(0);
#pragma unroll 1
        for (unsigned first = 0; first < ready; first += warp_size) { // as many as the lanes then leave
            const unsigned end = ready < first + warp_size ? ready : first + warp_size;
#pragma unroll 2
            for (unsigned i = first; i < end; i += 4) {
                four now[sums], with = by;
#pragma unroll
                for (unsigned s = 0; s < sums; ++s) now[s] = run[s];
                read(i + 4); // of what lies behind the last ones nothing is used
#pragma unroll
                for (unsigned q = 0; q < 4; ++q)
#pragma unroll
                    for (unsigned s = 0; s < sums; ++s)
                        u[s] = now[s].of[q] = number<N>::fma(has_factors ? with.of[q] : N(factor), u[s], now[s].of[q]);
                if (lane == 0)
#pragma unroll
                    for (unsigned s = 0; s < sums; ++s) shared.before[s].set(i, now[s]);
            }
            synchronize_warp();
#pragma unroll
            for (unsigned s = 0; s < sums; ++s)
                if (first + lane < end)
                    words.leave(befores[s], base + first + lane + 1, N(shared.before[s].of[first + lane]));
        }
#pragma unroll
        for (unsigned s = 0; s < sums; ++s) u[s] = N(shared.before[s].of[ready - 1]);
        synchronize_warp();
        base += ready;
    }
}

} // namespace lanes::device
