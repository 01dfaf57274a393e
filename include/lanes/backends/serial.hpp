// lanes/backends/serial.hpp: one core, plain scalar loops: the definition of every result, written for a reader.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/target.hpp>

#include <cstddef>
#include <span>

namespace lanes::inline LANES_TARGET {

/// Slow and plain on purpose: these loops state the order of operations that every other backend follows.
struct serial_backend : backend_base {
    /// The root of the tree over the blocks of `source`, which is not empty.
    template <class Operation, class Source>
    auto reduce(const Operation& operation, const Source& source) const;

    /// out[i] = the operation over the window that ends at element operation.first + i of x.
    template <class Operation, real T>
    void window(const Operation& operation, std::size_t width, std::span<const T> x, std::span<T> out) const;

    /// out[t] = step(out[t - 1], x[t]); out may be x.
    template <class Step, real T>
    void recurrence(const Step& step, std::span<const T> x, std::span<T> out) const;

    /// out = alpha a b + beta out.
    template <real T>
    void matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                const scaling<T>& factors) const;
};

inline constexpr serial_backend serial{};

} // namespace lanes::inline LANES_TARGET

#include <lanes/backends/serial/matmul.hpp>
#include <lanes/backends/serial/recurrence.hpp>
#include <lanes/backends/serial/reduce.hpp>
#include <lanes/backends/serial/window.hpp>
