// lanes/backends/dispatch/threads.hpp: the verbs of `threads` by the library lanes::dispatch.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/dispatch/calls.hpp>
#include <lanes/backends/threads.hpp>

namespace lanes {

/// A backend of another architecture, with the limit and the rest that the caller has set.
template <class Arch>
threads_backend<Arch> with_settings_of(const threads_backend<best_of_this_cpu>& settings) {
    threads_backend<Arch> where;
    where.most_threads = settings.most_threads;
    where.is_eager = settings.is_eager;
    where.decisions = settings.decisions;
    return where;
}

/// `call` by the best instruction set; an operation or model of the user's own by what the user's flags allow.
template <class Call>
void dispatch(const threads_backend<best_of_this_cpu>& where, Call& call) {
    if constexpr (dispatched_calls::contains<Call>)
        best_of_this_cpu::table().entries[dispatched_calls::place<Call>()].threads(&call, &where);
    else call.on(with_settings_of<xsimd::default_arch>(where));
}

template <>
template <class Operation, class Source>
root_of<Operation, Source> threads_backend<best_of_this_cpu>::reduce(const Operation& operation,
                                                                     const Source& source) const {
    root_of<Operation, Source> result;
    reduce_call<Operation, Source> call{operation, source, result};
    dispatch(*this, call);
    return result;
}

template <>
template <class Operation, real T>
void threads_backend<best_of_this_cpu>::window(const Operation& operation, std::size_t width, std::span<const T> x,
                                               std::span<T> out) const {
    window_call<Operation, T> call{operation, width, x, out};
    dispatch(*this, call);
}

template <>
template <real T>
void threads_backend<best_of_this_cpu>::recurrence(const ema_step<T>& step, std::span<const T> x,
                                                   std::span<T> out) const {
    recurrence_call<ema_step<T>, T> call{step, x, out};
    dispatch(*this, call);
}

template <>
template <real T>
void threads_backend<best_of_this_cpu>::recurrence(const ewm_step<T>& step, std::span<const T> x,
                                                   std::span<T> out) const {
    recurrence_call<ewm_step<T>, T> call{step, x, out};
    dispatch(*this, call);
}

template <>
template <real T>
void threads_backend<best_of_this_cpu>::matmul(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                               const matrix_view<T>& out, const scaling<T>& factors) const {
    matmul_call<T> call{late_copy_of(a), late_copy_of(b), late_copy_of(out), {factors.alpha, factors.beta}};
    dispatch(*this, call);
}

} // namespace lanes
