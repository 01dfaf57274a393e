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

} // namespace lanes
