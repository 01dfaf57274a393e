// tests/matmul_cases.hpp: matrices of every layout, whose gaps and surroundings must stay untouched.
// SPDX-License-Identifier: MIT
#pragma once

#include "data.hpp"

#include <lanes/core/matrix.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

enum class layout { rows, cols, padded_rows, padded_cols, scattered, reversed };
constexpr layout every_layout[] = {layout::rows,        layout::cols,      layout::padded_rows,
                                   layout::padded_cols, layout::scattered, layout::reversed};

/// A matrix in memory that ends, or begins, at an inaccessible page. Gaps hold NaN.
template <class T>
class laid_out {
public:
    laid_out(std::size_t rows, std::size_t cols, layout how, bool at_end = true)
        : memory_(span_of(rows, cols, how), at_end) {
        for (T& element : memory_.span()) element = std::numeric_limits<T>::quiet_NaN();
        const auto r = static_cast<std::ptrdiff_t>(rows), c = static_cast<std::ptrdiff_t>(cols);
        T* data = memory_.span().data();
        switch (how) {
        case layout::rows: view_ = {data, rows, cols}; break;
        case layout::cols: view_ = {data, rows, cols, 1, r}; break;
        case layout::padded_rows: view_ = {data, rows, cols, c + 3}; break;
        case layout::padded_cols: view_ = {data, rows, cols, 1, r + 5}; break;
        case layout::scattered: view_ = {data, rows, cols, 2 * c + 1, 2}; break;
        case layout::reversed: view_ = {rows == 0 || cols == 0 ? data : data + (r * c - 1), rows, cols, -c, -1}; break;
        }
    }

    lanes::matrix_view<T> view() const { return view_; }

    /// Values by (i, j), so that every layout of one seed is the same matrix.
    void fill(lanes::golden::data kind, std::uint64_t seed) const {
        for (std::size_t i = 0; i < view_.rows; ++i)
            for (std::size_t j = 0; j < view_.cols; ++j)
                view_(i, j) = lanes::golden::element<T>(kind, seed, i * view_.cols + j);
    }
    /// Elements of memory that are not NaN: more than rows times cols if a gap was written.
    std::size_t touched() {
        std::size_t count = 0;
        for (const T element : memory_.span()) count += element == element;
        return count;
    }

private:
    static std::size_t span_of(std::size_t rows, std::size_t cols, layout how) {
        if (rows == 0 || cols == 0) return 0;
        switch (how) {
        case layout::padded_rows: return (rows - 1) * (cols + 3) + cols;
        case layout::padded_cols: return (cols - 1) * (rows + 5) + rows;
        case layout::scattered: return (rows - 1) * (2 * cols + 1) + 2 * (cols - 1) + 1;
        default: return rows * cols;
        }
    }
    guarded<T> memory_;
    lanes::matrix_view<T> view_;
};

template <class T>
std::vector<std::uint64_t> bits_of(const lanes::matrix_view<T>& m) {
    std::vector<std::uint64_t> all;
    for (std::size_t i = 0; i < m.rows; ++i)
        for (std::size_t j = 0; j < m.cols; ++j) all.push_back(lanes::golden::bits(lanes::canonical_nan(T(m(i, j)))));
    return all;
}

inline std::string shape_text(std::size_t m, std::size_t n, std::size_t k) {
    return std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n);
}

} // namespace
