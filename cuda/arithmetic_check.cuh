// cuda/arithmetic_check.cuh: whether device code computes as IEEE 754 says, whatever flags it was compiled with.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>

#include <array>
#include <cstddef>
#include <limits>

namespace lanes::device {

/// Results that flushing subnormals, approximate division or roots, or fusing a product with a sum would change. The
/// same text computes them on the host.
template <class Value>
struct telling_results {
    static constexpr std::size_t count = 12;
    std::array<Value, count> of;

    constexpr telling_results(Value least, Value three, Value seven, Value near_one) {
        using N = number<Value>;
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
    }
};

template <class T>
struct telling_inputs {
    T least = std::numeric_limits<T>::denorm_min(), three = 3, seven = 7,
      near_one = 1 + std::numeric_limits<T>::epsilon();
};

template <class T>
__global__ void compute_telling_results(telling_inputs<T> in, T* out) {
    using N = device_number<T>;
    const telling_results<N> results(in.least, in.three, in.seven, in.near_one);
    for (std::size_t i = 0; i < telling_results<N>::count; ++i) out[i] = results.of[i].value;
}

/// Whether device code of this program keeps every bit of T's arithmetic. Waits.
template <class T, class Allocate>
bool arithmetic_is_exact(const place<Allocate>& where) {
    const telling_inputs<T> in;
    const telling_results<T> expected(in.least, in.three, in.seven, in.near_one);
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
