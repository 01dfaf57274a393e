// tests/misuse/integer_matrix.cpp: a matrix of integers.
// SPDX-License-Identifier: MIT
// expect: matrices have elements of type float or double
#include <lanes/lanes.hpp>

#include <vector>

int main() {
#ifdef CORRECTED
    using element = float;
#else
    using element = int;
#endif
    std::vector<element> data(6);
    lanes::matrix_view<element> a(data.data(), 2, 3);
    return a.rows == 3;
}
