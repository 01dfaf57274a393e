// lanes/core/models.hpp: what a Monte Carlo model is, and the ones that come with lanes.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/elementary.hpp>
#include <lanes/core/number.hpp>

#include <cmath>
#include <cstddef>
#include <type_traits>

namespace lanes {

// A model is an object with `auto operator()(auto& draws) const`. It may also have check(function), which throws if its
// parameters make no sense, and prepared(), an object that is called in its place and keeps what all paths share.

/// A model that works on SIMD batches too.
template <class Model>
struct wide_model {
    static constexpr bool wide = true;
    Model model;
    constexpr auto operator()(auto& draws) const { return model(draws); }
};
template <class Model>
concept is_wide_model = requires {
    requires Model::wide;
};
template <class Model>
inline constexpr bool is_wide = is_wide_model<Model>;

/// States that `model` works on numbers that stand for many paths: it uses + - * / and lanes::fma, select, max, min,
/// sqrt, exp, log and the like, but neither `if` on a number nor functions of <cmath>. It then runs in SIMD.
template <class Model>
constexpr auto wide(Model model) {
    if constexpr (is_wide<Model>) return model;
    else return wide_model<Model>{model};
}

/// Cost of a path in elements read from memory (see core/source.hpp); 0, unknown, unless the model says.
template <class Model>
inline constexpr std::size_t model_weight = 0;
template <class Model>
    requires requires {
        Model::weight;
    }
inline constexpr std::size_t model_weight<Model> = Model::weight;

enum class option { call, put };

namespace models {

/// 4 if a random point of the unit square lies in the quarter disc, otherwise 0: its mean is pi.
struct pi {
    static constexpr bool wide = true, in_cuda_library = true;
    static constexpr std::size_t weight = 5; // 1.3 ns with AVX-512
    static constexpr double hit = 4;
    constexpr auto operator()(auto& draws) const {
        const auto x = draws.uniform(), y = draws.uniform();
        using Value = std::remove_const_t<decltype(x)>;
        return lanes::select(lanes::fma(x, x, y * y) <= Value(1.0), Value(hit), Value(0.0));
    }
};

/// discount max(+-(spot growth - strike), 0): what is a path of the price worth to the holder of the option.
struct european_option_paths {
    static constexpr bool wide = true, in_cuda_library = true;
    static constexpr std::size_t weight = 11; // 3.2 ns with AVX-512
    double spot, minus_strike;                // both with the sign of the payoff
    double volatility, drift;                 // of log growth until maturity
    double discount;
    constexpr auto operator()(auto& draws) const {
        const auto z = draws.normal();
        using Value = std::remove_const_t<decltype(z)>;
        const Value growth = lanes::exp(lanes::fma(Value(volatility), z, Value(drift)));
        const Value gain = lanes::fma(Value(spot), growth, Value(minus_strike));
        return Value(discount) * lanes::positive_part(gain);
    }
};

/// A European call or put on a share whose price follows geometric Brownian motion (Black and Scholes). rate,
/// dividend_yield and volatility are per unit of time, continuously compounded, maturity is in that unit: a rate of 5 %
/// a year is 0.05, three months are 0.25.
struct european_option {
    double spot, strike, rate, volatility, maturity;
    option kind = option::call;
    double dividend_yield = 0;

    [[gnu::always_inline]] void check(const char* function) const {
        const auto finite = [&](const char* name, double value) {
            argument::require(std::isfinite(value), function, name, value, "must be finite");
        };
        finite("spot", spot);
        finite("strike", strike);
        finite("rate", rate);
        finite("volatility", volatility);
        finite("maturity", maturity);
        finite("dividend_yield", dividend_yield);
        argument::require(spot > 0, function, "spot", spot, "must be positive");
        argument::require(strike >= 0, function, "strike", strike, "must not be negative");
        argument::require(volatility >= 0, function, "volatility", volatility, "must not be negative");
        argument::require(maturity >= 0, function, "maturity", maturity, "must not be negative");
    }

    /// What does not change from path to path.
    [[gnu::always_inline]] european_option_paths prepared() const {
        const double sign = kind == option::call ? 1 : -1;
        const double drift = number<double>::fma(-0.5 * volatility, volatility, rate - dividend_yield) * maturity;
        return {sign * spot, -sign * strike, volatility * number<double>::sqrt(maturity), drift,
                lanes::exp(-rate * maturity)};
    }

    constexpr auto operator()(auto& draws) const { return prepared()(draws); }
};

} // namespace models
} // namespace lanes
