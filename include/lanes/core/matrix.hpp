// lanes/core/matrix.hpp: matrices: a view of memory with strides, and an owning row-major matrix.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/target.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <ranges>
#include <type_traits>
#include <utility>

namespace lanes {

/// What a view can be made of: a range that outlives the view, in host memory, or a device_array or device_span.
template <class Range, class Memory>
concept range_in = (std::is_same_v<Memory, host_memory> && std::ranges::contiguous_range<Range> &&
                    !std::is_array_v<std::remove_cvref_t<Range>> && std::ranges::borrowed_range<Range>) ||
                   (std::is_same_v<Memory, device_memory> && in_device_memory<Range> &&
                    sized_memory<std::remove_reference_t<Range>>);

template <class Range>
    requires(std::ranges::contiguous_range<Range> || in_device_memory<Range>)
using element_of_range = std::remove_pointer_t<decltype(argument::first_of(std::declval<Range&>()))>;

/// Element (i, j) is data[i * row_stride + j * col_stride]; strides count elements and may be negative. Without strides
/// the matrix is row-major and has no gaps. T is float, double, or const one of them.
///
/// A pointer is trusted. A contiguous range (std::vector, std::span, ...) in its place is checked: element (0, 0) is its
/// first element, and a shape or stride that reaches outside it throws std::invalid_argument. Views of a device_array or
/// device_span are views of device memory, whose elements cannot be read on the host.
template <class T, class Memory = host_memory>
struct matrix_view {
    static_assert(real<std::remove_const_t<T>>, "lanes: matrices have elements of type float or double");
    using memory = Memory;
    using value_type = std::remove_const_t<T>;

    T* data = nullptr;
    std::size_t rows = 0, cols = 0;
    std::ptrdiff_t row_stride = 0, col_stride = 1;

    constexpr matrix_view() = default;
    constexpr matrix_view(T* first, std::size_t row_count, std::size_t col_count)
        : matrix_view(first, row_count, col_count, static_cast<std::ptrdiff_t>(col_count)) {}
    constexpr matrix_view(T* first, std::size_t row_count, std::size_t col_count, std::ptrdiff_t row_step,
                          std::ptrdiff_t col_step = 1)
        : data(first), rows(row_count), cols(col_count), row_stride(row_step), col_stride(col_step) {}

    template <class Range>
        requires(range_in<Range, Memory>)
    [[gnu::always_inline]] matrix_view(Range&& range, std::size_t row_count, std::size_t col_count)
        : matrix_view(range, row_count, col_count, static_cast<std::ptrdiff_t>(col_count)) {}
    template <class Range>
        requires(range_in<Range, Memory>)
    [[gnu::always_inline]] matrix_view(Range&& range, std::size_t row_count, std::size_t col_count,
                                       std::ptrdiff_t row_step, std::ptrdiff_t col_step = 1);

    constexpr operator matrix_view<const T, Memory>() const requires(!std::is_const_v<T>) {
        return {data, rows, cols, row_stride, col_stride};
    }

    constexpr T& operator()(std::size_t i, std::size_t j) const requires(std::is_same_v<Memory, host_memory>) {
        return data[static_cast<std::ptrdiff_t>(i) * row_stride + static_cast<std::ptrdiff_t>(j) * col_stride];
    }
    constexpr bool empty() const { return rows == 0 || cols == 0; }

