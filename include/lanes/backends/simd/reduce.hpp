// lanes/backends/simd/reduce.hpp: reductions with the virtual lanes of a block spread over SIMD registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/batch.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>
#include <lanes/core/source.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace lanes {

/// Accumulator registers in flight. Two additions per cycle with a latency of four need 8; with two accumulators per
/// lane, 16 registers leave room for 4 columns of them.
template <class Arch, std::size_t Sums>
inline constexpr std::size_t columns_in_flight = std::is_base_of_v<xsimd::avx512f, Arch> || Sums == 1 ? 8 : 4;

/// One block of a source, seen in rows of `lane_count` elements: register j of a row holds lanes j width ... of it.
template <class Arch, real T, std::size_t Inputs>
class simd_block {
public:
    simd_block(std::array<const T*, Inputs> data, std::size_t size) : data_(data), size_(size) {}

    std::size_t size() const { return size_; }

    template <class Lane>
    accumulators<T, Lane::sums> accumulate(const Lane& lane) const {
        if (size_ < lane_count<T>) return accumulate_short(lane);
        constexpr std::size_t columns = std::min(columns_in_flight<Arch, Lane::sums>, registers);
        std::array<sums<Lane>, registers> row;
        for (std::size_t first = 0; first < registers; first += columns)
            accumulate_columns<columns>(lane, &row[first], first);
        fold_row<registers / 2>(lane, row);
        return fold_register<width / 2>(lane, row[0]);
    }

private:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;
    static constexpr std::size_t registers = lane_count<T> / width;
    template <class Lane>
    using sums = accumulators<batch, Lane::sums>;

    /// A block that ends in its first row: registers beyond the end hold the identity of `fold` and are left out.
    template <class Lane>
    accumulators<T, Lane::sums> accumulate_short(const Lane& lane) const {
        std::array<sums<Lane>, registers> row;
        const sums<Lane> start = broadcast(Lane::template start<T>());
        const std::size_t used = (size_ + width - 1) / width;
        for (std::size_t j = 0; j < used; ++j) row[j] = step_at_end(lane, start, j * width);
        for (std::size_t half = registers / 2; half > 0; half /= 2)
            for (std::size_t j = 0; j + half < used && j < half; ++j) row[j] = lane.fold(row[j], row[j + half]);
        return fold_register<width / 2>(lane, row[0]);
    }

    /// Columns first ... first + Columns - 1 of all full rows, then of the row that the block ends in.
    template <std::size_t Columns, class Lane>
    [[gnu::always_inline]] void accumulate_columns(const Lane& lane, sums<Lane>* out, std::size_t first) const {
        [&]<std::size_t... j>(std::index_sequence<j...>) __attribute__((always_inline)) {
            const sums<Lane> start = broadcast(Lane::template start<T>());
            sums<Lane> a[Columns] = {(static_cast<void>(j), start)...};
            const std::size_t rows = size_ / lane_count<T>;
            std::size_t at = first * width;
            for (std::size_t r = 0; r < rows; ++r, at += lane_count<T>)
                ((a[j] = step(lane, a[j], at + j * width)), ...);
            if (rows < row_count && at < size_) ((a[j] = step_at_end(lane, a[j], at + j * width)), ...);
            ((out[j] = a[j]), ...);
        }
        (std::make_index_sequence<Columns>());
    }

    template <class Lane>
    [[gnu::always_inline]] sums<Lane> step(const Lane& lane, const sums<Lane>& a, std::size_t at) const {
        return [&]<std::size_t... k>(std::index_sequence<k...>) __attribute__((always_inline)) {
            return lane.step(a, N::load(data_[k] + at)...);
        }
        (std::make_index_sequence<Inputs>());
    }

    /// The same where the block may end before or inside the register: lanes past the end keep what they have.
    template <class Lane>
    [[gnu::always_inline]] sums<Lane> step_at_end(const Lane& lane, const sums<Lane>& a, std::size_t at) const {
        if (at + width <= size_) return step(lane, a, at);
        if (at >= size_) return a;
        const std::size_t left = size_ - at;
        const sums<Lane> next = [&]<std::size_t... k>(std::index_sequence<k...>) __attribute__((always_inline)) {
            return lane.step(a, N::load_first(data_[k] + at, left)...);
        }
        (std::make_index_sequence<Inputs>());
        return each([left](batch yes, batch no) { return N::select(N::first(left), yes, no); }, next, a);
    }

    /// Register j joined with register j + Half, down to register 0.
    template <std::size_t Half, class Lane>
    [[gnu::always_inline]] static void fold_row(const Lane& lane, std::array<sums<Lane>, registers>& row) {
        if constexpr (Half > 0) {
            [&]<std::size_t... j>(std::index_sequence<j...>) __attribute__((always_inline)) {
                ((row[j] = lane.fold(row[j], row[j + Half])), ...);
            }
            (std::make_index_sequence<Half>());
            fold_row<Half / 2>(lane, row);
        }
    }

    /// Lane l joined with lane l + Half, down to lane 0.
    template <std::size_t Half, class Lane>
    [[gnu::always_inline]] static accumulators<T, Lane::sums> fold_register(const Lane& lane, const sums<Lane>& a) {
        if constexpr (Half == 0) return each([](batch sum) { return N::first_lane(sum); }, a);
        else
            return fold_register<Half / 2>(
                lane, lane.fold(a, each([](batch sum) { return N::template down<Half>(sum); }, a)));
    }

    template <std::size_t Sums>
    static accumulators<batch, Sums> broadcast(const accumulators<T, Sums>& values) {
        return each([](T value) { return batch(value); }, values);
    }

    std::array<const T*, Inputs> data_;
    std::size_t size_;
};

template <class Arch>
template <class Operation, class Source>
auto simd_backend<Arch>::reduce_blocks(const Operation&, const Source& source, std::size_t first,
                                       std::size_t last) const {
    using T = typename Source::element;
    alignas(64) std::array<T, Source::generated ? block_size<T> * Source::inputs : 1> room;
    const auto node = [&](std::size_t k) {
        const simd_block<Arch, T, Source::inputs> block(source.template block<xsimd::batch<T, Arch>>(k, room.data()),
                                                        elements_in_block(source, k));
        return Operation::template block<T>(block);
    };
    if (last - first == 1) return node(first);
    pairwise<Operation, typename Operation::template node<T>> tree;
    for (std::size_t k = first; k < last; ++k) tree.push(node(k));
    return tree.root();
}

template <class Arch>
template <class Operation, class Source>
root_of<Operation, Source> simd_backend<Arch>::reduce(const Operation& operation, const Source& source) const {
    return reduce_blocks(operation, source, 0, block_count<typename Source::element>(source.size()));
}

} // namespace lanes
