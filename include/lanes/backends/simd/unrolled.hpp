// lanes/backends/simd/unrolled.hpp: loops over the registers of an array, written out whatever the compiler's flags.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// Calls f(0), ..., f(count - 1) with constants, so that arrays of registers stay in registers: at -O2 g++ leaves loops
/// over eight of them as loops, and the arrays in memory.
template <std::size_t count, class F>
[[gnu::always_inline]] inline void unrolled(const F& f) {
    [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
        (f(std::integral_constant<std::size_t, i>{}), ...);
    }
    (std::make_index_sequence<count>());
}

/// The same where the arrays fit into the registers, and a loop where they do not: then they are better left in memory,
/// from where they are operands of the arithmetic, than spilled from registers one by one.
template <std::size_t count, bool fits, class F>
[[gnu::always_inline]] inline void unrolled_if(const F& f) {
    if constexpr (fits) unrolled<count>(f);
    else
        for (std::size_t i = 0; i < count; ++i) f(i);
}

} // namespace lanes
