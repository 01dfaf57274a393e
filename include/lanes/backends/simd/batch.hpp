// lanes/backends/simd/batch.hpp: what lanes needs of a number, for the batches of xsimd.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/ends.hpp>
#include <lanes/backends/simd/fma.hpp>
#include <lanes/backends/simd/instruction_set.hpp>
#include <lanes/backends/simd/product.hpp>
#include <lanes/core/number.hpp>

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace lanes {

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push // GCC 12 warns of its own AVX-512 intrinsics (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

template <real T, class Arch>
struct number<xsimd::batch<T, Arch>> : register_ends<T, Arch> {
    using scalar = T;
    using batch = xsimd::batch<T, Arch>;
    using mask = xsimd::batch_bool<T, Arch>;
    using word = xsimd::batch<xsimd::as_unsigned_integer_t<T>, Arch>;
    static constexpr std::size_t width = batch::size;
    static constexpr std::size_t registers = has_32_registers<Arch>::value ? 32 : 16;

    static batch load(const T* from) { return batch::load_unaligned(from); }
    static void store(T* to, batch value) { value.store_unaligned(to); }
    /// a, just loaded and used twice: g++ would rather read it twice too.
    static batch read_once(batch a) {
#if defined(__x86_64__) && !defined(__clang__)
        if constexpr (is_x86<Arch>) asm("" : "+v"(a.data));
#endif
        return a;
    }
    /// a * b where a sum may come next, in a caller's code too: no compiler fuses the two.
    static batch product(batch a, batch b) {
        batch rounded = a * b;
#if defined(__x86_64__)
        if constexpr (is_x86<Arch>) asm("" : "+v"(rounded.data));
        else
#elif defined(__aarch64__)
        asm("" : "+w"(rounded.data));
        if constexpr (false)
#endif
            asm("" : "+m"(rounded.data));
        return rounded;
    }

    static batch fma(batch a, batch b, batch c) {
        return fused_sum(a, b, c);
    }
    /// a b - c, rounded once, where that is an instruction.
    static batch fms(batch a, batch b, batch c) requires has_fma<Arch>::value {
        return fused_difference(a, b, c);
    }
    // Of float on AArch64 xsimd divides and takes roots by refined estimates, not by the instructions that round.
    static batch quotient(batch a, batch b) {
#if XSIMD_WITH_NEON64
        if constexpr (std::is_base_of_v<xsimd::neon64, Arch> && sizeof(T) == 4) return vdivq_f32(a, b);
        else
#endif
            return a / b;
    }
    static batch sqrt(batch a) {
#if XSIMD_WITH_NEON64
        if constexpr (std::is_base_of_v<xsimd::neon64, Arch> && sizeof(T) == 4) return vsqrtq_f32(a);
        else
#endif
            return xsimd::sqrt(a);
    }
    static batch select(mask condition, batch yes, batch no) {
        return xsimd::select(condition, yes, no);
    }
    static mask is_nan(batch a) {
        return a != a;
    }
    static batch least(batch a, batch b) {
        return xsimd::min(a, b);
    }
    static batch greatest(batch a, batch b) {
        return xsimd::max(a, b);
    }
    /// True where `known` is and neither x nor y is NaN.
    static mask ordered(mask known, batch x, batch y) {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
            if constexpr (sizeof(T) == 8) return _mm512_mask_cmp_pd_mask(known.data, x, y, _CMP_ORD_Q);
            else return _mm512_mask_cmp_ps_mask(known.data, x, y, _CMP_ORD_Q);
        }
#endif
#if defined(__AVX__)
        if constexpr (std::is_base_of_v<xsimd::avx, Arch>) {
            if constexpr (sizeof(T) == 8) return known & mask(_mm256_cmp_pd(x, y, _CMP_ORD_Q));
            else return known & mask(_mm256_cmp_ps(x, y, _CMP_ORD_Q));
        }
#endif
#if defined(__SSE2__)
        if constexpr (std::is_base_of_v<xsimd::sse2, Arch>) {
            if constexpr (sizeof(T) == 8) return known & mask(_mm_cmpord_pd(x, y));
            else return known & mask(_mm_cmpord_ps(x, y));
        }
#endif
        return known & ((x == x) & (y == y));
    }
    /// a > b ? a : b and a < b ? a : b, which is what x86 has as one instruction.
    static batch max(batch a, batch b) {
        if constexpr (is_x86<Arch>) return xsimd::max(a, b);
        else return select(a > b, a, b);
    }
    static batch min(batch a, batch b) {
        if constexpr (is_x86<Arch>) return xsimd::min(a, b);
        else return select(a < b, a, b);
    }
#if XSIMD_WITH_AVX512F
    /// a 2^k for whole k, rounded once; floor(log2 a) for normal positive a. Only where they are one instruction.
    static batch scaled(batch a, batch k) requires std::is_base_of_v<xsimd::avx512f, Arch> {
        if constexpr (sizeof(T) == 8) return _mm512_scalef_pd(a, k);
        else return _mm512_scalef_ps(a, k);
    }
    static batch exponent(batch a) requires std::is_base_of_v<xsimd::avx512f, Arch> {
        if constexpr (sizeof(T) == 8) return _mm512_getexp_pd(a);
        else return _mm512_getexp_ps(a);
    }
#endif
#if defined(__AVX512DQ__)
    static mask is_subnormal_or_infinite(batch a) requires std::is_base_of_v<xsimd::avx512dq, Arch> {
        constexpr int infinity = 0x08, minus_infinity = 0x10, subnormal = 0x20,
                      all = infinity | minus_infinity | subnormal;
        if constexpr (sizeof(T) == 8) return _mm512_fpclass_pd_mask(a, all);
        else return _mm512_fpclass_ps_mask(a, all);
    }
#endif
    static bool any(mask condition) {
        return xsimd::any(condition);
    }

    static word bits(batch a) {
        return xsimd::bitwise_cast<typename word::value_type>(a);
    }
    static batch from_bits(word a) {
        return xsimd::bitwise_cast<T>(a);
    }
    template <int count>
    static word shift_left(word a) {
        return a << count;
    }
    template <int count>
    static word shift_right(word a) {
        return a >> count;
    }
    /// l in lane l
    static word lane_numbers() {
        return []<std::size_t... l>(std::index_sequence<l...>) {
            return word(static_cast<typename word::value_type>(l)...);
        }
        (std::make_index_sequence<width>());
    }
    /// The halves of each 64-bit word exchanged, where that is one instruction.
    static word halves_swapped(word a) requires(sizeof(T) == 8 && is_x86<Arch> &&
                                                !std::is_base_of_v<xsimd::avx512f, Arch>) {
        return swapped_halves(a);
    }
#if XSIMD_WITH_AVX512F
    /// See product.hpp.
    static word loaded_upper_halves(word& a) requires(sizeof(T) == 8 && std::is_base_of_v<xsimd::avx512f, Arch>) {
        return lanes::loaded_upper_halves(a);
    }
    /// a ^ b ^ c, which compilers make two instructions of.
    static word xor_of(word a, word b, word c) requires(sizeof(T) == 8 && std::is_base_of_v<xsimd::avx512f, Arch>) {
        return _mm512_ternarylogic_epi64(a, b, c, 0x96);
    }
    static word last_words(word product, word previous,
                           std::uint64_t key) requires(sizeof(T) == 8 && std::is_base_of_v<xsimd::avx512f, Arch>) {
        return lanes::last_words(product, previous, key);
    }
#endif
    static word multiply_low_halves(word a, word b) requires(sizeof(T) == 8) {
        return product_of_low_halves(a, b);
    }

    /// Lane l of the result is lane l + distance of a, for l + distance < width.
    template <std::size_t distance>
    static batch down(batch a) {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) { // no register of indices
            const __m512i bits = _mm512_castps_si512(xsimd::bitwise_cast<float>(a));
            if constexpr (sizeof(T) == 8) return _mm512_castsi512_pd(_mm512_alignr_epi64(bits, bits, distance));
            else return _mm512_castsi512_ps(_mm512_alignr_epi32(bits, bits, distance));
        }
#endif
        return xsimd::swizzle(a, lanes_from<distance>(std::make_index_sequence<width>()));
    }
    /// Lane l of the result is lane l + half of a for l < half; others may hold anything. Exchanges within 16 bytes,
    /// and of AVX's halves, take fewer cycles than turning a register (AVX2 on a Zen 3, ns: sum of 100 floats 21.6 and
    /// 18.8, of squares of 1000 54.9 and 49.4, minimum of 1000 53.3 and 48.6).
    template <std::size_t half>
    static batch upper(batch a) {
        [[maybe_unused]] constexpr std::size_t bytes = half * sizeof(T);
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch> && bytes <= 8) {
            const __m512 v = xsimd::bitwise_cast<float>(a);
            const __m512d pairs = _mm512_castps_pd(v);
            if constexpr (bytes == 4) return batch(_mm512_permute_ps(v, 0xb1));
            else if constexpr (sizeof(T) == 8) return batch(_mm512_permute_pd(pairs, 0x55));
            else return batch(_mm512_castpd_ps(_mm512_permute_pd(pairs, 0x55)));
        } else
