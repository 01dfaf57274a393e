// lanes/core/recurrence.hpp: words of y[t] = a y[t-1] + b[t]: the radix-8 tree, its two rules, and the steps of kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/decay.hpp>
#include <lanes/core/number.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lanes {

// A recurrence is solved in *tiles* of 8^4 rows, counted from element 0 of the array. The rows of a tile are the items
// of level 0; each group of 8 items of a level is scanned, and its last result is an item of the next level. Then the
// carry into the tile goes down the levels, to every row through four fma at most. backends/serial/recurrence.hpp
// states it in loops.
inline constexpr std::size_t group_size = 8;
inline constexpr std::size_t tile_size = 4096;

// A *rule* names
//   item<Value>                      what a row (or the last result of a group) is
//   join(level, d, earlier, later)   two neighbouring runs of a group as one; the later run is d items of `level` long
//   nothing<Value>()                 an earlier item that changes no bit of the later one
//   absent<Value>()                  an item behind all that exist: any that does not fade to subnormal numbers, since
//                                    those are slow
//   carry(level, k, c, run)          the solution behind a run of k items of `level`, where c is the one before it

/// Every row multiplies by lambda: an item is b, and powers of lambda come from the table.
template <real T>
struct geometric_rule {
    template <class Value>
    using item = Value;

    const decay_powers<T>& power;

    template <class Value>
    static constexpr Value nothing() {
        return Value(T(-0.0));
    }
    template <class Value>
    static constexpr Value absent() {
        return Value(T(1));
    }
    template <class Value>
    constexpr Value join(std::size_t level, std::size_t d, Value earlier, Value later) const {
        return number<Value>::fma(Value(power(level, d)), earlier, later);
    }
    template <class Value>
    constexpr Value carry(std::size_t level, std::size_t k, Value c, Value run) const {
        return number<Value>::fma(Value(power(level, k)), c, run);
    }
};

/// y -> a y + b
template <class Value>
struct affine {
    Value a, b;
};

/// Every row has its own factor.
template <real T>
struct affine_rule {
    template <class Value>
    using item = affine<Value>;

    template <class Value>
    static constexpr affine<Value> nothing() {
        return {Value(T(1)), Value(T(-0.0))};
    }
    template <class Value>
    static constexpr affine<Value> absent() {
        return nothing<Value>();
    }
    template <class Value>
    constexpr affine<Value> join(std::size_t, std::size_t, affine<Value> earlier, affine<Value> later) const {
        return {later.a * earlier.a, number<Value>::fma(later.a, earlier.b, later.b)};
    }
    template <class Value>
    constexpr Value carry(std::size_t, std::size_t, Value c, affine<Value> run) const {
        return number<Value>::fma(run.a, c, run.b);
    }
};

/// out[0] = x[0], out[t] = alpha x[t] + (1 - alpha) out[t-1]; whatever x[t] is.
template <real T>
struct ema_step {
    T alpha;
    static constexpr bool adjust = false, ignore_na = true;
    static constexpr std::size_t min_periods = 0;

    static constexpr bool observed(T) { return true; }
};

/// Exponentially weighted mean of the finite values so far; others are missing.
template <real T>
struct ewm_step {
    T alpha;
    bool adjust, ignore_na;
    std::size_t min_periods;

    static constexpr bool observed(T x) { return x - x == T(0); }
};

/// The factor and the share of a value that comes `distance` > 1 rows after the one before it, where the old mean keeps
/// fading in between (not adjust, not ignore_na): y = (w y + alpha x) / (w + alpha) with w = lambda^distance.
template <real T>
struct gap_weights {
    T factor = 0, divisor = 0; // w / (w + alpha) and w + alpha

    gap_weights() = default;
    constexpr gap_weights(const auto& power, T alpha, std::size_t distance) {
        // The digits of the distance in base 8, lowest first, then once the whole tile for each further 8^4 rows.
        using N = number<T>;
        T w = N::product(T(power(0, distance % 8)), T(power(1, distance / 8 % 8)));
        w = N::product(w, T(power(2, distance / 64 % 8)));
        w = N::product(w, T(power(3, distance / 512 % 8)));
        for (std::size_t tiles = distance / tile_size; tiles > 0 && w != T(0); --tiles)
            w = N::product(w, T(power(3, 8)));
        divisor = w + alpha;
        factor = w / divisor;
    }
};

/// The same for many values of one array: weights of short gaps are computed once.
template <real T>
class known_gap_weights {
public:
    gap_weights<T> at(const decay_powers<T>& power, T alpha, std::size_t distance) {
        if (distance >= near_.size()) return {power, alpha, distance};
        if ((is_known_ >> distance & 1) == 0) near_[distance] = {power, alpha, distance};
        is_known_ |= std::uint64_t{1} << distance;
        return near_[distance];
    }

private:
    std::array<gap_weights<T>, 64> near_; // by distance
    std::uint64_t is_known_ = 0;
};

} // namespace lanes
