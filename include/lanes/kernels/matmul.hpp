// lanes/kernels/matmul.hpp: products of matrices.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/target.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace lanes {

/// The factors of a product with `Matrix` as its first operand, so that a call may write {.alpha = 2, .beta = 1}.
template <class Matrix>
using factors_of = scaling<typename matrix_element<std::remove_cvref_t<Matrix>>::type>;

template <class Matrix>
concept not_factors = !std::same_as<std::remove_cvref_t<Matrix>, scaling<float>> &&
                      !std::same_as<std::remove_cvref_t<Matrix>, scaling<double>>;

/// c = alpha a b + beta c
/// a: m x k, b: k x n, c: m x n, all of one element type; any strides, negative ones and the transposes of views
/// included. With beta = 0 (the default) c is not read, so it may hold anything; k = 0 makes the product +0.
/// A slice of the product is the product of the slices, bit for bit.
/// throws std::invalid_argument if the shapes do not fit, c overlaps a or b (from its lowest to its highest address), or
///         two elements of c share an address
/// error: (256 + k / 256) u |a| |b| for alpha = 1, beta = 0; exact while integers stay below 1 / u;
///        test "matmul stays within its bound"
/// cost: 2 m n k flops
/// source: blocking after Goto, van de Geijn, ACM TOMS 34 (2008) 12, with the k-blocks part of the definition
template <backend Where, class A, class B, not_factors C>
void matmul(const Where& where, const A& a, const B& b, C&& c, factors_of<A> factors = {});

/// alpha a b as a new lanes::matrix.   throws also if beta is not 0: there is no c that it could scale
template <backend Where, class A, class B>
auto matmul(const Where& where, const A& a, const B& b, factors_of<A> factors = {});

// The same without a backend: `automatic` chooses.

template <class A, class B, not_factors C, class Where = typename default_backend<A>::type>
    requires(!backend<A>) // always inlined: factors that are passed on through memory delay a product of 4 x 4 by 4 ns
[[gnu::always_inline]] inline void matmul(const A& a, const B& b, C&& c, factors_of<A> factors = {}) {
    lanes::matmul(backend_by_default<Where>, a, b, static_cast<C&&>(c), factors);
}
template <class A, class B, class Where = typename default_backend<A>::type>
    requires(!backend<A>)
auto matmul(const A& a, const B& b, factors_of<A> factors = {}) {
    return lanes::matmul(backend_by_default<Where>, a, b, factors);
}

// Called otherwise.

template <class Never = void>
auto matmul(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(sizeof(Never*) == 0, "lanes: matmul is called as matmul(a, b, c, {.alpha = 2, .beta = 1}), or "
                                       "without c or the factors, with a backend before a if one is named");
}

