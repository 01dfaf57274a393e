// lanes/verify/recurrence.hpp: golden bits of the exponential moving averages.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/target.hpp>
#include <lanes/kernels/recurrence.hpp>
#include <lanes/verify/golden.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace lanes::inline LANES_TARGET::golden {

/// ema of uniform numbers of seed 31: the hash of all results, and the last one.
struct ema_row {
    std::size_t size;
    double alpha;
    std::uint64_t hash, last;
};

inline constexpr ema_row ema_double[] = {
    {65, 0.1, 0xea4cd3d5c853032e, 0x3fbe61a9ccaf4ee0},
    {65, 0.001, 0x9e2df10ed83fb575, 0x3fd6b7652fa5393f},
    {4097, 0.1, 0xc35d5eb21be1d648, 0x3fab7d1b48297020},
    {4097, 0.001, 0x38c924e386ad872e, 0x3f90efa6e83abc20},
};

inline constexpr ema_row ema_float[] = {
    {65, 0.1, 0x52095738881d681b, 0x3df30d48},
    {65, 0.001, 0x07fc756284ae5144, 0x3eb5bb29},
    {4097, 0.1, 0xa2801691774a1c19, 0x3d5be8d0},
    {4097, 0.001, 0x61597e6ea770a6b2, 0x3c877d20},
};

/// ewm_mean of the same numbers, with alpha = 2^-12, of which those are missing whose index i has mixed(i) below
/// `missing` 2^56, and all from 4000 to 4200. min_periods is 3. Hashes for (adjust, ignore_na) = (1,0), (1,1), (0,0), (0,1).
struct ewm_row {
    std::size_t size;
    unsigned missing;
    std::array<std::uint64_t, 4> hashes;
};

inline constexpr ewm_row ewm_double[] = {
    {300, 0, {0x528cc991ac44964d, 0x528cc991ac44964d, 0x8d9e8bf72c1f16d4, 0x8d9e8bf72c1f16d4}},
    {4500, 60, {0x0a4b48cb77b7ba99, 0x3528bb1406e1642e, 0x84c50eddadecbd28, 0xf4d2f26ee8597838}},
};

inline constexpr ewm_row ewm_float[] = {
    {300, 0, {0x691bad750b365d0b, 0x691bad750b365d0b, 0x817848e543de4185, 0x817848e543de4185}},
    {4500, 60, {0x15aeba301e11bd0e, 0xfd075437d90b8270, 0x538156ec9375575d, 0x1a9eee7dd9aeccf6}},
};

template <real T, class Where, class Visit>
void recurrence_rows(const Where& where, std::span<const ema_row> rows, std::span<const ewm_row> gapped, Visit visit) {
    for (const ema_row& row : rows) {
        const auto y = lanes::ema(where, elements<T>(data::uniform, 31, row.size), row.alpha);
        const std::string suffix =
            std::string(type_name<T>) + " alpha = " + argument::text(row.alpha) + " n = " + std::to_string(row.size);
        visit("ema " + suffix, row.hash, hash(y));
        visit("last of ema " + suffix, row.last, bits(y[row.size - 1]));
    }
    for (const ewm_row& row : gapped) {
        auto x = elements<T>(data::uniform, 31, row.size);
        for (std::size_t i = 0; i < row.size; ++i)
            if (mixed(i) >> 56 < row.missing || (i >= 4000 && i < 4200)) x[i] = std::numeric_limits<T>::quiet_NaN();
        for (unsigned mode = 0; mode < 4; ++mode) {
            const bool adjust = mode < 2, ignore_na = mode % 2 == 1;
            visit(std::string("ewm_mean ") + type_name<T> + (adjust ? " adjust" : "") +
                      (ignore_na ? " ignore_na" : "") + " n = " + std::to_string(row.size),
                  row.hashes[mode], hash(lanes::ewm_mean(where, x, ewm{decay::alpha(0x1p-12), adjust, ignore_na, 3})));
        }
    }
}

/// visit(name, expected bits, bits that `where` returns) for every row.
template <class Where, class Visit>
void recurrence(const Where& where, Visit visit) {
    recurrence_rows<double>(where, ema_double, ewm_double, visit);
    recurrence_rows<float>(where, ema_float, ewm_float, visit);
}

} // namespace lanes::inline LANES_TARGET::golden
