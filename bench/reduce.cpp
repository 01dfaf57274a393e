// bench/reduce.cpp: the reductions.
// SPDX-License-Identifier: MIT
#include "kernels.hpp"

namespace bench {

template <class Flags, class T>
std::vector<array_kernel<T>> reductions() {
    using data = operands<T>;
    using peers = peer_kernels<T>;
    const auto reduction = [](const char* name, shape shape, auto call, auto loop,
                              typename peers::reduction peers::*other = nullptr) {
        return row<T>("reduce", name, shape, call, loop, other);
    };
    return {
        reduction(
            "sum", {}, [](const auto& where, const data& d) { return lanes::sum(where, d.x); },
            [](auto naive, const data& d) { return naive.sum(d.x.data(), d.x.size()); }, &peers::sum),
        reduction(
            "sum_of_squares", {}, [](const auto& where, const data& d) { return lanes::sum_of_squares(where, d.x); },
            [](auto naive, const data& d) { return naive.sum_of_squares(d.x.data(), d.x.size()); },
            &peers::sum_of_squares),
        reduction(
            "dot", {.reads = 2}, [](const auto& where, const data& d) { return lanes::dot(where, d.x, d.y); },
            [](auto naive, const data& d) { return naive.dot(d.x.data(), d.y.data(), d.x.size()); }, &peers::dot),
        reduction(
            "mean", {}, [](const auto& where, const data& d) { return lanes::mean(where, d.x); },
            [](auto naive, const data& d) { return naive.mean(d.x.data(), d.x.size()); }),
        reduction(
            "variance", {.least = 2}, [](const auto& where, const data& d) { return lanes::variance(where, d.x); },
            [](auto naive, const data& d) { return naive.variance(d.x.data(), d.x.size()); }),
        reduction(
            "standard_deviation", {.least = 2},
            [](const auto& where, const data& d) { return lanes::standard_deviation(where, d.x); },
            [](auto naive, const data& d) { return naive.standard_deviation(d.x.data(), d.x.size()); }),
        reduction(
            "minimum", {}, [](const auto& where, const data& d) { return lanes::minimum(where, d.x); },
            [](auto naive, const data& d) { return naive.minimum(d.x.data(), d.x.size()); }, &peers::minimum),
        reduction(
            "maximum", {}, [](const auto& where, const data& d) { return lanes::maximum(where, d.x); },
            [](auto naive, const data& d) { return naive.maximum(d.x.data(), d.x.size()); }, &peers::maximum),
    };
}

template std::vector<array_kernel<float>> reductions<LANES_BENCH_FLAGS, float>();
template std::vector<array_kernel<double>> reductions<LANES_BENCH_FLAGS, double>();

} // namespace bench
