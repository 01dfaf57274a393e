// lanes/core/source.hpp: where the elements of a reduction come from: arrays here, generated samples in monte_carlo.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/memory.hpp>
#include <lanes/core/order.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace lanes {

// A *source* names `element` and `inputs`, knows size(), and brings block k into memory:
//   block<Value>(k, room) -> std::array<const element*, inputs>
// `room` has space for block_size elements per input; a generated source fills it, computing with numbers of type Value
// (the scalar type or the backend's SIMD batch), an array source has no use for it. `weight` is about how many times
// more time an element costs than one that is read from memory, or 0 if that has to be found out; it steers speed only.

/// What a reduction of `Source` returns: the root of the tree over its blocks.
template <class Operation, class Source>
using root_of = typename Operation::template node<typename Source::element>;

/// One or two arrays of the same size.
template <real T, std::size_t Inputs>
struct array_source {
    using element = T;
    static constexpr std::size_t inputs = Inputs;
    static constexpr bool generated = false;
    static constexpr std::size_t weight = 1;

    std::array<const T*, Inputs> data;
    std::size_t count;

    std::size_t size() const { return count; }

    template <class Value>
    std::array<const T*, Inputs> block(std::size_t k, T*) const {
        std::array<const T*, Inputs> first = data;
        for (const T*& pointer : first) pointer += k * block_size<T>;
        return first;
    }
};

template <real T>
array_source<T, 1> elements_of(std::span<const T> x) {
    return {{x.data()}, x.size()};
}

/// Both of the same size; the caller has checked.
template <real T>
array_source<T, 2> elements_of(std::span<const T> x, std::span<const T> y) {
    return {{x.data(), y.data()}, x.size()};
}

/// The same in device memory: only device code can read it.
template <real T, std::size_t Inputs>
struct device_source {
    using element = T;
    static constexpr std::size_t inputs = Inputs;
    using memory = device_memory;

    std::array<const T*, Inputs> data;
    std::size_t count;

    constexpr std::size_t size() const { return count; }
};

template <real T>
device_source<T, 1> elements_of(device_span<const T> x) {
    return {{x.data()}, x.size()};
}
template <real T>
device_source<T, 2> elements_of(device_span<const T> x, device_span<const T> y) {
    return {{x.data(), y.data()}, x.size()};
}

/// Elements of block k of `source`: block_size, or what is left in the last block.
template <class Source>
std::size_t elements_in_block(const Source& source, std::size_t k) {
    constexpr std::size_t full = block_size<typename Source::element>;
    const std::size_t left = source.size() - k * full;
    return left < full ? left : full;
}

} // namespace lanes
