// lanes/kernels/recurrence.hpp: exponential moving averages.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/recurrence.hpp>
#include <lanes/core/target.hpp>

#include <algorithm>
#include <cstddef>

namespace lanes {

// x and out: anything contiguous of float or double, of the same size; T is their element type. The backend may be left
// out. u is 2^-53 (double) or 2^-24 (float), lambda = 1 - alpha. Averages are formed of x[t] - r, where r is the first
// value: a constant series stays exact, and an offset costs no digits. Loops over y[t-1] cannot run on several threads
// or lanes; these do (radix-8 scans in tiles of 4096), with the same bits whatever the number.

/// out[0] = x[0], out[t] = alpha x[t] + (1 - alpha) out[t-1], with alpha in (0, 1] rounded to T; out may be x.
/// NaN stays to the end, and what follows an infinity is not finite. alpha = 1 copies.
/// throws std::invalid_argument if alpha is not in (0, 1] or rounds to 0, the sizes differ, or out overlaps x in part
/// error: u |out[t]| + (34 + 2 min(n / 4096, 1 / (1 - lambda^4096))) u max |x[i] - x[0]|, whatever
///        alpha (the plain loop: up to u max |x[i]| / alpha); test "ema stays within its bound"
/// cost: about 6 flops, one read and one write of memory per value
/// source: Kogge, Stone, IEEE Trans. Comput. C-22 (1973) 786
template <backend Where, class X, class Out>
void ema(const Where& where, const X& x, Out&& out, double alpha);

/// The same as a new lanes::array<T>.
template <backend Where, class X>
auto ema(const Where& where, const X& x, double alpha);

/// How the weights of an exponentially weighted mean fade; pandas' names and defaults.
struct ewm {
    lanes::decay decay;          // decay::alpha, ::span, ::halflife or ::com
    bool adjust = true;          // divide by the sum of the weights; false: the recursion of `ema`
    bool ignore_na = false;      // missing rows do not age the values before them
    std::size_t min_periods = 0; // rows with fewer values so far are NaN (at least 1)
};

/// Exponentially weighted mean as pandas.Series(x).ewm(...).mean(): NaN and infinities are missing values, a missing
/// row repeats the mean before it, rows before the first value are NaN.
///   adjust       out[t] = sum_i lambda^i x[t-i] / sum_i lambda^i over the values so far
///   not adjust   out[t] = (w out[t-1] + alpha x[t]) / (w + alpha), w = lambda^g, g rows (or, with ignore_na, one) after
///                the value before; without missing values exactly `ema`
/// throws std::invalid_argument if alpha rounds to 0 in T, the sizes differ, or out overlaps x
/// error: that of `ema`, twice that with adjust; where rows are missing and (not adjust or ignore_na), 34 becomes
///        34 + 2 min(n, 1 / alpha), since lambda is rounded in every row; test "ewm_mean agrees with pandas' rule"
/// cost: as `ema`; twice that and a division with adjust; about three times where rows are missing
/// source: pandas/_libs/window/aggregations.pyx
template <backend Where, class X, class Out>
void ewm_mean(const Where& where, const X& x, Out&& out, const ewm& weights);

/// The same as a new lanes::array<T>.
template <backend Where, class X>
auto ewm_mean(const Where& where, const X& x, const ewm& weights);

// The same without a backend: `automatic` chooses.

template <class X, class Out, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
void ema(const X& x, Out&& out, double alpha) {
    lanes::ema(backend_by_default<Where>, x, static_cast<Out&&>(out), alpha);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto ema(const X& x, double alpha) {
    return lanes::ema(backend_by_default<Where>, x, alpha);
}
template <class X, class Out, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
void ewm_mean(const X& x, Out&& out, const ewm& weights) {
    lanes::ewm_mean(backend_by_default<Where>, x, static_cast<Out&&>(out), weights);
}
template <class X, class Where = typename default_backend<X>::type>
    requires(!backend<X>)
auto ewm_mean(const X& x, const ewm& weights) {
    return lanes::ewm_mean(backend_by_default<Where>, x, weights);
}

// Called otherwise.

template <class Never = void>
auto ema(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(
        sizeof(Never*) == 0,
        "lanes: ema is called as ema(x, out, alpha), or without out, with a backend before x if one is named");
}
template <class Never = void>
auto ewm_mean(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(sizeof(Never*) == 0,
                  "lanes: ewm_mean is called as ewm_mean(x, out, {.decay = lanes::decay::alpha(0.1)}), or without out, "
                  "with a backend before x if one is named");
}

inline namespace LANES_TARGET {
namespace argument {

/// alpha as T.
template <real T>
T weight(const char* function, double alpha) {
    require(alpha > 0 && alpha <= 1, function, "alpha", alpha, "must be in (0, 1]");
    require(static_cast<T>(alpha) > 0, function, "alpha", alpha, "must not round to 0 in float");
    return static_cast<T>(alpha);
}

} // namespace argument
} // namespace LANES_TARGET

template <backend Where, class X, class Out>
void ema(const Where& where, const X& x, Out&& out, double alpha) {
    const auto values = argument::input<Where>("ema", "x", x);
    const auto results = argument::output<Where>("ema", "out", out);
    argument::check_outlives<Out>();
    using T = typename decltype(results)::value_type;
    argument::check_same_kind<decltype(values), decltype(results)>();
    argument::require_equal("ema", "the size of out", results.size(), values.size(), "the size of x");
    argument::check_overlap("ema", values, results, true);
    const default_environment environment;
    const T weight = argument::weight<T>("ema", environment.here(alpha));
    if (weight < T(1)) where.recurrence(ema_step<T>{weight}, values, results);
    else if (values.data() == results.data()) return;
    else if constexpr (in_device_memory<X>) where.copy(values, results);
    else std::copy(values.begin(), values.end(), results.begin());
}

template <backend Where, class X>
auto ema(const Where& where, const X& x, double alpha) {
    const auto values = argument::input<Where>("ema", "x", x);
    using T = typename decltype(values)::value_type;
    argument::weight<T>("ema", alpha); // before memory is asked for
    auto out = argument::array_beside(where, values, values.size());
    lanes::ema(where, values, out, alpha);
    return out;
}

template <backend Where, class X, class Out>
void ewm_mean(const Where& where, const X& x, Out&& out, const ewm& weights) {
    const auto values = argument::input<Where>("ewm_mean", "x", x);
    const auto results = argument::output<Where>("ewm_mean", "out", out);
    argument::check_outlives<Out>();
    using T = typename decltype(results)::value_type;
    argument::check_same_kind<decltype(values), decltype(results)>();
    argument::require_equal("ewm_mean", "the size of out", results.size(), values.size(), "the size of x");
    argument::check_overlap("ewm_mean", values, results, false);
    const default_environment environment;
    const T weight = argument::weight<T>("ewm_mean", environment.here(weights.decay.alpha()));
    where.recurrence(ewm_step<T>{weight, weights.adjust, weights.ignore_na, weights.min_periods}, values, results);
}

template <backend Where, class X>
auto ewm_mean(const Where& where, const X& x, const ewm& weights) {
    const auto values = argument::input<Where>("ewm_mean", "x", x);
    auto out = argument::array_beside(where, values, values.size());
    lanes::ewm_mean(where, values, out, weights);
    return out;
}

} // namespace lanes
