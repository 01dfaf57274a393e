// bench/monte_carlo.cpp: the built-in models of Monte Carlo, and the generator below them.
// SPDX-License-Identifier: MIT
#include "kernels.hpp"

#include <lanes/core/pack.hpp>
#include <lanes/core/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace bench {
namespace {

template <class Flags, class Model, class Loop, class Other>
contest model_row(const std::string& name, std::size_t samples, Model model, Loop loop, double deviation,
                  Other function_of) {
    const auto result = std::make_shared<std::array<double, 2>>(); // mean and standard error
    contest c{.pattern = "monte_carlo",
              .kernel = name,
              .type = type_name<double>,
              .elements = samples,
              .unit = unit::samples,
              .result = std::span<double>(*result),
              .peer_values = 1};
    const double n = static_cast<double>(samples);
    add_naive<double>(c, n, [=](auto naive) { (*result)[0] = loop(naive); });
    add_backends(c, n, [=](const auto& where) {
        const lanes::estimate found = lanes::monte_carlo(where, model, {.samples = samples, .seed = 42});
        *result = {found.mean, found.standard_error};
    });
    // Other numbers: both means are within some standard errors of the truth.
    add_peers(c, n, 8 * deviation / std::sqrt(n), [=](const peer& other) {
        const auto function = function_of(other);
        return !function ? std::function<void(std::size_t)>()
                         : [=](std::size_t calls) { (*result)[0] = function(calls); };
    });
    return c;
}

/// The generator alone, for which lanes has no kernel: the words of neighbouring paths, in an array in the cache.
template <class Value>
LANES_INLINES_CALLS void fill_with_words(std::span<double> out, const lanes::philox_keys& keys) {
    using N = lanes::number<Value>;
    using word = typename N::word;
    const auto joined = [](word high, word low) {
        return N::from_bits(N::template shift_left<32>(high) | (low & word(std::uint64_t{0xffffffff})));
    };
    const std::size_t half = out.size() / 2;
    for (std::size_t i = 0; i < half; i += N::width) {
        const word paths = word(static_cast<std::uint64_t>(i)) + N::lane_numbers();
        const auto words =
            lanes::philox<Value>(keys, {word(std::uint64_t{0}), word(std::uint64_t{0}), paths, word(std::uint64_t{0})});
        N::store(out.data() + i, joined(words[1], words[0]));
        N::store(out.data() + half + i, joined(words[3], words[2]));
    }
}

template <class Flags>
contest philox_row() {
    constexpr std::size_t size = 2048; // doubles' room: 16 KiB
    const auto out = std::make_shared<lanes::array<double>>(size);
    contest c{.pattern = "generator",
              .kernel = models[2],
              .type = "uint32",
              .elements = 2 * size,
              .unit = unit::bytes,
              .result = std::span<double>(*out),
              .peer_values = 0}; // peers order the words in another way
    using batch = xsimd::batch<double>;
    using Simd = lanes::pack<batch, std::max<std::size_t>(1, lanes::number<batch>::registers / 4)>;
    const auto fill = [=](auto value) { fill_with_words<decltype(value)>(*out, lanes::philox_keys(42)); };
    const double bytes = size * sizeof(double);
    c.add("serial", role::backend, 1, bytes, [=] { fill(double()); });
    c.add("simd", role::backend, 1, bytes, [=] { fill(Simd()); });
    add_peers(c, bytes, 1, [&](const peer& other) {
        return !other.philox ? std::function<void(std::size_t)>() : [=, function = other.philox](std::size_t calls) {
            function(reinterpret_cast<std::uint32_t*>(out->data()), 2 * size, 42, calls);
        };
    });
    c.reference = [=] { fill(double()); };
    return c;
}

} // namespace

template <class Flags>
contest monte_carlo(const std::string& model, std::size_t samples) {
    if (model == models[2]) return philox_row<Flags>();
    if (model == models[0])
        return model_row<Flags>(
            model, samples, lanes::models::pi{}, [=](auto naive) { return naive.pi(samples, 42); }, 1.65,
            [=](const peer& other) {
                return !other.pi ? std::function<double(std::size_t)>()
                                 : [=, function = other.pi](std::size_t calls) { return function(samples, 42, calls); };
            });
    const lanes::models::european_option call{
        .spot = 100, .strike = 105, .rate = 0.03, .volatility = 0.2, .maturity = 1};
    return model_row<Flags>(
        model, samples, call,
        [=](auto naive) {
            return naive.european_call(call.spot, call.strike, call.rate, call.volatility, call.maturity, samples, 42);
        },
        13,
        [=](const peer& other) {
            const call_option option{call.spot, call.strike, call.rate, call.volatility, call.maturity};
            return !other.european_call ? std::function<double(std::size_t)>()
                                        : [=, function = other.european_call](std::size_t calls) {
                                              return function(option, samples, 42, calls);
                                          };
        });
}

template contest monte_carlo<LANES_BENCH_FLAGS>(const std::string& model, std::size_t samples);

} // namespace bench
