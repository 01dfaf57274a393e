// examples/price_option.cpp: a European option by Monte Carlo, with its error bar, beside the formula of Black and Scholes.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cmath>
#include <cstdio>

namespace {

double normal_distribution(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

/// The exact price of a call without dividends.
double black_scholes(const lanes::models::european_option& o) {
    const double sigma = o.volatility * std::sqrt(o.maturity);
    const double d1 = std::log(o.spot / o.strike) / sigma + o.rate * o.maturity / sigma + sigma / 2;
    return o.spot * normal_distribution(d1) -
           o.strike * std::exp(-o.rate * o.maturity) * normal_distribution(d1 - sigma);
}

} // namespace

int main() {
    const lanes::models::european_option call{
        .spot = 100, .strike = 105, .rate = 0.03, .volatility = 0.2, .maturity = 1.0};
    const double exact = black_scholes(call);
    std::printf("Black and Scholes  %.6f\n", exact);
    bool plausible = true;
    for (std::size_t samples : {10'000, 1'000'000, 10'000'000}) {
        // The seed decides the samples; the backend, the number of threads and the machine do not.
        const lanes::estimate price = lanes::monte_carlo(call, {.samples = samples, .seed = 42});
        std::printf("%8zu samples   %.6f +- %.6f (95 %%), off by %+.1f standard errors\n", price.samples, price.mean,
                    1.96 * price.standard_error, (price.mean - exact) / price.standard_error);
        plausible = plausible && std::abs(price.mean - exact) < 4 * price.standard_error;
    }
    return plausible ? 0 : 1;
}
