// cuda/recurrence.cuh: linear recurrences on the device: launches and the memory they need beside the arrays.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>
#include <cuda/recurrence_ewm.cuh>

#include <algorithm>

namespace lanes::device {

/// out = the exponential moving average of x; out may be x.
template <class T, class Allocate>
void recurrence(const place<Allocate>& where, const ema_step<T>& step, const T* x, T* out, std::uint64_t size) {
    if (size == 0) return;
    using word = typename words_of_tiles<T>::word;
    const std::uint64_t tiles = (size + tile_size - 1) / tile_size;
    const std::size_t bytes = 2 * tiles * sizeof(word) + sizeof(std::uint32_t);
    const auto memory = where.allocate(bytes);
    fill_bytes(memory.data(), 0xff, bytes, where.stream);
    const words_of_tiles<T> words{static_cast<word*>(memory.data()), tiles};
    const std::uint64_t at_once = std::uint64_t{where.multiprocessors} * recurrence_residents<T>;
    launch({std::min(tiles + 1, at_once), recurrence_threads, sizeof(recurrence_memory<T, device_number<T>>)},
           where.stream, exponential_means<T>, decay_powers<T>(step.alpha, size), step.alpha, x, out, size, words,
           reinterpret_cast<std::uint32_t*>(words.words + 2 * tiles));
}

/// out = the exponentially weighted mean of x; they lie apart.
template <class T, class Allocate>
void recurrence(const place<Allocate>& where, const ewm_step<T>& step, const T* x, T* out, std::uint64_t size) {
    if (size == 0) return;
    using word = typename words_of_tiles<T>::word;
    const std::uint64_t tiles = (size + tile_size - 1) / tile_size;
    const std::size_t bytes =
        sizeof(observed_rows) + tiles * sizeof(std::uint64_t) + 5 * tiles * sizeof(word) + 3 * sizeof(std::uint32_t);
    const auto memory = where.allocate(bytes);
    fill_bytes(memory.data(), 0xff, bytes, where.stream);
    auto* const known = static_cast<observed_rows*>(memory.data());
    const last_rows_of_tiles last_rows{reinterpret_cast<std::uint64_t*>(known + 1)};
    const words_of_tiles<T> words{reinterpret_cast<word*>(last_rows.rows + tiles), tiles};
    auto* const tickets = reinterpret_cast<std::uint32_t*>(words.words + 5 * tiles);
    const ewm_array<T> array{step, x, out, size, known, last_rows, tickets + 1};
    const decay_powers<T> power(step.alpha, size);
    const std::uint64_t turns = (size + searched_together - 1) / searched_together;
    launch({std::min<std::uint64_t>(turns, where.multiprocessors), search_threads, sizeof(search_shared)}, where.stream,
           find_first_row<T>, step, x, size, known, tickets + 2);
    if (step.min_periods > 1)
        launch({1, search_threads, sizeof(search_shared)}, where.stream, find_start<T>, step, x, size, known);
    const std::uint64_t at_once = 2 * std::uint64_t{where.multiprocessors};
    launch({std::min(tiles + 1, at_once), recurrence_threads, sizeof(ewm_memory<T>)}, where.stream, weighted_means<T>,
           array, power, runs_of_ones<T>(power), words, tickets);
    if (tiles > 1)
        launch({std::min<std::uint64_t>((tiles + 7) / 8, 2 * where.multiprocessors), 256}, where.stream,
               repeat_means<T>, array, tiles);
}

} // namespace lanes::device
