// lanes/backends/simd/instruction_set.hpp: what an architecture of xsimd has, beyond what xsimd tells.
// SPDX-License-Identifier: MIT
#pragma once

#include <xsimd/xsimd.hpp>

#include <type_traits>

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

} // namespace lanes
