// tests/misuse/matrix_as_array.cpp: a matrix where an array is due.
// SPDX-License-Identifier: MIT
// expect: std::span(m.data(), m.rows() * m.cols()) of a lanes::matrix m
#include <lanes/lanes.hpp>

#include <span>

int main() {
    lanes::matrix<double> m(2, 2);
#ifdef CORRECTED
    return lanes::sum(std::span(m.data(), m.rows() * m.cols())) > 0;
#else
    return lanes::sum(m) > 0;
#endif
}
