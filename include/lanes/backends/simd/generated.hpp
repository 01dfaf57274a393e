// lanes/backends/simd/generated.hpp: reductions of elements that a source generates block by block.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/core/draws.hpp>
#include <lanes/core/models.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/random.hpp>
#include <lanes/core/source.hpp>

#include <xsimd/xsimd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes {

/// A generated source, for code that is the same for all of them: each model of Monte Carlo would have a copy of its own.
template <class Arch, real T>
struct generated_blocks {
    using element = T;
    static constexpr std::size_t inputs = 1;
    static constexpr bool generated = true;

    template <class Source>
    explicit generated_blocks(const Source& of)
        : source(&of), count(of.size()), make([](const void* any, std::size_t k, T* room) {
              return static_cast<const Source*>(any)->template block<xsimd::batch<T, Arch>>(k, room)[0];
          }) {}

    std::size_t size() const { return count; }
    template <class Value>
    std::array<const T*, 1> block(std::size_t k, T* room) const {
        return {make(source, k, room)};
    }

    const void* source;
    std::size_t count;
    const T* (*make)(const void* source, std::size_t k, T* room);
};

/// Whether pairs of 16-bit numbers are multiplied and added by one instruction.
template <class Arch>
inline constexpr bool has_sums_of_products =
    std::is_base_of_v<xsimd::avx512bw, Arch> || std::is_base_of_v<xsimd::avx2, Arch> ||
    std::is_base_of_v<xsimd::sse2, Arch>;

/// Counts the paths of models::pi that lie in the quarter disc, by the upper 15 bits of their coordinates: these leave 7 of
/// 10^5 in doubt, which are computed in full. It spares half of the generator's last round, the doubles and their moments.
/// 10^6 paths on one core, ns a path with the values of all and by counting: AVX-512 1.63 and 1.36, AVX2 3.54 and 2.80.
///
/// Why: X and Y, the upper bits, are 2^15 x and 2^15 y rounded down, and s = X^2 + Y^2. From s > 2^30 follows x^2 + y^2 >
/// 1 + 2^-30, and from s < 2^30 - 92684 follows (X + 1)^2 + (Y + 1)^2 = s + 2 (X + Y) + 2 <= s + 2 sqrt(2 s) + 2 < 2^30 - 1,
/// so x^2 + y^2 < 1 - 2^-30: no rounding takes either to the other side of 1.
template <class Arch>
class hits_of_block {
    /// As in path_source, so that enough products are under way.
    using values = pack<xsimd::batch<double, Arch>, 8>;
    using N = number<values>;
    using word = xsimd::batch<std::uint64_t, Arch>;
    using half_words = xsimd::batch<std::uint32_t, Arch>;

    static_assert(block_size<double> % N::width == 0 && items<values> % 2 == 0);

public:
    static constexpr std::uint32_t one = std::uint32_t{1} << 30, in_doubt = 92684;

    hits_of_block(const philox_keys& keys, std::uint32_t stream) : keys_(keys), stream_(stream) {}

    /// Of the paths first ... first + 1023.
    template <class = target>
    LANES_INLINES_CALLS std::uint32_t count(std::uint64_t first) const {
        const philox_keys keys = keys_; // no store can change a copy, so what is computed from it stays in registers
        const half_words least_in_doubt(one - in_doubt);
        half_words hits(0);
        std::uint32_t more = 0;
        auto path_low = typename N::word(first) + N::lane_numbers();
        for (std::size_t i = 0; i < block_size<double>; i += N::width) {
            const auto [x, y] = upper_words_of_block<values>(keys, 0, stream_, path_low, first >> 32);
            alignas(64) std::array<std::uint32_t, N::width> excess;
            half_words least(~std::uint32_t{0});
            for (std::size_t k = 0; k < items<values>; k += 2) {
                const half_words s = sum_of_squares(joined(x.items[k], x.items[k + 1]),
                                                    joined(y.items[k], y.items[k + 1])),
                                 above = s - least_in_doubt;
                hits = hits + (above >> 31);
                least = xsimd::min(least, above);
                above.store_aligned(&excess[k * word::size]);
            }
            if (xsimd::any(least <= half_words(in_doubt))) [[unlikely]]
                more += hits_in_doubt(excess, first + i);
            path_low = path_low + typename N::word(std::uint64_t{N::width});
        }
        return xsimd::reduce_add(hits) + more;
    }

private:
    /// Of the paths `first` and following, those of which excess[lane] is in doubt.
    [[gnu::noinline]] std::uint32_t hits_in_doubt(const std::array<std::uint32_t, N::width>& excess,
                                                  std::uint64_t first) const {
        std::uint32_t hits = 0;
        for (std::size_t l = 0; l < N::width; ++l) {
            if (excess[l] > in_doubt) continue;
            const std::uint64_t path = first + path_of_lane(l);
            draws<double> of_path(keys_, stream_, path & 0xffffffff, path >> 32);
            hits += models::pi{}(of_path) != 0;
        }
        return hits;
    }

