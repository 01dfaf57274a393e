// lanes/backends/simd/recurrence_blocks.hpp: the two lower levels of the tree, one block of 64 rows per lane; the two
// upper ones, item by item.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/recurrence_columns.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <array>
#include <cstddef>

namespace lanes {

/// Kogge and Stone's scan of the 8 items of a group, each in a register.
template <class Rule, class Item>
[[gnu::always_inline]] inline void scan_group(const Rule& rule, std::size_t level, std::array<Item, group_size>& v) {
    for (std::size_t k = 7; k >= 1; --k) v[k] = rule.join(level, 1, v[k - 1], v[k]);
    for (std::size_t k = 7; k >= 2; --k) v[k] = rule.join(level, 2, v[k - 2], v[k]);
    for (std::size_t k = 7; k >= 4; --k) v[k] = rule.join(level, 4, v[k - 4], v[k]);
}

/// Items of levels 2 and 3 of one tile as they arrive, one per block of 64 rows. Three joins each: those of earlier
/// items that a scan needs are kept.
template <real T, class Rule>
class upper_levels {
public:
    using item = typename Rule::template item<T>;

    void push(const Rule& rule, std::size_t block, item last) {
        z2_[block] = scan_.next(rule, 2, block % group_size, last);
        if (block % group_size == 7)
            z3_[block / group_size] = scan_above_.next(rule, 3, block / group_size, z2_[block]);
    }
    /// u before the block; all blocks before it have been pushed.
    T carry(const Rule& rule, std::size_t block, T before) const {
        const std::size_t above = block / group_size, k = block % group_size;
        const T c = above == 0 ? before : rule.carry(3, above, before, z3_[above - 1]);
        return k == 0 ? c : rule.carry(2, k, c, z2_[block - 1]);
    }
    /// u before the next tile.
    T after(const Rule& rule, T before) const { return rule.carry(3, group_size, before, z3_[7]); }

private:
    struct scan {
        std::array<item, group_size> v0, v1, v2; // before the joins with the item 1, 2 and 4 places back

        item next(const Rule& rule, std::size_t level, std::size_t k, item v) {
            v0[k] = v;
            if (k >= 1) v = rule.join(level, 1, v0[k - 1], v);
            v1[k] = v;
            if (k >= 2) v = rule.join(level, 2, v1[k - 2], v);
            v2[k] = v;
            if (k >= 4) v = rule.join(level, 4, v2[k - 4], v);
            return v;
        }
    };
    scan scan_, scan_above_;
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

    /// load(j) -> set j
    template <class Load>
    void up(const Rule& rule, const Load& load) {
        for (std::size_t j = 0; j < group_size; ++j) {
            std::array<item, group_size> v = load(j);
            scan_group(rule, 0, v);
            z0_[j] = v;
            z1_[j] = v[7];
        }
        std::array<item, group_size> v = z1_;
        scan_group(rule, 1, v);
        z1_ = v;
    }

    /// The last item of each block, an item of level 2.
    template <class Upper>
    void push(const Rule& rule, Upper& upper, std::size_t first) const {
        if constexpr (std::is_same_v<item, Value>) {
            alignas(64) std::array<T, count> last;
            number<Value>::store(last.data(), z1_[7]);
            for (std::size_t l = 0; l < count; ++l) upper.push(rule, first + l, last[l]);
        } else {
            alignas(64) std::array<T, count> a, b;
            number<Value>::store(a.data(), z1_[7].a);
            number<Value>::store(b.data(), z1_[7].b);
            for (std::size_t l = 0; l < count; ++l) upper.push(rule, first + l, {a[l], b[l]});
        }
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
            parts_[s].push(rule, upper_, s * part::count);
        }
    }
    T after(const Rule& rule, T before) const { return upper_.after(rule, before); }

    /// store(s, j, u)
    template <class Store>
    void down(const Rule& rule, std::size_t parts, T before, const Store& store) const {
        for (std::size_t s = 0; s < parts; ++s) {
            alignas(64) std::array<T, part::count> carries;
            for (std::size_t l = 0; l < part::count; ++l) carries[l] = upper_.carry(rule, s * part::count + l, before);
            parts_[s].down(rule, number<Value>::load(carries.data()),
                           [&](std::size_t j, const columns<Value>& u) { store(s, j, u); });
        }
    }

private:
    std::array<part, count> parts_;
    upper_levels<T, Rule> upper_;
};

} // namespace lanes
