// lanes/backends/simd/reduce.hpp: reductions with the virtual lanes of a block spread over SIMD registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/extremes.hpp>
#include <lanes/backends/simd/generated.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>
#include <lanes/core/source.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// Accumulator registers in flight. Two additions per cycle with a latency of four need 8; of two per lane 16 hold 4.
template <class Arch, std::size_t Sums>
inline constexpr std::size_t columns_in_flight = std::is_base_of_v<xsimd::avx512f, Arch> || Sums == 1 ? 8 : 4;

/// Whole rows of AVX2, half of SSE's: memory delivers most to who reads in order, though one accumulator of sixteen lies in
/// memory where a product needs a register. GB/s by 8 columns and by 16 on a Zen 3, AVX2: dot of 10^5, 10^6 and 10^7
/// doubles 53, 45, 12.9 and 59, 51, 20.1; sum 55, 65, 14.1 and 65, 71, 17.5.
inline constexpr std::size_t columns_of_rows = 16;
template <class Arch>
inline constexpr bool has_wide_rows = sizeof(xsimd::batch<double, Arch>) > 16;

/// From caches the accumulator in memory costs squares up to a fifth, and a register for each load the sums of SSE as much:
/// they are read in rows from so many bytes on (squares of 10^7 doubles 14.8 and 19.8 GB/s, sum by SSE 10.5 and 14.4), and
/// squares of few (100 doubles 24 and 20 ns).
inline constexpr std::size_t bytes_of_few_rows = 4 * 512, bytes_in_rows = std::size_t{256} << 10;

/// From so many bytes on, AVX-512 asks for squares a block ahead. A load and an fma for each register fill the core's window
/// twice as fast as the additions from memory of a sum, so it sees half as far. GB/s without and with, interleaved: 10^6
/// doubles 30 and 30, 10^7 20.8 and 22.0, 3 10^7 14.8 and 15.8; sum 16.5 and 16.4, dot 16.1 and 15.4; from L2 it costs a
/// seventh. A Zen 3 that is asked delivers less: 17.0 instead of 19.6 GB/s.
inline constexpr std::size_t squares_asked_ahead = std::size_t{4} << 20;

/// Blocks of so many rows are read from where loads of the first input never cross a line: fewer do not pay for one more load and its mask,
/// which AVX-512 has as an operand. Doubles 16 bytes behind a line's start, as malloc returns them, ns without and with:
/// dot of 1000 112 and 57 (AVX2 162 and 128), sum of 50000 5490 and 2940 (7280 and 5290).
template <class Arch>
inline constexpr std::size_t fewest_aligned_rows = std::is_base_of_v<xsimd::avx512f, Arch> ? 2 : 8;

template <class Arch, real T>
std::size_t elements_before_block(const T* block, std::size_t size) {
    if (size < fewest_aligned_rows<Arch> * lane_count<T>) return 0;
    return number<xsimd::batch<T, Arch>>::elements_past_alignment(block);
}

/// One block of a source, seen in rows of `lane_count` elements: register j of a row holds lanes j width ... of it. The
/// block is gone through by `Columns` registers of all rows at a time. Meanwhile it asks memory for what lies `ahead` elements
/// further on, if that is not 0: line by line in memory's order, whatever the columns.
///
/// The rows may begin `before` elements before the block, so that no load of the first input crosses a line. Then lane l
/// is where lane l + before would be, and the lanes that come round at the end of a row are one row late: each still meets its own
/// elements in their order, and folding in half joins the same pairs wherever the first lane is.
template <class Arch, real T, std::size_t Inputs, std::size_t Columns = columns_in_flight<Arch, 1>>
class simd_block {
public:
    simd_block(std::array<const T*, Inputs> data, std::size_t size, std::size_t ahead, std::size_t before)
        : data_(data), size_(size), ahead_(ahead), before_(before) {}

    std::size_t size() const { return size_; }