    /// The `row_count` x `col_count` elements from (i, j) on; they must be there.
    constexpr matrix_view block(std::size_t i, std::size_t j, std::size_t row_count, std::size_t col_count) const {
        if (empty()) return {data, row_count, col_count, row_stride, col_stride};
        return {data + (static_cast<std::ptrdiff_t>(i) * row_stride + static_cast<std::ptrdiff_t>(j) * col_stride),
                row_count, col_count, row_stride, col_stride};
    }
};

template <class T>
using device_matrix_view = matrix_view<T, device_memory>;

template <class Range>
matrix_view(Range&&, std::size_t, std::size_t)
    -> matrix_view<element_of_range<Range>, typename memory_of<std::remove_cvref_t<Range>>::type>;
template <class Range>
matrix_view(Range&&, std::size_t, std::size_t, std::ptrdiff_t, std::ptrdiff_t = 1)
    -> matrix_view<element_of_range<Range>, typename memory_of<std::remove_cvref_t<Range>>::type>;
template <class T>
matrix_view(T*, std::size_t, std::size_t) -> matrix_view<T>;
template <class T>
matrix_view(T*, std::size_t, std::size_t, std::ptrdiff_t, std::ptrdiff_t = 1) -> matrix_view<T>;

/// The transpose of v: the same memory, rows and columns exchanged.
template <class T, class Memory>
constexpr matrix_view<T, Memory> transposed(matrix_view<T, Memory> v) {
    return {v.data, v.cols, v.rows, v.col_stride, v.row_stride};
}

/// The same view, field by field: both stay in registers, where a copy of the whole would wait for what it was made of.
template <class T, class Memory>
[[gnu::always_inline]] constexpr matrix_view<T, Memory> copy_of(const matrix_view<T, Memory>& v) {
    return {v.data, v.rows, v.cols, v.row_stride, v.col_stride};
}

/// The same for a function that is called rarely: made no earlier. Otherwise g++ copies fields in pairs, made far ahead.
template <class T, class Memory>
[[gnu::always_inline]] inline matrix_view<T, Memory> late_copy_of(const matrix_view<T, Memory>& v) {
    const auto late = [](auto field) __attribute__((always_inline)) {
        asm("" : "+r"(field));
        return field;
    };
    return {late(v.data), late(v.rows), late(v.cols), late(v.row_stride), late(v.col_stride)};
}

/// An owning row-major matrix without gaps; its elements are not set by the constructor.
template <real T>
class matrix {
public:
    matrix() = default;
    matrix(std::size_t rows, std::size_t cols) : elements_(count(rows, cols)), rows_(rows), cols_(cols) {}
    matrix(const matrix&) = default;
    matrix(matrix&& other) noexcept // leaves an empty one, as array does
        : elements_(std::move(other.elements_)), rows_(std::exchange(other.rows_, 0)),
          cols_(std::exchange(other.cols_, 0)) {}
    matrix& operator=(matrix other) noexcept {
        std::swap(elements_, other.elements_);
        std::swap(rows_, other.rows_);
        std::swap(cols_, other.cols_);
        return *this;
    }

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    T* data() { return elements_.data(); }
    const T* data() const { return elements_.data(); }
    T& operator()(std::size_t i, std::size_t j) { return elements_[i * cols_ + j]; }
    const T& operator()(std::size_t i, std::size_t j) const { return elements_[i * cols_ + j]; }
    matrix_view<T> view() { return {data(), rows_, cols_}; }
    matrix_view<const T> view() const { return {data(), rows_, cols_}; }

private:
    static std::size_t count(std::size_t rows, std::size_t cols) {
        if (cols != 0 && rows > std::numeric_limits<std::size_t>::max() / cols) throw std::bad_array_new_length();
        return rows * cols;
    }

    array<T> elements_;
    std::size_t rows_ = 0, cols_ = 0;
};

template <real T>
constexpr matrix_view<const T> transposed(const matrix<T>& m) {
    return transposed(m.view());
}
template <real T>
constexpr matrix_view<T> transposed(matrix<T>& m) {
    return transposed(m.view());
}

/// Matrices and maps of Eigen, and whatever else answers the same questions.
template <class Matrix>
concept dense_matrix = requires(Matrix& m) {
    {*m.data()};
    m.rows();
    m.cols();
    m.innerStride();
    m.outerStride();
    bool(std::remove_cvref_t<Matrix>::IsRowMajor);
};

template <class Matrix>
inline constexpr bool is_matrix_view = false;
template <class T, class Memory>
inline constexpr bool is_matrix_view<matrix_view<T, Memory>> = true;

/// `m` as a matrix_view: of a matrix_view itself, a lanes::matrix, or a dense matrix of Eigen.
template <class Matrix>
constexpr auto view_of(Matrix&& m) {
    using plain = std::remove_cvref_t<Matrix>;
    if constexpr (is_matrix_view<plain>) {
        return m;
    } else if constexpr (dense_matrix<std::remove_reference_t<Matrix>>) {
        const auto inner = static_cast<std::ptrdiff_t>(m.innerStride());
        const auto outer = static_cast<std::ptrdiff_t>(m.outerStride());
        constexpr bool by_rows = bool(plain::IsRowMajor);
        return matrix_view(m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()),
                           by_rows ? outer : inner, by_rows ? inner : outer);
    } else {
        static_assert(
            requires { m.view(); },
            "lanes: a matrix argument must be a lanes::matrix_view, a lanes::matrix or a dense Eigen matrix; "
            "wrap your memory as lanes::matrix_view(data, rows, cols) or add the two strides");
        return m.view();
    }
}

