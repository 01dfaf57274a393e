// lanes/backends/simd/matmul_streamed.hpp: products of few steps whose c has no room in the caches.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/matmul_pack.hpp>
#include <lanes/backends/simd/matmul_tile.hpp>
#include <lanes/backends/simd/streaming.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace lanes {

/// c = a b where writing c is most of the work: its tiles go past the caches. Meanwhile b is read from L1, since lines
/// that are streamed and lines that come from L2 wait in the same buffers (4096 x 16 x 4096 doubles, AVX-512: 11.5 ms with
/// ordinary stores, 12.5 with streamed ones, 7.0 with b in L1 too).
template <class Arch, real T>
class matmul_streamed {
    using tile = matmul_tile<Arch, T>;
    using pack = matmul_pack<Arch, T>;
    static constexpr std::size_t line = 64, rows = tile::streamed_rows, columns = tile::columns;
    static constexpr bool is_possible = has_streams<Arch> && has_fma<Arch>::value;

public:
    /// Steps up to which it pays. n x k x n doubles for n = 4096, ms before and after: AVX-512 k = 1 12.9 and 6.4, 8 11.7
    /// and 6.6, 16 11.6 and 7.0, 24 13.4 and 10.4; AVX2 1 12.8 and 6.5, 8 12.2 and 7.6, 16 14.5 and 13.5. More steps gain
    /// only where rows of a lie close together: it is read again for each block of b (16384 x 32 x 1024, AVX-512, rows of a
    /// 8 KiB apart: 14.9 and 15.7).
    static constexpr std::size_t most_depth = tile::width * sizeof(T) < line ? 16 : 24;
    /// Of a row of c. What lies before the first line and behind the last tile of rows is computed apart, and much of a
    /// short row does (589824 x 16 x 32 doubles, AVX2, 16 bytes behind a line: 24 ms before, 41 with it).
    static constexpr std::size_t least_cols = 1024 / sizeof(T);
    /// Bytes of b that are kept in L1 at once (L1 is 48 KiB here; 12 KiB are slower by up to 10 %, 32 KiB are not faster).
    static constexpr std::size_t bytes_of_block = 24 * 1024;

    /// Bytes of c from which on it pays, even where c is read right after and the L3 is large (300 MiB here, shared). k = 8,
    /// doubles, ms before and after, c overwritten again and again, and c written and read: 128 MiB 11.0 and 5.7, 14.6 and
    /// 13.2, two threads 7.4 and 3.3, 11.7 and 12.9; 256 MiB 22.7 and 11.5, 36.5 and 26.7, two threads 15.2 and 6.8, 29.9
    /// and 23.9. A c of 32 MiB: 2.6 and 1.4, but 2.6 and 3.3 if it is then read.
    static constexpr std::size_t least_bytes = std::size_t{128} << 20;

    static bool pays(const matrix_view<T>& c) {
        return is_possible && c.rows * c.cols >= least_bytes / sizeof(T) && !is_of_amd();
    }
    /// For a c, or a part of one, whose rows are contiguous. Those that it suits begin equally far behind a line.
    static bool suits(const matrix_view<const T>& a, const matrix_view<T>& c, const scaling<T>& factors) {
        return is_possible && a.cols - 1 < most_depth && c.rows >= rows && c.cols >= least_cols &&
               stride_bytes<T>(c.row_stride) % static_cast<std::ptrdiff_t>(line) == 0 &&
               reinterpret_cast<std::uintptr_t>(c.data) % sizeof(T) == 0 && factors.alpha == T(1) &&
               factors.beta == T(0);
    }

    /// rest(a, b, c): what lies before the first line of each row of c, behind its last tile, and below.
    template <class Rest>
    static void run(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& c,
                    const Rest& rest) {
        const std::size_t behind = reinterpret_cast<std::uintptr_t>(c.data) % line;
        const std::size_t head = behind == 0 ? 0 : (line - behind) / sizeof(T);
        const std::size_t height = c.rows / rows * rows, end = c.cols - (c.cols - head) % columns;
        tiles(a, b.block(0, head, b.rows, end - head), c.block(0, head, height, end - head));
        const auto remains = [&](std::size_t i, std::size_t j, std::size_t of_rows, std::size_t of_cols) {
            if (of_rows != 0 && of_cols != 0)
                rest(a.block(i, 0, of_rows, a.cols), b.block(0, j, b.rows, of_cols), c.block(i, j, of_rows, of_cols));
        };
        remains(0, 0, height, head);
        remains(0, end, height, c.cols - end);
        remains(height, 0, c.rows - height, c.cols);
    }

private:
    /// There rows of tiles leave slowly. On a Zen 3, ms streamed and not, k = 2, 8 and 16: 4096 x 4096 doubles 13.3 and 8.2,
    /// 19.8 and 12.4, 27.2 and 16.5; 8192 x 8 x 8192 floats 35 and 26. Two threads take as long either way.
    static bool is_of_amd() {
#if defined(__x86_64__) && defined(__GNUC__)
        return __builtin_cpu_is("amd");
#else
        return false;
#endif
    }

    /// Whole tiles, whose rows begin with a line.
    static void tiles(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& c) {
        alignas(line) std::array<T, bytes_of_block / sizeof(T) + pack::slack> room;
        const std::size_t most = bytes_of_block / sizeof(T) / (columns * a.cols) * columns;
        const matmul_panel<T> panel{stride_bytes<T>(a.row_stride),
                                    stride_bytes<T>(a.col_stride),
                                    stride_bytes<T>(columns),
                                    static_cast<std::ptrdiff_t>(a.cols),
                                    c.row_stride,
                                    false};
        for (std::size_t j = 0; j < c.cols; j += most) {
            const std::size_t cols = std::min(most, c.cols - j);
            // Whole tiles: slivers of equal width.
            pack::columns(b.block(0, j, b.rows, cols), room.data(), even_parts(cols / tile::width, tile::vectors));
            for (std::size_t i = 0; i < c.rows; i += rows)
                for (std::size_t s = 0; s < cols; s += columns)
                    tile::streamed(&a(i, 0), room.data() + s * a.cols, &c(i, j + s), panel);
        }
        end_of_streams();
    }

    static_assert(bytes_of_block >= columns * most_depth * sizeof(T) && least_cols >= 2 * columns,
                  "a block holds a tile");
};

} // namespace lanes
