// tests/estimates.hpp: an option to price, and when two estimates are one.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/models.hpp>
#include <lanes/kernels/monte_carlo.hpp>
#include <lanes/verify/golden.hpp>

namespace {

const lanes::models::european_option call{.spot = 100, .strike = 105, .rate = 0.05, .volatility = 0.2, .maturity = 1};

inline bool same_bits(const lanes::estimate& a, const lanes::estimate& b) {
    using lanes::golden::bits;
    return bits(a.mean) == bits(b.mean) && bits(a.standard_error) == bits(b.standard_error) && a.samples == b.samples;
}

} // namespace
