// tests/misuse/bare_pointer.cpp: a pointer without a size.
// SPDX-License-Identifier: MIT
// expect: the argument must lie contiguously in memory
#include <lanes/lanes.hpp>

#include <span>

int main() {
    const double x[] = {1, 2, 3};
    const double* first = x;
#ifdef CORRECTED
    return lanes::mean(std::span(first, 3)) > 0;
#else
    return lanes::mean(first) > 0;
#endif
}
