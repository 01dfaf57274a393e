// lanes/backends/simd/recurrence_gaps.hpp: missing rows, which repeat the mean before them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/short_copy.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace lanes {

/// Neither NaN nor infinite.
template <class Value>
auto is_observed(Value x) {
    return x - x == Value(0);
}

/// Bit n says whether x[n] is observed, for `rows` <= 64 rows, a multiple of the width of Value.
template <class Value, real T>
[[gnu::always_inline]] inline std::uint64_t observed_rows(const T* x, std::size_t rows) {
    std::uint64_t observed = 0;
    for (std::size_t n = 0; n < rows; n += number<Value>::width)
        observed |= static_cast<std::uint64_t>(is_observed(number<Value>::load(x + n)).mask()) << n;
    // From here on a number: g++ 12 under -fsanitize=thread took the bits of a group without values for set ones.
    asm("" : "+r"(observed));
    return observed;
}

/// The same for any number of rows up to 64.
template <class Value, real T>
std::uint64_t observed_some(const T* x, std::size_t rows) {
    using N = number<Value>;
    const std::size_t whole = rows / N::width * N::width, rest = rows - whole;
    std::uint64_t observed = observed_rows<Value>(x, whole);
    if (rest == 0) return observed;
    alignas(64) std::array<T, N::width> last;
    N::store(last.data(), N::load_first(x + whole, rest));
    return observed | (observed_rows<Value>(last.data(), N::width) & ((std::uint64_t{1} << rest) - 1)) << whole;
}

/// The first observed row of x, and the first one up to which there are `least` of them; the size of x if there is none.
template <class Value, real T>
std::pair<std::size_t, std::size_t> first_rows(std::span<const T> x, std::size_t least) {
    std::size_t first = x.size();
    for (std::size_t row = 0, count = 0; row < x.size(); row += 64) {
        std::uint64_t observed = observed_some<Value>(&x[row], std::min<std::size_t>(64, x.size() - row));
        if (observed == 0) continue;
        first = std::min(first, row + static_cast<std::size_t>(std::countr_zero(observed)));
        const auto found = static_cast<std::size_t>(std::popcount(observed));
        if (count + found < least) {
            count += found;
            continue;
        }
        for (; count + 1 < least; ++count) observed &= observed - 1;
        return {first, row + static_cast<std::size_t>(std::countr_zero(observed))};
    }
    return {first, x.size()};
}

/// A factor and a term of each row.
template <class Value>
std::array<affine<Value>, group_size> pairs(const columns<Value>& factors, const columns<Value>& terms) {
    std::array<affine<Value>, group_size> v;
    unrolled<group_size>([&](auto k) __attribute__((always_inline)) { v[k] = {factors[k], terms[k]}; });
    return v;
}

/// Missing rows of groups that start with a value.
template <class Value>
void repeat_in_groups(const columns<Value>& x, columns<Value>& y) {
    unrolled<group_size - 1>([&](auto k) __attribute__((always_inline)) {
        y[k + 1] = number<Value>::select(is_observed(x[k + 1]), y[k + 1], y[k]);
    });
}

/// Within their groups missing rows have been filled; those at the start of a group repeat the end of the last group that
/// has a value. Without branches: no processor guesses where values are missing.
template <class Value, real T>
void repeat_between_groups(const T* x, T* y, std::size_t rows) {
    using N = number<Value>;
    constexpr std::size_t step = std::max(group_size, N::width), groups = step / group_size;
    auto last = number<T>::bits(T(0)); // no matter: such rows repeat a mean of an earlier tile, which comes later
    std::size_t i = 0;
    for (; i + step <= rows; i += step) {
        const std::uint64_t observed = observed_rows<Value>(x + i, step);
        std::uint64_t repeats = 0;
        std::array<T, groups> mean;
        for (std::size_t g = 0; g < groups; ++g) {
            const std::uint64_t rows_of_group = observed >> (g * group_size) & 0xff;
            mean[g] = number<T>::from_bits(last);
            repeats |= ((rows_of_group - 1) & ~rows_of_group & 0xff) << (g * group_size); // before the first one
            const auto end = number<T>::bits(y[i + (g + 1) * group_size - 1]);
            last = rows_of_group != 0 ? end : last;
        }
        Value means(mean[0]);
        if constexpr (groups == 2) means = N::select(N::first(group_size), means, Value(mean[1]));
        unrolled<step / N::width>([&](auto r) __attribute__((always_inline)) {
            constexpr std::size_t n = r * N::width;
            const auto repeated = N::mask::from_mask(repeats >> n & ((std::uint64_t{1} << N::width) - 1));
            N::store(y + i + n, N::select(repeated, means, N::load(y + i + n)));
        });
    }
    for (i = std::max<std::size_t>(i, 1); i < rows; ++i)
        if (x[i] - x[i] != 0) y[i] = y[i - 1];
}

/// Copies the means in `made` to where they belong, from `row` of out on, and sets those that are no result of arithmetic:
/// missing rows, the `first` observed one and the missing ones right after it, and all before `start`.
template <class Value, real T>
void finish_rows(std::span<const T> x, std::span<T> out, std::size_t row, T* made, std::size_t count, bool is_gapless,
                 std::size_t first, std::size_t start) {
    if (!is_gapless) repeat_between_groups<Value>(&x[row], made, count);
    if (made != &out[row]) short_copy<Value>(made, count, &out[row]);
    if (first >= row && first < row + count) {
        out[first] = x[first];
        for (std::size_t i = first + 1; i < row + count && !is_observed(x[i]); ++i) out[i] = out[i - 1];
    }
    if (start > row)
        std::fill(&out[row], &out[row] + std::min(count, start - row), std::numeric_limits<T>::quiet_NaN());
}

} // namespace lanes
