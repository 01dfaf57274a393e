// lanes/backends/simd/window_few.hpp: windows of at most 64 elements over a series so short that registers hold it.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/short_copy.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_shift.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>

namespace lanes {

/// The same sums as those of narrow_windows, without tiles and history: what those cost is most of a short call. Width 5,
/// doubles, ns, before and after: moving_average of 30 AVX-512 63 and 28, AVX2 84 and 30; of 64, AVX-512, 77 and 29;
/// rolling_mean of 30, AVX-512, 88 and 32, of 20, AVX2, 60 and 24. With 16 registers 100 doubles, AVX-512, took 57 instead
/// of 97, but to compile that takes 1 to 2 s more.
template <class Arch, real T>
class few_windows {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t vector = batch::size, registers = 8, most = registers * vector;
    using row = std::array<batch, registers>;

public:
    /// Whether all elements that `count` windows reach fit. Where elements may be missing, windows have to be counted.
    static bool suits(const any_window& operation, std::size_t width, std::size_t count) {
        return width <= chunk_size && count <= most && count + width - 1 <= most && !operation.skips;
    }

    static void run(const any_window& operation, std::size_t width, std::span<const T> x, std::span<T> out) {
        alignas(64) std::array<T, most + chunk_size> room;
        row sum = sums(operation.first, width, x, out.size(), room.data());
        const bool is_partial = operation.first + 1 < width || operation.first + out.size() > x.size();
        if (operation.divides) {
            if (is_partial) store(sum, room.data());
            constant_quotient<Arch, T>(width).divide(sum);
        }
        unrolled<registers>([&](auto u) __attribute__((always_inline)) {
            constexpr std::size_t at = u * vector;
            if (at + vector <= out.size()) N::store(out.data() + at, sum[u]);
            else if (at < out.size()) N::store_first(out.data() + at, sum[u], out.size() - at);
        });
        if (operation.divides && is_partial) finish_partial(operation, width, x.size(), room.data(), out);
    }

private:
    /// Element j: the sum of the window that ends at first + j, for j < count; other elements are meaningless.
    [[gnu::always_inline]] static row sums(std::size_t first, std::size_t width, std::span<const T> x,
                                           std::size_t count, T* room) {
        const std::size_t reached = count + width - 1; // elements from the start of the first window on
        const std::size_t before = first + 1 < width ? width - (first + 1) : 0, start = first + 1 + before - width;
        const std::size_t present = std::min(x.size() - std::min(x.size(), start), reached - before);
        const batch one(T(1)); // for what no window reaches: a subnormal number would be slow
        unrolled<registers + chunk_size / vector>([&](auto u) __attribute__((always_inline)) {
            N::store(room + u * vector, one);
        });
        if (present < reached) short_fill<batch>(room, reached, T(-0.0));
        short_copy<batch>(x.data() + start, present, room + before);

        // p: sums of 2^k elements from each on. The pieces of a window are joined from its end.
        row p, sum;
        unrolled<registers>([&](auto u) __attribute__((always_inline)) {
            p[u] = N::load(room + u * vector), sum[u] = batch(T(-0.0));
        });
        std::size_t left = width; // of a window, before the pieces that are joined
        unrolled<7>([&](auto k) __attribute__((always_inline)) {
            constexpr std::size_t reach = std::size_t{1} << k;
            if ((width & reach) != 0) {
                left -= reach;
                if (k > 0 && left > 0) store(p, room);
                unrolled<registers>([&](auto u) __attribute__((always_inline)) {
                    const batch piece = left == 0 ? p[u] : N::load(room + left + u * vector);
                    sum[u] = left + reach == width ? piece : piece + sum[u];
                });
            }
            if (left > reach) double_up<reach>(p, one);
        });
        return sum;
    }

    /// From sums of `reach` elements to sums of twice as many.
    template <std::size_t reach>
    [[gnu::always_inline]] static void double_up(row& p, const batch& behind) {
        unrolled<registers>([&](auto u) __attribute__((always_inline)) {
            const auto at = [&](auto r) __attribute__((always_inline)) {
                if constexpr (r < registers) return p[r];
                else return behind;
            };
            using next = std::integral_constant<std::size_t, u + 1>;
            using later = std::integral_constant<std::size_t, u + reach / vector>;
            if constexpr (reach < vector) p[u] = p[u] + shifted<reach>(p[u], at(next()));
            else p[u] = p[u] + at(later());
        });
    }

    [[gnu::always_inline]] static void store(const row& values, T* to) {
        unrolled<registers>([&](auto u) __attribute__((always_inline)) { N::store(to + u * vector, values[u]); });
    }

    /// Of windows that reach beyond x.
    static void finish_partial(const any_window& operation, std::size_t width, std::size_t size, const T* sums,
                               std::span<T> out) {
        const std::size_t first = operation.first, count = out.size();
        const auto up_to = [&](std::size_t position) { // windows that end before this position
            return std::min(count, position - std::min(position, first));
        };
        const auto finish = [&](std::size_t j, std::size_t last) {
            for (; j < last; ++j) {
                const std::size_t there = elements_in_window(first + j, width, size);
                out[j] =
                    operation.least <= there ? sums[j] / static_cast<T>(there) : std::numeric_limits<T>::quiet_NaN();
            }
        };
        const std::size_t missing = up_to(operation.least - 1), full = up_to(width - 1);
        short_fill<batch>(out.data(), missing, std::numeric_limits<T>::quiet_NaN());
        finish(missing, full);
        finish(std::max(full, up_to(size)), count);
    }
};

} // namespace lanes
