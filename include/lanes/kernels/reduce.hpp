// lanes/kernels/reduce.hpp: sums, dot products, moments and extremes of arrays.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/source.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace lanes {

// x and y: anything contiguous of float or double; T is their element type. The backend may be left out, here as
// everywhere. u is 2^-53 (double) or 2^-24 (float), h = 22 + log2(size / 1024) at most. Cost: one read of memory.
// A result that is not a number is the quiet NaN without payload.

/// sum_i x[i]; +0 if x is empty.   error: h u sum |x[i]|, test "sum stays within its bound"
template <backend Where, class X>
auto sum(const Where& where, const X& x);

/// sum_i x[i]^2; +0 if x is empty.   error: (h + 1) u sum x[i]^2, test "dot and sum_of_squares stay within
/// their bounds"
template <backend Where, class X>
auto sum_of_squares(const Where& where, const X& x);

/// sum_i x[i] y[i]; +0 if both are empty.   error: (h + 1) u sum |x[i] y[i]|, the same test
/// throws std::invalid_argument if the sizes differ
template <backend Where, class X, class Y>
auto dot(const Where& where, const X& x, const Y& y);

/// sum(x) / n; NaN if x is empty.   error: that of the sum, and u of the quotient
template <backend Where, class X>
auto mean(const Where& where, const X& x);

/// sum_i (x[i] - mean)^2 / (n - ddof), never negative.   ddof = 1: unbiased estimate from a sample; 0: of a population
/// throws std::invalid_argument if n - ddof < 1   cost: one read of memory, each block twice from cache
/// error: relative, at most of the order of u k log2(n) with k^2 = 1 + mean^2 / variance; seen far below, at most 8e-10 of
/// 10^6 doubles in 10^9 - 1 ... 10^9 + 1, where that is 4e-6
/// source: Chan, Golub, LeVeque, Amer. Statist. 37 (1983) 242; NIST StRD agrees to 15 digits, test "NIST StRD"
template <backend Where, class X>
auto variance(const Where& where, const X& x, std::size_t ddof = 1);

/// sqrt(variance(x, ddof)); same arguments and errors.
template <backend Where, class X>
auto standard_deviation(const Where& where, const X& x, std::size_t ddof = 1);

/// The smallest element, exactly; NaN if any element is NaN; -0 is below +0 (IEEE 754-2019 minimum).
/// throws std::invalid_argument if x is empty
template <backend Where, class X>
auto minimum(const Where& where, const X& x);

/// The largest element, exactly; NaN if any element is NaN; +0 is above -0 (IEEE 754-2019 maximum).
/// throws std::invalid_argument if x is empty
template <backend Where, class X>
auto maximum(const Where& where, const X& x);

// The same without a backend: `automatic` chooses.