    template <class Lane>
    [[gnu::always_inline]] accumulators<T, Lane::sums> accumulate(const Lane& lane) const {
        constexpr std::size_t columns =
            std::min(Lane::sums == 1 ? Columns : columns_in_flight<Arch, Lane::sums>, registers);
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
    static constexpr std::size_t rows = block_size<T> / lane_count<T>;
    template <class Lane>
    using sums = accumulators<batch, Lane::sums>;

    using pointers = std::array<const T*, Inputs>;

    /// A loop would remain one at -O2, with the pointers in memory: dot of 1000 doubles took 1.75 times as long as at -O3.
    template <class F>
    [[gnu::always_inline]] static void for_inputs(pointers& row, const F& f) {
        unrolled<Inputs>([&](auto k) __attribute__((always_inline)) { f(row[k]); });
    }

    /// Columns first ... first + Together - 1 of all full rows, then of the row that the block ends in.
    template <std::size_t Together, class Lane>
    [[gnu::always_inline]] void accumulate_columns(const Lane& lane, sums<Lane>* out, std::size_t first) const {
        [&]<std::size_t... j>(std::index_sequence<j...>) __attribute__((always_inline)) {
            sums<Lane> a[Together] = {(static_cast<void>(j), broadcast(Lane::template start<T>()))...};
            pointers row = data_;
            for_inputs(
                row, [&](const T*& x) __attribute__((always_inline)) { x = moved(x, first * width - before_); });
            const T* asked = moved(data_[0], ahead_ + first * rows * width);
            const auto next_row = [&]() __attribute__((always_inline)) {
                if (ahead_ != 0) (ask_for<j * width>(asked), ...);
                asked = moved(asked, Together * width);
                for_inputs(row, [](const T*& x) { x += lane_count<T>; });
            };
            const std::size_t last = before_ + size_, end = last % lane_count<T>;
            const T* const after_rows = moved(row[0], last - end);
            if (row[0] != after_rows) { // the first row; -0.0 + x is just a load
                a[0] = first == 0 && before_ != 0 ? step_at_start(lane, a[0], row) : step(lane, a[0], row, 0);
                ((a[j] = j == 0 ? a[j] : step(lane, a[j], row, j * width)), ...);
                next_row();
            }
            while (row[0] != after_rows) {
                ((a[j] = step(lane, a[j], row, j * width)), ...);
                next_row();
            }
            if (first * width < end) ((a[j] = step_at_end(lane, a[j], row, j * width, end - first * width)), ...);
            ((out[j] = copy_of(a[j])), ...);
        }
        (std::make_index_sequence<Together>());
    }

    template <class Lane>
    [[gnu::always_inline]] static sums<Lane> step(const Lane& lane, const sums<Lane>& a, pointers& row,
                                                  std::size_t at) {
        return [&]<std::size_t... k>(std::index_sequence<k...>) __attribute__((always_inline)) {
            const sums<Lane> next = lane.step(a, N::load(row[k] + at)...);
            // Compilers would shuffle the loads of a row. L2 delivers 1 to 3 % more if it is asked in order.
            (in_order(row[k]), ...);
            return next;
        }
        (std::make_index_sequence<Inputs>());
    }

    /// The same where the block begins `before_` lanes on: those before it keep what they have.
    template <class Lane>
    [[gnu::always_inline]] sums<Lane> step_at_start(const Lane& lane, const sums<Lane>& a, pointers& row) const {
        const sums<Lane> next = [&]<std::size_t... k>(std::index_sequence<k...>) __attribute__((always_inline)) {
            return lane.step(a, N::load_from(row[k], before_)...);
        }
        (std::make_index_sequence<Inputs>());
        return each([&](batch yes, batch no) { return N::select(N::first(before_), no, yes); }, next, a);
    }

    /// The same where the row ends after `end` elements: lanes past the end keep what they have.
    template <class Lane>
    [[gnu::always_inline]] static sums<Lane> step_at_end(const Lane& lane, const sums<Lane>& a, pointers& row,
                                                         std::size_t at, std::size_t end) {
        if (at + width <= end) [[likely]]
            return step(lane, a, row, at);
        if (at >= end) return copy_of(a);
        const std::size_t left = end - at;
        const sums<Lane> next = [&]<std::size_t... k>(std::index_sequence<k...>) __attribute__((always_inline)) {
            return lane.step(a, N::load_first(row[k] + at, left)...);
        }
        (std::make_index_sequence<Inputs>());
        return each([left](batch yes, batch no) { return N::select(N::first(left), yes, no); }, next, a);
    }

    /// A line that begins `at` elements after the first of some, which may lie past the array. Inlined: g++ drops calls of
    /// functions that do nothing else.
    template <std::size_t at>
    [[gnu::always_inline]] static void ask_for(const T* first) {
        if constexpr (at * sizeof(T) % 64 == 0) __builtin_prefetch(moved(first, at));
    }
    static void in_order(const T*& from) { asm("" : "+r"(from)); }

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
                lane, lane.fold(a, each([](batch sum) { return N::template upper<Half>(sum); }, a)));
    }

    /// Member by member: what g++ copies as a whole it keeps in memory.
    template <std::size_t Sums>
    [[gnu::always_inline]] static accumulators<batch, Sums> copy_of(const accumulators<batch, Sums>& a) {
        return each([](batch sum) { return sum; }, a);
    }
    template <std::size_t Sums>
    static accumulators<batch, Sums> broadcast(const accumulators<T, Sums>& values) {
        return each([](T value) { return batch(value); }, values);
    }

    std::array<const T*, Inputs> data_;
    std::size_t size_, ahead_, before_;
};

