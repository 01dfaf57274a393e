// lanes/backends/simd/window_count.hpp: how many elements of each of many windows are there.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace lanes {

/// Whether some of `count` elements, so many whole registers, are missing.
template <class Arch, real T>
bool any_missing(const T* x, std::size_t count) {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    constexpr std::size_t chains = 4; // an addition takes four cycles
    // Sums of the differences of elements with themselves: NaN if one is not finite.
    std::array<batch, chains> sums;
    unrolled<chains>([&](auto u) { sums[u] = batch(T(0)); });
    const auto add = [&](batch& sum, std::size_t i) { sum = sum + (N::load(x + i) - N::load(x + i)); };
    std::size_t i = 0;
    for (; i + chains * N::width <= count; i += chains * N::width)
        unrolled<chains>([&](auto u) { add(sums[u], i + u * N::width); });
    for (; i < count; i += N::width) add(sums[0], i);
    return xsimd::any(N::is_nan((sums[0] + sums[1]) + (sums[2] + sums[3])));
}

/// Which of `count` elements are present, a bit each.
template <class Arch, std::size_t count, real T>
[[gnu::always_inline]] inline std::uint64_t present_bits(const T* x) {
    using batch = xsimd::batch<T, Arch>;
    std::uint64_t bits = 0;
    unrolled<count / batch::size>([&](auto r) __attribute__((always_inline)) {
        constexpr std::size_t first = r * batch::size;
        auto word = static_cast<std::uint64_t>(lanes::is_present(number<batch>::load(x + first)).mask());
        asm("" : "+r"(word)); // see observed_rows in recurrence_gaps.hpp
        bits |= word << first;
    });
    return bits;
}

/// Byte k of entry b: how many of bits 0 ... k of b are set.
inline constexpr std::array<std::uint64_t, 256> set_bits_up_to = [] {
    std::array<std::uint64_t, 256> counts{};
    for (std::size_t b = 0; b < counts.size(); ++b)
        for (std::size_t k = 0; k < 8; ++k)
            counts[b] |= std::uint64_t(std::popcount(b & ((std::size_t{2} << k) - 1))) << (8 * k);
    return counts;
}();

/// Lane l is byte l of `low` or, from byte 8 on, of `high`.
template <real T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> numbers_of_bytes(std::uint64_t low, std::uint64_t high) {
    using batch = xsimd::batch<T, Arch>;
    static_cast<void>(high);
#if defined(__AVX512F__)
    if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
        const __m128i bytes = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
        if constexpr (sizeof(T) == 8) return batch(_mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(bytes)));
        else return batch(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)));
    } else
#endif
#if defined(__AVX2__)
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) {
        const __m128i bytes = _mm_set_epi64x(0, static_cast<long long>(low));
        if constexpr (sizeof(T) == 8) return batch(_mm256_cvtepi32_pd(_mm_cvtepu8_epi32(bytes)));
        else return batch(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)));
    } else
#endif
        return [&]<std::size_t... l>(std::index_sequence<l...>) __attribute__((always_inline)) {
            return batch(static_cast<T>(static_cast<int>((l < 8 ? low : high) >> (8 * (l % 8)) & 0xff))...);
        }
    (std::make_index_sequence<batch::size>());
}

/// Makes means of the sums of consecutive windows of which not all are full: elements outside of the array and, with
/// `skips`, missing ones do not count. From window to window a count changes by what enters and what leaves.
template <class Arch, real T>
class simd_window_counts {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

public:
    /// Of the windows that end at operation.first and after.
    simd_window_counts(const any_window& operation, std::size_t width, std::span<const T> x)
        : x_(x), skips_(operation.skips), width_(width), least_(operation.least),
          end_(static_cast<std::ptrdiff_t>(operation.first)) {
        const std::ptrdiff_t last = std::min(end_, static_cast<std::ptrdiff_t>(x.size()));
        for (auto i = std::max<std::ptrdiff_t>(0, end_ - static_cast<std::ptrdiff_t>(width)); i < last; i += some)
            count_ += static_cast<std::size_t>(std::popcount(there(i) & first_bits_of(last - i)));
    }

    /// Divides the sums of the next `count` windows by their counts, and makes those NaN that have too few. `full` knows
    /// the width. A call of its own: the loops over full windows need all registers.
    [[gnu::noinline]] void finish(T* sums, std::size_t count, const window_finish<Arch, T, true>& full) {
        if (width_ >= std::size_t{1} << std::numeric_limits<T>::digits) return finish_one_by_one(sums, count);
        const auto width = static_cast<std::ptrdiff_t>(width_);
        const bool is_narrow = width <= some; // what leaves has entered with these or with those before them
        std::uint64_t before = is_narrow ? there(end_ - some) : 0;
        std::uint64_t next = there(end_);
        for (auto left = static_cast<std::ptrdiff_t>(count); left > 0; left -= some, sums += some) {
            const std::uint64_t wanted = first_bits_of(left), enter = next & wanted;
            const std::uint64_t leave =
                wanted & (is_narrow ? enter << (width - 1) << 1 | before >> (some - width) : there(end_ - width));
            before = enter;
            end_ += std::min(left, some);
            const bool is_full = count_ == width_ && (enter & leave) == ~std::uint64_t{0};
            const T* const ahead = !is_full && left > some && skips_ && is_inside(end_) ? x_.data() + end_ : nullptr;
            if (is_full) full.apply(sums, some);
            else next = finish_some(sums, static_cast<std::size_t>(std::min(left, some)), enter, leave, ahead);
            if (ahead == nullptr && left > some) next = there(end_);
        }
    }

private:
    static constexpr std::ptrdiff_t some = 64;

