// lanes/verify/matmul.hpp: golden bits of the products of matrices.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/kernels/matmul.hpp>
#include <lanes/verify/golden.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lanes::golden {

/// c = a b, m x n, of row-major a (seed 61) and b (seed 62), uniform; a hash of c.
struct matmul_row {
    std::size_t m, n, k;
    std::uint64_t c;
};

inline constexpr matmul_row matmul_double[] = {
    {7, 5, 3, 0x5b3a3b5e7d2d80cf},
    {17, 33, 65, 0xb853b4c9c26a6614},
    {5, 7, 257, 0x51515220da15b6bc},
    {40, 1, 300, 0x09ce90116e9d1f70},
};

inline constexpr matmul_row matmul_float[] = {
    {7, 5, 3, 0xe4871752e0c71e7d},
    {17, 33, 65, 0x3d35f55d81e23538},
    {5, 7, 257, 0x4756942a714941aa},
    {40, 1, 300, 0x1eeae271b9e314d0},
};

template <real T, class Where, class Visit>
void matmul_rows(const Where& where, std::span<const matmul_row> rows, Visit visit) {
    for (const matmul_row& row : rows) {
        const auto a = elements<T>(data::uniform, 61, row.m * row.k), b = elements<T>(data::uniform, 62, row.k * row.n);
        const auto c = lanes::matmul(where, matrix_view(a, row.m, row.k), matrix_view(b, row.k, row.n));
        visit("matmul " + std::string(type_name<T>) + " " + std::to_string(row.m) + " x " + std::to_string(row.k) +
                  " x " + std::to_string(row.n),
              row.c, hash(std::span<const T>(c.data(), row.m * row.n)));
    }
}

/// visit(name, expected bits, bits that `where` returns) for every row.
template <class Where, class Visit>
void matmul(const Where& where, Visit visit) {
    matmul_rows<double>(where, matmul_double, visit);
    matmul_rows<float>(where, matmul_float, visit);
}

} // namespace lanes::golden
