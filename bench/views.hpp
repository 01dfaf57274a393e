// bench/views.hpp: the kernels and sizes of each view of the bench.
// SPDX-License-Identifier: MIT
#pragma once

#include "kernels.hpp"
#include "machine.hpp"
#include "options.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace bench {

inline work_size elements(std::size_t count) {
    return {std::to_string(count), 0, count};
}

/// Of the array kernels.
inline std::vector<work_size> array_sizes(const options& chosen) {
    if (chosen.elements != 0) return {elements(chosen.elements)};
    std::vector<std::size_t> counts;
    switch (chosen.view) {
    case view::table: {
        auto sizes = cache_sizes();
        std::erase_if(sizes, [&](const work_size& size) {
            const bool in_quick = size.label == "L2" || size.label == "L3";
            return chosen.size.empty() ? chosen.quick && !in_quick : chosen.size != size.label;
        });
        return sizes;
    }
    case view::peers:
        counts = {1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
        if (chosen.quick) counts = {10'000, 1'000'000};
        break;
    case view::dispatch:
        counts = {16, 10'000, 100'000, 1'000'000};
        if (chosen.quick) counts = {16, 10'000};
        break;
    case view::regret:
        counts = {100, 1'000, 10'000, 30'000, 100'000, 300'000, 1'000'000, 10'000'000};
        if (chosen.quick) counts = {100, 10'000, 100'000, 1'000'000};
        break;
    }
    std::vector<work_size> sizes;
    for (const std::size_t count : counts) sizes.push_back(elements(count));
    return sizes;
}

/// Whether a view shows an array kernel at n elements.
template <class T>
bool shows(const options& chosen, const array_kernel<T>& kernel, std::size_t n) {
    if (chosen.elements != 0) return true;
    const std::vector<std::string> of_regret{"sum", "variance",        "moving_average w=20", "moving_average w=2000",
                                             "ema", "ewm_mean span=20"};
    switch (chosen.view) {
    case view::regret:
        return sizeof(T) == 8 && std::find(of_regret.begin(), of_regret.end(), kernel.name) != of_regret.end();
    case view::dispatch: return !kernel.shape.returned;
    case view::peers:
        if (kernel.shape.returned) return n == 10'000'000;
        return kernel.pattern == "reduce" || n <= 10'000'000;
    case view::table: return !kernel.shape.returned || n >= 1'000'000;
    }
    return true;
}

/// A matrix product and its name among sizes.
struct named_shape {
    matrix_shape shape;
    std::string label;
};

inline std::vector<named_shape> matrix_shapes(const options& chosen) {
    const auto square = [](std::size_t n, const std::string& label) { return named_shape{{n, n, n}, label}; };
    std::vector<named_shape> shapes;
    if (chosen.elements != 0) return {square(chosen.elements, std::to_string(chosen.elements))};
    if (chosen.view == view::table) {
        for (const work_size& size : array_sizes(chosen))
            shapes.push_back(square(size.label == "L1"   ? 32
                                    : size.label == "L2" ? 256
                                    : size.label == "L3" ? 512
                                                         : 2048,
                                    size.label));
        return shapes;
    }
    std::vector<std::size_t> squares{4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048};
    if (chosen.view == view::peers && chosen.quick) squares = {4, 16, 64, 256, 1024};
    if (chosen.view == view::dispatch) squares = {4, 100, 256, 512};
    if (chosen.view == view::regret) squares = {8, 16, 32, 48, 64, 96, 128, 192, 256, 512};
    for (const std::size_t n : squares) shapes.push_back(square(n, std::to_string(n)));
    if (chosen.view != view::peers || chosen.quick) return shapes;
    for (const auto& [m, k, n] : {matrix_shape{64, 8192, 64}, matrix_shape{4096, 8, 4096}, matrix_shape{4096, 4096, 8},
                                  matrix_shape{1, 4096, 4096}, matrix_shape{4096, 4096, 1}})
        shapes.push_back({{m, k, n}, std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n)});
    return shapes;
}

/// Samples need no memory, so there are fewer sizes of them.
inline std::vector<std::size_t> sample_sizes(const options& chosen) {
    if (chosen.elements != 0) return chosen.elements == 1 ? std::vector<std::size_t>() : std::vector{chosen.elements};
    if (chosen.view == view::peers) return {chosen.quick ? std::size_t{1'000'000} : std::size_t{10'000'000}};
    std::vector<std::size_t> samples;
    for (const work_size& size : array_sizes(chosen)) {
        if (chosen.view != view::table) samples.push_back(size.elements);
        else if (size.label == "L2") samples.push_back(10'000);
        else if (size.label == "L3") samples.push_back(1'000'000);
    }
    return samples;
}

} // namespace bench
