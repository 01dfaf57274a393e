// bench/recurrence.cpp: exponential moving averages.
// SPDX-License-Identifier: MIT
#include "kernels.hpp"

#include <vector>

namespace bench {

template <class Flags, class T>
std::vector<array_kernel<T>> recurrences() {
    using data = operands<T>;
    const auto weighted = [](const char* name, bool gaps) {
        return row<T>(
            "recurrence", name, {.writes = 1, .gaps = gaps},
            [](const auto& where, const data& d) {
                lanes::ewm_mean(where, d.x, d.out, {.decay = lanes::decay::span(20)});
            },
            [](auto naive, const data& d) { naive.ewm_mean(d.x.data(), d.out.data(), d.x.size(), T(2.0 / 21)); });
    };
    return {
        row<T>(
            "recurrence", "ema", {.writes = 1},
            [](const auto& where, const data& d) { lanes::ema(where, d.x, d.out, 0.1); },
            [](auto naive, const data& d) { naive.ema(d.x.data(), d.out.data(), d.x.size(), T(0.1)); }),
        row<T>(
            "recurrence", "ema returned", {.writes = 1, .returned = true},
            [](const auto& where, const data& d) {
                const auto smooth = lanes::ema(where, d.x, 0.1);
                d.out[0] = smooth[smooth.size() - 1];
            },
            [](auto naive, const data& d) {
                std::vector<T> smooth(d.x.size());
                naive.ema(d.x.data(), smooth.data(), d.x.size(), T(0.1));
                d.out[0] = smooth.back();
            }),
        weighted("ewm_mean span=20", false),
        weighted("ewm_mean 5% nan", true),
    };
}

template std::vector<array_kernel<float>> recurrences<LANES_BENCH_FLAGS, float>();
template std::vector<array_kernel<double>> recurrences<LANES_BENCH_FLAGS, double>();

} // namespace bench
