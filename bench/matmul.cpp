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
    lanes::array<T> in_a, in_b, in_c;
    T *a, *b, *c;

    matrices(const matrix_shape& size, std::size_t skipped)
        : in_a(lanes::golden::elements<T>(lanes::golden::data::uniform, 21, skipped + size.m * size.k)),
          in_b(lanes::golden::elements<T>(lanes::golden::data::uniform, 22, skipped + size.k * size.n)),
          in_c(skipped + size.m * size.n), a(in_a.data() + skipped), b(in_b.data() + skipped),
          c(in_c.data() + skipped) {}
};

} // namespace

template <class Flags, class T>
contest matmul(const matrix_shape& size, std::size_t offset) {
    const auto [m, k, n] = size;
    const auto memory = std::make_shared<matrices<T>>(size, offset / sizeof(T));
    const double row_flops = 2.0 * static_cast<double>(k) * static_cast<double>(n);
    const std::size_t rows = std::clamp<std::size_t>(static_cast<std::size_t>(slow_flops / row_flops), 1, m);
    const std::size_t skipped = m - rows; // rows before the last ones
    const auto multiply = [memory, k = k, n = n](const auto& where, std::size_t first, std::size_t count) {
        const lanes::matrix_view<const T> a{memory->a + first * k, count, k}, b{memory->b, k, n};
        lanes::matmul(where, a, b, lanes::matrix_view<T>{memory->c + first * n, count, n});
    };
    const auto times = [](std::size_t count) { return std::to_string(count); };

    contest c{.pattern = "matmul",
              .kernel = size.is_square() ? "matmul" : "matmul " + times(m) + "x" + times(k) + "x" + times(n),
              .type = type_name<T>,
              .elements = size.is_square() ? n : m * n,
              .unit = unit::flops,
              .result = std::span<T>(memory->c + skipped * n, rows * n)};
    add_naive<T>(c, row_flops * static_cast<double>(rows), [memory, skipped, rows, k = k, n = n](auto naive) {
        naive.matmul(memory->a + skipped * k, memory->b, memory->c + skipped * n, rows, k, n);
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
                         function(memory->a, memory->b, memory->c, m, k, n, calls);
                     };
    });
    add_fma_limits<T>(c);
    return c;
}

template contest matmul<LANES_BENCH_FLAGS, float>(const matrix_shape& size, std::size_t offset);
template contest matmul<LANES_BENCH_FLAGS, double>(const matrix_shape& size, std::size_t offset);

} // namespace bench
