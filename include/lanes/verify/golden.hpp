// lanes/verify/golden.hpp: the inputs of the golden bits, made from integers so that every machine has the same ones.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/array.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/target.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace lanes::inline LANES_TARGET::golden {

/// The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
constexpr std::uint64_t mixed(std::uint64_t z) {
    z += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// uniform: multiples of 2^-52 (double) or 2^-23 (float) in [-1, 1);  offset: 10^9 + uniform;
/// wide: uniform times a power of two from 2^-32 to 2^31.
enum class data { uniform, offset, wide };

template <real T>
T element(data kind, std::uint64_t seed, std::uint64_t i) {
    const std::uint64_t z = mixed(seed * 0x100000001 + i);
    const double unit = (static_cast<double>(z >> 11) - 0x1p52) * 0x1p-52;
    switch (kind) {
    case data::offset: return T(1e9) + T(unit);
    case data::wide: return T(std::ldexp(unit, static_cast<int>(mixed(seed * 0x300000001 + i) & 63) - 32));
    default:
        if constexpr (std::is_same_v<T, float>) return (static_cast<float>(z >> 40) - 0x1p23f) * 0x1p-23f;
        else return unit;
    }
}

template <real T>
array<T> elements(data kind, std::uint64_t seed, std::size_t size) {
    array<T> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = element<T>(kind, seed, i);
    return values;
}

inline const char* name(data kind) {
    return kind == data::uniform ? "uniform" : kind == data::offset ? "offset" : "wide";
}
template <real T>
constexpr const char* type_name = std::is_same_v<T, float> ? "float" : "double";

/// The bits of a value, those of a float in the lower half.
template <real T>
std::uint64_t bits(T value) {
    if constexpr (std::is_same_v<T, float>) return std::bit_cast<std::uint32_t>(value);
    else return std::bit_cast<std::uint64_t>(value);
}

/// FNV-1a over the little-endian bytes of the elements; every NaN counts as the same one.
template <real T>
std::uint64_t hash(std::span<const T> values) {
    std::uint64_t h = 14695981039346656037u;
    for (const T value : values) {
        const std::uint64_t pattern = bits(canonical_nan(value));
        for (unsigned byte = 0; byte < sizeof(T); ++byte) h = (h ^ ((pattern >> (8 * byte)) & 0xff)) * 1099511628211u;
    }
    return h;
}
template <real T>
std::uint64_t hash(const array<T>& values) {
    return hash(std::span<const T>(values.data(), values.size()));
}

} // namespace lanes::inline LANES_TARGET::golden
