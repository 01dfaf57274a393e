// bench/naive.hpp: the loops that a competent programmer writes without a library. Includes nothing of lanes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace bench {

// naive.cpp is compiled twice, at -O3 with vectorisation left on; these tags keep the two apart.
struct plain_flags;  // for any processor of the family: -march=x86-64 on x86, no flag elsewhere
struct native_flags; // with the -march of the bench itself

/// Arrays are given as in C: first element and number of elements.
template <class Flags, class T>
struct naive {
    static T sum(const T* x, std::size_t n);
    static T sum_of_squares(const T* x, std::size_t n);
    static T dot(const T* x, const T* y, std::size_t n);
    static T mean(const T* x, std::size_t n);
    static T variance(const T* x, std::size_t n); // n - 1 in the denominator
    static T standard_deviation(const T* x, std::size_t n);
    static T minimum(const T* x, std::size_t n);
    static T maximum(const T* x, std::size_t n);

    static void moving_sum(const T* x, T* out, std::size_t n, std::size_t width);
    static void moving_average(const T* x, T* out, std::size_t n, std::size_t width);
    /// NaN is left out; NaN where fewer than min_periods values of a window are left.
    static void rolling_mean(const T* x, T* out, std::size_t n, std::size_t width, std::size_t min_periods);

    static void ema(const T* x, T* out, std::size_t n, T alpha);
    static void ewm_mean(const T* x, T* out, std::size_t n, T alpha); // adjust = true, ignore_na = false

    /// Row-major: c (m x n) = a (m x k) b (k x n).
    static void matmul(const T* a, const T* b, T* c, std::size_t m, std::size_t k, std::size_t n);

    static double pi(std::size_t samples, std::uint64_t seed);
    static double european_call(double spot, double strike, double rate, double volatility, double maturity,
                                std::size_t samples, std::uint64_t seed);
};

} // namespace bench
