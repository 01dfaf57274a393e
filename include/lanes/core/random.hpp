// lanes/core/random.hpp: random numbers as pure functions of (seed, stream, path, draw), for scalars and SIMD batches.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/elementary.hpp>
#include <lanes/core/number.hpp>

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
auto philox(const philox_keys& keys, std::array<typename number<Value>::word, 4> counter);

/// The double (2 k + 1) 2^-53 in (0, 1), where k is the upper 52 bits of the word high:low. Complementing k gives
/// exactly 1 - u.
template <class Value>
Value uniform_of_words(typename number<Value>::word high, typename number<Value>::word low);

/// The random numbers of one path (or of one path in each lane): draw 0, 1, 2, ... on demand, as many as are asked for
/// up to 2^33. Draw j of a path comes from block j div 2 of the generator, counted by (block, stream, path).
template <class Value>
class draws {
public:
    using word = typename number<Value>::word;

    draws(const philox_keys& keys, std::uint32_t stream, word path_low, word path_high)
        : keys_(keys), path_low_(path_low), path_high_(path_high), stream_(stream) {}
    draws(philox_keys&&, std::uint32_t, word, word) = delete; // the keys are not copied: they must outlive the draws

    /// Uniformly distributed in the open interval (0, 1), symmetric about 1/2.
    Value uniform() {
        if (has_waiting_) {
            has_waiting_ = false;
            return uniform_of_words<Value>(waiting_[1], waiting_[0]);
        }
        const auto words = philox<Value>(keys_, {word(block_++), word(stream_), path_low_, path_high_});
        waiting_ = {words[2], words[3]};
        has_waiting_ = true;
        return uniform_of_words<Value>(words[1], words[0]);
    }

    /// Normally distributed with mean 0 and variance 1: the normal quantile of uniform().
    Value normal() { return normal_of_uniform(uniform()); }

private:
    const philox_keys& keys_;
    word path_low_, path_high_;
    std::array<word, 2> waiting_;
    std::uint64_t stream_, block_ = 0;
    bool has_waiting_ = false;
};

template <class Value>
auto philox(const philox_keys& keys, std::array<typename number<Value>::word, 4> counter) {
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
Value uniform_of_words(typename number<Value>::word high, typename number<Value>::word low) {
    using N = number<Value>;
    using word = typename N::word;
    const word bits = N::template shift_left<32>(high) | (low & word(std::uint64_t{0xffffffff}));
    // 1.k, the exponent written directly: no conversion of an integer is needed, and both steps are exact.
    const word one(number<double>::bits(1.0));
    return N::from_bits(N::template shift_right<12>(bits) | one) - Value(1 - 0x1p-53);
}

} // namespace lanes
