// lanes/backends/dispatch/calls.hpp: the calls that lanes::dispatch holds, one entry per instruction set for each.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/matrix.hpp>
#include <lanes/core/models.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/recurrence.hpp>
#include <lanes/core/source.hpp>
#include <lanes/core/windows.hpp>

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

namespace lanes {

template <class Model>
struct unprepared_paths; // kernels/monte_carlo.hpp

// A *call* holds the arguments of a verb, and the place of its result: on(where) lets a backend compute it. Its address
// is all that crosses from the caller's flags to those of an instruction set, and nothing in it depends on either.

/// One number of a call, read by an instruction of its own: a wider one, that reads its neighbour too, would wait until
/// both have left the store buffer (g++ makes them; a product of 4 x 4 whose caller has its views in registers: 7 ns of
/// float, 1 of double).
template <class T>
T read_alone(const T& value) {
    if constexpr (std::is_scalar_v<T>) return *const_cast<const volatile T*>(&value);
    else return value; // an operation of the user's own
}
template <class T, class Memory>
matrix_view<T, Memory> read_alone(const matrix_view<T, Memory>& v) {
    return {read_alone(v.data), read_alone(v.rows), read_alone(v.cols), read_alone(v.row_stride),
            read_alone(v.col_stride)};
}
inline window_sum read_alone(const window_sum& sum) {
    return {read_alone(sum.first)};
}
template <nan_policy policy>
window_mean<policy> read_alone(const window_mean<policy>& mean) {
    return {read_alone(mean.first), read_alone(mean.least)};
}
template <real T>
ema_step<T> read_alone(const ema_step<T>& step) {
    return {read_alone(step.alpha)};
}
template <real T>
ewm_step<T> read_alone(const ewm_step<T>& step) {
    return {read_alone(step.alpha), read_alone(step.adjust), read_alone(step.ignore_na), read_alone(step.min_periods)};
}

template <class Operation, class Source>
struct reduce_call {
    const Operation& operation;
    const Source& source;
    root_of<Operation, Source>& result; // written where it is read, number by number: a copy would wait for both

    void on(const auto& where) const {
        using root = root_of<Operation, Source>;
        if constexpr (requires { typename Source::paths; }) ::new (&result) root(source.reduced(where, operation));
        else ::new (&result) root(where.reduce(operation, source));
    }
};

template <class Operation, real T>
struct window_call {
    const Operation& operation;
    std::size_t width;
    std::span<const T> x;
    std::span<T> out;

    void on(const auto& where) const { where.window(read_alone(operation), width, x, out); }
};

template <class Step, real T>
struct recurrence_call {
    const Step& step;
    std::span<const T> x;
    std::span<T> out;

    void on(const auto& where) const { where.recurrence(read_alone(step), x, out); }
};

template <real T>
struct matmul_call {
    matrix_view<const T> a, b; // the views themselves: the caller writes them once, from registers
    matrix_view<T> out;
    scaling<T> factors;

    void on(const auto& where) const { where.matmul(read_alone(a), read_alone(b), read_alone(out), factors); }
};

template <class... Calls>
struct list_of_calls {
    static constexpr std::size_t size = sizeof...(Calls);

    template <class Call>
    static constexpr bool contains = (std::is_same_v<Call, Calls> || ...);

    template <class Call>
    static constexpr std::size_t place() {
        std::size_t at = 0;
        static_cast<void>(((std::is_same_v<Call, Calls> || (++at, false)) || ...));
        return at;
    }

    /// Result<Calls...>
    template <template <class...> class Result>
    using as = Result<Calls...>;
};

template <class... Lists>
struct joined;
template <class... A, class... B, class... C>
struct joined<list_of_calls<A...>, list_of_calls<B...>, list_of_calls<C...>> {
    using list = list_of_calls<A..., B..., C...>;
};

template <real T>
using calls_on =
    list_of_calls<reduce_call<plus, array_source<T, 1>>, reduce_call<plus_of_squares, array_source<T, 1>>,
                  reduce_call<plus_of_products, array_source<T, 2>>, reduce_call<moments, array_source<T, 1>>,
                  reduce_call<minimum_of, array_source<T, 1>>, reduce_call<maximum_of, array_source<T, 1>>,
                  window_call<window_sum, T>, window_call<window_mean<nan_policy::propagate>, T>,
                  window_call<window_mean<nan_policy::skip>, T>, recurrence_call<ema_step<T>, T>,
                  recurrence_call<ewm_step<T>, T>, matmul_call<T>>;

using calls_on_models = list_of_calls<reduce_call<moments, unprepared_paths<models::pi>>,
                                      reduce_call<moments, unprepared_paths<models::european_option>>>;

using dispatched_calls = joined<calls_on<float>, calls_on<double>, calls_on_models>::list;

} // namespace lanes
