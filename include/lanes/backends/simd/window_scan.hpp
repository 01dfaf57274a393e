// lanes/backends/simd/window_scan.hpp: sums from either end of groups and chunks.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/backends/simd/window_shift.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// Scans of groups of 8 elements: up (sums from the first element of the group) or down (to the last). The element before
/// the group, or behind it, is read too, so that the first step needs no exchange between lanes.
template <class Arch, real T>
struct group_scan {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;
    /// A group is some registers, or a register is two groups.
    static constexpr std::size_t registers = width < chunk_group ? chunk_group / width : 1;
    using group = std::array<batch, registers>;
    static constexpr std::size_t size = registers * width;

    [[gnu::always_inline]] static group load(const T* from) {
        group v;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) { v[i] = N::load(from + i * width); });
        return v;
    }
    [[gnu::always_inline]] static void store(T* to, const group& v) {
        unrolled<registers>([&](auto i) __attribute__((always_inline)) { N::store(to + i * width, v[i]); });
    }

    [[gnu::always_inline]] static group up(const T* from) {
        group v = load(from);
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            v[i] = sum_inside<i * width, -1>(N::load(from + i * width - 1), v[i]);
        });
        up_by<2>(v);
        up_by<4>(v);
        return v;
    }
    [[gnu::always_inline]] static group down(const T* from) {
        group v = load(from);
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            v[i] = sum_inside<i * width, 1>(N::load(from + i * width + 1), v[i]);
        });
        down_by<2>(v);
        down_by<4>(v);
        return v;
    }

private:
    /// A register of one group or two can be turned and added in the lanes that have neighbours. AVX2 turns it by an
    /// instruction that takes long: 10000 floats, width 200, on a Zen 3: 6.2 us so, 4.9 us by two that shift zeros in.
    static constexpr bool shifts_zeros_in = registers > 1 || std::is_base_of_v<xsimd::avx2, Arch>;

    template <std::size_t distance>
    [[gnu::always_inline]] static void up_by(group& v) {
        const group old = v;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            if constexpr (distance >= width) {
                if constexpr (i * width >= distance) v[i] = old[i - distance / width] + old[i];
            } else if constexpr (i > 0) {
                v[i] = shifted<width - distance>(old[i - 1], old[i]) + old[i];
            } else if constexpr (shifts_zeros_in) {
                v[i] = shifted<width - distance>(batch(T(-0.0)), old[i]) + old[i];
            } else {
                v[i] = sum_inside<0, -static_cast<int>(distance)>(turned<width - distance>(old[i]), old[i]);
            }
        });
    }
    template <std::size_t distance>
    [[gnu::always_inline]] static void down_by(group& v) {
        const group old = v;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            if constexpr (distance >= width) {
                if constexpr ((i + 1) * width + distance <= chunk_group) v[i] = old[i] + old[i + distance / width];
            } else if constexpr (i + 1 < registers) {
                v[i] = old[i] + shifted<distance>(old[i], old[i + 1]);
            } else if constexpr (shifts_zeros_in) {
                v[i] = old[i] + shifted<distance>(old[i], batch(T(-0.0)));
            } else {
                v[i] = sum_inside<0, static_cast<int>(distance)>(turned<distance>(old[i]), old[i]);
            }
        });
    }

    /// Lane l is lane l + distance of v, around its end.
    template <std::size_t distance>
    [[gnu::always_inline]] static batch turned(batch v) {
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) return shifted<distance>(v, v);
        else return N::template down<distance>(v);
    }

    /// other + v in those lanes whose neighbour `move` lanes further lies in the same group, v in others. The register
    /// starts at element `first` of its group.
    template <std::size_t first, int move>
    [[gnu::always_inline]] static batch sum_inside(batch other, batch v) {
        constexpr auto is_inside = [](std::size_t lane) {
            const int at = static_cast<int>((first + lane) % chunk_group) + move;
            return at >= 0 && at < static_cast<int>(chunk_group);
        };
        return [&]<std::size_t... l>(std::index_sequence<l...>) __attribute__((always_inline)) {
            if constexpr ((is_inside(l) && ...)) return other + v;
#if defined(__AVX512F__)
            else if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
                constexpr unsigned inside = ((is_inside(l) ? 1u << l : 0u) | ...);
                if constexpr (sizeof(T) == 8) return batch(_mm512_mask_add_pd(v, inside, other, v));
                else return batch(_mm512_mask_add_ps(v, inside, other, v));
            }
#endif
            else {
                constexpr xsimd::batch_bool_constant<T, Arch, is_inside(l)...> inside;
                return xsimd::select(inside, other, batch(T(-0.0))) + v;
            }
        }
        (std::make_index_sequence<width>());
    }
};

/// The value of a group in all its lanes; of two groups, `stride` apart, where a register holds two.
template <class Arch, real T>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> spread_over_groups(const T* values, std::size_t stride) {
    using batch = xsimd::batch<T, Arch>;
    if constexpr (batch::size <= chunk_group) return batch(values[0]);
    else return number<batch>::select(number<batch>::first(chunk_group), batch(values[0]), batch(values[stride]));
}

