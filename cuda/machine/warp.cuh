// cuda/machine/warp.cuh: lanes, warps, and how values of any type move between the lanes of a warp.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lanes::device {

__device__ inline unsigned lane_index() {
    return thread_index() % warp_size;
}
__device__ inline unsigned warp_index() {
    return thread_index() / warp_size;
}

/// exchange(word) for every word of a value of any type.
template <class Value, class Exchange>
__device__ inline Value exchange_words(const Value& value, const Exchange& exchange) {
    static_assert(sizeof(Value) % 4 == 0);
    auto words = std::bit_cast<std::array<std::uint32_t, sizeof(Value) / 4>>(value);
    for (std::uint32_t& word : words) word = exchange(word);
    return std::bit_cast<Value>(words);
}

/// The value that lane `from` of `lanes` brings. Every lane of `lanes` must come here, and `from` be one of them.
template <class Value>
__device__ inline Value shuffle(const Value& value, unsigned from, unsigned lanes = whole_warp) {
    return exchange_words(value, [&](std::uint32_t word) { return exchange_word(word, from, lanes); });
}

/// The value of the lane whose number differs in the bits of `bits`.
template <class Value>
__device__ inline Value shuffle_xor(const Value& value, unsigned bits) {
    return exchange_words(value, [&](std::uint32_t word) { return exchange_word_xor(word, bits); });
}

/// The value of the lane `distance` before (behind) this one; its own where there is none.
template <class Value>
__device__ inline Value shuffle_up(const Value& value, unsigned distance) {
    return exchange_words(value, [&](std::uint32_t word) { return exchange_word_up(word, distance); });
}
template <class Value>
__device__ inline Value shuffle_down(const Value& value, unsigned distance) {
    return exchange_words(value, [&](std::uint32_t word) { return exchange_word_down(word, distance); });
}

__device__ inline bool any_lane(bool is) {
    return ballot(is) != 0;
}
__device__ inline bool all_lanes(bool is) {
    return ballot(is) == whole_warp;
}

} // namespace lanes::device
