// lanes/verify/monte_carlo.hpp: golden bits of the random numbers and of Monte Carlo.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/elementary.hpp>
#include <lanes/core/random.hpp>
#include <lanes/core/target.hpp>
#include <lanes/kernels/monte_carlo.hpp>
#include <lanes/verify/golden.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lanes::models {

/// Every elementary function once, and an odd number of draws.
struct every_function {
    static constexpr bool wide = true, in_cuda_library = true;
    constexpr auto operator()(auto& draws) const {
        const auto [sine, cosine] = lanes::sincos_2pi(draws.uniform());
        const auto logarithm = lanes::log(draws.uniform());
        const auto power = lanes::exp(draws.normal());
        return lanes::fma(sine, logarithm, lanes::fma(cosine, power, lanes::sqrt(power)));
    }
};

} // namespace lanes::models

namespace lanes::inline LANES_TARGET::golden {

/// Words of block `block` of a path, with seed 0x0123456789abcdef and stream 3.
struct philox_row {
    std::uint64_t path, block;
    std::array<std::uint64_t, 4> words;
};

inline constexpr philox_row philox_rows[] = {
    {0, 0, {0x624ccbe0, 0x1b28ce63, 0xeda4d76f, 0x60b429c5}},
    {0, 1, {0x003497a0, 0x46761f7f, 0x9d5c6123, 0x082e6fb1}},
    {0, 7, {0x2b892e56, 0x3464376f, 0x8d9ce60e, 0xc493fd4a}},
    {1, 0, {0x871356fb, 0x5223ed1c, 0xb3b57f3c, 0x2a72052d}},
    {1, 1, {0x6d48f7bd, 0xfcc0db6d, 0xab24a82c, 0xb51028cd}},
    {1, 7, {0xdca1b41c, 0x41bc1c02, 0x7390eae7, 0x1a90fa1c}},
    {1099511627779, 1, {0xd1a1abb5, 0x0138ec41, 0x605ab943, 0x40fe4963}},
    {1099511627779, 7, {0x2daa672c, 0xc54a5036, 0xa461a8d1, 0x4ba340ff}},
};

/// The uniform number of two words.
struct uniform_row {
    std::uint64_t low, high;
    double value;
};

inline constexpr uniform_row uniform_rows[] = {
    {0x00000000, 0x00000000, 0x1p-53}, {0xffffffff, 0xffffffff, 0x1.fffffffffffffp-1},
    {0x00000001, 0x00000000, 0x1p-53}, {0x00001000, 0x00000000, 0x1.8p-52},
    {0x00000fff, 0x00000000, 0x1p-53}, {0x00000000, 0x80000000, 0x1.0000000000001p-1},
};

/// visit(name, expected bits, bits that `where` returns) for every row.
template <class Where, class Visit>
void monte_carlo(const Where& where, Visit visit) {
    for (const philox_row& row : philox_rows) {
        const auto words =
            philox<double>(philox_keys(0x0123456789abcdef), {row.block, 3, row.path & 0xffffffff, row.path >> 32});
        for (std::size_t w = 0; w < 4; ++w)
            visit("philox path " + std::to_string(row.path) + " block " + std::to_string(row.block) + " word " +
                      std::to_string(w),
                  row.words[w], words[w] & 0xffffffff);
    }
    for (const uniform_row& row : uniform_rows)
        visit("uniform of " + std::to_string(row.high) + ":" + std::to_string(row.low), bits(row.value),
              bits(uniform_of_words<double>(row.high, row.low)));

    const auto run = [&](const std::string& name, const auto& model, sampling options, std::uint64_t mean,
                         std::uint64_t standard_error) {
        const estimate result = lanes::monte_carlo(where, model, options);
        const std::string suffix = " of " + name + " n = " + std::to_string(options.samples);
        visit("mean" + suffix, mean, bits(result.mean));
        visit("standard error" + suffix, standard_error, bits(result.standard_error));
    };
    const models::pi pi;
    run("pi", pi, {.samples = 2, .seed = 7}, 0x4010000000000000, 0);
    run("pi", pi, {.samples = 1000, .seed = 7}, 0x40093f7ced916873, 0x3faa701a2463b0f0);
    run("pi", pi, {.samples = 1025, .seed = 7}, 0x400911bb911bb912, 0x3faa5cdbd2085372);
    run("pi", pi, {.samples = 3000, .seed = 0x0123456789abcdef, .stream = 0xffffffff}, 0x40096872b020c49c,
        0x3f9e3fd3410e0479);
    const models::european_option call{.spot = 100, .strike = 105, .rate = 0.05, .volatility = 0.2, .maturity = 1};
    run("call", call, {.samples = 2, .seed = 7}, 0x40189d77e212e23c, 0x40189d77e212e23c);
    run("call", call, {.samples = 1000, .seed = 7}, 0x40216d78c36835a6, 0x3fdc24aa2c22d2c8);
    run("call", call, {.samples = 1025, .seed = 7}, 0x402152db090f85b1, 0x3fdb9f2c4e9792ea);
    const models::european_option put{.spot = 80,
                                      .strike = 100,
                                      .rate = -0.01,
                                      .volatility = 0.35,
                                      .maturity = 2.5,
                                      .kind = option::put,
                                      .dividend_yield = 0.03};
    run("put", put, {.samples = 3000, .seed = 0x0123456789abcdef, .stream = 3}, 0x40423fdf90033914, 0x3fdf2ce871276469);
    run("every function", models::every_function{}, {.samples = 2100, .seed = 99, .stream = 5}, 0x3ff27cda07b43fc0,
        0x3fa6dd02d2fc945d);
}

} // namespace lanes::inline LANES_TARGET::golden
