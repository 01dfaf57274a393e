// lanes/backends/serial/matmul.hpp: the definition of a product of matrices, in plain loops.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/serial.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/order.hpp>
#include <lanes/core/target.hpp>

#include <algorithm>
#include <cstddef>

namespace lanes::inline LANES_TARGET {

/// Element (i, j) of a b: panels of `panel_depth` steps in k, each a chain of fused multiply-adds from +0, their sums
/// added from left to right.
template <real T>
T serial_product(const matrix_view<const T>& a, const matrix_view<const T>& b, std::size_t i, std::size_t j) {
    T sum = 0;
    for (std::size_t first = 0; first < a.cols; first += panel_depth) {
        T panel = 0;
        for (std::size_t k = first; k < std::min(a.cols, first + panel_depth); ++k)
            panel = number<T>::fma(a(i, k), b(k, j), panel);
        sum = first == 0 ? panel : sum + panel;
    }
    return sum;
}

template <real T>
void serial_backend::matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                            const scaling<T>& factors) const {
    for (std::size_t i = 0; i < out.rows; ++i)
        for (std::size_t j = 0; j < out.cols; ++j) {
            T value = serial_product(a, b, i, j);
            if (factors.alpha != T(1)) value = factors.alpha * value;
            out(i, j) = factors.beta == T(0) ? value : number<T>::fma(factors.beta, out(i, j), value);
        }
}

} // namespace lanes::inline LANES_TARGET
