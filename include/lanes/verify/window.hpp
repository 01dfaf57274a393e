// lanes/verify/window.hpp: golden bits of the moving sums and averages.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/target.hpp>
#include <lanes/kernels/window.hpp>
#include <lanes/verify/golden.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lanes::inline LANES_TARGET::golden {

/// x is uniform with seed 21. Hashes of all n sums and means, the partial windows at the start included, and the bits of
/// the last mean.
struct window_row {
    std::size_t size, width;
    std::uint64_t sums, means, last_mean;
};

inline constexpr window_row window_double[] = {
    {1000, 5, 0xa319d2b1f618e3dd, 0x5452fe879d93a122, 0xbfd189347b52c26b},
    {1000, 33, 0x4d5f744b0163ee76, 0x0a2f7983ea0d1d0a, 0x3fa401ec1599dfac},
    {1000, 64, 0xcb9abcbbcb78ac8f, 0x1d916ad45f3a350d, 0xbf8a9a2be4826e4a},
    {1000, 65, 0x00e77ff48e2e26d7, 0xe05c902641b08578, 0x3f32dc0eff3f395b},
    {1000, 129, 0x8d18fdd53ef69af2, 0x679eeef0a155be34, 0xbfa55fa32b5bb326},
    {1000, 193, 0xc5d1cb4e322e2448, 0x07e7ffb0513bf663, 0xbf97da19aaa1e405},
};

inline constexpr window_row window_float[] = {
    {1000, 5, 0xeac7a79cc37642c7, 0x84a7c8f1ed906593, 0xbe8c49a6},
    {1000, 33, 0x3cd9b633730bcb61, 0xb1637fb2df56e5c9, 0x3d200f53},
    {1000, 64, 0x143c3ffb7ccd17ee, 0x3c40324ab21625d2, 0xbc54d196},
    {1000, 65, 0xc14c650addf3cb18, 0x2399d5e5abd04123, 0x3996d9d9},
    {1000, 129, 0x036ce751fa2d12b7, 0x070eb31d79774977, 0xbd2afd26},
    {1000, 193, 0xad5603772680512b, 0x15897a9ae589c81b, 0xbcbed0e8},
};

template <real T, class Where, class Visit>
void window_rows(const Where& where, std::span<const window_row> rows, Visit visit) {
    for (const window_row& row : rows) {
        const auto x = elements<T>(data::uniform, 21, row.size);
        const std::string suffix = std::string(" ") + type_name<T> + " n = " + std::to_string(row.size) +
                                   " width = " + std::to_string(row.width);
        array<T> sums(row.size);
        where.window(window_sum{}, row.width, std::span<const T>(x.data(), x.size()),
                     std::span<T>(sums.data(), sums.size()));
        const auto means = rolling_mean(where, x, rolling{.width = row.width, .min_periods = 1});
        visit("moving sums" + suffix, row.sums, hash(sums));
        visit("rolling_mean" + suffix, row.means, hash(means));
        visit("last rolling_mean" + suffix, row.last_mean, bits(means[row.size - 1]));
    }
}

/// visit(name, expected bits, bits that `where` returns) for every row.
template <class Where, class Visit>
void window(const Where& where, Visit visit) {
    window_rows<double>(where, window_double, visit);
    window_rows<float>(where, window_float, visit);
}

} // namespace lanes::inline LANES_TARGET::golden
