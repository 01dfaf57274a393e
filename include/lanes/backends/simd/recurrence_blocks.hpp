// lanes/backends/simd/recurrence_blocks.hpp: the two lower levels of the tree, one block of 64 rows per lane; the two
// upper ones, item by item.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/recurrence_columns.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

/// Kogge and Stone's scan of the 8 items of a group, each in a register.
template <class Rule, class Item>
[[gnu::always_inline]] inline void scan_group(const Rule& rule, std::size_t level, std::array<Item, group_size>& v) {
    for (std::size_t k = 7; k >= 1; --k) v[k] = rule.join(level, 1, v[k - 1], v[k]);
    for (std::size_t k = 7; k >= 2; --k) v[k] = rule.join(level, 2, v[k - 2], v[k]);
    for (std::size_t k = 7; k >= 4; --k) v[k] = rule.join(level, 4, v[k - 4], v[k]);
}

/// Levels 2 and 3 of one tile. Their items, one per block of 64 rows, arrive `count` at a time.
template <real T, class Rule, std::size_t count>
class upper_levels {
public:
    using item = typename Rule::template item<T>;
    using items = std::array<item, count>;

    /// The items of blocks first ... first + count - 1; all before have been pushed.
    void push(const Rule& rule, std::size_t first, const items& last) {
        if constexpr (count % group_size == 0) {
            for (std::size_t g = 0; g < count; g += group_size) {
                std::array<item, group_size> v;
                std::copy_n(&last[g], group_size, v.begin());
                scan_group(rule, 2, v);
                std::copy_n(v.begin(), group_size, &z2_[first + g]);
                z3_[(first + g) / group_size] = scan_3_.next(rule, 3, (first + g) / group_size, v[7]);
            }
        } else {
            for (std::size_t l = 0; l < count; ++l)
                z2_[first + l] = scan_2_.next(rule, 2, (first + l) % group_size, last[l]);
            const std::size_t group = first / group_size;
            if ((first + count) % group_size == 0) z3_[group] = scan_3_.next(rule, 3, group, z2_[first + count - 1]);
        }
    }
    /// u before each of the blocks first ... first + count - 1; `before` is u before the tile.
    std::array<T, count> carries(const Rule& rule, std::size_t first, T before) const {
        std::array<T, count> before_block;
        for (std::size_t l = 0; l < count; l += step) {
            const std::size_t above = (first + l) / group_size;
            const T c = above == 0 ? before : rule.carry(3, above, before, z3_[above - 1]);
            for (std::size_t i = l; i < l + step; ++i) {
                const std::size_t k = (first + i) % group_size;
                before_block[i] = k == 0 ? c : rule.carry(2, k, c, z2_[first + i - 1]);
            }
        }
        return before_block;
    }
    /// u before the next tile.
    T after(const Rule& rule, T before) const { return rule.carry(3, group_size, before, z3_[7]); }

private:
    static constexpr std::size_t step = std::min(count, group_size);

    /// The scan of a group whose items come one by one: what later ones need is kept, behind four that change nothing.
    struct scan {
        std::array<item, 4 + group_size> v0 = start(), v1 = start(), v2 = start(); // before each of the three joins

        item next(const Rule& rule, std::size_t level, std::size_t k, item v) {
            v0[4 + k] = v;
            v1[4 + k] = v = rule.join(level, 1, v0[3 + k], v);
            v2[4 + k] = v = rule.join(level, 2, v1[2 + k], v);
            return rule.join(level, 4, v2[k], v);
        }
        static constexpr std::array<item, 4 + group_size> start() {
            std::array<item, 4 + group_size> v{};
            std::fill_n(v.begin(), 4, Rule::template nothing<T>());
            return v;
        }
    };
    scan scan_2_, scan_3_;
    std::array<item, tile_size / 64> z2_;
    std::array<item, group_size> z3_;
};

/// As many blocks of 64 rows as a Value has lanes, block l in lane l. The rows come in sets of 8 registers: register k
/// of set j is row 8 j + k of every block. So neither level 0 nor level 1 exchanges anything between lanes.
template <class Value, class Rule>
class blocks {
public:
    using T = typename number<Value>::scalar;
    using item = typename Rule::template item<Value>;
    static constexpr std::size_t count = number<Value>::width;
    static constexpr std::size_t rows = 64 * count;
    using upper = upper_levels<T, Rule, count>;

    /// load(j) -> set j
    template <class Load>
    void up(const Rule& rule, const Load& load) {
        for (std::size_t j = 0; j < group_size; ++j) {
            std::array<item, group_size> v = load(j);
            scan_group(rule, 0, v);
            z0_[j] = v;
            z1_[j] = v[7];
        }
        // One by one: the copy of an array could go through other registers, and then be loaded before it is stored.
        const auto ends = [&]<std::size_t... j>(std::index_sequence<j...>) { return std::array{z1_[j]...}; };
        std::array<item, group_size> v = ends(std::make_index_sequence<group_size>());
        scan_group(rule, 1, v);
        for (std::size_t j = 0; j < group_size; ++j) z1_[j] = v[j];
    }

    /// The last item of each block, an item of level 2.
    typename upper::items last() const {
        typename upper::items items;
        if constexpr (std::is_same_v<item, Value>) {
            number<Value>::store(items.data(), z1_[7]);
        } else {
            std::array<T, count> a, b;
            number<Value>::store(a.data(), z1_[7].a);
            number<Value>::store(b.data(), z1_[7].b);
            for (std::size_t l = 0; l < count; ++l) items[l] = {a[l], b[l]};
        }
        return items;
    }

    /// store(j, u) for the solution u of every set; `before` is u before each block.
    template <class Store>
    void down(const Rule& rule, Value before, const Store& store) const {
        for (std::size_t j = 0; j < group_size; ++j) {
            const Value c = j == 0 ? before : rule.carry(1, j, before, z1_[j - 1]);
            columns<Value> u;
            for (std::size_t k = 0; k < group_size; ++k) u[k] = rule.carry(0, k + 1, c, z0_[j][k]);
            store(j, u);
        }
    }

private:
    std::array<std::array<item, group_size>, group_size> z0_;
    std::array<item, group_size> z1_;
};

/// One tile: up when its rows are known, down when the carry into it is.
template <class Value, class Rule>
class tile {
public:
    using T = typename number<Value>::scalar;
    using part = blocks<Value, Rule>;
    static constexpr std::size_t count = tile_size / part::rows;

    /// load(s, j) -> set j of part s; only the first `parts` are there.
    template <class Load>
    void up(const Rule& rule, std::size_t parts, const Load& load) {
        for (std::size_t s = 0; s < parts; ++s) {
            parts_[s].up(rule, [&](std::size_t j) { return load(s, j); });
            upper_.push(rule, s * part::count, parts_[s].last());
        }
    }
    T after(const Rule& rule, T before) const { return upper_.after(rule, before); }

    /// store(s, j, u)
    template <class Store>
    void down(const Rule& rule, std::size_t parts, T before, const Store& store) const {
        for (std::size_t s = 0; s < parts; ++s) {
            const auto carries = upper_.carries(rule, s * part::count, before);
            parts_[s].down(rule, number<Value>::load(carries.data()),
                           [&](std::size_t j, const columns<Value>& u) { store(s, j, u); });
        }
    }

private:
    std::array<part, count> parts_;
    typename part::upper upper_;
};

} // namespace lanes
