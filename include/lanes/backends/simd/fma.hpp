// lanes/backends/simd/fma.hpp: a * b + c with one rounding: the instruction, or its very bits on x86 without it.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/instruction_set.hpp>
#include <lanes/core/number.hpp>

#include <xsimd/xsimd.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace lanes {

/// fma where the compiler may not use the instruction. Nanoseconds per number, SSE4.2 on a Xeon: float 1.1, double 3.3;
/// the C library 2.0 and 1.4 where it finds the instruction in the CPU, 100 and 180 where it does not.
template <class Arch, bool may_ask_library = true>
struct emulated_fma {
#if XSIMD_WITH_SSE2
    template <real T>
    static xsimd::batch<T, Arch> of(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b, xsimd::batch<T, Arch> c) {
#if XSIMD_WITH_AVX
        if constexpr (std::is_base_of_v<xsimd::avx, Arch>) {
            if constexpr (sizeof(T) == 8)
                return _mm256_set_m128d(
                    of(_mm256_extractf128_pd(a, 1), _mm256_extractf128_pd(b, 1), _mm256_extractf128_pd(c, 1)),
                    of(_mm256_castpd256_pd128(a), _mm256_castpd256_pd128(b), _mm256_castpd256_pd128(c)));
            else
                return _mm256_set_m128(
                    of(_mm256_extractf128_ps(a, 1), _mm256_extractf128_ps(b, 1), _mm256_extractf128_ps(c, 1)),
                    of(_mm256_castps256_ps128(a), _mm256_castps256_ps128(b), _mm256_castps256_ps128(c)));
        } else
#endif
        {
            static_assert(std::is_base_of_v<xsimd::sse2, Arch>);
            return of(a.data, b.data, c.data);
        }
    }

private:
    using two = __m128d;
    struct sum {
        two rounded, error;
    };

    static two size(two a) {
        return _mm_andnot_pd(_mm_set1_pd(-0.0), a);
    }

    /// a + b exactly (Knuth), unless it overflows.
    static sum two_sum(two a, two b) {
        const two s = _mm_add_pd(a, b), b_part = _mm_sub_pd(s, a), a_part = _mm_sub_pd(s, b_part);
        return {s, _mm_add_pd(_mm_sub_pd(a, a_part), _mm_sub_pd(b, b_part))};
    }

    /// A number that is not exact takes the neighbour with an odd last bit, so that a second rounding, to fewer bits,
    /// decides as if it had seen all of them.
    static two round_to_odd(sum s) {
        const __m128i inexact = _mm_castpd_si128(_mm_cmplt_pd(_mm_setzero_pd(), size(s.error))); // not NaN either
        const __m128i beyond = _mm_srli_epi64(_mm_castpd_si128(_mm_xor_pd(s.rounded, s.error)), 63);
        const __m128i towards_zero = _mm_sub_epi64(_mm_castpd_si128(s.rounded), _mm_and_si128(beyond, inexact));
        return _mm_castsi128_pd(_mm_or_si128(towards_zero, _mm_srli_epi64(inexact, 63)));
    }

    /// The product of two floats is exact in double; the sum is rounded to odd there, then to float.
    static __m128 of(__m128 a, __m128 b, __m128 c) {
        const auto half = [](__m128 x, __m128 y, __m128 z) {
            const two product = _mm_mul_pd(_mm_cvtps_pd(x), _mm_cvtps_pd(y));
            return _mm_cvtpd_ps(round_to_odd(two_sum(product, _mm_cvtps_pd(z))));
        };
        return _mm_movelh_ps(half(a, b, c), half(_mm_movehl_ps(a, a), _mm_movehl_ps(b, b), _mm_movehl_ps(c, c)));
    }

