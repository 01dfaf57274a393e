// lanes/backends/dispatch/simd.hpp: the verbs of `simd` by the library lanes::dispatch.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/dispatch/calls.hpp>
#include <lanes/backends/simd.hpp>

namespace lanes {

/// `call` by the best instruction set; an operation or model of the user's own by what the user's flags allow.
template <class Call>
void dispatch(const simd_backend<best_of_this_cpu>&, Call& call) {
    if constexpr (dispatched_calls::contains<Call>)
        best_of_this_cpu::table().entries[dispatched_calls::place<Call>()].simd(&call);
    else call.on(simd_backend<xsimd::default_arch>());
}

template <>
template <class Operation, class Source>
root_of<Operation, Source> simd_backend<best_of_this_cpu>::reduce(const Operation& operation,
                                                                  const Source& source) const {
    root_of<Operation, Source> result;
    reduce_call<Operation, Source> call{operation, source, result};
    dispatch(*this, call);
    return result;
}

template <>
template <class Operation, real T>
void simd_backend<best_of_this_cpu>::window(const Operation& operation, std::size_t width, std::span<const T> x,
                                            std::span<T> out) const {
    window_call<Operation, T> call{operation, width, x, out};
    dispatch(*this, call);
}

template <>
template <real T>
void simd_backend<best_of_this_cpu>::recurrence(const ema_step<T>& step, std::span<const T> x, std::span<T> out) const {
    recurrence_call<ema_step<T>, T> call{step, x, out};
    dispatch(*this, call);
}

template <>
template <real T>
void simd_backend<best_of_this_cpu>::recurrence(const ewm_step<T>& step, std::span<const T> x, std::span<T> out) const {
    recurrence_call<ewm_step<T>, T> call{step, x, out};
    dispatch(*this, call);
}

template <>
template <real T>
void simd_backend<best_of_this_cpu>::matmul(const matrix_view<const T>& a, const matrix_view<const T>& b,
                                            const matrix_view<T>& out, const scaling<T>& factors) const {
    matmul_call<T> call{late_copy_of(a), late_copy_of(b), late_copy_of(out), {factors.alpha, factors.beta}};
    dispatch(*this, call);
}

} // namespace lanes