    static std::uint64_t first_bits_of(std::ptrdiff_t count) {
        return count >= some ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    }
    /// Exact below 2^24 or 2^53.
    static T number_of(std::ptrdiff_t count) { return static_cast<T>(count); }

    bool is_there(std::ptrdiff_t i) const {
        const auto at = static_cast<std::size_t>(i);
        return at < x_.size() && (!skips_ || lanes::is_present(x_[at]));
    }
    /// Whether x has 64 elements from i on.
    bool is_inside(std::ptrdiff_t i) const { return i >= 0 && i + some <= static_cast<std::ptrdiff_t>(x_.size()); }
    /// Which of the 64 elements from i on are there, a bit each.
    [[gnu::always_inline]] std::uint64_t there(std::ptrdiff_t i) const {
        if (!is_inside(i)) [[unlikely]]
            return there_at_border(i);
        return skips_ ? present_bits<Arch, some>(x_.data() + i) : ~std::uint64_t{0};
    }
    [[gnu::noinline]] std::uint64_t there_at_border(std::ptrdiff_t i) const {
        const auto size = static_cast<std::ptrdiff_t>(x_.size());
        if (i <= -some || i >= size) return 0;
        if (size >= some) return i < 0 ? there(0) << -i : there(size - some) >> (i + some - size);
        std::uint64_t bits = first_bits_of(size);
        if (skips_)
            for (std::size_t k = 0; k < x_.size(); k += N::width) {
                const std::size_t left = x_.size() - k;
                const batch x = left >= N::width ? N::load(&x_[k]) : N::load_first(&x_[k], left);
                const auto word = static_cast<std::uint64_t>(lanes::is_present(x).mask());
                bits &= word << k | ~(first_bits_of(N::width) << k);
            }
        return i < 0 ? bits << -i : bits >> i;
    }

    /// `count` windows, at most 64, where the elements `enter` enter and those `leave` leave. Eight counts at a time
    /// are made as bytes. With 64 windows returns which of 64 elements `ahead` are there, if that is not null: this is
    /// found while quotients are waited for (Zen 3, 5 % missing, width 20: 10000 doubles 14.4 us apart, 13.2 so;
    /// floats 7.9 and 7.2).
    [[gnu::always_inline]] std::uint64_t finish_some(T* sums, std::size_t count, std::uint64_t enter,
                                                     std::uint64_t leave, const T* ahead) {
        constexpr std::uint64_t each_byte = 0x0101010101010101;
        constexpr std::size_t groups = std::max<std::size_t>(1, N::width / 8), step = 8 * groups;
        constexpr std::ptrdiff_t offset = 16; // no byte is negative
        static_assert(groups <= 2);
        std::uint64_t present = 0;
        auto before = static_cast<std::ptrdiff_t>(count_) - offset;
        for (std::size_t i = 0; i < count; i += step) {
            std::array<std::uint64_t, 2> counts{};
            std::uint64_t last = offset; // of the group before
            for (std::size_t k = 0; k < groups; ++k) {
                counts[k] = set_bits_up_to[enter & 0xff] + last * each_byte - set_bits_up_to[leave & 0xff];
                last = counts[k] >> 56;
                enter >>= 8, leave >>= 8;
            }
            if (ahead != nullptr) present |= present_bits<Arch, step>(ahead + i) << i;
            divide_step(sums + i, count - i, counts, number_of(before));
            before += static_cast<std::ptrdiff_t>(last) - offset;
        }
        count_ = static_cast<std::size_t>(before + offset);
        return present;
    }
    /// Up to `count` sums by `base` + each byte.
    [[gnu::always_inline]] void divide_step(T* sums, std::size_t count, const std::array<std::uint64_t, 2>& counts,
                                            T base) const {
        constexpr std::size_t registers = N::width < 8 ? 8 / N::width : 1;
        const batch least(number_of(static_cast<std::ptrdiff_t>(least_)));
        unrolled<registers>([&](auto r) __attribute__((always_inline)) {
            constexpr std::size_t first = r * N::width;
            const batch present = numbers_of_bytes<T, Arch>(counts[0] >> (8 * first), counts[1]) + batch(base);
            const auto mean = [&](batch sum) __attribute__((always_inline)) {
                return N::select(present < least, batch(std::numeric_limits<T>::quiet_NaN()),
                                 N::quotient(sum, present));
            };
            T* const at = sums + first;
            if (count >= first + N::width) [[likely]]
                N::store(at, mean(N::load(at)));
            else if (count > first) N::store_first(at, mean(N::load_first(at, count - first)), count - first);
        });
    }

    /// Windows of so many elements that T does not know every count.
    void finish_one_by_one(T* sums, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i, ++end_) {
            count_ += is_there(end_);
            count_ -= is_there(end_ - static_cast<std::ptrdiff_t>(width_));
            sums[i] = count_ < least_ ? std::numeric_limits<T>::quiet_NaN()
                                      : sums[i] / number_of(static_cast<std::ptrdiff_t>(count_));
        }
    }

    std::span<const T> x_;
    bool skips_;
    std::size_t width_, least_;
    std::ptrdiff_t end_;
    std::size_t count_ = 0; // of the window before the next
};

} // namespace lanes
