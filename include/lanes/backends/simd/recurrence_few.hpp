// lanes/backends/simd/recurrence_few.hpp: weighted means of few rows, in the registers of one set.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/recurrence_gaps.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace lanes {

/// As many as one set of `Part` holds and levels 0 and 1 join.
template <class Part>
inline constexpr std::size_t few_rows = std::min<std::size_t>(64, Part::set_rows);

/// A set of rows -> their means, where every row has the same factor; otherwise returns false and leaves them. Missing
/// rows at the start of a group are left to repeat_between_groups. 20 doubles, ns: 114, and 187 as a part of a tile; with
/// AVX2 89 and 172.
template <class Part, real T>
bool means_of_few(const ewm_step<T>& step, const decay_powers<T>& power, T reference, T* rows, bool& is_gapless) {
    using Value = std::remove_cvref_t<decltype(Part::load(rows)[0])>;
    using N = number<Value>;
    const columns<Value> x = Part::load(rows);
    Value any = x[0] - x[0]; // 0 or NaN
    unrolled<group_size - 1>([&](auto k) __attribute__((always_inline)) { any = any + (x[k + 1] - x[k + 1]); });
    is_gapless = !N::any(N::is_nan(any));
    if (!is_gapless && (!step.adjust || step.ignore_na)) return false;

    const geometric_rule<T> rule{power};
    const Value share(step.adjust ? T(1) : step.alpha);
    columns<Value> y =
        Part::solved(rule, each_of(
                               x, [&](Value v) __attribute__((always_inline)) {
                                   const Value term = share * (v - Value(reference));
                                   return is_gapless ? term : N::select(is_observed(v), term, Value(T(0)));
                               }));
    if (step.adjust) {
        const columns<Value> weights =
            Part::solved(rule, each_of(
                                   x, [&](Value v) __attribute__((always_inline)) {
                                       return N::select(is_observed(v), Value(T(1)), Value(T(0)));
                                   }));
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) { y[k] = N::quotient(y[k], weights[k]); });
    }
    unrolled<group_size>([&](auto k) __attribute__((always_inline)) { y[k] = Value(reference) + y[k]; });
    if (!is_gapless) repeat_in_groups<Value>(x, y);
    Part::store(rows, y);
    return true;
}

} // namespace lanes
