// lanes/backends/simd/window_count.hpp: how many elements of each of many windows are there.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_scan.hpp>
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
    using N = number<xsimd::batch<T, Arch>>;
    typename N::batch differences(T(0)); // of elements with themselves: NaN for those that are not finite
    for (std::size_t i = 0; i < count; i += N::width) differences = differences + (N::load(x + i) - N::load(x + i));
    return xsimd::any(N::is_nan(differences));
}

/// Makes means of the sums of consecutive windows of which not all are full: elements outside of the array and, with
/// `skips`, missing ones do not count. From window to window a count changes by what enters and what leaves.
template <class Arch, real T>
class simd_window_counts {
    using scan = group_scan<Arch, T>;
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

public:
    /// Of the windows that end at operation.first and after.
    simd_window_counts(const any_window& operation, std::size_t width, std::span<const T> x)
        : x_(x), skips_(operation.skips), width_(width), least_(operation.least),
          end_(static_cast<std::ptrdiff_t>(operation.first)) {
        const auto length = static_cast<std::ptrdiff_t>(width), size = static_cast<std::ptrdiff_t>(x.size());
        std::ptrdiff_t i = end_ > length ? end_ - length : 0;
        const std::ptrdiff_t last = end_ < size ? end_ : size;
        for (; i + vector <= last; i += vector) count_ += static_cast<std::size_t>(std::popcount(bits(present(i))));
        for (; i < last; ++i) count_ += is_there(i);
    }

    /// Divides the sums of the next `count` windows by their counts, and makes those NaN that have too few. `full` knows
    /// the width.
    void finish(T* sums, std::size_t count, const window_finish<Arch, T, true>& full) {
        if (width_ >= std::size_t{1} << std::numeric_limits<T>::digits) return finish_one_by_one(sums, count);
        std::size_t i = 0;
        for (; i + some <= count; i += some) {
            // Asked for so many at once, since a core that guesses wrong loses as much time as some divisions take.
            if (count_ == width_ && are_all_there(end_) && are_all_there(end_ - static_cast<std::ptrdiff_t>(width_))) {
                full.apply(sums + i, some);
                end_ += static_cast<std::ptrdiff_t>(some);
            } else {
                for (std::size_t k = 0; k < some; k += scan::size) finish_group(sums + i + k, scan::size);
            }
        }
        for (; i + scan::size <= count; i += scan::size) finish_group(sums + i, scan::size);
        if (i == count) return;
        alignas(64) std::array<T, scan::size> last{};
        std::copy(sums + i, sums + count, last.begin());
        finish_group(last.data(), count - i);
        std::copy_n(last.begin(), count - i, sums + i);
    }

private:
    static constexpr std::size_t some = 64;
    static constexpr auto vector = static_cast<std::ptrdiff_t>(N::width);

    static std::uint64_t bits(typename N::mask mask) {
        auto word = static_cast<std::uint64_t>(mask.mask());
        asm("" : "+r"(word)); // see observed_rows in recurrence_gaps.hpp
        return word;
    }
    static batch number_of(typename N::mask present) { return N::select(present, batch(T(1)), batch(T(0))); }
    /// Exact below 2^24 or 2^53, and never negative.
    static T number_of(std::size_t count) { return static_cast<T>(static_cast<std::ptrdiff_t>(count)); }
    std::size_t moved(std::uint64_t enter, std::uint64_t leave) const {
        return count_ + static_cast<std::size_t>(std::popcount(enter)) - static_cast<std::size_t>(std::popcount(leave));
    }

    bool is_there(std::ptrdiff_t i) const {
        const auto at = static_cast<std::size_t>(i);
        return at < x_.size() && (!skips_ || lanes::is_present(x_[at]));
    }
    /// Which of the elements from i on are there.
    [[gnu::always_inline]] typename N::mask present(std::ptrdiff_t i) const {
        if (i >= 0 && i + vector <= static_cast<std::ptrdiff_t>(x_.size())) [[likely]]
            return skips_ ? lanes::is_present(N::load(x_.data() + i)) : typename N::mask(true);
        return present_at_border(i);
    }
    [[gnu::noinline]] typename N::mask present_at_border(std::ptrdiff_t i) const {
        if (i <= -vector || i >= static_cast<std::ptrdiff_t>(x_.size())) return typename N::mask(false);
        alignas(64) std::array<T, N::width> there;
        for (std::size_t l = 0; l < N::width; ++l)
            there[l] = is_there(i + static_cast<std::ptrdiff_t>(l)) ? T(1) : T(0);
        return N::load(there.data()) != batch(T(0));
    }

    bool are_all_there(std::ptrdiff_t i) const {
        if (i < 0 || i + static_cast<std::ptrdiff_t>(some) > static_cast<std::ptrdiff_t>(x_.size())) return false;
        return !skips_ || !any_missing<Arch>(x_.data() + i, some);
    }

    /// `count` windows, of scan::size sums.
    [[gnu::always_inline]] void finish_group(T* sums, std::size_t count) {
        std::array<typename N::mask, scan::registers> entering, leaving;
        std::uint64_t enter = 0, leave = 0;
        unrolled<scan::registers>([&](auto r) __attribute__((always_inline)) {
            const std::ptrdiff_t end = end_ + static_cast<std::ptrdiff_t>(r * N::width);
            entering[r] = present(end), leaving[r] = present(end - static_cast<std::ptrdiff_t>(width_));
            enter |= bits(entering[r]) << (r * N::width), leave |= bits(leaving[r]) << (r * N::width);
        });
        end_ += static_cast<std::ptrdiff_t>(count);
        typename scan::group change;
        unrolled<scan::registers>([&](auto r) __attribute__((always_inline)) {
            change[r] = number_of(entering[r]) - number_of(leaving[r]);
        });
        change = scan::up(change);
        batch before(number_of(count_));
        if constexpr (scan::size > chunk_group) {
            constexpr std::uint64_t first = (std::uint64_t{1} << chunk_group) - 1;
            before = N::select(N::first(chunk_group), before, batch(number_of(moved(enter & first, leave & first))));
        }
        unrolled<scan::registers>([&](auto r) __attribute__((always_inline)) {
            T* const at = sums + r * N::width;
            const batch there = before + change[r];
            N::store(at, N::select(there < batch(number_of(least_)), batch(std::numeric_limits<T>::quiet_NaN()),
                                   N::quotient(N::load(at), there)));
        });
        constexpr std::uint64_t all = (std::uint64_t{1} << (scan::size - 1) << 1) - 1;
        const std::uint64_t counted = all >> (scan::size - count);
        count_ = moved(enter & counted, leave & counted);
    }

    /// Windows of so many elements that T does not know every count.
    void finish_one_by_one(T* sums, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i, ++end_) {
            count_ += is_there(end_);
            count_ -= is_there(end_ - static_cast<std::ptrdiff_t>(width_));
            sums[i] = count_ < least_ ? std::numeric_limits<T>::quiet_NaN() : sums[i] / number_of(count_);
        }
    }

    std::span<const T> x_;
    bool skips_;
    std::size_t width_, least_;
    std::ptrdiff_t end_;
    std::size_t count_ = 0; // of the window before the next
};

} // namespace lanes
