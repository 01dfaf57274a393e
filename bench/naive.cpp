// bench/naive.cpp: the naive loops. Compiled once per tag with LANES_BENCH_FLAGS = plain_flags or native_flags.
// SPDX-License-Identifier: MIT
#include "naive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

// Everything is inlined, so that no function of the standard library is shared by the two objects and compiled with
// the flags of one of them only.
#define LANES_BENCH_FLATTEN __attribute__((flatten))

namespace bench {

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::sum(const T* x, std::size_t n) {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total += x[i];
    return total;
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::sum_of_squares(const T* x, std::size_t n) {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total += x[i] * x[i];
    return total;
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::dot(const T* x, const T* y, std::size_t n) {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total += x[i] * y[i];
    return total;
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::mean(const T* x, std::size_t n) {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total += x[i];
    return total / static_cast<T>(n);
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::variance(const T* x, std::size_t n) {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total += x[i];
    const T mean = total / static_cast<T>(n);
    T deviations = 0;
    for (std::size_t i = 0; i < n; ++i) deviations += (x[i] - mean) * (x[i] - mean);
    return deviations / static_cast<T>(n - 1);
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::standard_deviation(const T* x, std::size_t n) {
    return std::sqrt(variance(x, n));
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::minimum(const T* x, std::size_t n) {
    T least = x[0];
    for (std::size_t i = 1; i < n; ++i) least = std::min(least, x[i]);
    return least;
}

template <class Flags, class T>
LANES_BENCH_FLATTEN T naive<Flags, T>::maximum(const T* x, std::size_t n) {
    T most = x[0];
    for (std::size_t i = 1; i < n; ++i) most = std::max(most, x[i]);
    return most;
}

template <class Flags, class T>
LANES_BENCH_FLATTEN void naive<Flags, T>::moving_sum(const T* x, T* out, std::size_t n, std::size_t width) {
    T window = 0;
    for (std::size_t i = 0; i < width; ++i) window += x[i];
    out[0] = window;
    for (std::size_t i = width; i < n; ++i) {
        window += x[i] - x[i - width];
        out[i - width + 1] = window;
    }
}

template <class Flags, class T>
LANES_BENCH_FLATTEN void naive<Flags, T>::moving_average(const T* x, T* out, std::size_t n, std::size_t width) {
    const T count = static_cast<T>(width);
    T window = 0;
    for (std::size_t i = 0; i < width; ++i) window += x[i];
    out[0] = window / count;
    for (std::size_t i = width; i < n; ++i) {
        window += x[i] - x[i - width];
        out[i - width + 1] = window / count;
    }
}

template <class Flags, class T>
LANES_BENCH_FLATTEN void naive<Flags, T>::rolling_mean(const T* x, T* out, std::size_t n, std::size_t width,
                                                       std::size_t min_periods) {
    T window = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (!std::isnan(x[i])) {
            window += x[i];
            ++count;
        }
        if (i >= width && !std::isnan(x[i - width])) {
            window -= x[i - width];
            --count;
        }
        out[i] =
            count >= min_periods && count > 0 ? window / static_cast<T>(count) : std::numeric_limits<T>::quiet_NaN();
    }
}

template <class Flags, class T>
LANES_BENCH_FLATTEN void naive<Flags, T>::ema(const T* x, T* out, std::size_t n, T alpha) {
    T y = x[0];
    out[0] = y;
    for (std::size_t i = 1; i < n; ++i) {
        y = alpha * x[i] + (1 - alpha) * y;
        out[i] = y;
    }
}

// The loop of pandas' ewma (pandas/_libs/window/aggregations.pyx).
template <class Flags, class T>
LANES_BENCH_FLATTEN void naive<Flags, T>::ewm_mean(const T* x, T* out, std::size_t n, T alpha) {
    const T old_factor = 1 - alpha, new_weight = 1;
    T weighted = x[0], old_weight = 1;
    out[0] = weighted;
    for (std::size_t i = 1; i < n; ++i) {
        const T value = x[i];
        const bool observed = !std::isnan(value);
        if (!std::isnan(weighted)) {
            old_weight *= old_factor;
            if (observed) {
                if (weighted != value)
                    weighted = (old_weight * weighted + new_weight * value) / (old_weight + new_weight);
                old_weight += new_weight;
            }
        } else if (observed) {
            weighted = value;
        }
        out[i] = weighted;
    }
}

template <class Flags, class T>
LANES_BENCH_FLATTEN void naive<Flags, T>::matmul(const T* a, const T* b, T* __restrict c, std::size_t m, std::size_t k,
                                                 std::size_t n) {
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) c[i * n + j] = 0;
        for (std::size_t p = 0; p < k; ++p)
            for (std::size_t j = 0; j < n; ++j) c[i * n + j] += a[i * k + p] * b[p * n + j];
    }
}

template <class Flags, class T>
LANES_BENCH_FLATTEN double naive<Flags, T>::pi(std::size_t samples, std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < samples; ++i) {
        const double x = uniform(engine), y = uniform(engine);
        if (x * x + y * y <= 1) ++inside;
    }
    return 4 * static_cast<double>(inside) / static_cast<double>(samples);
}

template <class Flags, class T>
LANES_BENCH_FLATTEN double naive<Flags, T>::european_call(double spot, double strike, double rate, double volatility,
                                                          double maturity, std::size_t samples, std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    std::normal_distribution<double> normal;
    const double drift = (rate - volatility * volatility / 2) * maturity, deviation = volatility * std::sqrt(maturity);
    double payoffs = 0;
    for (std::size_t i = 0; i < samples; ++i)
        payoffs += std::max(spot * std::exp(drift + deviation * normal(engine)) - strike, 0.0);
    return std::exp(-rate * maturity) * payoffs / static_cast<double>(samples);
}

template struct naive<LANES_BENCH_FLAGS, float>;
template struct naive<LANES_BENCH_FLAGS, double>;

} // namespace bench
