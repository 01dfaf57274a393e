// tests/dispatch/every_kernel.cpp: every kernel on every backend, to be compiled with different flags and looked at.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <string>
#include <vector>

namespace {

struct own_model {
    double operator()(auto& draws) const { return draws.uniform() < 0.5 ? draws.normal() : 1; }
};
struct own_operation : lanes::addition {
    static constexpr std::size_t inputs = 1;
    template <class Value>
    static lanes::accumulators<Value, 1> step(lanes::accumulators<Value, 1> a, Value x) {
        return {lanes::fma(x, Value(0.5), a.first)};
    }
    template <class T>
    static T block(const auto& elements) {
        return elements.accumulate(own_operation{}).first;
    }
};

template <class T>
double arrays(const auto& where, const std::vector<T>& x, std::vector<T>& out) {
    lanes::ema(where, x, out, 0.1);
    lanes::ewm_mean(where, x, out, {.decay = lanes::decay::halflife(20), .ignore_na = x.size() % 2 == 1});
    lanes::rolling_mean(where, x, out, {.width = 70, .nan = lanes::nan_policy::skip});
    const lanes::array<T> averages = lanes::moving_average(where, x, 5);
    const lanes::matrix<T> square(9, 9), product = lanes::matmul(where, square, transposed(square), {.alpha = 2});
    return lanes::sum(where, x) + lanes::dot(where, x, out) + lanes::standard_deviation(where, x) +
           lanes::minimum(where, x) + averages[0] + product(8, 8) +
           where.reduce(own_operation{}, lanes::elements_of(std::span<const T>(x)));
}

double all(const auto& where, std::vector<double>& x) {
    const lanes::models::european_option call{.spot = 1, .strike = x[0], .rate = 0, .volatility = 1, .maturity = 1};
    return arrays<double>(where, x, x) + lanes::monte_carlo(where, lanes::models::pi{}, {}).mean +
           lanes::monte_carlo(where, call, {}).mean + lanes::monte_carlo(where, own_model{}, {}).mean;
}

} // namespace

// In no other file; the linker has to keep both.
#define LANES_TEST_NAME(target) every_kernel_##target
#define LANES_TEST_NAME_OF(target) LANES_TEST_NAME(target)
double LANES_TEST_NAME_OF(LANES_TARGET)(std::vector<double>& x, std::vector<float>& y) {
    return all(lanes::serial, x) + all(lanes::simd, x) + all(lanes::threads, x) + arrays<float>(lanes::serial, y, y) +
           static_cast<double>(lanes::verify().text.size()) +
           static_cast<double>(lanes::explain([&](auto where) { lanes::sum(where, x); }).size()) + lanes::isa()[0];
}
