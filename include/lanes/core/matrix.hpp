// lanes/core/matrix.hpp: matrices: a view of memory with strides, and an owning row-major matrix.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/array.hpp>
#include <lanes/core/number.hpp>

#include <cstddef>
#include <type_traits>

namespace lanes {

/// Element (i, j) is data[i * row_stride + j * col_stride]; strides count elements and may be negative. Without strides
/// the matrix is row-major and has no gaps. T is float, double, or const one of them.
template <class T>
struct matrix_view {
    static_assert(real<std::remove_const_t<T>>, "lanes: matrices have elements of type float or double");

    T* data = nullptr;
    std::size_t rows = 0, cols = 0;
    std::ptrdiff_t row_stride = 0, col_stride = 1;

    constexpr matrix_view() = default;
    constexpr matrix_view(T* data, std::size_t rows, std::size_t cols)
        : matrix_view(data, rows, cols, static_cast<std::ptrdiff_t>(cols)) {}
    constexpr matrix_view(T* data, std::size_t rows, std::size_t cols, std::ptrdiff_t row_stride,
                          std::ptrdiff_t col_stride = 1)
        : data(data), rows(rows), cols(cols), row_stride(row_stride), col_stride(col_stride) {}
    constexpr operator matrix_view<const T>() const requires(!std::is_const_v<T>) {
        return {data, rows, cols, row_stride, col_stride};
    }

    constexpr T& operator()(std::size_t i, std::size_t j) const {
        return data[static_cast<std::ptrdiff_t>(i) * row_stride + static_cast<std::ptrdiff_t>(j) * col_stride];
    }
};

/// The transpose of v: the same memory, rows and columns exchanged.
template <class T>
constexpr matrix_view<T> transposed(matrix_view<T> v) {
    return {v.data, v.cols, v.rows, v.col_stride, v.row_stride};
}

/// An owning row-major matrix without gaps; its elements are not set by the constructor.
template <real T>
class matrix {
public:
    matrix() = default;
    matrix(std::size_t rows, std::size_t cols) : elements_(rows * cols), rows_(rows), cols_(cols) {}

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    T* data() { return elements_.data(); }
    const T* data() const { return elements_.data(); }
    T& operator()(std::size_t i, std::size_t j) { return elements_[i * cols_ + j]; }
    const T& operator()(std::size_t i, std::size_t j) const { return elements_[i * cols_ + j]; }
    matrix_view<T> view() { return {data(), rows_, cols_}; }
    matrix_view<const T> view() const { return {data(), rows_, cols_}; }

private:
    array<T> elements_;
    std::size_t rows_ = 0, cols_ = 0;
};

/// Factors of out = alpha a b + beta out.
template <real T>
struct scaling {
    T alpha = 1, beta = 0;
};

} // namespace lanes
