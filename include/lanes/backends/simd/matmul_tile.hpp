// lanes/backends/simd/matmul_tile.hpp: the micro-kernel: a tile of the product that stays in registers over one panel.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/streaming.hpp>
#include <lanes/core/matrix.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace lanes {

/// What becomes of the sums of one panel. Sums of earlier panels are in `sums`; the last panel writes c, which is the
/// place of the sums unless beta needs what c holds.
template <real T>
struct matmul_finish {
    T* c;
    T* sums;
    std::ptrdiff_t c_stride, sums_stride; // from row to row
    scaling<T> factors;
    bool first, last;

    T* c_at(std::size_t i, std::size_t j) const { return c + static_cast<std::ptrdiff_t>(i) * c_stride + j; }
    T* sums_at(std::size_t i, std::size_t j) const { return sums + static_cast<std::ptrdiff_t>(i) * sums_stride + j; }
    [[gnu::always_inline]] bool plain() const {
        return !last || (factors.alpha == T(1) && factors.beta == T(0));
    } // nearly always
};

/// So many elements in bytes: strides of elements make g++ -O3 compile each loop twice, once for a stride of 1.
template <real T>
[[gnu::always_inline]] constexpr std::ptrdiff_t stride_bytes(std::ptrdiff_t elements) {
    return elements * static_cast<std::ptrdiff_t>(sizeof(T));
}
template <real T>
[[gnu::always_inline]] inline const T* moved(const T* from, std::ptrdiff_t bytes) {
    return reinterpret_cast<const T*>(reinterpret_cast<const char*>(from) + bytes);
}

/// What all tiles of one panel have in common: `depth` steps in k. a_row and b_step are the bytes from row to row, a_step
/// those from column to column of a; rows of b are contiguous. Rows of sums are sums_stride elements apart, and are added
/// to what is there if `added`.
template <real T>
struct matmul_panel {
    std::ptrdiff_t a_row, a_step, b_step, depth, sums_stride;
    bool added;
};

/// The tile has `rows` rows, each an element of a that is broadcast, and `vectors` registers of columns. 27 (AVX-512),
/// 24 (NEON) or 12 accumulators leave room for the columns of b and one broadcast in 32 or 16 registers, and cover
/// latency times throughput (4 x 2) of the fused multiply-add. Measured from L1 and L2: 97 to 100 % of its peak.
template <class Arch, real T>
class matmul_tile {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr bool is_avx512 = std::is_base_of_v<xsimd::avx512f, Arch>;
    static constexpr bool is_neon64 = std::is_base_of_v<xsimd::neon64, Arch>;

public:
    static constexpr std::size_t width = batch::size;
    static constexpr std::size_t rows = !has_fma<Arch>::value ? 2 : is_avx512 ? 9 : 6;
    static constexpr std::size_t vectors = !has_fma<Arch>::value ? 2 : is_avx512 ? 3 : is_neon64 ? 4 : 2;
    static constexpr std::size_t columns = vectors * width;

    /// A tile at `a` and `b`, whose place is `sums`.
    using kernel = void (*)(const T* a, const T* b, T* sums, std::size_t last, const matmul_panel<T>& panel);

    /// Of its last register only `last` columns are read and written. Where these are all, nothing is masked: a masked load
    /// needs one of the two ports of the fused multiply-add (double 32 to 192, AVX-512: 4 to 6 % of the time).
    static kernel of(std::size_t height, std::size_t across, std::size_t last) {
        const std::size_t at = (height - 1) * vectors + across - 1;
        return last == width ? table<false>[at] : table<true>[at];
    }

    /// A tile of all registers whose sums go past the caches; its place is aligned. With fewer rows its lines leave more
    /// evenly (4096 x 8 x 4096, AVX-512: 6.6 ms with 4 rows, 6.9 with 6, 7.5 with 9; on AVX2 arithmetic needs them all).
    static constexpr std::size_t streamed_rows = is_avx512 ? 4 : rows;
    static void streamed(const T* a, const T* b, T* sums, const matmul_panel<T>& panel) {
        tile<false, streamed_rows, vectors, true>(a, b, sums, width, panel);
    }

    /// A tile that is not written by its kernel: factors apply, or some of its columns do not exist. `kept`: its sums over
    /// this panel, whole registers. Of no tile in particular, since spelled out for each it would be most of the code.
    [[gnu::noinline]] static void write(const T* kept, std::size_t height, std::size_t across, std::size_t last,
                                        T* sums, T* c, const matmul_finish<T>& finish) {
        const bool plain = finish.plain();
        const scaling<T> factors = plain ? scaling<T>{} : finish.factors;
        for (std::size_t r = 0; r < height; ++r, c += finish.c_stride, sums += finish.sums_stride)
            for (std::size_t v = 0; v < across; ++v, kept += width) {
                const std::size_t j = v * width, count = v + 1 < across ? width : last;
                batch value = load_columns(kept, count);
                if (!finish.first) value = load_columns(sums + j, count) + value;
                if (factors.alpha != T(1)) value = batch(factors.alpha) * value;
                if (factors.beta != T(0)) value = N::fma(batch(factors.beta), load_columns(c + j, count), value);
                store_columns((plain ? sums : c) + j, value, count);
            }
    }

private:
    /// b comes from L2 or beyond: with this lead its loads do not wait (97 % of the peak otherwise, 100 % with it).
    static constexpr std::ptrdiff_t steps_ahead = 16;
    template <std::size_t Vectors>
    static constexpr std::size_t lines_of_row = (Vectors * sizeof(batch) + 63) / 64;

