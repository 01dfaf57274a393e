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
    static constexpr bool classifies = requires(batch a) { N::is_subnormal_or_infinite(a); };
    /// What quick() collects of quotients that it may have wrong.
    using doubts = std::conditional_t<classifies, typename N::mask, word>;

    explicit constant_quotient(std::size_t divisor)
        : divisor_(static_cast<T>(divisor)), reciprocal_(T(1) / static_cast<T>(divisor)),
          minus_reciprocal_(-reciprocal_), start_(doubts_of_start(divisor)) {}

    /// Doubts that quick() has added nothing to.
    [[gnu::always_inline]] doubts start() const { return start_; }

    /// s / w, right if is_right() of the doubts that it adds to. `turn` counts the quotients of a loop.
    template <std::size_t turn>
    [[gnu::always_inline]] batch quick(batch s, doubts& collected) const {
        if constexpr (!has_fma<Arch>::value || is_divided(turn)) {
            return N::quotient(s, divisor_);
        } else {
            const batch q = s * reciprocal_;
            // Where one instruction does not tell: the exponents for which nothing can go wrong are the middle half of
            // all. Subtracting the lowest of them leaves the second highest bit zero for these, of either sign, and for no
            // others.
            if constexpr (classifies) collected = collected | N::is_subnormal_or_infinite(q);
            else collected = collected | (N::bits(q) - word(second_bit / 2));
            return N::fma(N::fms(q, divisor_, s), minus_reciprocal_, q);
        }
    }
    /// The doubts about s / w that remain after a closer look: quick() has zeros and NaN right too.
    [[gnu::always_inline]] void look_again(batch s, doubts& collected) const {
        if constexpr (has_fma<Arch>::value) {
            const batch q = s * reciprocal_;
            if constexpr (classifies) collected = collected | N::is_subnormal_or_infinite(q);
            else
                collected =
                    collected | N::bits(N::select(xsimd::abs(q) > batch(T(0)),
                                                  N::from_bits(N::bits(q) - word(second_bit / 2)), batch(T(0))));
        }
    }
    [[gnu::always_inline]] static bool is_right(doubts collected) {
#if defined(__AVX2__)
        if constexpr (sizeof(doubts) == 32) return _mm256_testz_si256(collected, word(second_bit));
#endif
        if constexpr (classifies) return xsimd::none(collected);
        else return !xsimd::any((collected & word(second_bit)) != word(0));
    }

    template <std::size_t count>
    [[gnu::always_inline]] void divide(std::array<batch, count>& s) const {
        doubts collected = start();
        std::array<batch, count> result;
        unrolled<count>([&](auto u) __attribute__((always_inline)) { result[u] = quick<u>(s[u], collected); });
        if (!is_right(collected)) [[unlikely]] {
            std::array<batch, count> any; // register by register: those of s and result need no address
            unrolled<count>([&](auto u) __attribute__((always_inline)) { any[u] = s[u]; });
            divide_any(any);
            unrolled<count>([&](auto u) __attribute__((always_inline)) { result[u] = any[u]; });
        }
        s = result;
    }

    /// Whatever the sums are. In a call of its own, so that loops need not keep more than results.
    template <std::size_t count>
    [[gnu::noinline]] void divide_any(std::array<batch, count>& s) const {
        doubts ignored = start(), left = start();
        std::array<batch, count> result;
        unrolled<count>([&](auto u) __attribute__((always_inline)) {
            result[u] = quick<u>(s[u], ignored);
            look_again(s[u], left);
        });
        if (is_right(left)) [[likely]] {
            unrolled<count>([&](auto u) __attribute__((always_inline)) { s[u] = result[u]; });
            return;
        }
        for (batch& sum : s) { // huge and tiny sums, infinities
            if constexpr (has_fma<Arch>::value) {
                left = start();
                look_again(sum, left);
                if (is_right(left)) {
                    sum = quick<0>(sum, ignored);
                    continue;
                }
            }
            sum = N::quotient(sum, divisor_);
        }
    }

