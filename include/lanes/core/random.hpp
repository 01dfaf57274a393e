// lanes/core/random.hpp: random numbers as pure functions of (seed, stream, path, draw), for scalars and SIMD batches.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/elementary.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/target.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
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

/// Draws 2 block and 2 block + 1 of paths that agree in the upper half of their numbers.
template <class Value>
constexpr std::array<Value, 2> uniforms_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                 typename number<Value>::word path_low, std::uint64_t path_high);

} // namespace LANES_TARGET

/// The double (2 k + 1) 2^-53 in (0, 1), where k is the upper 52 bits of the word high:low. Complementing k gives
/// exactly 1 - u.
template <class Value>
constexpr Value uniform_of_words(typename number<Value>::word high, typename number<Value>::word low);

/// Whether the upper halves of a product are had without a shift, by way of memory.
template <class Value>
inline constexpr bool loads_upper_halves = requires(typename number<Value>::word a) {
    number<Value>::loaded_upper_halves(a);
};
template <class Item, std::size_t count>
inline constexpr bool loads_upper_halves<pack<Item, count>> = loads_upper_halves<Item>;

/// The multipliers of words 0 and 2. Not an array: device code knows the values of the host's constants only one by one.
inline constexpr std::uint64_t philox_multiplier_of_0 = 0xD2511F53, philox_multiplier_of_2 = 0xCD9E8D57;

/// The items of a pack have a dependent chain of products each, and a core is to see several of them at once. Either all
/// go in step, round by round, or each goes some rounds ahead before the next does, whereby its words stay in registers.
/// models::pi of 8 items, ns per path: AVX2 2.92 in step, 2.79, 2.68 and 2.69 with 2, 3 and 4 rounds at a time; AVX-512, where
/// half of the shifts are loads and a word of each item stays in memory, 1.48 in step and 2.05 with 3 rounds.
template <class Value>
inline constexpr std::size_t philox_rounds_at_once = loads_upper_halves<Value> ? 1 : 3;

