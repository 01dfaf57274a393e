// lanes/verify/matmul.hpp: golden bits of the products of matrices.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/target.hpp>
#include <lanes/kernels/matmul.hpp>
#include <lanes/verify/golden.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lanes::inline LANES_TARGET::golden {

/// c = a b, m x n, of row-major a (seed 61) and b (seed 62), uniform; a hash of c. turned: the same memory is that of
/// column-major a and b. scaled: c = 1.5 a b - 0.75 c, with c of seed 63 before.
struct matmul_row {
    std::size_t m, n, k;
    bool turned, scaled;
    std::uint64_t c;
};

inline constexpr matmul_row matmul_double[] = {
    {7, 5, 3, false, false, 0x5b3a3b5e7d2d80cf},    {17, 33, 65, false, false, 0xb853b4c9c26a6614},
    {5, 7, 257, false, false, 0x51515220da15b6bc},  {40, 1, 300, false, false, 0x09ce90116e9d1f70},
    {1, 50, 513, false, false, 0x3ac9b9da3a9919a3}, {50, 1, 513, true, true, 0x394340873be549a2},
    {10, 25, 600, false, true, 0x6ad479314e841f83}, {29, 51, 20, true, true, 0x72afdff86782b530},
    {2, 3, 0, false, true, 0xa6535b365a6b822c},
};

inline constexpr matmul_row matmul_float[] = {
    {7, 5, 3, false, false, 0xe4871752e0c71e7d},    {17, 33, 65, false, false, 0x3d35f55d81e23538},
    {5, 7, 257, false, false, 0x4756942a714941aa},  {40, 1, 300, false, false, 0x1eeae271b9e314d0},
    {1, 50, 513, false, false, 0xbea2c1fdb2b5c1b5}, {50, 1, 513, true, true, 0xe3912c2c9f284e02},
    {10, 25, 600, false, true, 0x91639d1e6e03133f}, {29, 51, 20, true, true, 0xfe87e1137b617a30},
    {2, 3, 0, false, true, 0x0b2eae643a037718},
};

template <real T, class Where, class Visit>
void matmul_rows(const Where& where, std::span<const matmul_row> rows, Visit visit) {
    for (const matmul_row& row : rows) {
        const auto x = elements<T>(data::uniform, 61, row.m * row.k), y = elements<T>(data::uniform, 62, row.k * row.n);
        auto c = elements<T>(data::uniform, 63, row.m * row.n);
        const auto a = row.turned ? transposed(matrix_view(x, row.k, row.m)) : matrix_view(x, row.m, row.k);
        const auto b = row.turned ? transposed(matrix_view(y, row.n, row.k)) : matrix_view(y, row.k, row.n);
        lanes::matmul(where, a, b, matrix_view(c, row.m, row.n),
                      row.scaled ? scaling<T>{T(1.5), T(-0.75)} : scaling<T>{});
        visit("matmul " + std::string(type_name<T>) + " " + std::to_string(row.m) + " x " + std::to_string(row.k) +
                  " x " + std::to_string(row.n) + (row.turned ? " turned" : "") + (row.scaled ? " scaled" : ""),
              row.c, hash(c));
    }
}

/// visit(name, expected bits, bits that `where` returns) for every row.
template <class Where, class Visit>
void matmul(const Where& where, Visit visit) {
    matmul_rows<double>(where, matmul_double, visit);
    matmul_rows<float>(where, matmul_float, visit);
}

} // namespace lanes::inline LANES_TARGET::golden
