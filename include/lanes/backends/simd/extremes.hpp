// lanes/backends/simd/extremes.hpp: minimum and maximum. They are exact, so elements may come in any order, and twice.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/operations.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>

namespace lanes {

/// The extreme of some elements, by one comparison an element and one more for each pair of registers, which tells
/// whether there is a NaN.
template <class Arch, class Extreme, real T>
class extreme_of_elements {
public:
    explicit extreme_of_elements(std::span<const T> x) : x_(x) {}

    T value() const {
        T best = Extreme::template worst<T>();
        for (std::size_t first = 0; first < x_.size(); first += piece) {
            best = Extreme::merge(best, of(x_.subspan(first, std::min(piece, x_.size() - first))));
            if (best != best) return best;
        }
        return best;
    }

private:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;
    /// Two comparisons a cycle with a latency of four.
    static constexpr std::size_t registers = 8, group = registers * width;
    /// Flags for NaN: comparisons into a mask take as long, "and" of registers one cycle, and these are 16 only.
    static constexpr std::size_t flags = N::registers == 32 ? 4 : 1;
    /// What is read again where the extreme is a zero: half of L1.
    static constexpr std::size_t piece = 16384 / sizeof(T);

    struct state {
        std::array<batch, registers> best;
        std::array<typename N::mask, flags> ordered;

        state() {
            unrolled<registers>([&](auto j) { best[j] = batch(Extreme::template worst<T>()); });
            unrolled<flags>([&](auto j) { ordered[j] = typename N::mask(true); });
        }
        [[gnu::always_inline]] void take(const T* from) {
            unrolled<registers / 2>([&](auto j) {
                const batch x = N::read_once(N::load(from + 2 * j * width)),
                            y = N::read_once(N::load(from + (2 * j + 1) * width));
                ordered[j % flags] = N::ordered(ordered[j % flags], x, y);
                best[2 * j] = Extreme::better(x, best[2 * j]);
                best[2 * j + 1] = Extreme::better(y, best[2 * j + 1]);
            });
        }
        [[gnu::always_inline]] void take(batch x) {
            ordered[0] = N::ordered(ordered[0], x, x);
            best[0] = Extreme::better(x, best[0]);
        }
        [[gnu::always_inline]] bool has_nan() {
            unrolled<flags - 1>([&](auto j) { ordered[0] = ordered[0] & ordered[j + 1]; });
            return !xsimd::all(ordered[0]);
        }
        [[gnu::always_inline]] T value() {
            fold_registers<registers / 2>();
            return fold_lanes<width / 2>(best[0]);
        }
        template <std::size_t Half>
        [[gnu::always_inline]] void fold_registers() {
            if constexpr (Half > 0) {
                unrolled<Half>([&](auto j) { best[j] = Extreme::better(best[j], best[j + Half]); });
                fold_registers<Half / 2>();
            }
        }
        template <std::size_t Half>
        static T fold_lanes(batch a) {
            if constexpr (Half == 0) return N::first_lane(a);
            else return fold_lanes<Half / 2>(Extreme::better(N::template down<Half>(a), a));
        }
    };

    static T of(std::span<const T> x) {
        state s;
        std::size_t i = 0;
        if (x.size() >= group) {
            for (; i + group <= x.size(); i += group) s.take(x.data() + i);
            if (i < x.size()) s.take(x.data() + x.size() - group);
        } else if (x.size() >= width) {
            for (; i + width <= x.size(); i += width) s.take(N::load(x.data() + i));
            if (i < x.size()) s.take(N::load(x.data() + x.size() - width));
        } else {
            s.take(N::select(N::first(x.size()), N::load_first(x.data(), x.size()), s.best[0]));
        }
        if (s.has_nan()) return std::numeric_limits<T>::quiet_NaN();
        const T value = s.value();
        return value == T(0) ? zero_of(x) : value;
    }

    /// The better of the two zeros, if one is there. Comparisons cannot tell them apart, but all other elements have the
    /// sign of the worse.
    static T zero_of(std::span<const T> x) {
        constexpr T better = Extreme::better_zero;
        batch signs(-better);
        std::size_t i = 0;
        for (; i + width <= x.size(); i += width) {
            if constexpr (number<T>::is_negative(better)) signs = signs | N::load(x.data() + i);
            else signs = signs & N::load(x.data() + i);
        }
        std::array<T, width> lanes;
        N::store(lanes.data(), signs);
        const auto is_better = [](T a) { return number<T>::is_negative(a) == number<T>::is_negative(better); };
        const auto rest = x.subspan(i);
        return std::any_of(lanes.begin(), lanes.end(), is_better) || std::any_of(rest.begin(), rest.end(), is_better)
                   ? better
                   : -better;
    }

    std::span<const T> x_;
};

} // namespace lanes
