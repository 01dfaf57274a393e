// lanes/backends/simd/window_scan.hpp: sums from either end of groups and chunks.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
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

    /// The same of items in registers.
    [[gnu::always_inline]] static group up(group v) {
        up_by<1>(v);
        up_by<2>(v);
        up_by<4>(v);
        return v;
    }
    [[gnu::always_inline]] static group down(group v) {
        down_by<1>(v);
        down_by<2>(v);
        down_by<4>(v);
        return v;
    }

    /// Element `item` of every group of a chunk; of two chunks where a register is two groups.
    [[gnu::always_inline]] static group item_of_groups(const T* first, const T* second, std::size_t item) {
        group v;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            v[i] = [&]<std::size_t... l>(std::index_sequence<l...>) __attribute__((always_inline)) {
                return batch((l < chunk_group ? first : second)[(i * width + l) % chunk_group * chunk_group + item]...);
            }
            (std::make_index_sequence<width>());
        });
        return v;
    }

    /// Every item is the one before it (behind it), and -0 the first (last) of the group.
    [[gnu::always_inline]] static group before(const group& v) {
        group result;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            if constexpr (i > 0) result[i] = shifted<width - 1>(v[i - 1], v[i]);
            else if constexpr (width <= chunk_group) result[i] = shifted<width - 1>(batch(T(-0.0)), v[i]);
            else result[i] = N::template up<1, chunk_group>(v[i], batch(T(-0.0)));
        });
        return result;
    }
    [[gnu::always_inline]] static group behind(const group& v) {
        group result;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            if constexpr (i + 1 < registers) result[i] = shifted<1>(v[i], v[i + 1]);
            else if constexpr (width <= chunk_group) result[i] = shifted<1>(v[i], batch(T(-0.0)));
            else result[i] = sum_inside<0, 1>(turned<1>(v[i]), batch(T(-0.0)));
        });
        return result;
    }

private:
    template <std::size_t distance>
    [[gnu::always_inline]] static void up_by(group& v) {
        const group old = v;
        unrolled<registers>([&](auto i) __attribute__((always_inline)) {
            if constexpr (distance >= width) {
                if constexpr (i * width >= distance) v[i] = old[i - distance / width] + old[i];
            } else if constexpr (i > 0) {
                v[i] = shifted<width - distance>(old[i - 1], old[i]) + old[i];
            } else if constexpr (registers > 1) {
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
            } else if constexpr (registers > 1) {
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

/// The value of a group in all its lanes; of two groups where a register holds two.
template <class Arch, real T>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> spread_over_groups(const T* values) {
    using batch = xsimd::batch<T, Arch>;
    if constexpr (batch::size <= chunk_group) return batch(values[0]);
    else return number<batch>::select(number<batch>::first(chunk_group), batch(values[0]), batch(values[1]));
}

/// Scans of up to `Chunks` chunks in two levels: inside of groups, and over the sums of the groups of a chunk.
template <class Arch, real T, std::size_t Chunks>
class chunk_scans {
    using scan = group_scan<Arch, T>;

public:
    /// The sum of element i and those before it in its chunk is before(i / chunk_group) + in_group[i], for chunks c at
    /// from(c); totals[c] is the sum of chunk c by adjacent pairs. after[g] is the sum of the groups after g in its chunk,
    /// unless `after` is null; a register more is written there.
    template <class Reader>
    void up(const Reader& from, std::size_t chunks, T* in_group, T* totals, T* after = nullptr) {
        for (std::size_t c = 0; c < chunks; c += together) {
            const std::size_t last = std::min(c + together, chunks) - 1;
            for (std::size_t k = c; k <= last; ++k) {
                const T* chunk = from(k);
                for (std::size_t i = 0; i < chunk_size; i += scan::size)
                    scan::store(in_group + k * chunk_size + i, scan::up(chunk + i));
            }
            // Item by item from memory: stored one by one, they could not be loaded as a register before they have left
            // the core's store buffer.
            const auto sums = scan::item_of_groups(in_group + c * chunk_size, in_group + last * chunk_size, 7);
            scan::store(&others_[c * chunk_group], scan::before(scan::up(sums)));
            const auto down = scan::down(sums);
            if (after != nullptr) scan::store(after + c * chunk_group, scan::behind(down));
            alignas(64) std::array<T, together * chunk_group> down_items;
            scan::store(down_items.data(), down);
            for (std::size_t k = c; k <= last; ++k) totals[k] = down_items[(k - c) * chunk_group];
        }
    }

    /// The sum of the groups of the same chunk before group g, of the last scan up.
    const T* before(std::size_t g) const { return &others_[g]; }

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

    /// The same of chunks where it has not. Undoes the last scan up.
    template <class Reader, class Between>
    void down_alone(const Reader& from, std::size_t chunks, T* suffix, const Between& between) {
        for (std::size_t c = 0; c < chunks; c += together) {
            const std::size_t last = std::min(c + together, chunks) - 1;
            for (std::size_t k = c; k <= last; ++k) {
                const T* chunk = from(k);
                for (std::size_t i = 0; i < chunk_size; i += scan::size)
                    scan::store(suffix + k * chunk_size + i, scan::down(chunk + i));
            }
            const auto sums = scan::item_of_groups(suffix + c * chunk_size, suffix + last * chunk_size, 0);
            scan::store(&others_[c * chunk_group], scan::behind(scan::down(sums)));
            for (std::size_t k = c; k <= last; ++k)
                between.for_groups(
                    k, [&](std::size_t g, const auto& join) __attribute__((always_inline)) {
                        const std::size_t i = k * chunk_size + g * chunk_group;
                        scan::store(suffix + i, join(add(scan::load(suffix + i), &others_[i / chunk_group])));
                    });
        }
    }

private:
    /// Chunks whose groups' sums fill a register.
    static constexpr std::size_t together = std::max<std::size_t>(1, scan::width / chunk_group);

    [[gnu::always_inline]] static typename scan::group add(typename scan::group v, const T* rest_of_groups) {
        const auto rest = spread_over_groups<Arch, T>(rest_of_groups);
        unrolled<scan::registers>([&](auto i) __attribute__((always_inline)) { v[i] = v[i] + rest; });
        return v;
    }

    alignas(64) std::array<T, (Chunks + together) * chunk_group> others_;
};

} // namespace lanes
