// lanes/core/pack.hpp: several SIMD batches that go through a computation side by side, as one number.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

// LANES_INLINES_CALLS marks a loop whose packs must stay in registers: everything it calls is inlined, which compilers find
// too much on their own. clang++ inlines the calls in such a function and none in what they lead to; what lies deeper is
// marked LANES_INLINED, for clang++ alone (50000 paths of an option, AVX-512: 426 us without, 208 with it). Not under a
// sanitizer, whose checks make such functions take minutes to compile.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LANES_HAS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LANES_HAS_SANITIZER
#endif
#if defined(LANES_HAS_SANITIZER)
#define LANES_INLINES_CALLS
#else
#define LANES_INLINES_CALLS [[gnu::flatten]]
#endif
#if defined(__clang__) && !defined(LANES_HAS_SANITIZER)
#define LANES_INLINED __attribute__((always_inline))
#else
#define LANES_INLINED
#endif

namespace lanes {

/// `count` numbers, or words or masks of numbers; every operation is applied to each item. One chain of dependent
/// operations leaves most of a core idle, as each waits some 4 cycles for the one before; `count` chains fill the gaps.
template <class Item, std::size_t count>
struct pack {
    using item = Item;
    std::array<Item, count> items;

    pack() = default;
    // Item by item: the copy of a whole array g++ 12 cuts into words of 16 bytes, which pass through memory.
    LANES_INLINED constexpr pack(const pack& other) : pack([&](std::size_t k) { return other.items[k]; }) {}
    LANES_INLINED constexpr pack& operator=(const pack& other) {
        return [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED->pack& {
            ((items[k] = other.items[k]), ...);
            return *this;
        }
        (std::make_index_sequence<count>());
    }
    /// operation(k) for every k
    template <class Operation>
        requires requires(Operation operation) {
            Item(operation(std::size_t()));
        }
    LANES_INLINED constexpr explicit pack(const Operation& operation)
        : pack(operation, std::make_index_sequence<count>()) {}
    /// The same scalar in every lane of every item.
    template <class Scalar>
        requires(std::is_arithmetic_v<Scalar>&& requires(Scalar value) { Item(value); })
    LANES_INLINED constexpr pack(Scalar value) : pack([item = Item(value)](std::size_t) { return item; }) {}

    LANES_INLINED friend constexpr pack operator+(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return a.items[k] + b.items[k]; });
    }
    LANES_INLINED friend constexpr pack operator-(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return a.items[k] - b.items[k]; });
    }
    LANES_INLINED friend constexpr pack operator*(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return a.items[k] * b.items[k]; });
    }
    LANES_INLINED friend constexpr pack operator/(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return number<Item>::quotient(a.items[k], b.items[k]); });
    }
    LANES_INLINED friend constexpr pack operator&(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return a.items[k] & b.items[k]; });
    }
    LANES_INLINED friend constexpr pack operator|(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return a.items[k] | b.items[k]; });
    }
    LANES_INLINED friend constexpr pack operator^(const pack& a, const pack& b) {
        return pack([&](std::size_t k) { return a.items[k] ^ b.items[k]; });
    }
    LANES_INLINED friend constexpr pack operator&&(const pack& a, const pack& b) { return a & b; }
    LANES_INLINED friend constexpr pack operator||(const pack& a, const pack& b) { return a | b; }
    LANES_INLINED friend constexpr pack operator!(const pack& a) {
        return pack([&](std::size_t k) { return !a.items[k]; });
    }
    /// Turns the sign bit, of zeros too.
    LANES_INLINED friend constexpr pack operator-(const pack& a) { return number<pack>::negative(a); }
    LANES_INLINED friend constexpr pack& operator+=(pack& a, const pack& b) { return a = a + b; }
    LANES_INLINED friend constexpr pack& operator-=(pack& a, const pack& b) { return a = a - b; }
    LANES_INLINED friend constexpr pack& operator*=(pack& a, const pack& b) { return a = a * b; }
    LANES_INLINED friend constexpr pack& operator/=(pack& a, const pack& b) { return a = a / b; }

    LANES_INLINED friend constexpr auto operator<(const pack& a, const pack& b) {
        return mask([&](std::size_t k) { return a.items[k] < b.items[k]; });
    }
    LANES_INLINED friend constexpr auto operator<=(const pack& a, const pack& b) {
        return mask([&](std::size_t k) { return a.items[k] <= b.items[k]; });
    }
    LANES_INLINED friend constexpr auto operator>(const pack& a, const pack& b) { return b < a; }
    LANES_INLINED friend constexpr auto operator>=(const pack& a, const pack& b) { return b <= a; }
    LANES_INLINED friend constexpr auto operator==(const pack& a, const pack& b) {
        return mask([&](std::size_t k) { return a.items[k] == b.items[k]; });
    }
    LANES_INLINED friend constexpr auto operator!=(const pack& a, const pack& b) {
        return mask([&](std::size_t k) { return a.items[k] != b.items[k]; });
    }

    /// For the compiler's message only.
    explicit operator bool() const {
        static_assert(count == 0,
                      "lanes: in a wide model a number stands for many paths, so `if`, `?:` and std::max cannot "
                      "decide for all of them; use lanes::select and lanes::max, or drop lanes::wide");
        return false;
    }

