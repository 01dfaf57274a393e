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
#if XSIMD_WITH_AVX2
    if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) return _mm256_shuffle_epi32(a, 0xb1);
    else
#endif
#if XSIMD_WITH_SSE2
        if constexpr (std::is_base_of_v<xsimd::sse2, Arch>)
        return _mm_shuffle_epi32(a, 0xb1);
    else
#endif
        return a << 32 | a >> 32;
}

#if XSIMD_WITH_AVX512F
// 512-bit arithmetic has two ports, and Philox has nothing but arithmetic. What only moves a half of each word is left to
// the unit that loads: it doubles either half on its way from memory. The empty assembly keeps the compiler from taking
// the register that was stored. (With 256 bits there are three ports, and this is slower.)

/// The upper half of each word of `a`, which lies in memory, in its lower half. The upper half of the result is of no
/// meaning.
template <class Arch>
xsimd::batch<std::uint64_t, Arch> loaded_upper_halves(xsimd::batch<std::uint64_t, Arch>& a) {
    asm("" : "+m"(a.data));
    return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(a)));
}

/// The upper 52 bits of the word (low half of product) : (high half of product ^ low half of previous ^ key), in the lower
/// bits of the result. Its upper 12 bits are of no meaning.
template <class Arch>
xsimd::batch<std::uint64_t, Arch> last_words(xsimd::batch<std::uint64_t, Arch> product,
                                             xsimd::batch<std::uint64_t, Arch> previous, std::uint64_t key) {
    asm("" : "+m"(previous.data));
    const __m512i low = _mm512_castps_si512(_mm512_moveldup_ps(_mm512_castsi512_ps(previous)));
    const __m512i keys = _mm512_set1_epi32(static_cast<int>(key));
    return _mm512_ror_epi64(_mm512_mask_ternarylogic_epi32(product, 0xaaaa, low, keys, 0x96), 44);
}
#endif

} // namespace lanes
