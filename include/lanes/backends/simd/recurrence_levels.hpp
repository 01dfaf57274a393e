// lanes/backends/simd/recurrence_levels.hpp: scans of the radix-8 tree, and its upper two levels, one item per block.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

namespace lanes {

/// Whether the items of a group, and some more, are in registers at once.
template <class Item>
inline constexpr bool fits_registers = true;
template <class Value>
inline constexpr bool fits_registers<affine<Value>> = number<Value>::registers > 2 * group_size;

/// Kogge and Stone's scan of the 8 items of a group, each in a register.
template <class Rule, class Item>
[[gnu::always_inline]] inline void scan_group(const Rule& rule, std::size_t level, std::array<Item, group_size>& v) {
    const auto join = [&](auto distance) __attribute__((always_inline)) {
        constexpr std::size_t d = distance;
        unrolled_if<group_size - d, fits_registers<Item>>([&](auto i) __attribute__((always_inline)) {
            const std::size_t k = group_size - 1 - i; // from the right: v[k - d] is still that before this step
            v[k] = rule.join(level, d, v[k - d], v[k]);
        });
    };
    join(std::integral_constant<std::size_t, 1>{});
    join(std::integral_constant<std::size_t, 2>{});
    join(std::integral_constant<std::size_t, 4>{});
}

/// Item 7 of the scanned group: the joins that lead to it.
template <class Rule, class Item>
[[gnu::always_inline]] inline Item end_of_group(const Rule& rule, std::size_t level,
                                                const std::array<Item, group_size>& v) {
    const Item first = rule.join(level, 2, rule.join(level, 1, v[0], v[1]), rule.join(level, 1, v[2], v[3]));
    const Item second = rule.join(level, 2, rule.join(level, 1, v[4], v[5]), rule.join(level, 1, v[6], v[7]));
    return rule.join(level, 4, first, second);
}

/// Items in memory, an array for each member.
template <class Item, std::size_t size>
struct item_array {
    using T = typename number<Item>::scalar;
    alignas(64) std::array<T, size> b;

    [[gnu::always_inline]] void store(std::size_t i, Item v) { number<Item>::store(&b[i], v); }
    [[gnu::always_inline]] std::array<Item, group_size> columns() const {
        return transposed_columns<Item>::load(b.data());
    }
    T operator[](std::size_t i) const { return b[i]; }
};
template <class Value, std::size_t size>
struct item_array<affine<Value>, size> {
    using T = typename number<Value>::scalar;
    item_array<Value, size> a, b;

    void store(std::size_t i, affine<Value> v) {
        a.store(i, v.a);
        b.store(i, v.b);
    }
    [[gnu::always_inline]] std::array<affine<Value>, group_size> columns() const {
        const lanes::columns<Value> factors = a.columns(), terms = b.columns();
        std::array<affine<Value>, group_size> v;
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) { v[k] = {factors[k], terms[k]}; });
        return v;
    }
    affine<T> operator[](std::size_t i) const { return {a[i], b[i]}; }
};

/// The scan of a group whose items come one by one: what later ones need is kept, behind four that change nothing.
template <real T, class Rule>
class gradual_scan {
public:
    using item = typename Rule::template item<T>;

    item next(const Rule& rule, std::size_t level, std::size_t k, item v) {
        v0_[4 + k] = v;
        v1_[4 + k] = v = rule.join(level, 1, v0_[3 + k], v);
        v2_[4 + k] = v = rule.join(level, 2, v1_[2 + k], v);
        return rule.join(level, 4, v2_[k], v);
    }

private:
    static constexpr std::array<item, 4 + group_size> start() {
        std::array<item, 4 + group_size> v{};
        std::fill_n(v.begin(), 4, Rule::template nothing<T>());
        return v;
    }
    std::array<item, 4 + group_size> v0_ = start(), v1_ = start(), v2_ = start(); // before each of the three joins
};

/// Item k of a group as earlier items see it: `distance` lanes further up, and nothing at the start of a group.
template <std::size_t distance, class Rule, class Value>
[[gnu::always_inline]] inline Value moved_up(const Rule&, Value v) {
    return number<Value>::template up<distance, group_size>(v, Rule::template nothing<Value>());
}
template <std::size_t distance, class Rule, class Value>
[[gnu::always_inline]] inline affine<Value> moved_up(const Rule&, affine<Value> v) {
    const affine<Value> nothing = Rule::template nothing<Value>();
    return {number<Value>::template up<distance, group_size>(v.a, nothing.a),
            number<Value>::template up<distance, group_size>(v.b, nothing.b)};
}