    /// The low halves of the words of a and b, in some order: see path_of_lane.
    [[gnu::always_inline]] static half_words joined(word a, word b) {
#if defined(__AVX512BW__)
        if constexpr (std::is_base_of_v<xsimd::avx512bw, Arch>)
            return _mm512_castps_si512(_mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), 0x88));
#endif
#if defined(__AVX2__)
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>)
            return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88));
#endif
#if defined(__SSE2__)
        if constexpr (std::is_base_of_v<xsimd::sse2, Arch>)
            return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0x88));
#endif
    }
    /// Each 16 bytes have two words of a, then two of b.
    static std::size_t path_of_lane(std::size_t l) {
        const std::size_t pair = l / half_words::size, lane = l % half_words::size;
        return pair * half_words::size + lane / 2 % 2 * word::size + lane / 4 * 2 + lane % 2;
    }

    /// The sum of the squares of the upper 15 bits of x and y.
    [[gnu::always_inline]] static half_words sum_of_squares(half_words x, half_words y) {
        const half_words both = (x >> 17) | ((y >> 1) & half_words(0x7fff0000));
#if defined(__AVX512BW__)
        if constexpr (std::is_base_of_v<xsimd::avx512bw, Arch>) return _mm512_madd_epi16(both, both);
#endif
#if defined(__AVX2__)
        if constexpr (std::is_base_of_v<xsimd::avx2, Arch>) return _mm256_madd_epi16(both, both);
#endif
#if defined(__SSE2__)
        if constexpr (std::is_base_of_v<xsimd::sse2, Arch>) return _mm_madd_epi16(both, both);
#endif
    }

    const philox_keys& keys_;
    std::uint32_t stream_;
};

/// Whether the moments of a source follow from the number of its hits.
template <class Arch, class Operation, class Source>
inline constexpr bool counts_hits = false;
template <class Arch, class Source>
    requires std::is_same_v<typename Source::model_type, models::pi>
inline constexpr bool counts_hits<Arch, moments, Source> = has_sums_of_products<Arch>;

/// The moments of a block of which so many paths have the value of a hit and the others 0. Every sum in their definition is
/// exact: it consists of whole multiples of 2^-16 and stays below 2^14.
template <class Arch>
moment_node<double> moments_of_block(std::uint32_t hits) {
    constexpr double paths = block_size<double>, value = models::pi::hit;
    const double h = hits;
    return {block_size<double>, value * h, value * h / paths, value * value * h * (paths - h) / paths};
}

/// The node of blocks first ... last - 1 of such a source; node(begin, end): the same by the values of all paths.
template <class Arch, class Source, class Node>
moment_node<double> moments_of_hits(const Source& source, std::size_t first, std::size_t last, const Node& node) {
    const std::size_t full = elements_in_block(source, last - 1) == block_size<double> ? last : last - 1;
    if (first == full) return node(first, last);
    const hits_of_block<Arch> blocks(source.keys, source.stream);
    pairwise<moments, moment_node<double>> tree;
    for (std::size_t k = first; k < full; ++k) tree.push(moments_of_block<Arch>(blocks.count(k * block_size<double>)));
    return full == last ? tree.root() : tree.root(node(full, last));
}

} // namespace lanes