inline namespace LANES_TARGET {
namespace argument {

template <class T, class Memory>
[[noreturn]] void refuse_null(const char* function, const char* parameter, const matrix_view<T, Memory>& v) {
    throw std::invalid_argument(std::string(function) + ": " + parameter + " is a null pointer, must point to " +
                                text(v.rows) + " x " + text(v.cols) + " elements");
}
template <class T, class Memory>
[[noreturn]] void refuse_reach(const char* function, const char* parameter, const matrix_view<T, Memory>& v) {
    throw std::invalid_argument(std::string(function) + ": " + parameter + " is " + text(v.rows) + " x " +
                                text(v.cols) + " with strides " + text(v.row_stride) + " and " + text(v.col_stride) +
                                ", must not reach past every address");
}

/// Where a matrix argument lies, checked: its memory is there and every element has an address.
template <class T, class Memory>
matrix_reach checked_reach(const char* function, const char* parameter, const matrix_view<T, Memory>& v) {
    const matrix_reach reach = reach_of(v);
    if (v.empty()) return reach;
    if (v.data == nullptr) [[unlikely]]
        refuse_null(function, parameter, v);
    const auto address = reinterpret_cast<std::uintptr_t>(v.data);
    if (!reach.representable || static_cast<std::uintptr_t>(-reach.lowest) * sizeof(T) > address ||
        static_cast<std::uintptr_t>(reach.highest) * sizeof(T) > UINTPTR_MAX - sizeof(T) - address) [[unlikely]]
        refuse_reach(function, parameter, v);
    return reach;
}

/// Whether two different elements share an address; the reach of v is representable. i row_stride = j col_stride has its
/// least solution besides 0 at i = |col_stride| / g, j = |row_stride| / g, g their greatest common divisor.
template <class T, class Memory>
constexpr bool meets_itself(const matrix_view<T, Memory>& v) {
    if (v.empty()) return false;
    const auto size = [](std::ptrdiff_t stride) {
        return stride < 0 ? std::size_t{0} - static_cast<std::size_t>(stride) : static_cast<std::size_t>(stride);
    };
    const std::size_t by_row = size(v.row_stride), by_col = size(v.col_stride);
    if (v.rows == 1) return v.cols > 1 && by_col == 0;
    if (v.cols == 1) return by_row == 0;
    if (by_row == 0 || by_col == 0) return true;
    if (by_row > (v.cols - 1) * by_col || by_col > (v.rows - 1) * by_row) return false; // rows, or columns, lie apart
    const std::size_t divisor = std::gcd(by_row, by_col);
    return by_col / divisor < v.rows && by_row / divisor < v.cols;
}

/// Whether the ranges of addresses from the lowest to the highest element meet.
template <class T, class Memory>
bool overlap(const matrix_view<const T, Memory>& a, const matrix_reach& of_a, const matrix_view<T, Memory>& b,
             const matrix_reach& of_b) {
    const std::less<const T*> before;
    return !a.empty() && !b.empty() && !before(a.data + of_a.highest, b.data + of_b.lowest) &&
           !before(b.data + of_b.highest, a.data + of_a.lowest);
}

/// Whether c = a b is as nearly all products are, so that nothing else has to be checked: nothing empty or enormous, rows
/// contiguous and one after the other, and c apart from a and b. Few instructions: a product of 4 x 4 feels each of them.
template <class T, class Memory>
[[gnu::always_inline]] inline bool is_ordinary(const matrix_view<const T, Memory>& a,
                                               const matrix_view<const T, Memory>& b, const matrix_view<T, Memory>& c) {
    constexpr std::size_t few = std::size_t{1} << 24; // products of two such numbers fit for certain
    const auto size = [](std::ptrdiff_t stride) { return static_cast<std::size_t>(stride); }; // enormous if negative
    const auto place = [](const void* data) { return reinterpret_cast<std::uintptr_t>(data); };
    const auto bytes = [&](std::size_t rows, std::size_t cols, std::ptrdiff_t row_stride) {
        return ((rows - 1) * size(row_stride) + cols) * sizeof(T);
    };
    const std::uintptr_t at_a = place(a.data), at_b = place(b.data), at_c = place(c.data);
    const std::size_t differences = (a.cols ^ b.rows) | (a.rows ^ c.rows) | (b.cols ^ c.cols) | size(a.col_stride ^ 1) |
                                    size(b.col_stride ^ 1) | size(c.col_stride ^ 1);
    if (((a.rows - 1) | (a.cols - 1) | (b.cols - 1) | size(a.row_stride) | size(b.row_stride) | size(c.row_stride)) >=
            few ||
        differences != 0 || size(c.row_stride) < c.cols || at_a == 0 || at_b == 0 || at_c == 0 ||
        static_cast<std::intptr_t>(at_a | at_b | at_c) < 0)
        return false;
    // From the first byte of one to the first of the other, as unsigned numbers: enormous if the other lies before.
    const std::size_t of_c = bytes(a.rows, b.cols, c.row_stride);
    return at_c - at_a >= bytes(a.rows, a.cols, a.row_stride) && at_a - at_c >= of_c &&
           at_c - at_b >= bytes(a.cols, b.cols, b.row_stride) && at_b - at_c >= of_c;
}

/// C is the type of a forwarding reference.
template <class C>
struct check_matrix_outlives {
    static_assert(
        std::is_lvalue_reference_v<C> || is_matrix_view<std::remove_cvref_t<C>> || (dense_matrix<C> && !owner<C>),
        "lanes: the output is a temporary, so the product would be lost; pass a variable, or leave it out: then "
        "the product is returned");
};

/// The same for any positive strides, and a c with contiguous rows or columns.
template <class T, class Memory>
bool is_regular(const matrix_view<const T, Memory>& a, const matrix_view<const T, Memory>& b,
                const matrix_view<T, Memory>& c) {
    constexpr std::size_t few = std::size_t{1} << 24;
    std::size_t largest = 0; // or some number as large
    bool is_there = true;
    const auto end_of = [&](const auto& v) { // of the bytes from the first element to the last
        const auto by_row = static_cast<std::size_t>(v.row_stride), by_col = static_cast<std::size_t>(v.col_stride);
        largest |= (v.rows - 1) | (v.cols - 1) | (by_row - 1) | (by_col - 1);
        is_there = is_there && v.data != nullptr && reinterpret_cast<std::intptr_t>(v.data) > 0;
        return reinterpret_cast<std::uintptr_t>(v.data) +
               ((v.rows - 1) * by_row + (v.cols - 1) * by_col + 1) * sizeof(T);
    };
    const auto start_of = [](const auto& v) { return reinterpret_cast<std::uintptr_t>(v.data); };
    const std::uintptr_t end_of_a = end_of(a), end_of_b = end_of(b), end_of_c = end_of(c);
    const bool fits = a.cols == b.rows && a.rows == c.rows && b.cols == c.cols;
    const bool is_apart = (c.col_stride == 1 && static_cast<std::size_t>(c.row_stride) >= c.cols) ||
                          (c.row_stride == 1 && static_cast<std::size_t>(c.col_stride) >= c.rows);
    return largest < few && is_there && fits && is_apart && (end_of_a <= start_of(c) || end_of_c <= start_of(a)) &&
           (end_of_b <= start_of(c) || end_of_c <= start_of(b));
}

/// Everything that can be wrong.
template <class T, class Memory>
[[gnu::noinline]] void check_matmul(const matrix_view<const T, Memory>& a, const matrix_view<const T, Memory>& b,
                                    const matrix_view<T, Memory>& c) {
    if (is_regular(a, b, c)) return;
    const auto of_a = checked_reach("matmul", "a", a);
    const auto of_b = checked_reach("matmul", "b", b);
    const auto of_c = checked_reach("matmul", "c", c);
    require_equal("matmul", "the number of rows of b", b.rows, a.cols, "the number of columns of a");
    require_equal("matmul", "the number of rows of c", c.rows, a.rows, "the number of rows of a");
    require_equal("matmul", "the number of columns of c", c.cols, b.cols, "the number of columns of b");
    require(!meets_itself(c), "matmul", "two elements of c share an address; its strides must keep them apart");
    require(!overlap(a, of_a, c, of_c), "matmul", "c overlaps a; it must lie apart");
    require(!overlap(b, of_b, c, of_c), "matmul", "c overlaps b; it must lie apart");
}

} // namespace argument
} // namespace LANES_TARGET

