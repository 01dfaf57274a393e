// bench/peers/highway.cpp: Highway's Dot, one core.
// SPDX-License-Identifier: MIT
#include "peers.hpp"

#include <hwy/base.h>
#include <hwy/contrib/dot/dot-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bench {
namespace HWY_NAMESPACE {

template <class T>
peer_kernels<T> kernels() {
    const auto dot = [](const T* x, const T* y, std::size_t n, std::size_t calls) {
        const hwy::HWY_NAMESPACE::ScalableTag<T> tag;
        return repeated(calls, [&] { return hwy::HWY_NAMESPACE::Dot::Compute<0>(tag, x, y, n); });
    };
    return {
        .sum_of_squares = [dot](const T* x, const T*, std::size_t n, std::size_t calls) { return dot(x, x, n, calls); },
        .dot = dot};
}

} // namespace HWY_NAMESPACE

std::vector<peer> highway() {
    return {{.name = "highway",
             .version = std::to_string(HWY_MAJOR) + "." + std::to_string(HWY_MINOR) + "." + std::to_string(HWY_PATCH),
             .floats = HWY_NAMESPACE::kernels<float>(),
             .doubles = HWY_NAMESPACE::kernels<double>()}};
}

} // namespace bench
HWY_AFTER_NAMESPACE();
