// bench/peers/standard.cpp: the parallel algorithms of the standard library: unseq on one core, par_unseq on all.
// SPDX-License-Identifier: MIT
#include "peers.hpp"

#include <algorithm>
#include <execution>
#include <functional>
#include <numeric>

namespace bench {
namespace {

template <class T, class Policy>
peer_kernels<T> kernels(const Policy& policy) {
    const auto dot = [&policy](const T* x, const T* y, std::size_t n, std::size_t calls) {
        return repeated(calls, [&] { return std::transform_reduce(policy, x, x + n, y, T(0)); });
    };
    return {
        .sum = [&policy](const T* x, const T*, std::size_t n,
                         std::size_t calls) { return repeated(calls, [&] { return std::reduce(policy, x, x + n); }); },
        .sum_of_squares =
            [&policy](const T* x, const T*, std::size_t n, std::size_t calls) {
                return repeated(calls, [&] {
                    return std::transform_reduce(policy, x, x + n, T(0), std::plus<>(),
                                                 [](T value) { return value * value; });
                });
            },
        .dot = dot,
        .minimum =
            [&policy](const T* x, const T*, std::size_t n, std::size_t calls) {
                return repeated(calls, [&] { return *std::min_element(policy, x, x + n); });
            },
        .maximum =
            [&policy](const T* x, const T*, std::size_t n, std::size_t calls) {
                return repeated(calls, [&] { return *std::max_element(policy, x, x + n); });
            }};
}

template <class Policy>
peer column(const char* name, std::size_t cores, const Policy& policy) {
    return {.name = name,
            .version = "of the compiler",
            .cores = cores,
            .floats = kernels<float>(policy),
            .doubles = kernels<double>(policy)};
}

} // namespace

std::vector<peer> standard(std::size_t cores) {
    std::vector<peer> columns{column("std unseq", 1, std::execution::unseq)};
    if (cores > 1) columns.push_back(column("std par_unseq", cores, std::execution::par_unseq));
    return columns;
}

} // namespace bench