// Always inlined: the views of a call's operands then stay in registers, which a product of 4 x 4 feels (`automatic`,
// double: 10 ns instead of 19).
template <backend Where, class A, class B, not_factors C>
[[gnu::always_inline]] inline void matmul(const Where& where, const A& a, const B& b, C&& c, factors_of<A> factors) {
    using T = typename matrix_element<A>::type;
    using out_view = decltype(lanes::view_of(c));
    using memory = typename out_view::memory;
    argument::check_memory<Where, A>();
    argument::check_memory<Where, B>();
    argument::check_memory<Where, out_view>();
    static_assert(!std::is_const_v<std::remove_pointer_t<decltype(out_view::data)>>,
                  "lanes: the output is const; pass a matrix that can be written");
    argument::check_matrix_outlives<C>();
    argument::check_same_kind<decltype(lanes::view_of(a)), out_view>();
    argument::check_same_kind<decltype(lanes::view_of(b)), out_view>();
    const auto multiply = [&](const auto& first, const auto& second, const auto& to) __attribute__((always_inline)) {
        // Not const: g++ keeps constant objects in memory.
        matrix_view<const T, memory> left = copy_of(first), right = copy_of(second);
        matrix_view<T, memory> out = copy_of(to);
        if (!argument::is_ordinary(left, right, out)) [[unlikely]] {
            argument::check_matmul<T, memory>(lanes::view_of(a), lanes::view_of(b), lanes::view_of(c));
            if (out.empty()) return;
        }
        default_environment environment;
        where.matmul(left, right, out, factors);
    };
    // Columns that are contiguous are the rows of c^T = b^T a^T, whose bits are the same: a fused multiply-add does not care
    // which of its factors comes first.
    const auto out = lanes::view_of(c);
    if (out.col_stride == 1 || out.row_stride != 1) multiply(lanes::view_of(a), lanes::view_of(b), out);
    else multiply(transposed(lanes::view_of(b)), transposed(lanes::view_of(a)), transposed(out));
}

template <backend Where, class A, class B>
auto matmul(const Where& where, const A& a, const B& b, factors_of<A> factors) {
    using T = typename matrix_element<A>::type;
    argument::check_memory<Where, A>();
    argument::require(factors.beta == T(0), "matmul", "beta", static_cast<double>(factors.beta),
                      "must be 0 where there is no c");
    const auto left = lanes::view_of(a);
    const auto right = lanes::view_of(b);
    argument::require_equal("matmul", "the number of rows of b", right.rows, left.cols, "the number of columns of a");
    auto c = argument::matrix_beside(where, left, left.rows, right.cols);
    lanes::matmul(where, left, right, c, factors);
    return c;
}

} // namespace lanes
