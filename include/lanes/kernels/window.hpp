// lanes/kernels/window.hpp: moving sums and averages.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/target.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace lanes {

// x, out: anything contiguous of float or double, which do not overlap; T is their element type, n the size of x. The
// backend may be left out, and so may `out`: then an array<T> is returned. No result depends on elements outside its
// window: nothing is ever subtracted, so a huge element, an infinity or a NaN is forgotten once it has left, and sums of
// non-negative elements are never negative. Error, with W the sum of |x| over the window and u = 2^-53 (double) or 2^-24
// (float): 6 u W for widths to 64, 14 u W to 4096, 22 u W to 262144, and 8 u W more for each further factor of 64; u of
// the result more for a mean; test "moving sums stay within their bound". Cost per element, at any width: one read and
// one write of memory (two reads where the window does not fit the cache).
// source: Maslen, Rockmore, arXiv 2509.00537 (2025), for the doubling and the prefix-suffix method

/// out[i] = x[i] + ... + x[i + width - 1]: the n - width + 1 full windows
/// throws std::invalid_argument if width is 0 or above n, the size of out is not n - width + 1, or out overlaps x
template <backend Where, class X, class Out>
void moving_sum(const Where& where, const X& x, Out&& out, std::size_t width);

/// out[i] = (x[i] + ... + x[i + width - 1]) / width; same arguments and errors.
template <backend Where, class X, class Out>
void moving_average(const Where& where, const X& x, Out&& out, std::size_t width);

/// out[i] = the mean of x[j - width + 1] ... x[j], as far as they exist, with j = i or, if centred, i + (width - 1) / 2;
/// NaN where these are fewer than min_periods. n values, as pandas' rolling(width, min_periods, center).mean() if
/// nan = nan_policy::skip: NaN and infinite elements then count as missing. By default they propagate.
/// throws std::invalid_argument if width is 0, min_periods > width, the size of out is not n, or out overlaps x
template <backend Where, class X, class Out>
void rolling_mean(const Where& where, const X& x, Out&& out, const rolling& windows);

// The same, returned.

template <backend Where, class X>
auto moving_sum(const Where& where, const X& x, std::size_t width);
template <backend Where, class X>
auto moving_average(const Where& where, const X& x, std::size_t width);
template <backend Where, class X>
auto rolling_mean(const Where& where, const X& x, const rolling& windows);

// The same without a backend: `automatic` chooses.

