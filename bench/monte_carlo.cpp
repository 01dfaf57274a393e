// bench/monte_carlo.cpp: the built-in models of Monte Carlo.
// SPDX-License-Identifier: MIT
#include "kernels.hpp"

#include <array>
#include <memory>

namespace bench {
namespace {

template <class Model, class Loop>
contest model_row(const std::string& name, std::size_t samples, Model model, Loop loop) {
    const auto result = std::make_shared<std::array<double, 2>>(); // mean and standard error
    contest c{.pattern = "monte_carlo",
              .kernel = name,
              .type = type_name<double>,
              .elements = samples,
              .unit = unit::samples,
              .result = std::span<double>(*result)};
    add_naive<double>(c, static_cast<double>(samples), [=](auto naive) { (*result)[0] = loop(naive); });
    add_backends(c, static_cast<double>(samples), [=](const auto& where) {
        const lanes::estimate found = lanes::monte_carlo(where, model, {.samples = samples, .seed = 42});
        *result = {found.mean, found.standard_error};
    });
    return c;
}

} // namespace

const std::vector<std::string> models{"monte_carlo pi", "monte_carlo option"};

contest monte_carlo(const std::string& model, std::size_t samples) {
    if (model == models[0])
        return model_row(model, samples, lanes::models::pi{}, [=](auto naive) { return naive.pi(samples, 42); });
    const lanes::models::european_option call{
        .spot = 100, .strike = 105, .rate = 0.03, .volatility = 0.2, .maturity = 1};
    return model_row(model, samples, call, [=](auto naive) {
        return naive.european_call(call.spot, call.strike, call.rate, call.volatility, call.maturity, samples, 42);
    });
}

} // namespace bench
