// lanes/backends/simd/batch.hpp: what lanes needs of a number, for the batches of xsimd.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/fma.hpp>
#include <lanes/backends/simd/product.hpp>
#include <lanes/core/number.hpp>

#include <xsimd/xsimd.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// Whether xsimd::fma is one rounding on `Arch`. Where it is not, xsimd computes x * y + z.
template <class Arch>
struct has_fma : std::bool_constant<std::is_base_of_v<xsimd::avx512f, Arch>
#if defined(__aarch64__)
                                    || true
#endif
                                    > {
};
template <class Base>
struct has_fma<xsimd::fma3<Base>> : std::true_type {};
template <>
struct has_fma<xsimd::fma4> : std::true_type {};
#if defined(__AVX2__) && defined(__FMA__)
template <> // what xsimd takes for flags with AVX-VNNI; it does not know that FMA is there too
struct has_fma<xsimd::avxvnni> : std::true_type {};
#endif

template <class Arch>
inline constexpr bool is_x86 = std::is_base_of_v<xsimd::sse2, Arch> || std::is_base_of_v<xsimd::avx, Arch> ||
                               std::is_base_of_v<xsimd::avx512f, Arch>;

/// SIMD registers of the instruction set, 16 or 32.
template <class Arch>
struct has_32_registers : std::bool_constant<std::is_base_of_v<xsimd::avx512f, Arch>
#if defined(__aarch64__)
                                             || true
#endif
                                             > {
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push // GCC 12 warns of its own AVX-512 intrinsics (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

template <real T, class Arch>
struct number<xsimd::batch<T, Arch>> {
    using scalar = T;
    using batch = xsimd::batch<T, Arch>;
    using mask = xsimd::batch_bool<T, Arch>;
    using word = xsimd::batch<xsimd::as_unsigned_integer_t<T>, Arch>;
    static constexpr std::size_t width = batch::size;
    static constexpr std::size_t registers = has_32_registers<Arch>::value ? 32 : 16;

    static batch load(const T* from) { return batch::load_unaligned(from); }
    static void store(T* to, batch value) { value.store_unaligned(to); }

    static batch fma(batch a, batch b, batch c) {
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
    static batch nan_if_either(batch flag, batch x) {
        const mask nan = is_nan(x);
        // Where a comparison yields a vector of all-ones lanes, these are NaNs already: one "or" instead of a blend.
        if constexpr (sizeof(nan.data) == sizeof(batch) && requires { batch(nan.data); }) return flag | batch(nan.data);
        else return select(nan, x, flag);
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
    static word last_words(word product, word previous,
                           std::uint64_t key) requires(sizeof(T) == 8 && std::is_base_of_v<xsimd::avx512f, Arch>) {
        return lanes::last_words(product, previous, key);
    }
#endif
    static word multiply_low_halves(word a, word b) requires(sizeof(T) == 8) {
        return product_of_low_halves(a, b);
    }

    /// Lanes 0 ... count - 1 from memory, the others zero; reads nothing beyond.   count < width
    static batch load_first(const T* from, std::size_t count) {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
            if constexpr (sizeof(T) == 8) return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from);
            else return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
        }
#endif
#if defined(__AVX2__)
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) {
            if constexpr (sizeof(T) == 8)
                return _mm256_maskload_pd(from, _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(count)),
                                                                   _mm256_setr_epi64x(0, 1, 2, 3)));
            else
                return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                                                                   _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
        }
#endif
        alignas(64) std::array<T, width> padded{};
        for (std::size_t l = 0; l < count; ++l) padded[l] = from[l];
        return load(padded.data());
    }
    static void store_first(T* to, batch value, std::size_t count) {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
            if constexpr (sizeof(T) == 8) _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), value);
            else _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), value);
            return;
        }
#endif
#if defined(__AVX2__)
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) {
            if constexpr (sizeof(T) == 8)
                _mm256_maskstore_pd(to,
                                    _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(count)),
                                                       _mm256_setr_epi64x(0, 1, 2, 3)),
                                    value);
            else
                _mm256_maskstore_ps(to,
                                    _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                                                       _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)),
                                    value);
            return;
        }
#endif
        alignas(64) std::array<T, width> lanes_of_value;
        store(lanes_of_value.data(), value);
        for (std::size_t l = 0; l < count; ++l) to[l] = lanes_of_value[l];
    }
    /// True in lanes 0 ... count - 1.
    static mask first(std::size_t count) {
        return number_of_lane() < batch(static_cast<T>(count));
    }
    /// Lane l of the result is lane l + distance of a, for l + distance < width.
    template <std::size_t distance>
    static batch down(batch a) {
        return xsimd::swizzle(a, lanes_from<distance>(std::make_index_sequence<width>()));
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
    static batch number_of_lane() {
        return []<std::size_t... l>(std::index_sequence<l...>) {
            return batch(static_cast<T>(l)...);
        }
        (std::make_index_sequence<width>());
    }
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

} // namespace lanes
