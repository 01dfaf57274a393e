// lanes/backends/simd/matmul_pack.hpp: operands copied into the order in which the micro-kernel reads them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/transposition.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/matrix.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace lanes {

/// Memory of one call: on the stack if it is little, otherwise one allocation. One and not several, because then the C
/// library keeps the pages for the next call instead of returning them; faulting them in again cost 30 % at n = 256.
template <real T>
class matmul_room {
public:
    explicit matmul_room(std::size_t size)
        : large_(size > little ? size : 0), data_(size > little ? large_.data() : small_) {}
    T* data() const { return data_; }

private:
    static constexpr std::size_t little = 32768 / sizeof(T);
    array<T> large_;
    T* data_;
    alignas(64) T small_[little]; // deliberately not filled
};

/// A length cut into the least number of parts of at most `most`, whose lengths differ by one at most: a short last
/// part would leave registers idle.
struct even_parts {
    std::size_t count, shortest, longer; // the first `longer` parts have one more

    even_parts(std::size_t length, std::size_t most) : count(1), shortest(length), longer(0) {
        if (length <= most) return; // without divisions, which a small product would feel
        count = (length + most - 1) / most;
        shortest = length / count;
        longer = length - shortest * count;
    }
    std::size_t start(std::size_t part) const { return part * shortest + std::min(part, longer); }
    std::size_t length(std::size_t part) const { return shortest + (part < longer); }
};

/// Writes element (r, k) of `from`, of which there are at most as many rows as the tile can have, to to[k step + r] for
/// r < rows, and zeros for rows <= r < filled <= step. Up to `slack` elements behind the last step may be overwritten.
template <class Arch, real T>
class matmul_pack {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;

public:
    static constexpr std::size_t slack = width;

    static void rows(const matrix_view<const T>& from, T* to, std::size_t step, std::size_t filled) {
        std::size_t r = 0;
        if (from.col_stride == 1 && from.rows > 1) {
            for (; r + width <= from.rows; r += width) along_rows(from, r, width, to, step);
            // A register's worth is stored though fewer rows are left: what it spoils is written again by the next step
            // if there are no rows before this group.
            if (r == 0 && 2 * from.rows >= width) along_rows(from, 0, from.rows, to, step), r = from.rows;
        } else if (from.row_stride == 1) {
            for (; r + width <= from.rows; r += width)
                for (std::size_t k = 0; k < from.cols; ++k) N::store(to + k * step + r, N::load(&from(r, k)));
            if (r < from.rows) {
                for (std::size_t k = 0; k < from.cols; ++k)
                    N::store_first(to + k * step + r, N::load_first(&from(r, k), from.rows - r), from.rows - r);
                r = from.rows;
            }
        }
        for (; r < filled; ++r)
            for (std::size_t k = 0; k < from.cols; ++k) to[k * step + r] = r < from.rows ? from(r, k) : T(0);
    }

    /// Elements from row to row of `rows_apart`: an odd number of lines, so that the rows of a tile share no set of a cache.
    static constexpr std::size_t row_apart(std::size_t depth) {
        constexpr std::size_t line = 64 / sizeof(T);
        return ((depth + line - 1) / line | 1) * line;
    }
    /// Rows that are contiguous in k, as they are.
    static void rows_apart(const matrix_view<const T>& from, T* to) {
        const std::size_t whole = from.cols / width * width;
        for (std::size_t r = 0; r < from.rows; ++r, to += row_apart(from.cols)) {
            const T* row = &from(r, 0);
            for (std::size_t k = 0; k < whole; k += width) {
                prefetch(row + k + 2 * from.row_stride);
                N::store(to + k, N::load(row + k));
            }
            std::copy_n(row + whole, from.cols - whole, to + whole);
        }
    }

    /// The columns of `from`, cut into slivers of `across` registers as above. A contiguous row is read in one go, though
    /// it goes to many slivers: hardware fetches ahead along rows.
    static void columns(const matrix_view<const T>& from, T* to, const even_parts& across) {
        if (from.col_stride != 1) {
            for (std::size_t s = 0; s < across.count; ++s) {
                const std::size_t first = across.start(s) * width, filled = across.length(s) * width;
                rows(transposed(from.block(0, first, from.rows, std::min(filled, from.cols - first))),
                     to + first * from.rows, filled, filled);
            }
            return;
        }
        const std::size_t whole = from.cols / width, rest = from.cols % width;
        const std::ptrdiff_t next = 2 * from.row_stride;
        for (std::size_t k = 0; k < from.rows; ++k) {
            const T* row = &from(k, 0);
            std::size_t v = 0;
            for (std::size_t s = 0; s < across.count; ++s) {
                const std::size_t first = across.start(s), length = across.length(s);
                T* sliver = to + first * width * from.rows + k * length * width;
                for (const std::size_t last = std::min(first + length, whole); v < last; ++v, sliver += width) {
                    prefetch(row + v * width + next);
                    N::store(sliver, N::load(row + v * width));
                }
                if (v < first + length) N::store(sliver, N::load_first(row + v * width, rest));
            }
        }
    }

private:
    /// Hardware fetches ahead within a page, but each row of a wide matrix lies in pages of its own.
    [[gnu::always_inline]] static void prefetch([[maybe_unused]] const T* there) {
#if defined(__GNUC__)
        __builtin_prefetch(there);
#endif
    }

    /// Rows r ... r + count - 1, each contiguous in k, for count <= width.
    static void along_rows(const matrix_view<const T>& from, std::size_t r, std::size_t count, T* to,
                           std::size_t step) {
        using squares = transposition<Arch, T>;
        std::array<const T*, width> row;
        for (std::size_t l = 0; l < width; ++l) row[l] = &from(r + std::min(l, count - 1), 0);
        const std::ptrdiff_t next = static_cast<std::ptrdiff_t>(from.rows) * from.row_stride; // rows of the next sliver
        std::size_t k = 0;
        for (; k + width <= from.cols; k += width) {
            unrolled<width>([&](auto l) { prefetch(row[l] + k + next); });
            unrolled<width / squares::depth>([&](auto part) {
                const std::size_t first = k + part * squares::depth;
                const auto columns = squares::of_rows([&](std::size_t l) { return row[l] + first; });
                unrolled<squares::depth>([&](auto s) { N::store(to + (first + s) * step + r, columns[s]); });
            });
        }
        for (; k < from.cols; ++k)
            for (std::size_t l = 0; l < count; ++l) to[k * step + r + l] = row[l][k];
    }
};

} // namespace lanes
