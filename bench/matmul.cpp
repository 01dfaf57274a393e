// bench/matmul.cpp: products of square matrices.
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

template <class T>
contest matmul(std::size_t n) {
    const auto memory = std::make_shared<matrices<T>>(
        matrices<T>{lanes::golden::elements<T>(lanes::golden::data::uniform, 21, n * n),
                    lanes::golden::elements<T>(lanes::golden::data::uniform, 22, n * n), lanes::array<T>(n * n)});
    const double row_flops = 2.0 * static_cast<double>(n) * static_cast<double>(n);
    const std::size_t rows = std::clamp<std::size_t>(static_cast<std::size_t>(slow_flops / row_flops), 1, n);
    const std::size_t skipped = (n - rows) * n; // elements before the last rows
    const auto multiply = [=](const auto& where, std::size_t from, std::size_t count) {
        const lanes::matrix_view<const T> a{memory->a.data() + from, count, n}, b{memory->b.data(), n, n};
        lanes::matmul(where, a, b, lanes::matrix_view<T>{memory->c.data() + from, count, n});
    };

    contest c{.pattern = "matmul",
              .kernel = "matmul",
              .type = type_name<T>,
              .elements = n,
              .unit = unit::flops,
              .result = std::span<T>(memory->c.data() + skipped, rows * n)};
    add_naive<T>(c, row_flops * static_cast<double>(rows), [=](auto naive) {
        naive.matmul(memory->a.data() + skipped, memory->b.data(), memory->c.data() + skipped, rows, n, n);
    });
    c.add("serial", role::backend, 1, row_flops * static_cast<double>(rows),
          [=] { multiply(lanes::serial, skipped, rows); });
    add_backends(
        c, row_flops * static_cast<double>(n), [=](const auto& where) { multiply(where, 0, n); }, "serial");
    c.reference = [=] { multiply(lanes::serial, skipped, rows); };
    add_fma_limits<T>(c);
    return c;
}

template contest matmul<float>(std::size_t n);
template contest matmul<double>(std::size_t n);

} // namespace bench
