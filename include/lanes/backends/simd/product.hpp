// lanes/backends/simd/product.hpp: the widening integer product, which xsimd does not offer.
// SPDX-License-Identifier: MIT
#pragma once

#include <xsimd/xsimd.hpp>

#include <cstdint>
#include <type_traits>

namespace lanes {

/// Lane by lane, the 64-bit product of the low 32-bit halves. The instruction ignores the high halves, so nothing has
/// to be masked off; where there is none, two masks and a full product do the same.
template <class Arch>
xsimd::batch<std::uint64_t, Arch> product_of_low_halves(xsimd::batch<std::uint64_t, Arch> a,
                                                        xsimd::batch<std::uint64_t, Arch> b) {
#if XSIMD_WITH_AVX512F
    if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) return _mm512_mul_epu32(a, b);
    else
#endif
#if XSIMD_WITH_AVX2
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>)
        return _mm256_mul_epu32(a, b);
    else
#endif
#if XSIMD_WITH_SSE2
        // AVX without AVX2 has 256-bit registers and no integer instructions for them.
        if constexpr (std::is_base_of_v<xsimd::sse2, Arch>) return _mm_mul_epu32(a, b);
        else
#endif
#if XSIMD_WITH_NEON64
            if constexpr (std::is_base_of_v<xsimd::neon64, Arch>)
            return vmull_u32(vmovn_u64(a), vmovn_u64(b));
        else
#endif
        {
            const xsimd::batch<std::uint64_t, Arch> low(0xffffffff);
            return (a & low) * (b & low);
        }
}

/// The 32-bit halves of each word exchanged.
template <class Arch>
xsimd::batch<std::uint64_t, Arch> swapped_halves(xsimd::batch<std::uint64_t, Arch> a) {
#if XSIMD_WITH_AVX512F
    if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) return _mm512_shuffle_epi32(a, _MM_PERM_CDAB);
    else
#endif
#if XSIMD_WITH_AVX2
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>)
        return _mm256_shuffle_epi32(a, 0xb1);
    else
#endif
#if XSIMD_WITH_SSE2
        if constexpr (std::is_base_of_v<xsimd::sse2, Arch>)
        return _mm_shuffle_epi32(a, 0xb1);
    else
#endif
        return a << 32 | a >> 32;
}

} // namespace lanes
