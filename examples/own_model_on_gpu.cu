// examples/own_model_on_gpu.cu: your own Monte Carlo models and your own reduction on a GPU. They need nvcc, which compiles
// them into kernels; it is called with -std=c++20 --expt-relaxed-constexpr, and the program links lanes::cuda.
// SPDX-License-Identifier: MIT
#include <cuda/monte_carlo.cuh>
#include <cuda/reduce.cuh>
#include <lanes/backends/serial.hpp>
#include <lanes/kernels/monte_carlo.hpp>
#include <lanes/kernels/reduce.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

/// As in own_model.cpp: a path draws until it is done. Its numbers are double, which nvcc and the compilers of CPUs may round
/// differently where a product feeds a sum; here are sums alone, so the bits are the CPU's. `constexpr` is what makes
/// nvcc compile it for both; __device__ would do for the GPU alone.
struct draws_to_exceed_one {
    constexpr double operator()(auto& draws) const {
        int number = 0;
        for (double sum = 0; sum <= 1; ++number) sum += draws.uniform();
        return number;
    }
};

/// Numbers that may be many paths on a CPU and are one on the GPU: the bits are the same on every target. What a model knows
/// it carries; of constants outside it may use single numbers, but not the elements of an array.
struct volume_of_ball {
    static constexpr bool wide = true;
    double radius;

    constexpr auto operator()(auto& draws) const {
        const auto x = draws.uniform(), y = draws.uniform(), z = draws.uniform();
        using Number = std::remove_const_t<decltype(x)>;
        const auto distance = lanes::fma(x, x, lanes::fma(y, y, z * z));
        const Number r(radius);
        return lanes::select(distance <= r * r, Number(8.0), Number(0.0));
    }
};

/// A reduction of your own: what an element does to an accumulator; how accumulators and blocks are joined is `addition`.
struct plus_of_magnitudes : lanes::addition {
    static constexpr std::size_t inputs = 1;
    template <class Value>
    static constexpr lanes::accumulators<Value, 1> step(lanes::accumulators<Value, 1> a, Value x) {
        return {a.first + lanes::max(x, -x)};
    }
    template <class T>
    static constexpr T block(const auto& elements) {
        return elements.accumulate(plus_of_magnitudes{}).first;
    }
};

int main() {
    if (const char* why = lanes::cuda.why_unavailable()) {
        std::printf("skipped: %s\n", why);
        return 77;
    }
    bool is_same = true;
    const auto show = [&](const char* what, double found, double on_cpu) {
        std::printf("%-24s %.17g, on the CPU %.17g\n", what, found, on_cpu);
        is_same = is_same && found == on_cpu;
    };
    const lanes::sampling some{.samples = 1'000'000, .seed = 7};
    show("e", lanes::monte_carlo(lanes::cuda, draws_to_exceed_one{}, some).mean,
         lanes::monte_carlo(lanes::serial, draws_to_exceed_one{}, some).mean);
    show("volume of the unit ball", lanes::monte_carlo(lanes::cuda, volume_of_ball{1}, some).mean,
         lanes::monte_carlo(lanes::serial, volume_of_ball{1}, some).mean);

    std::vector<double> x(1'000'000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
    const auto on_device = lanes::to_device(x);
    const lanes::device_source<double, 1> source{{on_device.data()}, on_device.size()};
    show("sum of magnitudes", lanes::cuda.reduce(plus_of_magnitudes{}, source),
         lanes::serial.reduce(plus_of_magnitudes{}, lanes::array_source<double, 1>{{x.data()}, x.size()}));
    return is_same ? 0 : 1;
}