/// The power for a run of l + more items in every lane l of a group.
template <class Value, real T>
[[gnu::always_inline]] inline Value powers_in_lanes(const geometric_rule<T>& rule, std::size_t level,
                                                    std::size_t more) {
    if constexpr (number<Value>::width == group_size) return number<Value>::load(&rule.power(level, more));
    alignas(64) std::array<T, number<Value>::width> power;
    for (std::size_t l = 0; l < power.size(); ++l) power[l] = rule.power(level, l % group_size + more);
    return number<Value>::load(power.data());
}

/// The solution behind a run of k items in every lane k of a group; nothing is a run of none.
template <class Value, real T>
[[gnu::always_inline]] inline Value carry_in_lanes(const geometric_rule<T>& rule, std::size_t level, Value c,
                                                   Value run) {
    return number<Value>::fma(powers_in_lanes<Value>(rule, level, 0), c, run);
}
template <class Value, real T>
[[gnu::always_inline]] inline Value carry_in_lanes(const affine_rule<T>&, std::size_t, Value c, affine<Value> run) {
    return number<Value>::fma(run.a, c, run.b);
}

/// Levels 2 and 3 of one tile. The items of level 2, one per block of 64 rows, arrive a register at a time.
template <class Value, class Rule>
class upper_levels {
public:
    using T = typename number<Value>::scalar;
    using item = typename Rule::template item<T>;
    using items = typename Rule::template item<Value>;
    static constexpr std::size_t count = number<Value>::width;

    /// The items of blocks first ... first + count - 1; all before have been pushed.
    [[gnu::always_inline]] void push(const Rule& rule, std::size_t first, const items& arrived) {
        items v = arrived; // by reference: see blocks::down
        item_array<items, count> lanes_of;
        if constexpr (is_wide) {
            v = rule.join(2, 1, moved_up<1>(rule, v), v);
            v = rule.join(2, 2, moved_up<2>(rule, v), v);
            v = rule.join(2, 4, moved_up<4>(rule, v), v);
            z2_[first / count] = v;
            lanes_of.store(0, v);
            for (std::size_t l = group_size - 1, group = first / group_size; l < count; l += group_size, ++group)
                z3_[group] = scan_3_.next(rule, 3, group, lanes_of[l]);
        } else {
            lanes_of.store(0, v);
            for (std::size_t l = 0; l < count; ++l)
                z2_[first + l] = scan_2_.next(rule, 2, (first + l) % group_size, lanes_of[l]);
            const std::size_t end = first + count, group = first / group_size;
            if (end % group_size == 0) z3_[group] = scan_3_.next(rule, 3, group, z2_[end - 1]);
        }
    }

    /// u before each of the blocks first ... first + count - 1; `before` is u before the tile.
    [[gnu::always_inline]] Value carries(const Rule& rule, std::size_t first, T before) const {
        if constexpr (is_wide) {
            Value c(carry_3(rule, first / group_size, before));
            if constexpr (count > group_size)
                c = number<Value>::select(number<Value>::first(group_size), c,
                                          Value(carry_3(rule, first / group_size + 1, before)));
            return carry_in_lanes(rule, 2, c, moved_up<1>(rule, z2_[first / count]));
        } else {
            alignas(64) std::array<T, count> c;
            const T above = carry_3(rule, first / group_size, before);
            for (std::size_t l = 0; l < count; ++l) {
                const std::size_t k = (first + l) % group_size;
                c[l] = k == 0 ? above : rule.carry(2, k, above, z2_[first + l - 1]);
            }
            return number<Value>::load(c.data());
        }
    }

    /// u before the next tile.
    T after(const Rule& rule, T before) const { return rule.carry(3, group_size, before, last()); }

    /// The one item of a level above.
    const item& last() const { return z3_[7]; }

private:
    static constexpr bool is_wide = count % group_size == 0; // one or two whole groups of level 2 in a register

    T carry_3(const Rule& rule, std::size_t group, T before) const {
        return group == 0 ? before : rule.carry(3, group, before, z3_[group - 1]);
    }

    gradual_scan<T, Rule> scan_2_, scan_3_;
    std::array<std::conditional_t<is_wide, items, item>, tile_size / 64 / (is_wide ? count : 1)> z2_;
    std::array<item, group_size> z3_;
};

} // namespace lanes