private:
    /// Every second quotient of 256 bits is left to the unit that divides, which takes 8 cycles and nothing else: the 5
    /// instructions of the others need the ports that sums need. moving_average of 30000 doubles over 200 and 2000, AVX2,
    /// cycles per 64: 164 and 182 without, 149 and 165 with every fourth, 142 and 155 with every second; beside a
    /// busy neighbour 200 and 212, with every second 194 and 203, with all 247 and 263. 512 bits take 16 cycles
    /// and gain nothing.
    static constexpr bool is_divided(std::size_t turn) {
        return sizeof(batch) == 32 && turn % 2 == 1;
    }

    static constexpr auto second_bit = typename word::value_type{1} << (8 * sizeof(T) - 2);

    /// All of them where the divisor is too large to multiply.
    static doubts doubts_of_start(std::size_t divisor) {
        const bool all = has_fma<Arch>::value && divisor >= (std::size_t{1} << (std::numeric_limits<T>::digits - 2));
        if constexpr (classifies) return N::first(all ? N::width : 0);
        else return doubts(all ? second_bit : 0);
    }

    batch divisor_, reciprocal_, minus_reciprocal_;
    doubts start_;
};

/// Results of full windows, all of which have `width` elements: their sums, or those divided by it.
template <class Arch, real T, bool divides>
class window_finish {
public:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

    /// `streams`: what is sent goes past the caches. `fetches`: where it will go is asked for ahead.
    window_finish(std::size_t width, bool streams, bool fetches)
        : quotient_(width), streams_(streams), fetches_(fetches) {}
    bool fetches() const { return fetches_; }

    template <std::size_t count>
    [[gnu::always_inline]] void store(T* out, std::array<batch, count> sums) const {
        if constexpr (divides) quotient_.divide(sums);
        unrolled<count>([&](auto u) __attribute__((always_inline)) { N::store(out + u * N::width, sums[u]); });
    }

    /// To where a register is aligned. again() makes the same sums once more: nobody needs to keep them until the
    /// quotients are known to be right.
    template <std::size_t count, class Again>
    [[gnu::always_inline]] void send(T* out, const std::array<batch, count>& sums, const Again& again) const {
        if (streams_)
            send_by(
                sums, again, [&](auto u, batch v) __attribute__((always_inline)) { stream(out + u * N::width, v); });
        else
            send_by(
                sums, again, [&](auto u, batch v) __attribute__((always_inline)) { N::store(out + u * N::width, v); });
    }

    /// One result, right if is_right() of the doubts that it adds to, from start() on; otherwise store() knows it.
    using doubts = typename constant_quotient<Arch, T>::doubts;
    [[gnu::always_inline]] doubts start() const { return quotient_.start(); }
    template <std::size_t turn>
    [[gnu::always_inline]] batch quick(batch sum, doubts& collected) const {
        if constexpr (divides) return quotient_.template quick<turn>(sum, collected);
        else return sum;
    }
    [[gnu::always_inline]] void look_again(batch sum, doubts& collected) const { quotient_.look_again(sum, collected); }
    [[gnu::always_inline]] static bool is_right(doubts collected) {
        return !divides || constant_quotient<Arch, T>::is_right(collected);
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
    template <std::size_t count, class Again, class Send>
    [[gnu::always_inline]] void send_by(const std::array<batch, count>& sums, const Again& again,
                                        const Send& send_one) const {
        doubts collected = start();
        unrolled<count>([&](auto u) __attribute__((always_inline)) { send_one(u, quick<u>(sums[u], collected)); });
        if (is_right(collected)) [[likely]]
            return;
        std::array<batch, count> any = again();
        quotient_.divide_any(any);
        unrolled<count>([&](auto u) __attribute__((always_inline)) { send_one(u, any[u]); });
    }

    constant_quotient<Arch, T> quotient_;
    bool streams_, fetches_;
};

} // namespace lanes