private:
    template <class Operation, std::size_t... k>
    LANES_INLINED constexpr pack(const Operation& operation, std::index_sequence<k...>)
        : items{{Item(operation(k))...}} {}

    template <class Operation>
    LANES_INLINED static constexpr auto mask(const Operation& operation) {
        return pack<decltype(operation(0)), count>(operation);
    }
};

template <class Value>
inline constexpr std::size_t items = 1;
template <class Item, std::size_t count>
inline constexpr std::size_t items<pack<Item, count>> = count;

template <class Value, std::size_t count>
struct number<pack<Value, count>> {
    using N = number<Value>;
    using packed = pack<Value, count>;
    using scalar = typename N::scalar;
    using mask = pack<typename N::mask, count>;
    using word = pack<typename N::word, count>;
    static constexpr std::size_t width = count * N::width;
    static constexpr std::size_t registers = N::registers;

    LANES_INLINED static constexpr packed load(const scalar* from) {
        return packed([&](std::size_t k) { return N::load(from + k * N::width); });
    }
    LANES_INLINED static constexpr void store(scalar* to, const packed& a) {
        for (std::size_t k = 0; k < count; ++k) N::store(to + k * N::width, a.items[k]);
    }
    LANES_INLINED static constexpr packed fma(const packed& a, const packed& b, const packed& c) {
        return packed([&](std::size_t k) { return N::fma(a.items[k], b.items[k], c.items[k]); });
    }
    LANES_INLINED static constexpr packed product(const packed& a, const packed& b) {
        return packed([&](std::size_t k) { return N::product(a.items[k], b.items[k]); });
    }
    LANES_INLINED static constexpr packed quotient(const packed& a, const packed& b) {
        return packed([&](std::size_t k) { return N::quotient(a.items[k], b.items[k]); });
    }
    LANES_INLINED static constexpr packed sqrt(const packed& a) {
        return packed([&](std::size_t k) { return N::sqrt(a.items[k]); });
    }
    LANES_INLINED static constexpr packed select(const mask& condition, const packed& yes, const packed& no) {
        return packed([&](std::size_t k) { return N::select(condition.items[k], yes.items[k], no.items[k]); });
    }
    LANES_INLINED static constexpr packed max(const packed& a, const packed& b) {
        return packed([&](std::size_t k) { return N::max(a.items[k], b.items[k]); });
    }
    LANES_INLINED static constexpr packed positive_part(const packed& a) requires requires(Value x) {
        N::positive_part(x);
    }
    {
        return packed([&](std::size_t k) { return N::positive_part(a.items[k]); });
    }
    LANES_INLINED static constexpr packed min(const packed& a, const packed& b) {
        return packed([&](std::size_t k) { return N::min(a.items[k], b.items[k]); });
    }
    LANES_INLINED static constexpr packed scaled(const packed& a, const packed& k) requires requires(Value x) {
        N::scaled(x, x);
    }
    {
        return packed([&](std::size_t i) { return N::scaled(a.items[i], k.items[i]); });
    }
    LANES_INLINED static constexpr packed exponent(const packed& a) requires requires(Value x) { N::exponent(x); }
    {
        return packed([&](std::size_t k) { return N::exponent(a.items[k]); });
    }
    LANES_INLINED static constexpr packed near_quotient(const packed& a, const packed& b) requires requires(Value x) {
        N::near_quotient(x, x);
    }
    {
        return packed([&](std::size_t k) { return N::near_quotient(a.items[k], b.items[k]); });
    }
    LANES_INLINED static constexpr packed fma_negated(const packed& a, const packed& b, const packed& c) requires
        requires(Value x) {
        N::fma_negated(x, x, x);
    }
    {
        return packed([&](std::size_t k) { return N::fma_negated(a.items[k], b.items[k], c.items[k]); });
    }
    LANES_INLINED static constexpr packed scaled_by_bits(const packed& a, const packed& shifted) requires
        requires(Value x) {
        N::scaled_by_bits(x, x);
    }
    {
        return packed([&](std::size_t k) { return N::scaled_by_bits(a.items[k], shifted.items[k]); });
    }
    LANES_INLINED static constexpr packed low_integer(const packed& shifted) requires requires(Value x) {
        N::low_integer(x);
    }
    {
        return packed([&](std::size_t k) { return N::low_integer(shifted.items[k]); });
    }
    LANES_INLINED static constexpr void split(const packed& x, typename number<scalar>::word pivot, packed& exponent,
                                              packed& m) requires requires(Value& part) {
        N::split(part, pivot, part, part);
    }
    {
        [&]<std::size_t... k>(std::index_sequence<k...>) LANES_INLINED {
            (N::split(x.items[k], pivot, exponent.items[k], m.items[k]), ...);
        }
        (std::make_index_sequence<count>());
    }
    LANES_INLINED static constexpr mask is_beyond(const packed& a, scalar limit) requires requires(Value x) {
        N::is_beyond(x, limit);
    }
    {
        return mask([&](std::size_t k) { return N::is_beyond(a.items[k], limit); });
    }
    LANES_INLINED static constexpr mask is_below(const packed& a, scalar limit) requires requires(Value x) {
        N::is_below(x, limit);
    }
    {
        return mask([&](std::size_t k) { return N::is_below(a.items[k], limit); });
    }
    LANES_INLINED static constexpr packed negative(const packed& a) {
        const auto sign = number<scalar>::bits(scalar(-0.0));
        return packed([&](std::size_t k) { return N::from_bits(N::bits(a.items[k]) ^ typename N::word(sign)); });
    }
    LANES_INLINED static constexpr mask is_nan(const packed& a) { return a != a; }
    LANES_INLINED static constexpr bool any(const mask& condition) {
        return [&]<std::size_t... k>(std::index_sequence<k...>) {
            return N::any((condition.items[k] | ...));
        }
        (std::make_index_sequence<count>());
    }

