// lanes/backends/simd/window_levels.hpp: sums of 2, 4, ... 64 neighbours, by doubling, and of any width up to 64.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/window_shift.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace lanes {

/// Level k holds P_k[i] = x[i - 2^k + 1] + ... + x[i] for a tile of positions and the 64 before it. `Registers` at a time
/// go through all levels while they are in registers.
template <class Arch, real T, std::size_t Registers, std::size_t Tile>
class window_levels {
public:
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size, step = Registers * width, history = chunk_size;
    static_assert(Tile % step == 0);

    /// `widths`: the width that is wanted, or the bitwise or of several.
    explicit window_levels(std::size_t widths)
        : wanted_(widths), top_(static_cast<unsigned>(std::bit_width(widths)) - 1) {
        for (std::size_t k = 1; k <= top_; ++k) std::fill_n(levels_[k].data(), history, T(-0.0));
    }

    /// from[i] is the element at position i of a tile, also for i = -1.
    void start(const T* from) { from_ = from; }

    /// Positions begin ... end - 1 of a tile, multiples of `step`.
    void advance(std::size_t begin, std::size_t end) {
        switch (top_) {
        case 1: return double_up<1>(begin, end);
        case 2: return double_up<2>(begin, end);
        case 3: return double_up<3>(begin, end);
        case 4: return double_up<4>(begin, end);
        case 5: return double_up<5>(begin, end);
        case 6: return double_up<6>(begin, end);
        default: return;
        }
    }

    /// Makes the last 64 of `count` positions the history of the next tile.
    void keep_history(std::size_t count) {
        for (std::size_t k = 1; k <= top_; ++k)
            std::memmove(levels_[k].data(), levels_[k].data() + count, history * sizeof(T));
    }

    /// The pieces of a window, from its end: where each has its sum for a window that ends at the tile's position 0.
    struct pieces {
        std::array<const T*, 7> at;
        std::size_t count = 0;

        /// The sums of the windows that end at `position`, in `count` registers.
        template <std::size_t count_of_registers>
        [[gnu::always_inline]] std::array<batch, count_of_registers> sums(std::ptrdiff_t position) const {
            std::array<batch, count_of_registers> sum;
            unrolled<count_of_registers>([&](auto u) __attribute__((always_inline)) {
                sum[u] = N::load(at[0] + position + u * width);
            });
            for (std::size_t piece = 1; piece < count; ++piece) {
                const T* next = at[piece] + position;
                unrolled<count_of_registers>([&](auto u) __attribute__((always_inline)) {
                    sum[u] = N::load(next + u * width) + sum[u];
                });
            }
            return sum;
        }
    };

    /// For windows of `window` elements, whose bits are among `widths`.
    pieces pieces_of(std::size_t window) const {
        pieces result;
        for (std::size_t k = 0, offset = 0; window >> k != 0; ++k) {
            if (((window >> k) & 1) == 0) continue;
            result.at[result.count++] = (k == 0 ? from_ : levels_[k].data() + history) - offset;
            offset += std::size_t{1} << k;
        }
        return result;
    }

private:
    template <std::size_t top>
    void double_up(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; i += step) {
            std::array<batch, Registers> p;
            const T* from = from_;
            unrolled<Registers>([&](auto u) __attribute__((always_inline)) {
                p[u] = N::load(from + i + u * width - 1) + N::load(from + i + u * width);
            });
            unrolled<top - 1>([&](auto k) __attribute__((always_inline)) { next_level<k + 1>(p, i); });
            store_last<Registers>(p, levels_[top].data() + history + i);
        }
    }

    /// From level k to k + 1. Of level k memory gets what the next registers need, or all if a window is cut from it.
    template <std::size_t k>
    [[gnu::always_inline]] void next_level(std::array<batch, Registers>& p, std::size_t i) {
        constexpr std::size_t reach = std::size_t{1} << k, registers_back = std::max<std::size_t>(1, reach / width);
        T* const here = levels_[k].data() + history + i;
        if ((wanted_ >> k) & 1) store_last<Registers>(p, here);
        else store_last<std::min(registers_back, Registers)>(p, here);
        unrolled<Registers>([&](auto before_last) __attribute__((always_inline)) {
            constexpr std::size_t u =
                Registers - 1 - before_last; // from the right, so that p[u - ...] is still level k
            if constexpr (reach < width) {
                batch left;
                if constexpr (u > 0) left = p[u - 1];
                else left = N::load(here - width);
                p[u] = shifted<width - reach>(left, p[u]) + p[u];
            } else if constexpr (u >= registers_back) {
                p[u] = p[u - registers_back] + p[u];
            } else {
                p[u] = N::load(here + u * width - reach) + p[u];
            }
        });
    }

    template <std::size_t last>
    [[gnu::always_inline]] static void store_last(const std::array<batch, Registers>& p, T* level) {
        unrolled<last>([&](auto u) __attribute__((always_inline)) {
            constexpr std::size_t at = Registers - last + u;
            N::store(level + at * width, p[at]);
        });
    }

    std::size_t wanted_;
    unsigned top_;
    const T* from_ = nullptr;
    struct alignas(64) level : std::array<T, history + Tile> {};
    std::array<level, 7> levels_; // level 0 is the caller's memory
};

} // namespace lanes