    /// Boldo, Melquiond, IEEE Trans. Comput. 57 (2008) 462, with the product of Dekker, Numer. Math. 18 (1971) 224. A
    /// call, since polynomials in which each of 60 fma is spelled out take compilers minutes.
    [[gnu::noinline]] static two of(two a, two b, two c) {
        if (may_ask_library && library_has_instruction()) return one_by_one(a, b, c);
        const two p = _mm_mul_pd(a, b);
        const sum low = two_sum(c, error_of_product(a, b, p));
        const sum high = two_sum(p, low.rounded);
        const two result = _mm_add_pd(high.rounded, round_to_odd(two_sum(low.error, high.error)));
        // A zero has the sign of what is added: exact then, as is p.
        const two is_zero = _mm_cmpeq_pd(result, _mm_setzero_pd());
        const two signed_zero = _mm_and_pd(is_zero, _mm_add_pd(p, c));

        // All this is exact while nothing comes near overflow and the error of the product is no subnormal.
        const two all = _mm_add_pd(_mm_add_pd(size(a), size(b)), _mm_add_pd(size(c), size(p)));
        const two factor_is_zero = _mm_cmpeq_pd(_mm_min_pd(size(a), size(b)), _mm_setzero_pd());
        const two safe = _mm_and_pd(_mm_cmple_pd(all, _mm_set1_pd(0x1p990)),
                                    _mm_or_pd(_mm_cmpge_pd(size(p), _mm_set1_pd(0x1p-900)), factor_is_zero));
        if (_mm_movemask_pd(safe) != 3) [[unlikely]]
            return one_by_one(a, b, c);
        return _mm_or_pd(_mm_andnot_pd(is_zero, result), signed_zero);
    }

    /// glibc asks the CPU when it is loaded; so does this, for the cost of a predicted branch.
    static bool library_has_instruction() {
#if defined(__GLIBC__) && defined(__GNUC__)
        return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
#else
        return false;
#endif
    }

    static two error_of_product(two a, two b, two product) {
        const auto upper_half = [](two x) {
            const two shifted = _mm_mul_pd(x, _mm_set1_pd(0x1p27 + 1));
            return _mm_sub_pd(shifted, _mm_sub_pd(shifted, x));
        };
        const two a_high = upper_half(a), a_low = _mm_sub_pd(a, a_high);
        const two b_high = upper_half(b), b_low = _mm_sub_pd(b, b_high);
        two error = _mm_sub_pd(_mm_mul_pd(a_high, b_high), product);
        error = _mm_add_pd(error, _mm_mul_pd(a_high, b_low));
        error = _mm_add_pd(error, _mm_mul_pd(a_low, b_high));
        return _mm_add_pd(error, _mm_mul_pd(a_low, b_low));
    }

    static two one_by_one(two a, two b, two c) {
        return _mm_set_pd(number<double>::fma(_mm_cvtsd_f64(_mm_unpackhi_pd(a, a)),
                                              _mm_cvtsd_f64(_mm_unpackhi_pd(b, b)),
                                              _mm_cvtsd_f64(_mm_unpackhi_pd(c, c))),
                          number<double>::fma(_mm_cvtsd_f64(a), _mm_cvtsd_f64(b), _mm_cvtsd_f64(c)));
    }
#else
    template <real T>
    static xsimd::batch<T, Arch> of(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b, xsimd::batch<T, Arch> c) {
        constexpr std::size_t width = xsimd::batch<T, Arch>::size;
        alignas(64) std::array<T, width> as, bs, cs;
        a.store_unaligned(as.data());
        b.store_unaligned(bs.data());
        c.store_unaligned(cs.data());
        for (std::size_t l = 0; l < width; ++l) cs[l] = number<T>::fma(as[l], bs[l], cs[l]);
        return xsimd::batch<T, Arch>::load_unaligned(cs.data());
    }
#endif
};

/// a b + c, rounded once. AVX2 is asked by intrinsics, since xsimd does not know of each architecture with it that it has
/// the instruction (see has_fma).
template <real T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> fused_sum(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b,
                                                              xsimd::batch<T, Arch> c) {
#if defined(__AVX2__) && defined(__FMA__)
    if constexpr (std::is_base_of_v<xsimd::avx2, Arch> && has_fma<Arch>::value) {
        if constexpr (sizeof(T) == 8) return _mm256_fmadd_pd(a, b, c);
        else return _mm256_fmadd_ps(a, b, c);
    } else
#endif
        if constexpr (has_fma<Arch>::value) {
        return xsimd::fma(a, b, c);
    } else {
        return emulated_fma<Arch>::of(a, b, c);
    }
}

/// a b - c, rounded once, of architectures that have it.
template <real T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> fused_difference(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b,
                                                                     xsimd::batch<T, Arch> c) {
#if defined(__AVX2__) && defined(__FMA__)
    if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) {
        if constexpr (sizeof(T) == 8) return _mm256_fmsub_pd(a, b, c);
        else return _mm256_fmsub_ps(a, b, c);
    } else
#endif
        return xsimd::fms(a, b, c);
}

} // namespace lanes
