// lanes/backends/simd/matmul_narrow.hpp: the smallest products: one or two registers of columns, the rows of a tile.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/matmul_part.hpp>
#include <lanes/backends/simd/matmul_tile.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace lanes {

/// c = a b for one panel, rows of a contiguous. What a call costs besides its sums is most of its time: all that a kernel
/// needs comes in registers, and steps are taken by fours, at offsets that are part of the instructions (double 4 and 8,
/// AVX-512: 9 and 17 ns with all checks of the arguments; 19 and 32 by way of matmul_tile).
template <class Arch, real T>
class matmul_narrow {
    using whole = xsimd::batch<T, Arch>;
    using stride = std::ptrdiff_t;

public:
    static constexpr std::size_t width = whole::size;
    static constexpr std::size_t rows = matmul_tile<Arch, T>::rows;
    /// From row to row of a and b: bytes. Of c: elements.
    using kernel = void (*)(const T* a, const T* b, T* c, stride a_row, stride b_row, stride c_row, stride depth,
                            std::size_t cols, std::size_t rows);

    /// The kernel for a c of `height` rows and `cols` columns.
    [[gnu::always_inline]] static kernel of(std::size_t height, std::size_t cols) {
        if (cols == width) return table<whole, false>[height - 1];
        if constexpr (has_parts<Arch>) {
            constexpr std::size_t half = sizeof(whole) / 2;
            if (cols == width / 2) return table<matmul_part<Arch, T, half>, false>[height - 1];
            if constexpr (half / 2 == 4 * sizeof(T)) // 4 x 4 of float is what graphics and robots multiply
                if (cols == width / 4) return table<matmul_part<Arch, T, half / 2>, false>[height - 1];
        }
        return table<whole, true>[height - 1];
    }

    /// Kernels for two whole registers of columns, where a tile has no more: products of 16 to 64 take up to 8 % less
    /// time by these than by `matmul_tile` (Zen 3: 32 x 32 double 1.49 and 1.39 us, 64 x 64 10.99 and 10.76).
    static constexpr bool has_pairs = has_parts<Arch> && matmul_tile<Arch, T>::vectors == 2;
    [[gnu::always_inline]] static kernel of_pairs(std::size_t height) { return pairs[height - 1]; }

private:
    template <class Batch, bool Part, std::size_t Rows>
    static void tile(const T* a, const T* b, T* c, stride a_row, stride b_row, stride c_row, stride depth,
                     std::size_t cols, std::size_t) {
        tile<Batch, Part>(a, b, c, a_row, b_row, c_row, depth, cols, std::make_index_sequence<Rows>(),
                          std::make_index_sequence<4 * Rows>());
    }

    template <class Batch, bool Part, std::size_t... r, std::size_t... i>
    [[gnu::always_inline]] static inline void tile(const T* a, const T* b, T* c, stride a_row, stride b_row,
                                                   stride c_row, stride depth, [[maybe_unused]] std::size_t cols,
                                                   std::index_sequence<r...>, std::index_sequence<i...>) {
        using N = number<Batch>;
        constexpr std::size_t height = sizeof...(r);
        const auto load = [&](const T* from) {
            if constexpr (Part) return N::load_first(from, cols);
            else return N::load(from);
        };
        const T* row_of_a[] = {moved(a, static_cast<stride>(r) * a_row)...};
        Batch chains[] = {(static_cast<void>(r), Batch(T(0)))...};
        if constexpr (!Part)
            for (; depth >= 4; depth -= 4) {
                const Batch row_of_b[] = {load(b), load(moved(b, b_row)), load(moved(b, 2 * b_row)),
                                          load(moved(b, 3 * b_row))};
                ((chains[i % height] =
                      N::fma(Batch(row_of_a[i % height][i / height]), row_of_b[i / height], chains[i % height])),
                 ...);
                b = moved(b, 4 * b_row);
                (advance(row_of_a[r], 4), ...);
            }
        for (; depth > 0; --depth) {
            const Batch row_of_b = load(b);
            ((chains[r] = N::fma(Batch(*row_of_a[r]), row_of_b, chains[r])), ...);
            b = moved(b, b_row);
            (advance(row_of_a[r], 1), ...);
        }
        ((Part ? N::store_first(c, chains[r], cols) : N::store(c, chains[r]), c += c_row), ...);
    }

    template <std::size_t Rows>
    static void pair(const T* a, const T* b, T* c, stride a_row, stride b_row, stride c_row, stride depth, std::size_t,
                     std::size_t) {
        pair(a, b, c, a_row, b_row, c_row, depth, std::make_index_sequence<Rows>());
    }
    template <std::size_t... r>
    [[gnu::always_inline]] static inline void pair(const T* a, const T* b, T* c, stride a_row, stride b_row,
                                                   stride c_row, stride depth, std::index_sequence<r...>) {
        using N = number<whole>;
        const T* row_of_a[] = {moved(a, static_cast<stride>(r) * a_row)...};
        whole left[] = {(static_cast<void>(r), whole(T(0)))...}, right[] = {(static_cast<void>(r), whole(T(0)))...};
        const auto step = [&](std::size_t k) __attribute__((always_inline)) {
            const whole of_left = N::load(b), of_right = N::load(b + width);
            const auto add = [&](whole factor, whole & to_left, whole & to_right) __attribute__((always_inline)) {
                to_left = N::fma(factor, of_left, to_left);
                to_right = N::fma(factor, of_right, to_right);
            };
            (add(whole(row_of_a[r][k]), left[r], right[r]), ...);
            b = moved(b, b_row);
        };
        for (; depth >= 4; depth -= 4) {
            step(0), step(1), step(2), step(3);
            (advance(row_of_a[r], 4), ...);
        }
        for (; depth > 0; --depth) {
            step(0);
            (advance(row_of_a[r], 1), ...);
        }
        ((N::store(c, left[r]), N::store(c + width, right[r]), c += c_row), ...);
    }

    /// Out of sight of compilers that would replace pointers by one index, which costs each load an instruction.
    static void advance(const T*& pointer, stride elements) {
        pointer += elements;
#if defined(__GNUC__)
        asm("" : "+r"(pointer));
#endif
    }

    template <class Batch, bool Part>
    static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
        return std::array<kernel, sizeof...(i)>{&tile<Batch, Part, i + 1>...};
    }
    (std::make_index_sequence<rows>());
    static constexpr auto pairs = []<std::size_t... i>(std::index_sequence<i...>) {
        return std::array<kernel, sizeof...(i)>{&pair<i + 1>...};
    }
    (std::make_index_sequence<has_pairs ? rows : 0>());
};

} // namespace lanes
