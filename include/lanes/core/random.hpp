// lanes/core/random.hpp: random numbers as pure functions of (seed, stream, path, draw), for scalars and SIMD batches.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/elementary.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/pack.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace lanes {

/// The two words of the key in each of the 10 rounds.
struct philox_keys {
    std::array<std::uint64_t, 10> first, second;

    constexpr explicit philox_keys(std::uint64_t seed) : first{}, second{} {
        for (std::uint32_t round = 0; round < 10; ++round) {
            first[round] = static_cast<std::uint32_t>(seed) + round * 0x9E3779B9u;
            second[round] = static_cast<std::uint32_t>(seed >> 32) + round * 0xBB67AE85u;
        }
    }
};

/// Philox4x32-10: four random 32-bit words from a 128-bit counter, one of each in the low half of every lane. What the
/// high halves hold on return is of no meaning, and has none on entry.
/// source: Salmon, Moraes, Dror, Shaw, SC 2011; the same as C++26 std::philox4x32
template <class Value>
constexpr auto philox(const philox_keys& keys, std::array<typename number<Value>::word, 4> counter);

/// Draws 2 block and 2 block + 1 of a path.
template <class Value>
constexpr std::array<Value, 2> uniforms_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                 typename number<Value>::word path_low,
                                                 typename number<Value>::word path_high);

/// The double (2 k + 1) 2^-53 in (0, 1), where k is the upper 52 bits of the word high:low. Complementing k gives
/// exactly 1 - u.
template <class Value>
constexpr Value uniform_of_words(typename number<Value>::word high, typename number<Value>::word low);

template <class Value>
constexpr auto philox(const philox_keys& keys, std::array<typename number<Value>::word, 4> counter) {
    using N = number<Value>;
    using word = typename N::word;
    const auto round = [&](std::size_t r) {
        const word p = N::multiply_low_halves(counter[0], word(std::uint64_t{0xD2511F53}));
        const word q = N::multiply_low_halves(counter[2], word(std::uint64_t{0xCD9E8D57}));
        counter = {N::template shift_right<32>(q) ^ counter[1] ^ word(keys.first[r]), q,
                   N::template shift_right<32>(p) ^ counter[3] ^ word(keys.second[r]), p};
    };
    [&]<std::size_t... r>(std::index_sequence<r...>) {
        (round(r), ...);
    }
    (std::make_index_sequence<10>());
    return counter;
}

template <class Value>
constexpr Value uniform_of_words(typename number<Value>::word high, typename number<Value>::word low) {
    using N = number<Value>;
    using word = typename N::word;
    const word bits = N::template shift_left<32>(high) | (low & word(std::uint64_t{0xffffffff}));
    // 1.k, the exponent written directly: no conversion of an integer is needed, and both steps are exact.
    const word one(number<double>::bits(1.0));
    return N::from_bits(N::template shift_right<12>(bits) | one) - Value(1 - 0x1p-53);
}

template <class Value>
constexpr std::array<Value, 2> uniforms_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                 typename number<Value>::word path_low,
                                                 typename number<Value>::word path_high) {
    using word = typename number<Value>::word;
    // The four words of some items fill half of the registers; those of more items would be kept in memory.
    constexpr std::size_t some = number<Value>::registers / 8;
    if constexpr (items < Value >> some) {
        using Part = typename Value::template resized<some>;
        return [&]<std::size_t... p>(std::index_sequence<p...>) {
            const std::array<std::array<Part, 2>, sizeof...(p)> parts{uniforms_of_block<Part>(
                keys, block, stream, path_low.template part<some, p>(), path_high.template part<some, p>())...};
            return std::array<Value, 2>{Value::joined(std::array{parts[p][0]...}),
                                        Value::joined(std::array{parts[p][1]...})};
        }
        (std::make_index_sequence<items<Value> / some>());
    } else {
        const auto words = philox<Value>(keys, {word(block), word(stream), path_low, path_high});
        return {uniform_of_words<Value>(words[1], words[0]), uniform_of_words<Value>(words[3], words[2])};
    }
}

} // namespace lanes
