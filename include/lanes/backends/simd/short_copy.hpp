// lanes/backends/simd/short_copy.hpp: few elements copied, or set to one value, by registers.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>

#include <cstddef>

namespace lanes {

// std::copy of a few elements becomes a call of memmove or, for a processor that the flags do not name, `rep movs`, which
// starts after some 30 cycles. Of 16 elements that is half of what all else in a call takes. And std::fill_n of a number
// that is not known to the compiler stores them one by one at -O2.

/// to[i] = from[i] for i < count; they lie apart.
template <class Value, class T>
[[gnu::always_inline]] inline void short_copy(const T* from, std::size_t count, T* to) {
    using N = number<Value>;
    std::size_t i = 0;
    for (; i + N::width <= count; i += N::width) {
        asm("" : "+r"(i)); // or g++ sees a copy, and calls memcpy
        N::store(to + i, N::load(from + i));
    }
    if (i < count) N::store_first(to + i, N::load_first(from + i, count - i), count - i);
}

/// to[i] = value for i < count
template <class Value, class T>
[[gnu::always_inline]] inline void short_fill(T* to, std::size_t count, T value) {
    using N = number<Value>;
    std::size_t i = 0;
    for (; i + N::width <= count; i += N::width) {
        N::store(to + i, Value(value));
    }
    if (i < count) N::store_first(to + i, Value(value), count - i);
}

/// The first, and to[i] = rest for count <= i < size, a whole number of registers.
template <class Value, class T>
[[gnu::always_inline]] inline void short_copy(const T* from, std::size_t count, T* to, std::size_t size, T rest) {
    using N = number<Value>;
    std::size_t i = 0;
    for (; i + N::width <= count; i += N::width) {
        asm("" : "+r"(i));
        N::store(to + i, N::load(from + i));
    }
    if (i < count) {
        N::store(to + i, N::select(N::first(count - i), N::load_first(from + i, count - i), Value(rest)));
        i += N::width;
    }
    for (; i < size; i += N::width) N::store(to + i, Value(rest));
}

} // namespace lanes
