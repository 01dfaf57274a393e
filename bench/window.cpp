// bench/window.cpp: moving sums and averages, with windows below and above the 64 elements where the method changes.
// SPDX-License-Identifier: MIT
#include "kernels.hpp"

namespace bench {

template <class Flags, class T>
std::vector<array_kernel<T>> windows() {
    using data = operands<T>;
    const auto window = [](const char* name, std::size_t width, auto call, auto loop) {
        return row<T>(
            "window", name + (" w=" + std::to_string(width)), {.writes = 1, .least = width, .window = width},
            [=](const auto& where, const data& d) { call(where, d, width); },
            [=](auto naive, const data& d) { loop(naive, d, width); });
    };
    const auto average = [&](std::size_t width) {
        return window(
            "moving_average", width,
            [](const auto& where, const data& d, std::size_t w) { lanes::moving_average(where, d.x, d.out, w); },
            [](auto naive, const data& d, std::size_t w) {
                naive.moving_average(d.x.data(), d.out.data(), d.x.size(), w);
            });
    };
    const auto rolling = [](const char* name, bool gaps) {
        return row<T>(
            "window", name, {.writes = 1, .gaps = gaps},
            [](const auto& where, const data& d) {
                lanes::rolling_mean(where, d.x, d.out, {.width = 20, .min_periods = 5, .nan = lanes::nan_policy::skip});
            },
            [](auto naive, const data& d) { naive.rolling_mean(d.x.data(), d.out.data(), d.x.size(), 20, 5); });
    };
    return {
        window(
            "moving_sum", 20,
            [](const auto& where, const data& d, std::size_t w) { lanes::moving_sum(where, d.x, d.out, w); },
            [](auto naive, const data& d, std::size_t w) {
                naive.moving_sum(d.x.data(), d.out.data(), d.x.size(), w);
            }),
        average(5),
        average(20),
        average(200),
        average(2000),
        rolling("rolling_mean w=20", false),
        rolling("rolling_mean 5% nan", true),
    };
}

template std::vector<array_kernel<float>> windows<LANES_BENCH_FLAGS, float>();
template std::vector<array_kernel<double>> windows<LANES_BENCH_FLAGS, double>();

} // namespace bench