template <class X, class Out, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
void moving_sum(const X& x, Out&& out, std::size_t width) {
    lanes::moving_sum(backend_by_default<Where>, x, static_cast<Out&&>(out), width);
}
template <class X, class Out, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
void moving_average(const X& x, Out&& out, std::size_t width) {
    lanes::moving_average(backend_by_default<Where>, x, static_cast<Out&&>(out), width);
}
template <class X, class Out, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
void rolling_mean(const X& x, Out&& out, const rolling& windows) {
    lanes::rolling_mean(backend_by_default<Where>, x, static_cast<Out&&>(out), windows);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto moving_sum(const X& x, std::size_t width) {
    return lanes::moving_sum(backend_by_default<Where>, x, width);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto moving_average(const X& x, std::size_t width) {
    return lanes::moving_average(backend_by_default<Where>, x, width);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto rolling_mean(const X& x, const rolling& windows) {
    return lanes::rolling_mean(backend_by_default<Where>, x, windows);
}

// Called otherwise.

template <class Never = void>
auto moving_sum(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(sizeof(Never*) == 0, "lanes: moving_sum is called as moving_sum(x, out, width), or without out, with "
                                       "a backend before x if one is named");
}
template <class Never = void>
auto moving_average(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(sizeof(Never*) == 0, "lanes: moving_average is called as moving_average(x, out, width), or without "
                                       "out, with a backend before x if one is named");
}
template <class Never = void>
auto rolling_mean(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(sizeof(Never*) == 0, "lanes: rolling_mean is called as rolling_mean(x, out, {.width = 20}), or "
                                       "without out, with a backend before x if one is named");
}

inline namespace LANES_TARGET {
namespace argument {

[[noreturn, gnu::cold, gnu::noinline]] inline void
refuse_above(const char* function, const char* parameter, std::size_t value, std::size_t most, const char* meaning) {
    refuse(function, parameter, value, ("must be at most " + text(most) + " (" + meaning + ")").c_str());
}

[[gnu::always_inline]] inline void check_full_windows(const char* function, std::size_t width, std::size_t size) {
    require(width > 0, function, "width", width, "must be at least 1");
    if (width > size) [[unlikely]]
        refuse_above(function, "width", width, size, "the size of x");
}

[[gnu::always_inline]] inline void check_rolling(const rolling& windows) {
    require(windows.width > 0, "rolling_mean", "width", windows.width, "must be at least 1");
    require(windows.width <= widest_window, "rolling_mean", "width", windows.width, "must be at most 2^62");
    if (windows.min_periods > windows.width) [[unlikely]]
        refuse_above("rolling_mean", "min_periods", *windows.min_periods, windows.width, "width");
}

} // namespace argument
} // namespace LANES_TARGET

template <backend Where, class X, class Out>
void moving_sum(const Where& where, const X& x, Out&& out, std::size_t width) {
    const auto values = argument::input<Where>("moving_sum", "x", x);
    const auto results = argument::output<Where>("moving_sum", "out", out);
    argument::check_outlives<Out>();
    argument::check_same_kind<decltype(values), decltype(results)>();
    argument::check_full_windows("moving_sum", width, values.size());
    argument::require_equal("moving_sum", "the size of out", results.size(), values.size() - width + 1,
                            "the size of x - width + 1");
    argument::check_overlap("moving_sum", values, results, false);
    const default_environment environment;
    where.window(window_sum{width - 1}, width, values, results);
}

template <backend Where, class X, class Out>
void moving_average(const Where& where, const X& x, Out&& out, std::size_t width) {
    const auto values = argument::input<Where>("moving_average", "x", x);
    const auto results = argument::output<Where>("moving_average", "out", out);
    argument::check_outlives<Out>();
    argument::check_same_kind<decltype(values), decltype(results)>();
    argument::check_full_windows("moving_average", width, values.size());
    argument::require_equal("moving_average", "the size of out", results.size(), values.size() - width + 1,
                            "the size of x - width + 1");
    argument::check_overlap("moving_average", values, results, false);
    const default_environment environment;
    where.window(window_mean<nan_policy::propagate>{width - 1}, width, values, results);
}

template <backend Where, class X, class Out>
void rolling_mean(const Where& where, const X& x, Out&& out, const rolling& windows) {
    const auto values = argument::input<Where>("rolling_mean", "x", x);
    const auto results = argument::output<Where>("rolling_mean", "out", out);
    argument::check_outlives<Out>();
    argument::check_same_kind<decltype(values), decltype(results)>();
    argument::check_rolling(windows);
    argument::require_equal("rolling_mean", "the size of out", results.size(), values.size(), "the size of x");
    argument::check_overlap("rolling_mean", values, results, false);
    if (values.empty()) return;
    const std::size_t first = windows.center ? (windows.width - 1) / 2 : 0;
    const std::size_t least = std::max<std::size_t>(1, windows.min_periods.value_or(windows.width));
    const default_environment environment;
    if (windows.nan == nan_policy::skip)
        where.window(window_mean<nan_policy::skip>{first, least}, windows.width, values, results);
    else where.window(window_mean<nan_policy::propagate>{first, least}, windows.width, values, results);
}

template <backend Where, class X>
auto moving_sum(const Where& where, const X& x, std::size_t width) {
    const auto values = argument::input<Where>("moving_sum", "x", x);
    argument::check_full_windows("moving_sum", width, values.size());
    auto out = argument::array_beside(where, values, values.size() - width + 1);
    lanes::moving_sum(where, x, out, width);
    return out;
}

template <backend Where, class X>
auto moving_average(const Where& where, const X& x, std::size_t width) {
    const auto values = argument::input<Where>("moving_average", "x", x);
    argument::check_full_windows("moving_average", width, values.size());
    auto out = argument::array_beside(where, values, values.size() - width + 1);
    lanes::moving_average(where, x, out, width);
    return out;
}

template <backend Where, class X>
auto rolling_mean(const Where& where, const X& x, const rolling& windows) {
    const auto values = argument::input<Where>("rolling_mean", "x", x);
    argument::check_rolling(windows);
    auto out = argument::array_beside(where, values, values.size());
    lanes::rolling_mean(where, x, out, windows);
    return out;
}

} // namespace lanes
