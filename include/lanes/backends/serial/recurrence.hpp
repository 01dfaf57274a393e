// lanes/backends/serial/recurrence.hpp: the definition of a linear recurrence and of exponentially weighted means.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/serial.hpp>
#include <lanes/core/decay.hpp>
#include <lanes/core/recurrence.hpp>
#include <lanes/core/target.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace lanes::inline LANES_TARGET {

/// The solution of u[t] = a[t] u[t-1] + b[t] over one tile, or the rows of it that there are.
template <real T, class Rule>
class serial_tile {
public:
    using item = typename Rule::template item<T>;

    /// Up: every group of 8 items of a level is scanned; its last result is an item of the next level.
    serial_tile(const Rule& rule, std::vector<item> rows) : rule_(rule) {
        z_[0] = std::move(rows);
        for (std::size_t level = 0; level < z_.size(); ++level)
            for (std::size_t first = 0; first < z_[level].size(); first += group_size) {
                const std::span group(&z_[level][first], std::min(group_size, z_[level].size() - first));
                scan(level, group);
                if (level + 1 < z_.size() && group.size() == group_size) z_[level + 1].push_back(group.back());
            }
    }

    /// u of row i, where `before` is u of the row before the tile.
    T solution(std::size_t i, T before) const {
        return rule_.carry(0, i % group_size + 1, carry(1, i / group_size, before), z_[0][i]);
    }

    /// u before the next tile; this one is full.
    T after(T before) const { return rule_.carry(3, group_size, before, z_[3].back()); }

private:
    /// Kogge and Stone, IEEE Trans. Comput. C-22 (1973): for d = 1, 2, 4 every item takes in the one d before it.
    void scan(std::size_t level, std::span<item> v) const {
        for (std::size_t d = 1; d < group_size; d *= 2)
            for (std::size_t k = v.size(); k-- > d;) v[k] = rule_.join(level, d, v[k - d], v[k]);
    }

    /// Down: u before item i of a level.
    T carry(std::size_t level, std::size_t i, T before) const {
        if (level == z_.size()) return before;
        const std::size_t k = i % group_size;
        const T above = carry(level + 1, i / group_size, before);
        return k == 0 ? above : rule_.carry(level, k, above, z_[level][i - 1]);
    }

    const Rule& rule_;
    std::array<std::vector<item>, 4> z_;
};

/// With r the first observed value, d[t] = x[t] - r and lambda = 1 - alpha, row by row:
///
///   observed     out[t] = r + N[t] / D[t] (adjust) or r + N[t], but x[t] itself if it is the first or alpha is 1
///   not          out[t] = out[t-1], and NaN before the first observed row; N and D as if the row had value and weight 0
///   N[t] = lambda N[t-1] + (adjust ? d[t] : alpha d[t]),   D[t] = lambda D[t-1] + 1,   both 0 before the array
///
/// A row that is not observed and does not count (ignore_na) leaves N and D as they are. A value `distance` > 1 rows
/// after the observed one before it, if rows between count but weights are not adjusted, has `gap_weights`. Wherever
/// that makes the factors of a tile differ from row to row, the tile follows affine_rule, otherwise geometric_rule.
/// Rows with fewer than min_periods observed ones so far are NaN.
template <class Step, real T>
void serial_backend::recurrence(const Step& step, std::span<const T> x, std::span<T> out) const {
    const decay_powers<T> power(step.alpha, x.size());
    const geometric_rule<T> geometric{power};
    const affine_rule<T> varying;
    std::size_t count = 0, last = 0; // observed rows so far, and the last of them
    T reference = 0, n_before = 0, d_before = 0, y = std::numeric_limits<T>::quiet_NaN();

    for (std::size_t first = 0; first < x.size(); first += tile_size) {
        const std::size_t rows = std::min(tile_size, x.size() - first);
        const bool is_full = rows == tile_size;
        std::vector<T> n(rows), d(rows);                     // b of N and D
        std::vector<affine<T>> n_pairs(rows), d_pairs(rows); // the same with factors
        std::vector<bool> observed(rows);
        bool is_geometric = true;
        std::size_t before = last;
        for (std::size_t i = 0, seen = count; i < rows; ++i) {
            const T value = x[first + i];
            observed[i] = step.observed(value);
            const bool counts = observed[i] || !step.ignore_na;
            T factor = counts ? power(0, 1) : T(1);
            if (observed[i]) {
                const std::size_t distance = seen == 0 ? 1 : first + i - before;
                if (seen == 0) reference = value;
                const T difference = seen == 0 ? T(0) : value - reference;
                n[i] = step.adjust ? difference : step.alpha * difference;
                d[i] = T(1);
                if (!step.adjust && !step.ignore_na && distance > 1) {
                    const gap_weights<T> weights(power, step.alpha, distance);
                    factor = weights.factor;
                    n[i] = n[i] / weights.divisor;
                    is_geometric = false;
                }
                before = first + i;
                ++seen;
            } else {
                n[i] = d[i] = T(0);
                if (!step.adjust) factor = T(1); // the gap is made up for at the next observed row
                if (!step.adjust || step.ignore_na) is_geometric = false;
            }
            n_pairs[i] = {factor, n[i]};
            d_pairs[i] = {factor, d[i]};
        }

        const auto solve = [&]<class Rule>(const Rule& rule, const auto& n_rows, const auto& d_rows) {
            const serial_tile<T, Rule> numerator(rule, n_rows), denominator(rule, d_rows);
            for (std::size_t i = 0; i < rows; ++i) {
                const T value = x[first + i];
                if (observed[i]) {
                    const T u = numerator.solution(i, n_before);
                    if (count == 0 || step.alpha == T(1)) y = value;
                    else y = reference + (step.adjust ? u / denominator.solution(i, d_before) : u);
                    last = first + i;
                    ++count;
                }
                out[first + i] =
                    count < std::max<std::size_t>(step.min_periods, 1) ? std::numeric_limits<T>::quiet_NaN() : y;
            }
            if (is_full) n_before = numerator.after(n_before);
            if (is_full) d_before = denominator.after(d_before);
        };
        if (is_geometric) solve(geometric, n, d);
        else solve(varying, n_pairs, d_pairs);
    }
}

} // namespace lanes::inline LANES_TARGET