/// The element type of whatever view_of takes, and double for all else: then view_of tells what is wrong.
template <class Matrix>
struct matrix_element {
    using type = double;
};
template <class T, class Memory>
struct matrix_element<matrix_view<T, Memory>> {
    using type = std::remove_const_t<T>;
};
template <real T>
struct matrix_element<matrix<T>> {
    using type = T;
};
template <dense_matrix Matrix>
struct matrix_element<Matrix> {
    using type = std::remove_cvref_t<decltype(*std::declval<Matrix&>().data())>;
};

/// Factors of out = alpha a b + beta out.
template <real T>
struct scaling {
    T alpha = 1, beta = 0;
};

inline namespace LANES_TARGET {
namespace argument {

/// Where the elements of a matrix lie: offsets from its data of the lowest and the highest, in elements. `representable`
/// tells whether they, and the bytes between them, can be computed.
struct matrix_reach {
    std::ptrdiff_t lowest = 0, highest = 0;
    bool representable = true;
};

template <class T, class Memory>
constexpr matrix_reach reach_of(const matrix_view<T, Memory>& v) {
    if (v.empty()) return {};
    constexpr std::size_t few = std::size_t{1} << 24; // products of two such numbers fit for certain, without divisions
    const auto size = [](std::ptrdiff_t stride) { return static_cast<std::size_t>(stride < 0 ? ~stride : stride); };
    if ((v.rows | v.cols | size(v.row_stride) | size(v.col_stride)) >= few) [[unlikely]] {
        constexpr std::size_t limit = static_cast<std::size_t>(PTRDIFF_MAX) / 4 / sizeof(T);
        const auto fits = [&](std::size_t last, std::ptrdiff_t stride) {
            return stride == 0 || last <= limit / (stride < 0 ? size(stride) + 1 : size(stride));
        };
        if (!fits(v.rows - 1, v.row_stride) || !fits(v.cols - 1, v.col_stride)) return {0, 0, false};
    }
    const std::ptrdiff_t by_rows = static_cast<std::ptrdiff_t>(v.rows - 1) * v.row_stride;
    const std::ptrdiff_t by_cols = static_cast<std::ptrdiff_t>(v.cols - 1) * v.col_stride;
    return {std::min<std::ptrdiff_t>(by_rows, 0) + std::min<std::ptrdiff_t>(by_cols, 0),
            std::max<std::ptrdiff_t>(by_rows, 0) + std::max<std::ptrdiff_t>(by_cols, 0)};
}

/// Whether v is rows one after the other within `size` elements, as nearly all views are: a handful of instructions, which
/// a product of 4 x 4 feels.
template <class T, class Memory>
[[gnu::always_inline]] constexpr bool is_plainly_within(const matrix_view<T, Memory>& v, std::size_t size) {
    return (v.rows | v.cols) >> 24 == 0 && v.col_stride == 1 && v.row_stride == static_cast<std::ptrdiff_t>(v.cols) &&
           v.rows * v.cols <= size;
}
template <class T, class Memory>
[[gnu::noinline]] void check_within(const matrix_view<T, Memory>& v, std::size_t size) {
    const matrix_reach reach = reach_of(v);
    require(reach.representable, "matrix_view", "the shape times the strides exceeds every address");
    require_inside("matrix_view", reach.lowest, reach.highest, v.empty() ? 1 : size);
}

/// A new matrix for results, where the operand has its elements.
template <class Where, class T>
auto matrix_beside(const Where&, const matrix_view<T>&, std::size_t rows, std::size_t cols) {
    return matrix<std::remove_const_t<T>>(rows, cols);
}
template <class Where, class T>
auto matrix_beside(const Where& where, const device_matrix_view<T>&, std::size_t rows, std::size_t cols) {
    return where.template new_matrix<std::remove_const_t<T>>(rows, cols);
}

} // namespace argument
} // namespace LANES_TARGET

template <class T, class Memory>
template <class Range>
    requires(range_in<Range, Memory>)
[[gnu::always_inline]] inline matrix_view<T, Memory>::matrix_view(Range&& range, std::size_t row_count,
                                                                  std::size_t col_count, std::ptrdiff_t row_step,
                                                                  std::ptrdiff_t col_step)
    : matrix_view(argument::first_of(range), row_count, col_count, row_step, col_step) {
    const std::size_t size = argument::count_of(range);
    if (!argument::is_plainly_within(*this, size)) [[unlikely]]
        argument::check_within(*this, size);
}

} // namespace lanes
