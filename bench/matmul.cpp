// bench/matmul.cpp: products of matrices.
// SPDX-License-Identifier: MIT
#include "kernels.hpp"

#include <lanes/verify/golden.hpp>

#include <algorithm>
#include <memory>

namespace bench {
namespace {

/// Serial and the naive loops take many seconds for a large product; its last rows tell their speed (and, since a slice of a
/// product is the product of slices, the reference bits) in a fraction of that.
constexpr double slow_flops = 1e8;

template <class T>
struct matrices {
    lanes::array<T> a, b, c;
};

} // namespace

template <class Flags, class T>
contest matmul(const matrix_shape& size) {
    const auto [m, k, n] = size;
    const auto memory = std::make_shared<matrices<T>>(
        matrices<T>{lanes::golden::elements<T>(lanes::golden::data::uniform, 21, m * k),
                    lanes::golden::elements<T>(lanes::golden::data::uniform, 22, k * n), lanes::array<T>(m * n)});
    const double row_flops = 2.0 * static_cast<double>(k) * static_cast<double>(n);
    const std::size_t rows = std::clamp<std::size_t>(static_cast<std::size_t>(slow_flops / row_flops), 1, m);
    const std::size_t skipped = m - rows; // rows before the last ones
    const auto multiply = [memory, k = k, n = n](const auto& where, std::size_t first, std::size_t count) {
        const lanes::matrix_view<const T> a{memory->a.data() + first * k, count, k}, b{memory->b.data(), k, n};
        lanes::matmul(where, a, b, lanes::matrix_view<T>{memory->c.data() + first * n, count, n});
    };
    const auto times = [](std::size_t count) { return std::to_string(count); };

    contest c{.pattern = "matmul",
              .kernel = size.is_square() ? "matmul" : "matmul " + times(m) + "x" + times(k) + "x" + times(n),
              .type = type_name<T>,
              .elements = size.is_square() ? n : m * n,
              .unit = unit::flops,
              .result = std::span<T>(memory->c.data() + skipped * n, rows * n)};
    add_naive<T>(c, row_flops * static_cast<double>(rows), [memory, skipped, rows, k = k, n = n](auto naive) {
        naive.matmul(memory->a.data() + skipped * k, memory->b.data(), memory->c.data() + skipped * n, rows, k, n);
    });
    c.add("serial", role::backend, 1, row_flops * static_cast<double>(rows),
          [=] { multiply(lanes::serial, skipped, rows); });
    const double flops = row_flops * static_cast<double>(m);
    add_backends(
        c, flops, [multiply, m = m](const auto& where) { multiply(where, 0, m); }, "serial");
    c.reference = [=] { multiply(lanes::serial, skipped, rows); };
    add_peers(c, flops, rounding<T>(k), [&, m = m, k = k, n = n](const peer& other) {
        const auto& kernels = other.kernels<T>();
        return !kernels.matmul || std::max({m, k, n}) > kernels.largest_matrix
                   ? std::function<void(std::size_t)>()
                   : [memory, m, k, n, function = kernels.matmul](std::size_t calls) {
                         function(memory->a.data(), memory->b.data(), memory->c.data(), m, k, n, calls);
                     };
    });
    add_fma_limits<T>(c);
    return c;
}

template contest matmul<LANES_BENCH_FLAGS, float>(const matrix_shape& size);
template contest matmul<LANES_BENCH_FLAGS, double>(const matrix_shape& size);

} // namespace bench
