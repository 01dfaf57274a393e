// lanes/core/windows.hpp: what is computed over a window of neighbours, and which windows an output has.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

namespace lanes {

/// What a missing element (NaN) does to the windows that hold it.
enum class nan_policy {
    propagate, ///< their result is NaN
    skip,      ///< they leave it out, and infinities with it, as pandas does
};

/// Windows of rolling_mean, with the words of pandas.
struct rolling {
    std::size_t width = 1;                       ///< elements in a window
    std::optional<std::size_t> min_periods = {}; ///< elements that a result needs, otherwise NaN; empty: width
    bool center = false;                         ///< window i ends at i + (width - 1) / 2 instead of i
    nan_policy nan = nan_policy::propagate;
};

/// Widest window that is taken: keeps every index in range, and refuses negative numbers turned unsigned.
inline constexpr std::size_t widest_window = std::size_t{1} << (std::numeric_limits<std::size_t>::digits - 2);

/// Positions of a chunk, the unit that sums over more than 64 elements are put together from. Chunk c holds the elements
/// 64 c ... 64 c + 63, counted from element 0 of the array and never from its address.
inline constexpr std::size_t chunk_size = 64;

/// Elements of a group: a chunk is scanned in 8 groups of 8.
inline constexpr std::size_t chunk_group = 8;

/// The chunk that a position lies in, also one before the array.
constexpr std::ptrdiff_t chunk_of(std::ptrdiff_t position) {
    constexpr int bits = 6;
    static_assert(chunk_size == std::size_t{1} << bits);
    return position >> bits;
}
constexpr std::size_t chunk_count(std::size_t size) {
    return size / chunk_size + (size % chunk_size != 0);
}

/// A window wider than 64 that ends at position r of chunk I is the tail of one chunk, whole chunks, and the first r + 1
/// elements of chunk I. It starts in chunk I - whole - 1 if r < rest, with `whole` chunks between, or else in chunk
/// I - whole, with whole - 1 between.
struct wide_window {
    std::size_t whole, rest;

    explicit constexpr wide_window(std::size_t width)
        : whole((width - 1) / chunk_size), rest((width - 1) % chunk_size) {}
};

/// Elements of an array of `size` in the window of `width` that ends at `end`, which may lie beyond the array.
constexpr std::size_t elements_in_window(std::size_t end, std::size_t width, std::size_t size) {
    const std::size_t first = end + 1 > width ? end + 1 - width : 0, last = std::min(end + 1, size);
    return last > first ? last - first : 0;
}

/// Neither NaN nor infinite: those have no difference with themselves.
template <class Value>
constexpr auto is_present(Value x) {
    return x - x == Value(0);
}

// A window operation tells where windows end (`first` for out[0], one further for each next), how an element enters the
// sum (`element`), and what becomes of it (`finish`). `count` is the number of elements that exist; with `skips`, of
// those that are not missing.

/// The sum of a window.
struct window_sum {
    std::size_t first = 0;

    static constexpr bool divides = false, skips = false;

    template <class Value>
    static constexpr Value element(Value x) {
        return x;
    }
    template <real T>
    constexpr T finish(T sum, std::size_t) const {
        return sum;
    }
};

/// The sum of a window divided by the number of its elements; NaN if they are fewer than `least`, which is at least 1.
template <nan_policy policy>
struct window_mean {
    std::size_t first = 0, least = 1;

    static constexpr bool divides = true, skips = policy == nan_policy::skip;

    template <class Value>
    static constexpr Value element(Value x) {
        if constexpr (skips) return number<Value>::select(lanes::is_present(x), x, Value(-0.0)); // -0 changes no sum
        else return x;
    }
    template <real T>
    constexpr T finish(T sum, std::size_t count) const {
        return count < least ? std::numeric_limits<T>::quiet_NaN() : sum / static_cast<T>(count);
    }
};

/// Any of those, told when the program runs: what is compiled for it serves them all.
struct any_window {
    std::size_t first, least = 1;
    bool divides, skips;

    template <class Operation>
    explicit constexpr any_window(const Operation& operation)
        : first(operation.first), divides(Operation::divides), skips(Operation::skips) {
        if constexpr (Operation::divides) least = operation.least;
    }
};

} // namespace lanes
