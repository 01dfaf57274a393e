// lanes/backends/serial/reduce.hpp: the definition of a reduction, in plain loops.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/serial.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>
#include <lanes/core/source.hpp>
#include <lanes/core/target.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace lanes::inline LANES_TARGET {

/// One block of a source, seen lane by lane.
template <real T, std::size_t Inputs>
class serial_block {
public:
    serial_block(std::array<const T*, Inputs> data, std::size_t size) : data_(data), size_(size) {}

    std::size_t size() const { return size_; }

    /// Lane l takes elements l, l + lanes, l + 2 lanes, ...; then the upper half of the lanes is folded onto the lower
    /// half until one is left.
    template <class Lane>
    auto accumulate(const Lane& lane) const {
        constexpr std::size_t lanes = lane_count<T>;
        std::array<accumulators<T, Lane::sums>, lanes> a;
        a.fill(Lane::template start<T>());
        for (std::size_t i = 0; i < size_; ++i) {
            [&]<std::size_t... k>(std::index_sequence<k...>) {
                a[i % lanes] = lane.step(a[i % lanes], data_[k][i]...);
            }
            (std::make_index_sequence<Inputs>());
        }
        for (std::size_t half = lanes / 2; half > 0; half /= 2)
            for (std::size_t l = 0; l < half; ++l) a[l] = lane.fold(a[l], a[l + half]);
        return a[0];
    }

private:
    std::array<const T*, Inputs> data_;
    std::size_t size_;
};

template <class Operation, class Source>
auto serial_backend::reduce(const Operation&, const Source& source) const {
    using T = typename Source::element;
    pairwise<Operation, typename Operation::template node<T>> tree;
    std::array<T, Source::generated ? block_size<T> * Source::inputs : 1> room;
    for (std::size_t k = 0; k < block_count<T>(source.size()); ++k) {
        const serial_block<T, Source::inputs> block(source.template block<T>(k, room.data()),
                                                    elements_in_block(source, k));
        tree.push(Operation::template block<T>(block));
    }
    return tree.root();
}

} // namespace lanes::inline LANES_TARGET
