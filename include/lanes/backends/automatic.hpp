// lanes/backends/automatic.hpp: the backend of a call that names none: the fastest for the size of its work.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/threads.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>

#include <cstddef>
#include <span>

namespace lanes {

/// `simd` where one core is done before a second could start, `threads` otherwise. All backends agree to the bit, so
/// the choice shows in the time only; `explain` tells what it is.
template <class Arch>
struct automatic_backend : backend_base {
    // `threads` weighs the work of every call itself, in the cell that knows its cost, and stays on the calling thread
    // below `worth_splitting`; with one CPU backend above `simd` that is the whole choice.
    static constexpr threads_backend<Arch> choice{};

    template <class Operation, class Source>
    auto reduce(const Operation& operation, const Source& source) const {
        return choice.reduce(operation, source);
    }
    template <class Operation, real T>
    void window(const Operation& operation, std::size_t width, std::span<const T> x, std::span<T> out) const {
        choice.window(operation, width, x, out);
    }
    template <class Step, real T>
    void recurrence(const Step& step, std::span<const T> x, std::span<T> out) const {
        choice.recurrence(step, x, out);
    }
    template <real T>
    void matmul(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> out, scaling<T> factors) const {
        choice.matmul(a, b, out, factors);
    }
};

constexpr automatic_backend<xsimd::default_arch> automatic{}; // one per file: its type differs between flags

template <class Argument>
struct default_backend {
    using type = automatic_backend<xsimd::default_arch>;
};

} // namespace lanes