template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto sum(const X& x) {
    return lanes::sum(backend_by_default<Where>, x);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto sum_of_squares(const X& x) {
    return lanes::sum_of_squares(backend_by_default<Where>, x);
}
template <class X, class Y, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto dot(const X& x, const Y& y) {
    return lanes::dot(backend_by_default<Where>, x, y);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto mean(const X& x) {
    return lanes::mean(backend_by_default<Where>, x);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto variance(const X& x, std::size_t ddof = 1) {
    return lanes::variance(backend_by_default<Where>, x, ddof);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto standard_deviation(const X& x, std::size_t ddof = 1) {
    return lanes::standard_deviation(backend_by_default<Where>, x, ddof);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto minimum(const X& x) {
    return lanes::minimum(backend_by_default<Where>, x);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto maximum(const X& x) {
    return lanes::maximum(backend_by_default<Where>, x);
}

inline namespace LANES_TARGET {
namespace argument {

[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_ddof(const char* function, std::size_t size,
                                                               std::size_t ddof) {
    require(ddof <= static_cast<std::size_t>(PTRDIFF_MAX), function, "ddof", static_cast<std::ptrdiff_t>(ddof),
            "must not be negative");
    refuse(function, "the size of x", size, ("must be greater than " + text(ddof) + " (ddof)").c_str());
}

/// The variance of `values`; there are more than ddof of them.
template <class Where, class Values>
[[gnu::always_inline]] inline auto variance_of(const Where& where, const Values& values, std::size_t ddof) {
    using T = typename Values::value_type;
    return canonical_nan<T>(where.reduce(moments{}, elements_of(values)).deviations /
                            static_cast<T>(values.size() - ddof));
}

template <class Never>
struct reduction_otherwise {
    static_assert(
        sizeof(Never*) == 0,
        "lanes: reductions are called as sum(x), dot(x, y), variance(x, ddof), with a backend before x if one "
        "is named; for a pointer pass std::span(pointer, n), for iterators std::span(begin, end)");
};

} // namespace argument
} // namespace LANES_TARGET

// Called otherwise.

template <class Never = void>
auto sum(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto sum_of_squares(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto dot(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto mean(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto variance(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto standard_deviation(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto minimum(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}
template <class Never = void>
auto maximum(argument::any, argument::any = {}, argument::any = {}, argument::any = {}) {
    argument::reduction_otherwise<Never>();
}

template <backend Where, class X>
auto sum(const Where& where, const X& x) {
    const auto values = argument::input<Where>("sum", "x", x);
    using T = typename decltype(values)::value_type;
    if (values.empty()) return T(0);
    const default_environment environment;
    return environment.here(canonical_nan<T>(where.reduce(plus{}, elements_of(values))));
}

template <backend Where, class X>
auto sum_of_squares(const Where& where, const X& x) {
    const auto values = argument::input<Where>("sum_of_squares", "x", x);
    using T = typename decltype(values)::value_type;
    if (values.empty()) return T(0);
    const default_environment environment;
    return environment.here(canonical_nan<T>(where.reduce(plus_of_squares{}, elements_of(values))));
}

template <backend Where, class X, class Y>
auto dot(const Where& where, const X& x, const Y& y) {
    const auto values = argument::input<Where>("dot", "x", x);
    const auto others = argument::input<Where>("dot", "y", y);
    using T = typename decltype(values)::value_type;
    argument::check_same_kind<decltype(values), decltype(others)>();
    argument::require_equal("dot", "the size of y", others.size(), values.size(), "the size of x");
    if (values.empty()) return T(0);
    const default_environment environment;
    return environment.here(canonical_nan<T>(where.reduce(plus_of_products{}, elements_of(values, others))));
}

template <backend Where, class X>
auto mean(const Where& where, const X& x) {
    const auto values = argument::input<Where>("mean", "x", x);
    using T = typename decltype(values)::value_type;
    if (values.empty()) return std::numeric_limits<T>::quiet_NaN();
    const default_environment environment;
    return environment.here(
        canonical_nan<T>(where.reduce(plus{}, elements_of(values)) / static_cast<T>(values.size())));
}

template <backend Where, class X>
auto variance(const Where& where, const X& x, std::size_t ddof) {
    const auto values = argument::input<Where>("variance", "x", x);
    if (values.size() <= ddof) [[unlikely]]
        argument::refuse_ddof("variance", values.size(), ddof);
    const default_environment environment;
    return environment.here(argument::variance_of(where, values, ddof));
}

template <backend Where, class X>
auto standard_deviation(const Where& where, const X& x, std::size_t ddof) {
    const auto values = argument::input<Where>("standard_deviation", "x", x);
    using T = typename decltype(values)::value_type;
    if (values.size() <= ddof) [[unlikely]]
        argument::refuse_ddof("standard_deviation", values.size(), ddof);
    const default_environment environment;
    return environment.here(number<T>::sqrt(argument::variance_of(where, values, ddof)));
}

template <backend Where, class X>
auto minimum(const Where& where, const X& x) {
    const auto values = argument::input<Where>("minimum", "x", x);
    using T = typename decltype(values)::value_type;
    argument::require(!values.empty(), "minimum", "x is empty, must have at least one element");
    const default_environment environment;
    return environment.here(canonical_nan<T>(where.reduce(minimum_of{}, elements_of(values))));
}

template <backend Where, class X>
auto maximum(const Where& where, const X& x) {
    const auto values = argument::input<Where>("maximum", "x", x);
    using T = typename decltype(values)::value_type;
    argument::require(!values.empty(), "maximum", "x is empty, must have at least one element");
    const default_environment environment;
    return environment.here(canonical_nan<T>(where.reduce(maximum_of{}, elements_of(values))));
}

} // namespace lanes
