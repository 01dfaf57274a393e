// bench/kernels.hpp: the rows of the bench. A new kernel is one row in the file of its pattern.
// SPDX-License-Identifier: MIT
#pragma once

#include "contest.hpp"
#include "limits.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace bench {

/// What array kernels work on: x and y of one size, `out` as large as x.
template <class T>
struct operands {
    std::span<const T> x, y;
    std::span<T> out;
};

/// How a kernel uses its arrays.
struct shape {
    std::size_t reads = 1;  // arrays read: x, or x and y
    std::size_t writes = 0; // arrays written: none for a reduction, whose value goes to out[0]
    std::size_t least = 1;  // elements that the kernel needs
    std::size_t window = 1; // out has this many elements less one fewer than x
};

template <class T>
inline constexpr const char* type_name = std::is_same_v<T, float> ? "float" : "double";

template <class T>
struct array_kernel {
    std::string pattern, name;
    bench::shape shape;
    std::function<contest(operands<T>)> make; // with out of the right size

    std::size_t outputs(std::size_t n) const { return shape.writes == 0 ? 1 : n - (shape.window - 1); }
};

/// call(backend, operands) and loop(loops of naive.hpp, operands); those of a reduction return its value.
template <class T, class Call, class Loop>
array_kernel<T> row(std::string pattern, std::string name, shape shape, Call call, Loop loop) {
    const auto stored = [](auto function, const auto& chosen, const operands<T>& data) {
        if constexpr (std::is_void_v<decltype(function(chosen, data))>) function(chosen, data);
        else data.out[0] = function(chosen, data);
    };
    return {pattern, name, shape, [=](operands<T> data) {
                contest c{.pattern = pattern,
                          .kernel = name,
                          .type = type_name<T>,
                          .elements = data.x.size(),
                          .unit = unit::bytes,
                          .result = data.out};
                const double bytes = static_cast<double>(data.x.size() * sizeof(T) * (shape.reads + shape.writes));
                add_naive<T>(c, bytes, [=](auto loops) { stored(loop, loops, data); });
                add_backends(c, bytes, [=](const auto& where) { stored(call, where, data); });
                if (shape.writes > 0) add_copy_limits(c, std::as_bytes(data.x), std::as_writable_bytes(data.out));
                else if (shape.reads == 1)
                    add_read_limits(c, std::array{std::as_bytes(data.x).data()}, data.x.size_bytes());
                else
                    add_read_limits(c, std::array{std::as_bytes(data.x).data(), std::as_bytes(data.y).data()},
                                    data.x.size_bytes());
                return c;
            }};
}

template <class T>
std::vector<array_kernel<T>> reductions();
template <class T>
std::vector<array_kernel<T>> windows();
template <class T>
std::vector<array_kernel<T>> recurrences();

/// The array kernels of all patterns.
template <class T>
std::vector<array_kernel<T>> array_kernels() {
    std::vector<array_kernel<T>> all;
    for (auto rows : {reductions<T>(), windows<T>(), recurrences<T>()}) all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

/// The product of two n x n matrices.
template <class T>
contest matmul(std::size_t n);

/// The models of Monte Carlo, by name.
extern const std::vector<std::string> models;
contest monte_carlo(const std::string& model, std::size_t samples);

} // namespace bench
