// tests/misuse/temporary_matrix.cpp: a product written to what is gone when the call returns. Temporary views are outputs like others.
// SPDX-License-Identifier: MIT
// expect: the output is a temporary, so the product would be lost
#include <lanes/lanes.hpp>

int main() {
    lanes::matrix<double> a(2, 2), b(2, 2), c(2, 2);
#ifdef CORRECTED
    lanes::matmul(a, b, transposed(c));
#else
    lanes::matmul(a, b, lanes::matrix<double>(2, 2));
#endif
}