    template <bool Part, std::size_t Rows, std::size_t Vectors, bool Streams = false>
    static void tile(const T* a, const T* b, T* sums, std::size_t last, const matmul_panel<T>& panel) {
        tile<Part, Streams, Vectors>(a, b, sums, last, panel, std::make_index_sequence<Rows>(),
                                     std::make_index_sequence<Vectors>(), std::make_index_sequence<Rows * Vectors>());
    }

    // Accumulator i belongs to row i / Vectors and register i % Vectors. Everything is spelled by pack expansion in one
    // function, and the sums are handed on as a copy: otherwise compilers keep them in memory.
    template <bool Part, bool Streams, std::size_t Vectors, std::size_t... r, std::size_t... v, std::size_t... i>
    [[gnu::always_inline]] static inline void tile(const T* a, const T* b, T* sums, [[maybe_unused]] std::size_t last,
                                                   const matmul_panel<T>& panel, std::index_sequence<r...>,
                                                   std::index_sequence<v...>, std::index_sequence<i...>) {
        const T* const row_of_a[] = {moved(a, static_cast<std::ptrdiff_t>(r) * panel.a_row)...};
        const std::ptrdiff_t a_step = panel.a_step, b_step = panel.b_step;
        const std::ptrdiff_t depth = panel.depth, stride = panel.sums_stride;
        // Sums that this panel adds to come from beyond L1; they arrive while the chains are computed (double 2048, AVX-512:
        // 88 % of the peak without, 94 % with it).
        if (panel.added)
            (prefetch<1>(sums + static_cast<std::ptrdiff_t>(r) * stride,
                         std::make_index_sequence<lines_of_row<Vectors>>()),
             ...);
        batch chains[] = {(static_cast<void>(i), batch(T(0)))...};
        for (std::ptrdiff_t k = 0, at = 0; k < depth; ++k, at += a_step, b = moved(b, b_step)) {
            if constexpr (Vectors > 1 && !Streams)
                prefetch<0>(moved(b, steps_ahead * b_step), std::make_index_sequence<lines_of_row<Vectors>>());
            const batch row_of_b[] = {load < Part && v + 1 == Vectors > (b + v * width, last)...};
            ((chains[i] = N::fma(batch(*moved(row_of_a[i / Vectors], at)), row_of_b[i % Vectors], chains[i])), ...);
        }
        if (panel.added) {
            const T* from = sums;
            ((chains[i] = load<(Part && i % Vectors + 1 == Vectors)>(from + i % Vectors * width, last) + chains[i],
              i % Vectors + 1 == Vectors ? from += stride : from),
             ...);
        }
        ((Streams ? stream<T>(sums + i % Vectors * width, chains[i])
                  : store<(Part && i % Vectors + 1 == Vectors)>(sums + i % Vectors * width, chains[i], last),
          i % Vectors + 1 == Vectors ? sums += stride : sums),
         ...);
    }

    /// Always inlined: g++ takes a function that does nothing else for one without effect, and drops calls of it.
    template <int to_write, std::size_t... line>
    [[gnu::always_inline]] static void prefetch([[maybe_unused]] const T* row, std::index_sequence<line...>) {
#if defined(__GNUC__)
        (__builtin_prefetch(row + line * (64 / sizeof(T)), to_write), ...);
#endif
    }

    template <bool Part>
    static batch load(const T* from, std::size_t last) {
        if constexpr (Part) return N::load_first(from, last);
        else return N::load(from);
    }
    template <bool Part>
    static void store(T* to, batch value, std::size_t last) {
        if constexpr (Part) N::store_first(to, value, last);
        else N::store(to, value);
    }
    static batch load_columns(const T* from, std::size_t count) {
        return count == width ? N::load(from) : N::load_first(from, count);
    }
    static void store_columns(T* to, batch value, std::size_t count) {
        if (count == width) N::store(to, value);
        else N::store_first(to, value, count);
    }

    template <bool Part>
    static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
        return std::array<kernel, sizeof...(i)>{&tile<Part, i / vectors + 1, i % vectors + 1>...};
    }
    (std::make_index_sequence<rows * vectors>());
};

} // namespace lanes