    LANES_INLINED static constexpr word bits(const packed& a) {
        return word([&](std::size_t k) { return N::bits(a.items[k]); });
    }
    LANES_INLINED static constexpr packed from_bits(const word& a) {
        return packed([&](std::size_t k) { return N::from_bits(a.items[k]); });
    }
    template <int distance>
    LANES_INLINED static constexpr word shift_left(const word& a) {
        return word([&](std::size_t k) { return N::template shift_left<distance>(a.items[k]); });
    }
    template <int distance>
    LANES_INLINED static constexpr word shift_right(const word& a) {
        return word([&](std::size_t k) { return N::template shift_right<distance>(a.items[k]); });
    }
    LANES_INLINED static constexpr word halves_swapped(const word& a) requires requires(typename N::word x) {
        N::halves_swapped(x);
    }
    {
        return word([&](std::size_t k) { return N::halves_swapped(a.items[k]); });
    }
    LANES_INLINED static constexpr word multiply_low_halves(const word& a, const word& b) {
        return word([&](std::size_t k) { return N::multiply_low_halves(a.items[k], b.items[k]); });
    }
    /// l in lane l
    LANES_INLINED static constexpr word lane_numbers() {
        return word([](std::size_t k) { return N::lane_numbers() + typename N::word(k * N::width); });
    }
};

} // namespace lanes