/// The node of blocks first ... last - 1; everything is inlined in one place.
template <class Arch, class Operation, std::size_t Columns, std::size_t Ahead, class Source>
auto node_of_blocks(const Source& source, std::size_t first, std::size_t last) {
    using T = typename Source::element;
    constexpr std::size_t generated = Source::generated ? block_size<T> * Source::inputs : 1;
    alignas(Source::generated ? 64 : alignof(T)) std::array<T, generated> room;
    pairwise<Operation, typename Operation::template node<T>> tree;
    for (std::size_t k = first;; ++k) {
        const auto data = source.template block<xsimd::batch<T, Arch>>(k, room.data());
        const std::size_t size = elements_in_block(source, k);
        const simd_block<Arch, T, Source::inputs, Columns> block(
            data, size, Ahead, Source::generated ? 0 : elements_before_block<Arch>(data[0], size));
        const auto node = Operation::template block<T>(block);
        if (k + 1 == last) return tree.root(node);
        tree.push(node);
    }
}

/// The same for two arrays, whose addresses come in registers: what g++ stores as a pair delays the first loads (dot of
/// 300 doubles 16 ns instead of 18).
template <class Arch, class Operation, real T>
[[gnu::flatten, gnu::noinline]] auto node_of_two(const T* x, const T* y, std::size_t count, std::size_t first,
                                                 std::size_t last) {
    constexpr std::size_t columns = has_wide_rows<Arch> ? columns_of_rows : columns_in_flight<Arch, 1>;
    return node_of_blocks<Arch, Operation, columns, 0>(array_source<T, 2>{{x, y}, count}, first, last);
}

/// Blocks first ... last - 1 of an array. The first pass over block k + 1 goes before the second pass over block k, which
/// then need not wait for its mean; the second pass, with three operations an element, asks memory for block k + 2. Of
/// 10^5 and 10^6 doubles, GB/s on one core: 53 and 22 pass by pass, 61 and 24 without asking, 73 and 28 as it is.
template <class Arch, real T>
moment_node<T> moments_of_blocks(const array_source<T, 1>& source, std::size_t first, std::size_t last) {
    const auto block_of = [&](std::size_t k, std::size_t ahead) __attribute__((always_inline)) {
        const T* const start = source.data[0] + k * block_size<T>;
        const std::size_t size = elements_in_block(source, k);
        return simd_block<Arch, T, 1>({start}, size, ahead, elements_before_block<Arch>(start, size));
    };
    pairwise<moments, moment_node<T>> tree;
    T sum = 0;
    for (std::size_t k = first;; ++k) {
        T next = 0;
        if (k < last) next = moments::first_pass<T>(block_of(k, 0));
        if (k > first) {
            const moment_node<T> node = moments::second_pass<T>(block_of(k - 1, 2 * block_size<T>), sum);
            if (k == last) return tree.root(node);
            tree.push(node);
        }
        sum = next;
    }
}

template <class Arch>
template <class Operation, class Source>
auto simd_backend<Arch>::reduce_blocks(const Operation&, const Source& source, std::size_t first,
                                       std::size_t last) const {
    using T = typename Source::element;
    constexpr std::size_t few = columns_in_flight<Arch, 1>;
    if constexpr (std::is_base_of_v<extreme<Operation>, Operation>) {
        const std::size_t begin = first * block_size<T>, end = std::min(source.size(), last * block_size<T>);
        return extreme_of_elements<Arch, Operation, T>({source.data[0] + begin, end - begin}).value();
    } else if constexpr (Source::generated) {
        const auto node = [&](std::size_t begin, std::size_t end) {
            return node_of_blocks<Arch, Operation, few, 0>(generated_blocks<Arch, T>(source), begin, end);
        };
        if constexpr (counts_hits<Arch, Operation, Source>) return moments_of_hits<Arch>(source, first, last, node);
        else return node(first, last);
    } else if constexpr (std::is_same_v<Operation, moments>) {
        return moments_of_blocks<Arch>(source, first, last);
    } else if constexpr (Source::inputs == 2) {
        return node_of_two<Arch, Operation>(source.data[0], source.data[1], source.count, first, last);
    } else {
        constexpr bool squares = std::is_same_v<Operation, plus_of_squares>, is_wide = has_wide_rows<Arch>,
                       asks = squares && std::is_base_of_v<xsimd::avx512f, Arch>;
        constexpr std::size_t columns = squares && !has_fma<Arch>::value ? few : columns_of_rows,
                              ahead = asks ? block_size<T> : 0;
        if constexpr (squares || !is_wide) {
            const std::size_t bytes = source.size() * sizeof(T);
            if (asks ? bytes < squares_asked_ahead : bytes < bytes_in_rows && (!is_wide || bytes >= bytes_of_few_rows))
                return node_of_blocks<Arch, Operation, few, 0>(source, first, last);
        }
        return node_of_blocks<Arch, Operation, columns, ahead>(source, first, last);
    }
}

template <class Arch>
template <class Operation, class Source>
root_of<Operation, Source> simd_backend<Arch>::reduce(const Operation& operation, const Source& source) const {
    return reduce_blocks(operation, source, 0, block_count<typename Source::element>(source.size()));
}

} // namespace lanes
