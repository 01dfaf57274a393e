// lanes/core/random.hpp: random numbers as pure functions of (seed, stream, path, draw), for scalars and SIMD batches.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/elementary.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/target.hpp>

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

inline namespace LANES_TARGET {

/// Draws 2 block and 2 block + 1 of a path.
template <class Value>
constexpr std::array<Value, 2> uniforms_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                 typename number<Value>::word path_low,
                                                 typename number<Value>::word path_high);

} // namespace LANES_TARGET

/// The double (2 k + 1) 2^-53 in (0, 1), where k is the upper 52 bits of the word high:low. Complementing k gives
/// exactly 1 - u.
template <class Value>
constexpr Value uniform_of_words(typename number<Value>::word high, typename number<Value>::word low);

/// The multipliers of words 0 and 2. Not an array: device code knows the values of the host's constants only one by one.
inline constexpr std::uint64_t philox_multiplier_of_0 = 0xD2511F53, philox_multiplier_of_2 = 0xCD9E8D57;

/// The upper half of `product` ^ previous ^ key, where the key does not wait for the product. Item after item, since the
/// results of a whole pack after each step would not fit into 16 registers.
template <class Value>
constexpr auto philox_word(const typename number<Value>::word& product, const typename number<Value>::word& previous,
                           std::uint64_t key) {
    using word = typename number<Value>::word;
    if constexpr (items < Value >> 1)
        return word(
            [&](std::size_t k) { return philox_word<typename Value::item>(product.items[k], previous.items[k], key); });
    else return number<Value>::template shift_right<32>(product) ^ (previous ^ word(key));
}

/// Rounds first ... last - 1. The words are references and not an array, which g++ 12 would copy by way of memory.
template <class Value, std::size_t first, std::size_t last, class Word>
constexpr void philox_rounds(const philox_keys& keys, Word& w0, Word& w1, Word& w2, Word& w3) {
    using N = number<Value>;
    const auto round = [&](std::size_t r) {
        const Word p = N::multiply_low_halves(w0, Word(philox_multiplier_of_0));
        const Word q = N::multiply_low_halves(w2, Word(philox_multiplier_of_2));
        w2 = philox_word<Value>(p, w3, keys.second[r]);
        w3 = p;
        w0 = philox_word<Value>(q, w1, keys.first[r]);
        w1 = q;
    };
    [&]<std::size_t... r>(std::index_sequence<r...>) {
        (round(first + r), ...);
    }
    (std::make_index_sequence<last - first>());
}

template <class Value>
constexpr auto philox(const philox_keys& keys, std::array<typename number<Value>::word, 4> counter) {
    philox_rounds<Value, 0, 10>(keys, counter[0], counter[1], counter[2], counter[3]);
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

/// Round 9 and uniform_of_words in one: high is the low half of `product`, low its high half ^ previous ^ key.
template <class Value>
constexpr Value uniform_of_last_round(const typename number<Value>::word& factor, std::uint64_t multiplier,
                                      const typename number<Value>::word& previous, std::uint64_t key) {
    using N = number<Value>;
    using word = typename N::word;
    if constexpr (items < Value >> 1) {
        return Value([&](std::size_t k) {
            return uniform_of_last_round<typename Value::item>(factor.items[k], multiplier, previous.items[k], key);
        });
    } else {
        const word product = N::multiply_low_halves(factor, word(multiplier));
        const word swapped = [&] {
            if constexpr (requires { N::halves_swapped(product); }) return N::halves_swapped(product);
            else return N::template shift_left<32>(product) | N::template shift_right<32>(product);
        }();
        const word bits = N::template shift_right<12>(swapped ^ (previous & word(std::uint64_t{0xffffffff})));
        return N::from_bits(bits ^ word(number<double>::bits(1.0) ^ key >> 12)) - Value(1 - 0x1p-53);
    }
}

inline namespace LANES_TARGET {

template <class Value>
constexpr std::array<Value, 2> uniforms_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                 typename number<Value>::word path_low,
                                                 typename number<Value>::word path_high) {
    using word = typename number<Value>::word;
    // Four chains of dependent rounds keep a core busy. Cycles per path of models::pi with 1, 2, 4 and 8 of them: 10.4,
    // 9.0, 7.6 and 8.4 (AVX2, where the uops alone need 6.8), 6.0, 5.0, 5.0 and 5.0 (AVX-512: 4.3).
    constexpr std::size_t some = 4;
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
        // Paths differ in one word of the counter. What depends on the others alone, compilers move out of loops over
        // paths: of the first rounds' 4 products, 4 shifts and 8 xors 2, 2 and 3 are left.
        using N = number<Value>;
        const word first(philox_multiplier_of_0), second(philox_multiplier_of_2);
        const std::uint64_t p = number<double>::multiply_low_halves(block, philox_multiplier_of_0);
        const word shared = N::multiply_low_halves(path_high ^ word((p >> 32) ^ keys.second[0]), second);
        const word q = N::multiply_low_halves(path_low, second);
        const word once = N::multiply_low_halves(N::template shift_right<32>(q) ^ word(stream ^ keys.first[0]), first);
        word w0 = q ^ (N::template shift_right<32>(shared) ^ word(keys.first[1])), w1 = shared;
        word w2 = N::template shift_right<32>(once) ^ word(p ^ keys.second[1]), w3 = once;
        philox_rounds<Value, 2, 9>(keys, w0, w1, w2, w3);
        return {uniform_of_last_round<Value>(w2, philox_multiplier_of_2, w1, keys.first[9]),
                uniform_of_last_round<Value>(w0, philox_multiplier_of_0, w3, keys.second[9])};
    }
}

} // namespace LANES_TARGET
} // namespace lanes