#endif
#if defined(__AVX__)
            if constexpr (std::is_base_of_v<xsimd::avx, Arch> && sizeof(T) == 8) {
            if constexpr (bytes == 16) return _mm256_castpd128_pd256(_mm256_extractf128_pd(a, 1));
            else return _mm256_permute_pd(a, 0x5);
        } else if constexpr (std::is_base_of_v<xsimd::avx, Arch>) {
            if constexpr (bytes == 16) return _mm256_castps128_ps256(_mm256_extractf128_ps(a, 1));
            else if constexpr (bytes == 8) return _mm256_castpd_ps(_mm256_permute_pd(_mm256_castps_pd(a), 0x5));
            else return _mm256_permute_ps(a, 0xb1);
        } else
#endif
            return down<half>(a);
    }
    /// Lane l of the result is lane l - distance of a, or lane l of `start` where that lies in another group of `group`.
    template <std::size_t distance, std::size_t group>
    static batch up(batch a, batch start) {
        return [&]<std::size_t... l>(std::index_sequence<l...>) {
            constexpr xsimd::batch_bool_constant<T, Arch, (l % group >= distance)...> inside;
            return xsimd::select(
                inside,
                xsimd::swizzle(
                    a, xsimd::batch_constant<index, Arch,
                                             static_cast<index>(l % group >= distance ? l - distance : l)...>()),
                start);
        }
        (std::make_index_sequence<width>());
    }
    static T first_lane(batch a) {
        return a.get(0);
    }

private:
    using index = xsimd::as_unsigned_integer_t<T>;

    template <std::size_t distance, std::size_t... l>
    static auto lanes_from(std::index_sequence<l...>) {
        return xsimd::batch_constant<index, Arch, static_cast<index>((l + distance) % width)...>();
    }
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

} // namespace lanes
