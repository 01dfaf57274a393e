// tests/misuse/factor_alone.cpp: a factor of a product, not as one of its options.
// SPDX-License-Identifier: MIT
// expect: matmul(a, b, c, {.alpha = 2, .beta = 1}), or without c
#include <lanes/lanes.hpp>

int main() {
    lanes::matrix<double> a(2, 2), b(2, 2), c(2, 2);
#ifdef CORRECTED
    lanes::matmul(a, b, c, {.alpha = 2});
#else
    lanes::matmul(a, b, c, 2.0);
#endif
}
