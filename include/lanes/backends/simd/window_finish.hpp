// lanes/backends/simd/window_finish.hpp: from sums of full windows to results: division by one constant.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/backends/simd/window_shift.hpp>

#include <array>
#include <cstddef>
#include <limits>

namespace lanes {

/// Quotients by a constant whole number w >= 1, with the bits of the division, by multiplications (Markstein, IBM J. Res.
/// Dev. 34, 1990): r = 1/w rounded, q = s r, and q + (s - q w) r is s/w rounded. Why: with w < 2^(p-2) (p bits of
/// precision) s - q w is exact while q is a normal number, so the sum before its rounding is off by less than 2^(1-2p)
/// s/w, but s/w is no tie and lies at least 2^-p s/w / (2 w) from one. The residual is taken negative, so that zeros keep
/// their sign.
template <class Arch, real T>
class constant_quotient {
public:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    using word = typename N::word;

    explicit constant_quotient(std::size_t divisor)
        : divisor_(static_cast<T>(divisor)), reciprocal_(T(1) / static_cast<T>(divisor)),
          minus_reciprocal_(T(-1) / static_cast<T>(divisor)),
          multiplies_(has_fma<Arch>::value && divisor < (std::size_t{1} << (std::numeric_limits<T>::digits - 2))) {}

    /// Exponents that quick() has added nothing to.
    [[gnu::always_inline]] word start() const { return word(has_fma<Arch>::value && !multiplies_ ? second_bit : 0); }

    /// s / w, right if is_right() of the exponents that it adds to.
    [[gnu::always_inline]] batch quick(batch s, word& exponents) const {
        if constexpr (has_fma<Arch>::value) {
            const batch q = s * reciprocal_;
            // The exponents for which nothing can go wrong are the middle half of all: subtracting the lowest of them
            // leaves the second highest bit zero for these, of either sign, and for no others.
            exponents = exponents | (N::bits(q) - word(second_bit / 2));
            return N::fma(N::fms(q, divisor_, s), minus_reciprocal_, q);
        } else {
            return N::quotient(s, divisor_);
        }
    }
    [[gnu::always_inline]] static bool is_right(word exponents) {
        return !xsimd::any((exponents & word(second_bit)) != word(0));
    }

    template <std::size_t count>
    [[gnu::always_inline]] void divide(std::array<batch, count>& s) const {
        word exponents = start();
        std::array<batch, count> result;
        unrolled<count>([&](auto u) __attribute__((always_inline)) { result[u] = quick(s[u], exponents); });
        if (!is_right(exponents)) [[unlikely]] {
            const std::array<batch, count> any = divide_any(s); // by value: the registers need no address
            result = any;
        }
        s = result;
    }

private:
    /// Zeros, huge and tiny sums, infinities. Zeros are common, so they do not cost a division either.
    template <std::size_t count>
    [[gnu::noinline]] std::array<batch, count> divide_any(std::array<batch, count> s) const {
        for (batch& sum : s) {
            if constexpr (has_fma<Arch>::value) {
                const batch q = sum * reciprocal_, size = xsimd::abs(q);
                const auto safe =
                    (size >= batch(std::numeric_limits<T>::min()) && size <= batch(std::numeric_limits<T>::max())) ||
                    q == batch(0) || N::is_nan(q);
                if (multiplies_ && xsimd::all(safe)) {
                    sum = N::fma(N::fms(q, divisor_, sum), minus_reciprocal_, q);
                    continue;
                }
            }
            sum = N::quotient(sum, divisor_);
        }
        return s;
    }

    static constexpr auto second_bit = typename word::value_type{1} << (8 * sizeof(T) - 2);

    batch divisor_, reciprocal_, minus_reciprocal_;
    bool multiplies_;
};

/// Results of full windows, all of which have `width` elements: their sums, or those divided by it.
template <class Arch, real T, bool divides>
class window_finish {
public:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

    /// `streams`: what is sent goes past the caches.
    window_finish(std::size_t width, bool streams) : quotient_(width), streams_(streams) {}
    bool streams() const { return streams_; }

    template <std::size_t count>
    [[gnu::always_inline]] void store(T* out, std::array<batch, count> sums) const {
        if constexpr (divides) quotient_.divide(sums);
        unrolled<count>([&](auto u) __attribute__((always_inline)) { N::store(out + u * N::width, sums[u]); });
    }

    /// To where a register is aligned.
    template <std::size_t count>
    [[gnu::always_inline]] void send(T* out, std::array<batch, count> sums) const {
        if (!streams_) return store(out, sums);
        if constexpr (divides) quotient_.divide(sums);
        unrolled<count>([&](auto u) __attribute__((always_inline)) { stream(out + u * N::width, sums[u]); });
    }

    /// One result, right if is_right() of the exponents that it adds to, from start() on; otherwise store() knows it.
    [[gnu::always_inline]] typename N::word start() const {
        if constexpr (divides) return quotient_.start();
        else return typename N::word(0);
    }
    [[gnu::always_inline]] batch quick(batch sum, typename N::word& exponents) const {
        if constexpr (divides) return quotient_.quick(sum, exponents);
        else return sum;
    }
    [[gnu::always_inline]] static bool is_right(typename N::word exponents) {
        return !divides || constant_quotient<Arch, T>::is_right(exponents);
    }

    /// In place, where the sums had to be stored first.
    void apply(T* out, std::size_t count) const {
        if constexpr (divides) {
            std::size_t i = 0;
            for (; i + N::width <= count; i += N::width) store(out + i, std::array<batch, 1>{N::load(out + i)});
            std::array<T, N::width> rest{};
            for (std::size_t l = 0; i + l < count; ++l) rest[l] = out[i + l];
            store(rest.data(), std::array<batch, 1>{N::load(rest.data())});
            for (std::size_t l = 0; i + l < count; ++l) out[i + l] = rest[l];
        }
    }

private:
    constant_quotient<Arch, T> quotient_;
    bool streams_;
};

} // namespace lanes
