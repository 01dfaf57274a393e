// dispatch/cpu.hpp: which instruction sets this CPU has and its operating system saves.
// SPDX-License-Identifier: MIT
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#endif

namespace lanes_dispatch {
namespace {

#if defined(__x86_64__)

/// The levels of x86-64: 1 (SSE2), 2 (SSE4.2), 3 (AVX2, FMA), 4 (AVX-512 F, BW, CD, DQ, VL); System V ABI, 3.1.1.
inline int level_of_cpu() {
    struct registers {
        std::uint32_t a = 0, b = 0, c = 0, d = 0;
    };
    const auto cpuid = [](std::uint32_t leaf) {
        registers r;
        __get_cpuid_count(leaf, 0, &r.a, &r.b, &r.c, &r.d); // zeros for leaves that are not there
        return r;
    };
    const auto all = [](std::uint32_t word, auto... bits) { return ((word >> bits & 1) & ...) != 0; };
    const std::uint32_t basic = cpuid(1).c, extended = cpuid(7).b, further = cpuid(0x80000001).c;

    if (!all(basic, 0, 9, 13, 19, 20, 23) || !all(further, 0)) return 1; // SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT, LAHF
    // The registers that the operating system saves when it takes the core away; OSXSAVE tells whether one may ask.
    std::uint64_t saved = 0;
    if (all(basic, 27)) {
        std::uint32_t low, high;
        asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        saved = std::uint64_t{high} << 32 | low;
    }
    constexpr std::uint64_t xmm_ymm = 0x6, opmask_zmm = 0xe0;
    if (!all(basic, 12, 22, 28, 29) || !all(extended, 3, 5, 8) || !all(further, 5)) return 2; // FMA MOVBE AVX F16C, ...
    if ((saved & xmm_ymm) != xmm_ymm) return 2;
    if (!all(extended, 16, 17, 28, 30, 31) || (saved & opmask_zmm) != opmask_zmm) return 3; // F DQ CD BW VL
    return 4;
}

#endif

} // namespace
} // namespace lanes_dispatch
