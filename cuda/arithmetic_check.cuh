// cuda/arithmetic_check.cuh: whether device code computes as IEEE 754 says, whatever flags it was compiled with.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>

#include <lanes/core/elementary.hpp>

#include <array>
#include <cstddef>
#include <limits>

namespace lanes::device {

template <class T>
struct telling_inputs {
    T least = std::numeric_limits<T>::denorm_min(), three = 3, seven = 7,
      near_one = 1 + std::numeric_limits<T>::epsilon();
    /// Numbers f whose f / (2 + f) the logarithm takes by steps of its own (cuda/machine/quotient.cuh): the ends of their
    /// range, sqrt(1/2) - 1 and sqrt(2) - 1, nothing, the one where all bits of 2 + f are ones, those beside it, and some whose
    /// product with the rounded reciprocal is not the quotient.
    std::array<T, 12> parts = {T(-0x1.2bec333018866p-2),
                               T(0x1.a827999fcef3p-2),
                               T(0),
                               T(-0x1p-52),
                               T(-0x1p-53),
                               T(0x1p-52),
                               T(-0x1.8p-51),
                               T(-0x1.18b851eb851ecp-2),
                               T(-0x1.06b851eb851ecp-2),
                               T(-0x1.e170a3d70a3d8p-3),
                               T(-0x1.a170a3d70a3d8p-3),
                               T(-0x1.8d70a3d70a3d8p-3)};
};

/// Results that flushing subnormals, approximate division or roots, or fusing a product with a sum would change. The
/// same text computes them on the host.
template <class Value>
struct telling_results {
    using inputs = telling_inputs<typename number<Value>::scalar>;
    static constexpr std::size_t before = 12, count = before + inputs{}.parts.size();
    std::array<Value, count> of;

    constexpr explicit telling_results(const inputs& in) {
        using N = number<Value>;
        const Value least(in.least), three(in.three), seven(in.seven), near_one(in.near_one);
        const Value small = least * Value(3), half(0.5), zero(0);
        of[0] = three / seven;                                        // correctly rounded
        of[1] = small / three;                                        // subnormal
        of[2] = N::sqrt(seven);                                       //
        of[3] = N::sqrt(small);                                       // of a subnormal
        of[4] = N::product(near_one, near_one) - near_one;            // two roundings
        of[5] = N::fma(near_one, near_one, -near_one);                // one
        of[6] = small + least;                                        // subnormal sum
        of[7] = small * half;                                         // subnormal product, a tie
        of[8] = N::fma(small, half, least);                           //
        of[9] = N::select(zero < least, small, zero);                 // comparisons see subnormals
        of[10] = N::select(least == zero, zero, N::max(least, zero)); //
        of[11] = N::min(-small, zero);                                // and so does a turned sign
        for (std::size_t i = before; i < count; ++i) {
            const Value f(in.parts[i - before]);
            of[i] = quotient_of_part(f, Value(2) + f);
        }
    }
};

template <class T>
__global__ void compute_telling_results(telling_inputs<T> in, T* out) {
    const telling_results<device_number<T>> results(in);
    for (std::size_t i = 0; i < telling_results<device_number<T>>::count; ++i) out[i] = results.of[i].value;
}

/// Whether device code of this program keeps every bit of T's arithmetic. Waits.
template <class T, class Allocate>
bool arithmetic_is_exact(const place<Allocate>& where) {
    const telling_inputs<T> in;
    const telling_results<T> expected(in);
    std::array<T, telling_results<T>::count> found{};
    const auto memory = where.allocate(sizeof found);
    launch({1, 1}, where.stream, compute_telling_results<T>, in, static_cast<T*>(memory.data()));
    bring_to_host(found.data(), memory.data(), sizeof found, where.stream);
    bool is_exact = true;
    for (std::size_t i = 0; i < found.size(); ++i)
        is_exact = is_exact && number<T>::bits(found[i]) == number<T>::bits(expected.of[i]);
    return is_exact;
}

} // namespace lanes::device
