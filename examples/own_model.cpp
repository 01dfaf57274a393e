// examples/own_model.cpp: your own Monte Carlo models: one path by path, and one that runs in SIMD.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cmath>
#include <cstdio>

namespace {

/// How many uniform numbers must be added to exceed 1? On average e. A model is an object that returns the value of
/// one path; it may ask for as many random numbers as it likes. This one draws until it is done, path by path.
struct draws_to_exceed_one {
    double operator()(auto& draws) const {
        int number = 0;
        for (double sum = 0; sum <= 1; ++number) sum += draws.uniform();
        return number;
    }
};

void show(const char* what, lanes::estimate result, double exact) {
    std::printf("%-24s %.5f +- %.5f   exact %.5f\n", what, result.mean, 1.96 * result.standard_error, exact);
}

} // namespace

int main() {
    const auto e = lanes::monte_carlo(draws_to_exceed_one{}, {.samples = 1'000'000});
    show("e", e, std::exp(1.0));

    // lanes::wide promises that a model needs no `if` on a number: `auto` then stands for many paths at once, and lanes
    // runs them in SIMD. Write `lanes::select(condition, yes, no)` for a choice and `lanes::fma(a, b, c)` for a * b + c.
    const auto ball = lanes::wide([](auto& draws) {
        const auto x = draws.uniform(), y = draws.uniform(), z = draws.uniform();
        using Number = std::remove_const_t<decltype(x)>;
        const auto distance = lanes::fma(x, x, lanes::fma(y, y, z * z));
        return lanes::select(distance <= Number(1.0), Number(8.0), Number(0.0));
    });
    const auto volume = lanes::monte_carlo(ball, {.samples = 10'000'000, .seed = 7});
    show("volume of the unit ball", volume, 4.0 / 3 * std::acos(-1.0));

    // The largest of three normal numbers. Same seed, same samples: on every backend and every machine, to the last bit.
    const auto largest = lanes::wide([](auto& draws) {
        const auto a = draws.normal(), b = draws.normal(), c = draws.normal();
        return lanes::max(a, lanes::max(b, c));
    });
    const auto on_threads = lanes::monte_carlo(lanes::threads, largest, {.samples = 1'000'000});
    const auto on_one_lane = lanes::monte_carlo(lanes::serial, largest, {.samples = 1'000'000});
    show("largest of three normals", on_threads, 1.5 / std::sqrt(std::acos(-1.0)));
    return on_threads.mean == on_one_lane.mean ? 0 : 1;
}
