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
    requires(!backend<A>)
void matmul(const A& a, const B& b, C&& c, factors_of<A> factors = {}) {
    matmul(Where{}, a, b, c, factors);
}
template <class A, class B, class Where = typename default_backend<A>::type>
    requires(!backend<A>)
auto matmul(const A& a, const B& b, factors_of<A> factors = {}) {
    return matmul(Where{}, a, b, factors);
}

inline namespace LANES_TARGET {
namespace argument {

/// Apart from the checks, so that these are short enough to be inlined: a product of 4 x 4 feels every call.
template <class T, class Memory>
[[noreturn, gnu::noinline]] void refuse_null(const char* function, const char* parameter,
                                             const matrix_view<T, Memory>& v) {
    throw std::invalid_argument(std::string(function) + ": " + parameter + " is a null pointer, must point to " +
                                text(v.rows) + " x " + text(v.cols) + " elements");
}
template <class T, class Memory>
[[noreturn, gnu::noinline]] void refuse_reach(const char* function, const char* parameter,
                                              const matrix_view<T, Memory>& v) {
    throw std::invalid_argument(std::string(function) + ": " + parameter + " is " + text(v.rows) + " x " +
                                text(v.cols) + " with strides " + text(v.row_stride) + " and " + text(v.col_stride) +
                                ", must not reach past every address");
}

/// Where a matrix argument lies, checked: its memory is there and every element has an address.
template <class T, class Memory>
[[gnu::always_inline]] inline matrix_reach checked_reach(const char* function, const char* parameter,
                                                         const matrix_view<T, Memory>& v) {
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

/// Whether the ranges of addresses from the lowest to the highest element meet.
template <class T, class Memory>
bool overlap(const matrix_view<const T, Memory>& a, const matrix_reach& of_a, const matrix_view<T, Memory>& b,
             const matrix_reach& of_b) {
    const std::less<const T*> before;
    return !a.empty() && !b.empty() && !before(a.data + of_a.highest, b.data + of_b.lowest) &&
           !before(b.data + of_b.highest, a.data + of_a.lowest);
}

} // namespace argument
} // namespace LANES_TARGET

template <backend Where, class A, class B, not_factors C>
void matmul(const Where& where, const A& a, const B& b, C&& c, factors_of<A> factors) {
    using T = typename matrix_element<A>::type;
    using out_view = decltype(view_of(c));
    using memory = typename out_view::memory;
    argument::check_memory<Where, A>();
    argument::check_memory<Where, B>();
    argument::check_memory<Where, out_view>();
    static_assert(!std::is_const_v<std::remove_pointer_t<decltype(out_view::data)>>,
                  "lanes: the output is const; pass a matrix that can be written");
    argument::check_same_kind<decltype(view_of(a)), out_view>();
    argument::check_same_kind<decltype(view_of(b)), out_view>();
    const matrix_view<const T, memory> left = view_of(a), right = view_of(b);
    const matrix_view<T, memory> out = view_of(c);
    const auto of_left = argument::checked_reach("matmul", "a", left);
    const auto of_right = argument::checked_reach("matmul", "b", right);
    const auto of_out = argument::checked_reach("matmul", "c", out);
    if (right.rows != left.cols || out.rows != left.rows || out.cols != right.cols) [[unlikely]] {
        argument::require_equal("matmul", "the number of rows of b", right.rows, left.cols,
                                "the number of columns of a");
        argument::require_equal("matmul", "the number of rows of c", out.rows, left.rows, "the number of rows of a");
        argument::require_equal("matmul", "the number of columns of c", out.cols, right.cols,
                                "the number of columns of b");
    }
    argument::require(!argument::meets_itself(out), "matmul",
                      "two elements of c share an address; its strides must keep them apart");
    argument::require(!argument::overlap(left, of_left, out, of_out), "matmul", "c overlaps a; it must lie apart");
    argument::require(!argument::overlap(right, of_right, out, of_out), "matmul", "c overlaps b; it must lie apart");
    if (out.empty()) return;
    const default_environment environment;
    where.matmul(left, right, out, factors);
}

template <backend Where, class A, class B>
auto matmul(const Where& where, const A& a, const B& b, factors_of<A> factors) {
    using T = typename matrix_element<A>::type;
    argument::check_memory<Where, A>();
    argument::require(factors.beta == T(0), "matmul", "beta", static_cast<double>(factors.beta),
                      "must be 0 where there is no c");
    const auto left = view_of(a);
    const auto right = view_of(b);
    argument::require_equal("matmul", "the number of rows of b", right.rows, left.cols, "the number of columns of a");
    auto c = argument::matrix_beside(where, left, left.rows, right.cols);
    matmul(where, left, right, c, factors);
    return c;
}

} // namespace lanes
