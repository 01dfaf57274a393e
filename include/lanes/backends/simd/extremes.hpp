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
        bool has_zeros = false; // a piece had a zero for its extreme: most likely others do
        for (std::size_t first = 0; first < x_.size(); first += piece) {
            const std::span<const T> part = x_.subspan(first, std::min(piece, x_.size() - first));
            // Signs of zeros matter where nothing better was met: neither another number nor the better of the two.
            const bool asks_for_signs =
                Extreme::better(best, T(0)) == T(0) && (best != T(0) || !Extreme::zero_sign(best));
            T value = has_zeros && asks_for_signs ? of<true>(part) : of<false>(part);
            if (value == T(0) && asks_for_signs && !has_zeros) value = zero_of(part), has_zeros = true;
            best = Extreme::merge(best, value);
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
    /// What is read again where the extreme is a zero for the first time: half of L1. From then on signs are kept, by one
    /// operation more for each pair of registers with AVX-512. Of 50000 doubles whose least is a zero, from L2: 10.4 us where
    /// all is read twice, 6.6 us with the signs; 6.3 us without a zero.
    static constexpr std::size_t piece = 16384 / sizeof(T);

    template <bool Signs>
    struct state {
        std::array<batch, registers> best;
        std::array<typename N::mask, flags> ordered;
        std::array<batch, 2> signs;

        state() {
            unrolled<2>([&](auto j) { signs[j] = batch(worse_zero); });
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
                if constexpr (Signs) signs[j % 2] = better_sign(signs[j % 2], better_sign(x, y));
            });
        }
        [[gnu::always_inline]] void take(batch x) {
            ordered[0] = N::ordered(ordered[0], x, x);
            best[0] = Extreme::better(x, best[0]);
            if constexpr (Signs) signs[0] = better_sign(signs[0], x);
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
            else return fold_lanes<Half / 2>(Extreme::better(N::template upper<Half>(a), a));
        }
    };

    /// The extreme of x; if it is a zero, of the right sign with `Signs`, of any without.
    template <bool Signs>
    static T of(std::span<const T> x) {
        state<Signs> s;
        std::size_t i = 0;
        if (x.size() >= group) {
            s.take(x.data());
            i = group - N::elements_past_alignment(x.data()); // from here on no load crosses a line
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
        if constexpr (Signs)
            if (value == T(0)) return zero_with(better_sign(s.signs[0], s.signs[1]));
        return value;
    }

    // Comparisons cannot tell the zeros apart. But where the extreme is one, all elements but the better zero have the sign
    // of the worse: one with the other sign shows that it is there.

    static constexpr T better_zero = Extreme::better_zero, worse_zero = -better_zero;
    static constexpr bool is_better_negative = number<T>::is_negative(better_zero);

    /// The better sign of the two in each lane.
    [[gnu::always_inline]] static batch better_sign(batch a, batch b) {
        if constexpr (is_better_negative) return a | b;
        else return a & b;
    }
    static T zero_with(batch signs) {
        std::array<T, width> lanes;
        N::store(lanes.data(), signs);
        const auto is_better = [](T a) { return number<T>::is_negative(a) == is_better_negative; };
        return std::any_of(lanes.begin(), lanes.end(), is_better) ? better_zero : worse_zero;
    }
    /// The extreme of x if it is a zero. In four chains, which keep up with the loads.
    static T zero_of(std::span<const T> x) {
        constexpr std::size_t chains = 4, step = chains * width;
        std::array<batch, chains> signs;
        unrolled<chains>([&](auto j) { signs[j] = batch(worse_zero); });
        std::size_t i = 0;
        for (; i + step <= x.size(); i += step)
            unrolled<chains>([&](auto j) { signs[j] = better_sign(signs[j], N::load(x.data() + i + j * width)); });
        for (; i + width <= x.size(); i += width) signs[0] = better_sign(signs[0], N::load(x.data() + i));
        if (i < x.size() && x.size() >= width) signs[0] = better_sign(signs[0], N::load(x.data() + x.size() - width));
        else if (i < x.size()) signs[0] = N::select(N::first(x.size()), N::load_first(x.data(), x.size()), signs[0]);
        return zero_with(better_sign(better_sign(signs[0], signs[1]), better_sign(signs[2], signs[3])));
    }

    std::span<const T> x_;
};

} // namespace lanes