/// One round, with word 3 of its result in `product`.
template <class Value, class Word>
LANES_INLINED constexpr void philox_round(std::uint64_t first, std::uint64_t second, Word& w0, Word& w1, Word& w2,
                                          const Word& w3, Word& product) {
    using N = number<Value>;
    if constexpr (items < Value >> 1) {
        [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED {
            (philox_round<typename Value::item>(first, second, w0.items[k], w1.items[k], w2.items[k], w3.items[k],
                                                product.items[k]),
             ...);
        }
        (std::make_index_sequence<items<Value>>());
    } else {
        product = N::multiply_low_halves(w0, Word(philox_multiplier_of_0));
        const Word q = N::multiply_low_halves(w2, Word(philox_multiplier_of_2));
        // The keys do not wait for the products.
        if constexpr (loads_upper_halves<Value>) w2 = N::xor_of(N::loaded_upper_halves(product), w3, Word(second));
        else w2 = N::template shift_right<32>(product) ^ (w3 ^ Word(second));
        w0 = N::template shift_right<32>(q) ^ (w1 ^ Word(first));
        w1 = q;
    }
}

/// Rounds first ... last - 1. The words are references and not an array, which g++ 12 would copy by way of memory.
template <class Value, std::size_t first, std::size_t last, class Word>
LANES_INLINED constexpr void philox_rounds(const philox_keys& keys, Word& w0, Word& w1, Word& w2, Word& w3) {
    constexpr std::size_t at_once = philox_rounds_at_once<Value>;
    if constexpr (items < Value >> 1 && at_once > 1) {
        constexpr std::size_t middle = std::min(first + at_once, last);
        [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED {
            (philox_rounds<typename Value::item, first, middle>(keys, w0.items[k], w1.items[k], w2.items[k],
                                                                w3.items[k]),
             ...);
        }
        (std::make_index_sequence<items<Value>>());
        if constexpr (middle < last) philox_rounds<Value, middle, last>(keys, w0, w1, w2, w3);
    } else {
        Word other;
        const auto round = [&](std::size_t r) LANES_INLINED {
            if ((r - first) % 2 == 0) philox_round<Value>(keys.first[r], keys.second[r], w0, w1, w2, w3, other);
            else philox_round<Value>(keys.first[r], keys.second[r], w0, w1, w2, other, w3);
        };
        [&]<std::size_t... r>(std::index_sequence<r...>) LANES_INLINED {
            (round(first + r), ...);
        }
        (std::make_index_sequence<last - first>());
        if ((last - first) % 2 == 1) w3 = other;
    }
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
LANES_INLINED constexpr Value uniform_of_last_round(const typename number<Value>::word& factor,
                                                    std::uint64_t multiplier,
                                                    const typename number<Value>::word& previous, std::uint64_t key) {
    using N = number<Value>;
    using word = typename N::word;
    if constexpr (items < Value >> 1) {
        return Value([&](std::size_t k) {
            return uniform_of_last_round<typename Value::item>(factor.items[k], multiplier, previous.items[k], key);
        });
    } else {
        const word product = N::multiply_low_halves(factor, word(multiplier));
        if constexpr (requires { N::last_number(product, previous, key); })
            return N::last_number(product, previous, key) - Value(1 - 0x1p-53);
        constexpr std::uint64_t one = number<double>::bits(1.0);
        const word bits = [&] {
            if constexpr (requires { N::last_words(product, previous, key); }) {
                return (N::last_words(product, previous, key) & word((std::uint64_t{1} << 52) - 1)) | word(one);
            } else {
                const word swapped = [&] {
                    if constexpr (requires { N::halves_swapped(product); }) return N::halves_swapped(product);
                    else return N::template shift_left<32>(product) | N::template shift_right<32>(product);
                }();
                const word low = previous & word(std::uint64_t{0xffffffff});
                return N::template shift_right<12>(swapped ^ low) ^ word(one ^ key >> 12);
            }
        }();
        return N::from_bits(bits) - Value(1 - 0x1p-53);
    }
}

inline namespace LANES_TARGET {

/// The words of a block before round 9. References, as above.
template <class Value>
LANES_INLINED constexpr void words_before_last_round(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                     const typename number<Value>::word& path_low,
                                                     std::uint64_t path_high, typename number<Value>::word& w0,
                                                     typename number<Value>::word& w1, typename number<Value>::word& w2,
                                                     typename number<Value>::word& w3) {
    // Paths differ in one word of the counter. What depends on the others alone is computed once: of the first two
    // rounds' 4 products, 4 shifts and 8 xors 2, 2 and 3 are left.
    const std::uint64_t p = number<double>::multiply_low_halves(block, philox_multiplier_of_0);
    const std::uint64_t shared =
        number<double>::multiply_low_halves(path_high ^ (p >> 32) ^ keys.second[0], philox_multiplier_of_2);
    const auto begin = [&]<class Item, class Word>(std::type_identity<Item>, const Word& path, Word& v0, Word& v1,
                                                   Word& v2, Word& v3) LANES_INLINED {
        using M = number<Item>;
        const Word q = M::multiply_low_halves(path, Word(philox_multiplier_of_2));
        v3 = M::multiply_low_halves(M::template shift_right<32>(q) ^ Word(stream ^ keys.first[0]),
                                    Word(philox_multiplier_of_0));
        v0 = q ^ Word((shared >> 32) ^ keys.first[1]);
        v1 = Word(shared);
        v2 = M::template shift_right<32>(v3) ^ Word(p ^ keys.second[1]);
    };
    if constexpr (items < Value >> 1 && philox_rounds_at_once < Value >> 1) {
        using Item = typename Value::item;
        [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED {
            ((begin(std::type_identity<Item>{}, path_low.items[k], w0.items[k], w1.items[k], w2.items[k], w3.items[k]),
              philox_rounds<Item, 2, 3>(keys, w0.items[k], w1.items[k], w2.items[k], w3.items[k])),
             ...);
        }
        (std::make_index_sequence<items<Value>>());
        philox_rounds<Value, 3, 9>(keys, w0, w1, w2, w3);
    } else {
        begin(std::type_identity<Value>{}, path_low, w0, w1, w2, w3);
        philox_rounds<Value, 2, 9>(keys, w0, w1, w2, w3);
    }
}

template <class Value>
constexpr std::array<Value, 2> uniforms_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                 typename number<Value>::word path_low, std::uint64_t path_high) {
    typename number<Value>::word w0, w1, w2, w3;
    words_before_last_round<Value>(keys, block, stream, path_low, path_high, w0, w1, w2, w3);
    return {uniform_of_last_round<Value>(w2, philox_multiplier_of_2, w1, keys.first[9]),
            uniform_of_last_round<Value>(w0, philox_multiplier_of_0, w3, keys.second[9])};
}

/// The upper 32 bits of the same draws, in the low half of every lane: half of the last round.
template <class Value>
LANES_INLINED constexpr auto upper_words_of_block(const philox_keys& keys, std::uint64_t block, std::uint64_t stream,
                                                  const typename number<Value>::word& path_low,
                                                  std::uint64_t path_high) {
    using word = typename number<Value>::word;
    word w0, w1, w2, w3;
    words_before_last_round<Value>(keys, block, stream, path_low, path_high, w0, w1, w2, w3);
    return std::array<word, 2>{number<Value>::multiply_low_halves(w2, word(philox_multiplier_of_2)),
                               number<Value>::multiply_low_halves(w0, word(philox_multiplier_of_0))};
}

} // namespace LANES_TARGET
} // namespace lanes
