// lanes/backends/simd/recurrence_blocks.hpp: the lower two levels of the radix-8 tree in registers, and whole tiles.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/columns.hpp>
#include <lanes/backends/simd/recurrence_levels.hpp>
#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lanes {

template <class Value>
affine<Value> in_row_order(affine<Value> v) {
    return {in_row_order(v.a), in_row_order(v.b)};
}

/// As many blocks of 64 rows as a Value has lanes. The rows come in 8 sets of 8 registers: lane l of register k is row
/// 8 l + k of the set. Level 1 has one such set of its own, whose lane l is block l.
template <class Value, class Rule>
class blocks {
public:
    using T = typename number<Value>::scalar;
    using item = typename Rule::template item<Value>;
    static constexpr std::size_t count = number<Value>::width;
    static constexpr std::size_t set_rows = group_size * count, rows = group_size * set_rows;
    using upper = upper_levels<Value, Rule>;

    [[gnu::always_inline]] static columns<Value> load(const T* row) { return transposed_columns<Value>::load(row); }
    [[gnu::always_inline]] static void store(T* row, const columns<Value>& v) {
        transposed_columns<Value>::store(row, v);
    }

    /// load(j) -> set j, of which the first `sets` are there.
    template <class Load>
    void up(const Rule& rule, std::size_t sets, const Load& load) {
        item_array<item, set_rows> ends;
        for (std::size_t j = 0; j < sets; ++j) {
            std::array<item, group_size> v = load(j);
            scan_group(rule, 0, v);
            z0_[j] = v;
            ends.store(j * count, in_row_order(v[7]));
        }
        if (sets < group_size)
            unrolled<group_size>([&](auto j) __attribute__((always_inline)) { // a loop would become `rep stos`
                if (j >= sets) ends.store(j * count, Rule::template absent<Value>());
            });
        std::array<item, group_size> v = ends.columns();
        scan_group(rule, 1, v);
        z1_ = v;
    }

    /// The last item of each block, an item of level 2.
    item last() const { return in_row_order(z1_[7]); }

    /// The same without the rest.
    template <class Load>
    static item last(const Rule& rule, const Load& load) {
        item_array<item, set_rows> ends;
        for (std::size_t j = 0; j < group_size; ++j)
            ends.store(j * count, in_row_order(end_of_group(rule, 0, load(j))));
        return in_row_order(end_of_group(rule, 1, ends.columns()));
    }

    /// store(j, u) for the solution u of each of these sets; `before_block` is u before each block. By reference: after a
    /// call with a register as argument g++ 12 forgets the vzeroupper that SSE code behind it needs.
    template <class Store>
    void down(const Rule& rule, std::size_t sets, const Value& before_block, const Store& store) const {
        const Value before = in_lane_order(before_block);
        columns<Value> c;
        c[0] = before;
        unrolled<group_size - 1>([&](auto j) __attribute__((always_inline)) {
            c[j + 1] = rule.carry(1, j + 1, before, z1_[j]);
        });
        alignas(64) std::array<T, set_rows> before_group;
        transposed_columns<Value>::store(before_group.data(), c);
        for (std::size_t j = 0; j < sets; ++j) {
            const Value before_set = in_lane_order(number<Value>::load(&before_group[j * count]));
            columns<Value> u;
            unrolled<group_size>([&](auto k) __attribute__((always_inline)) {
                u[k] = rule.carry(0, k + 1, before_set, z0_[j][k]);
            });
            store(j, u);
        }
    }

    /// u of one set by itself, which nothing comes before, if its rows are at most 64: all in registers.
    [[gnu::always_inline]] static columns<Value> solved(const Rule& rule, std::array<item, group_size> v) {
        scan_group(rule, 0, v);
        item z = in_row_order(v[group_size - 1]);
        z = rule.join(1, 1, moved_up<1>(rule, z), z);
        z = rule.join(1, 2, moved_up<2>(rule, z), z);
        if constexpr (count > 4) z = rule.join(1, 4, moved_up<4>(rule, z), z);
        const Value before = in_lane_order(carry_in_lanes(rule, 1, Value(T(0)), moved_up<1>(rule, z)));
        columns<Value> u;
        unrolled<group_size>([&](auto k) __attribute__((always_inline)) { u[k] = rule.carry(0, k + 1, before, v[k]); });
        return u;
    }

private:
    std::array<std::array<item, group_size>, group_size> z0_;
    std::array<item, group_size> z1_;
};

/// One tile: up when its rows are known, down when the carry into it is. Its parts lie where its owner has room for them,
/// as many as there will be rows.
template <class Value, class Rule>
class tile {
public:
    using T = typename number<Value>::scalar;
    using part = blocks<Value, Rule>;
    static constexpr std::size_t count = tile_size / part::rows, set_rows = part::set_rows;

    explicit tile(part* parts) : parts_(parts) {}

    /// load(j) -> set j, of which the first `sets` are there.
    template <class Load>
    void up(const Rule& rule, std::size_t sets, const Load& load) {
        for (std::size_t s = 0; s * group_size < sets; ++s) {
            parts_[s].up(
                rule, std::min(group_size, sets - s * group_size), [&](std::size_t j) __attribute__((always_inline)) {
                    return load(s * group_size + j);
                });
            upper_.push(rule, s * part::count, parts_[s].last());
        }
    }
    T after(const Rule& rule, T before) const { return upper_.after(rule, before); }

    /// store(j, u)
    template <class Store>
    void down(const Rule& rule, std::size_t sets, T before, const Store& store) const {
        for (std::size_t s = 0; s * group_size < sets; ++s)
            parts_[s].down(
                rule, std::min(group_size, sets - s * group_size), upper_.carries(rule, s * part::count, before),
                [&](std::size_t j, const columns<Value>& u)
                    __attribute__((always_inline)) { store(s * group_size + j, u); });
    }

private:
    part* parts_;
    typename part::upper upper_;
};

} // namespace lanes
