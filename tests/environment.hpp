// tests/environment.hpp: the caller's floating-point environment changes no result, and a call leaves it alone.
// SPDX-License-Identifier: MIT
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <cfenv>

namespace {

/// `results` returns the bits of some calls.
void check_every_rounding_mode(const auto& results) {
    const auto to_nearest = results();
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        std::fesetround(mode);
        const auto in_mode = results();
        const int mode_after = std::fegetround();
        std::fesetround(FE_TONEAREST);
        CHECK(in_mode == to_nearest);
        CHECK(mode_after == mode);
    }
}

} // namespace
