// lanes/backends/simd/window_scan.hpp: sums from either end of groups and chunks.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/backends/simd/window_shift.hpp>
#include <lanes/core/windows.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace lanes {

/// Scans of groups of 8 elements: up (sums from the first element of the group) or down (to the last).
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
        up_by<1>(v);
        up_by<2>(v);
        up_by<4>(v);
        return v;
    }
    [[gnu::always_inline]] static group down(const T* from) {
        group v = load(from);
        down_by<1>(v);
        down_by<2>(v);
        down_by<4>(v);
        return v;
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
            } else if constexpr (width > chunk_group) {
                const auto inside = [](std::size_t l) { return l % chunk_group >= distance; };
                v[i] =
                    N::select(lanes_where(inside), shifted<width - distance>(old[i], old[i]), batch(T(-0.0))) + old[i];
            } else {
                v[i] = shifted<width - distance>(batch(T(-0.0)), old[i]) + old[i];
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
            } else if constexpr (width > chunk_group) {
                const auto inside = [](std::size_t l) { return l % chunk_group + distance < chunk_group; };
                v[i] = old[i] + N::select(lanes_where(inside), shifted<distance>(old[i], old[i]), batch(T(-0.0)));
            } else {
                v[i] = old[i] + shifted<distance>(old[i], batch(T(-0.0)));
            }
        });
    }

    template <class Condition>
    [[gnu::always_inline]] static typename N::mask lanes_where(Condition condition) {
        return [&]<std::size_t... l>(std::index_sequence<l...>) __attribute__((always_inline)) {
            return typename N::mask(condition(l)...);
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
    /// The sum of element i and those before it in its chunk is before(i / chunk_group) + in_group[i], for the chunks at
    /// `from`; totals[c] is the sum of chunk c by adjacent pairs. after[g] is the sum of the groups after g in its chunk,
    /// unless `after` is null; a register more is written there, and after[-1] = -0.
    void up(const T* from, std::size_t chunks, T* in_group, T* totals, T* after = nullptr) {
        // The groups of a chunk are joined two chunks later: a load of eight sums that were stored one by one would have
        // to wait until they have left the core's store buffer.
        constexpr std::size_t behind = 2;
        for (std::size_t c = 0; c < chunks + behind; ++c) {
            if (c < chunks) {
                for (std::size_t i = c * chunk_size; i < (c + 1) * chunk_size; i += scan::size)
                    scan::store(in_group + i, scan::up(from + i));
                for (std::size_t g = c * chunk_group; g < (c + 1) * chunk_group; ++g)
                    sums_[g] = in_group[g * chunk_group + chunk_group - 1];
            }
            if (c >= behind) {
                join_groups(c - behind, after);
                totals[c - behind] = other_groups_[(c - behind + 1) * chunk_group];
                other_groups_[(c - behind) * chunk_group] = T(-0.0);
            }
        }
    }

    /// The sum of the groups of the same chunk before group g, of the last scan up.
    const T* before(std::size_t g) const { return &other_groups_[g]; }

    /// suffix[i] = the sum of element i and those after it in its chunk, of one chunk whose scan up told what is after groups.
    [[gnu::always_inline]] static void down(const T* from, const T* after, T* suffix) {
        for (std::size_t i = 0; i < chunk_size; i += scan::size) {
            auto v = scan::down(from + i);
            const auto rest = spread_over_groups<Arch, T>(after + i / chunk_group);
            for (auto& part : v) part = part + rest;
            scan::store(suffix + i, v);
        }
    }

    /// The same of several chunks where it has not. Undoes the last scan up.
    void down(const T* from, std::size_t chunks, T* suffix) {
        for (std::size_t i = 0; i < chunks * chunk_size; i += scan::size) {
            auto v = scan::down(from + i);
            scan::store(suffix + i, v);
        }
        const std::size_t groups = chunks * chunk_group;
        for (std::size_t g = 0; g < groups; ++g) sums_[g] = suffix[g * chunk_group];
        for (std::size_t g = 0; g < groups; g += scan::size) {
            auto v = scan::down(&sums_[g]);
            scan::store(&other_groups_[g], v);
        }
        for (std::size_t c = 0; c < chunks; ++c) other_groups_[(c + 1) * chunk_group] = T(-0.0);
        for (std::size_t i = 0; i < chunks * chunk_size; i += scan::size) {
            auto v = scan::load(suffix + i);
            const auto after = spread_over_groups<Arch>(&other_groups_[i / chunk_group + 1]);
            for (auto& part : v) part = part + after;
            scan::store(suffix + i, v);
        }
    }

private:
    [[gnu::always_inline]] void join_groups(std::size_t chunk, T* after) {
        const std::size_t first = chunk * chunk_group;
        for (std::size_t g = first; g < first + chunk_group; g += scan::size)
            scan::store(&other_groups_[g + 1], scan::up(&sums_[g]));
        if (after == nullptr) return;
        for (std::size_t g = first; g < first + chunk_group; g += scan::size)
            scan::store(after + static_cast<std::ptrdiff_t>(g) - 1, scan::down(&sums_[g]));
        after[static_cast<std::ptrdiff_t>(first) - 1] = after[first + chunk_group - 1] = T(-0.0);
    }

    // Room for a register beyond the last group, and for the shift by one.
    static constexpr std::size_t room = Chunks * chunk_group + 32;
    alignas(64) std::array<T, room> sums_{};
    alignas(64) std::array<T, room> other_groups_{};
};

} // namespace lanes