/// Scans of up to `Chunks` chunks in two levels: inside of groups, and over the sums of the groups of a chunk, of as many
/// chunks at once as a register has lanes.
template <class Arch, real T, std::size_t Chunks>
class chunk_scans {
    using scan = group_scan<Arch, T>;
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;
    static constexpr std::size_t width = batch::size;
    static_assert(Chunks % width == 0);

public:
    /// The sum of element i of chunk c and those before it in the chunk is before(c)[g stride] + in_group[c chunk_size
    /// + i] with g = i / chunk_group, for chunks c at from(c); totals[c] is the sum of chunk c by adjacent pairs. after[c
    /// chunk_group + g] is the sum of the groups after g in the chunk, unless `after` is null.
    template <class Reader>
    void up(const Reader& from, std::size_t chunks, T* in_group, T* totals, T* after = nullptr) {
        for (std::size_t c = 0; c < chunks; c += width) {
            const std::size_t count = std::min(width, chunks - c);
            for (std::size_t k = c; k < c + count; ++k) {
                const T* chunk = from(k);
                for (std::size_t i = 0; i < chunk_size; i += scan::size)
                    scan::store(in_group + k * chunk_size + i, scan::up(chunk + i));
            }
            const columns<batch> sums = last_of_groups(in_group + c * chunk_size, count);
            const columns<batch> up = scanned<-1>(sums), down = scanned<1>(sums);
            store_others(
                c, [&](auto g) __attribute__((always_inline)) {
                    if constexpr (g == 0) return batch(T(-0.0));
                    else return up[g - 1];
                });
            if (count == width) [[likely]] {
                N::store(totals + c, down[0]);
                if (after != nullptr) store_after(down, after + c * chunk_group);
            } else {
                alignas(64) std::array<T, width * chunk_group> all;
                N::store(all.data(), down[0]);
                std::copy_n(all.data(), count, totals + c);
                if (after == nullptr) continue;
                store_after(down, all.data());
                std::copy_n(all.data(), count * chunk_group, after + c * chunk_group);
            }
        }
    }

    /// The sums of the groups of chunk c before each of them, `stride` apart, of the last scan up.
    const T* before(std::size_t c) const { return &others_[c / width * width * chunk_group + c % width]; }
    static constexpr std::size_t stride = width;

    /// suffix[i] = (the sum of element i and those after it in its chunk) + what is between, for the chunk c at `from`,
    /// whose scan up told what is after groups.
    template <class Between>
    [[gnu::always_inline]] static void down(const T* from, std::size_t c, const T* after, T* suffix,
                                            const Between& between) {
        between.for_groups(
            c, [&](std::size_t g, const auto& join) __attribute__((always_inline)) {
                const std::size_t i = g * chunk_group;
                scan::store(suffix + i, join(add(scan::down(from + i), after + g)));
            });
    }

    /// The same of a chunk before the first, where nothing is.
    template <class Between>
    static void down_of_none(std::size_t c, T* suffix, const Between& between) {
        typename scan::group none;
        unrolled<scan::registers>([&](auto i) { none[i] = batch(T(-0.0)); });
        between.for_groups(
            c, [&](std::size_t g, const auto& join)
                   __attribute__((always_inline)) { scan::store(suffix + g * chunk_group, join(none)); });
    }

private:
    static_assert(chunk_group == group_size);

    /// Register g: the last element of group g of `count` chunks, with the last chunk in the lanes that are left.
    [[gnu::always_inline]] static columns<batch> last_of_groups(const T* chunks, std::size_t count) {
        std::array<const T*, width> of_lane;
        unrolled<width>([&](auto l) __attribute__((always_inline)) {
            of_lane[l] = chunks + std::min<std::size_t>(l, count - 1) * chunk_size;
        });
        columns<batch> v;
        unrolled<chunk_group>([&](auto g) __attribute__((always_inline)) {
            v[g] = [&]<std::size_t... l>(std::index_sequence<l...>) __attribute__((always_inline)) {
                return batch(of_lane[l][(g + 1) * chunk_group - 1]...);
            }
            (std::make_index_sequence<width>());
        });
        return v;
    }

    /// Each register with all that are before it (direction -1) or behind it (1), by steps of 1, 2 and 4.
    template <int direction, std::size_t distance = 1>
    [[gnu::always_inline]] static columns<batch> scanned(const columns<batch>& v) {
        columns<batch> next;
        unrolled<chunk_group>([&](auto g) __attribute__((always_inline)) {
            if constexpr (direction < 0 && g >= distance) next[g] = v[g - distance] + v[g];
            else if constexpr (direction > 0 && g + distance < chunk_group) next[g] = v[g] + v[g + distance];
            else next[g] = v[g];
        });
        if constexpr (2 * distance < chunk_group) return scanned<direction, 2 * distance>(next);
        else return next;
    }

    template <class Group>
    [[gnu::always_inline]] static batch behind(const columns<batch>& down, Group g) {
        if constexpr (g + 1 == chunk_group) return batch(T(-0.0));
        else return down[g + 1];
    }
    template <class Other>
    [[gnu::always_inline]] void store_others(std::size_t c, const Other& other) {
        unrolled<chunk_group>([&](auto g) __attribute__((always_inline)) {
            N::store(&others_[c * chunk_group + g * width], other(g));
        });
    }
    [[gnu::always_inline]] static void store_after(const columns<batch>& down, T* after) {
        columns<batch> v;
        unrolled<chunk_group>([&](auto g) __attribute__((always_inline)) { v[g] = in_lane_order(behind(down, g)); });
        transposed_columns<batch>::store(after, v);
    }

    [[gnu::always_inline]] static typename scan::group add(typename scan::group v, const T* rest_of_groups) {
        const auto rest = spread_over_groups<Arch, T>(rest_of_groups, 1);
        unrolled<scan::registers>([&](auto i) __attribute__((always_inline)) { v[i] = v[i] + rest; });
        return v;
    }

    alignas(64) std::array<T, Chunks * chunk_group> others_; // of `width` chunks group by group
};

} // namespace lanes
