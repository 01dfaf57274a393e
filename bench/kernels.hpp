// bench/kernels.hpp: the rows of the bench. A new kernel is one row in the file of its pattern.
// SPDX-License-Identifier: MIT
#pragma once

#include "contest.hpp"
#include "limits.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
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
    bool returned = false;  // what is written is a new array, and only its last value goes to out
    bool gaps = false;      // one in 20 values of x is missing (NaN)
};

template <class T>
inline constexpr const char* type_name = std::is_same_v<T, float> ? "float" : "double";

/// How far sums of n numbers up to 1 may be from each other; a plain loop loses about half an ulp of its sum with each.
template <class T>
double rounding(std::size_t n) {
    const double count = static_cast<double>(n);
    return 4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * count * std::sqrt(count);
}

template <class T>
struct array_kernel {
    std::string pattern, name;
    bench::shape shape;
    std::function<contest(operands<T>)> make; // with out of the right size

    std::size_t outputs(std::size_t n) const {
        return shape.writes == 0 || shape.returned ? 1 : n - (shape.window - 1);
    }
};

/// call(backend, operands) and loop(loops of naive.hpp, operands); those of a reduction return its value. `reduction`
/// is that of peers.
template <class T, class Call, class Loop>
array_kernel<T> row(std::string pattern, std::string name, shape shape, Call call, Loop loop,
                    typename peer_kernels<T>::reduction peer_kernels<T>::*reduction = nullptr) {
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
                if (reduction != nullptr)
                    add_peers(c, bytes, rounding<T>(data.x.size()), [=](const peer& other) {
                        const auto function = other.kernels<T>().*reduction;
                        return !function ? std::function<void(std::size_t)>() : [=](std::size_t calls) {
                            data.out[0] = function(data.x.data(), data.y.data(), data.x.size(), calls);
                        };
                    });
                if (shape.writes > 0 && !shape.returned)
                    add_copy_limits(c, std::as_bytes(data.x), std::as_writable_bytes(data.out));
                else if (shape.reads == 1)
                    add_read_limits(c, std::array{std::as_bytes(data.x).data()}, data.x.size_bytes());
                else
                    add_read_limits(c, std::array{std::as_bytes(data.x).data(), std::as_bytes(data.y).data()},
                                    data.x.size_bytes());
                return c;
            }};
}

// The files of rows are compiled with the flags of the bench (native_flags) and, for the columns of lanes::dispatch, once
// more with plain -O2 (plain_flags): the tags of naive.hpp keep the two apart here too.

template <class Flags, class T>
std::vector<array_kernel<T>> reductions();
template <class Flags, class T>
std::vector<array_kernel<T>> windows();
template <class Flags, class T>
std::vector<array_kernel<T>> recurrences();

/// The array kernels of all patterns.
template <class Flags, class T>
std::vector<array_kernel<T>> array_kernels() {
    std::vector<array_kernel<T>> all;
    for (auto rows : {reductions<Flags, T>(), windows<Flags, T>(), recurrences<Flags, T>()})
        all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

/// A matrix with m rows and k columns times one with k rows and n columns.
struct matrix_shape {
    std::size_t m, k, n;
    bool is_square() const { return m == k && k == n; }
};
/// Each matrix begins `offset` bytes behind the start of a cache line.
template <class Flags, class T>
contest matmul(const matrix_shape& size, std::size_t offset);

/// The models of Monte Carlo, by name.
inline const std::vector<std::string> models{"monte_carlo pi", "monte_carlo option", "philox bits"};
template <class Flags>
contest monte_carlo(const std::string& model, std::size_t samples);

} // namespace bench
