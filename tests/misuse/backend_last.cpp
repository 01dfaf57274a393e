// tests/misuse/backend_last.cpp: the backend after the arguments.
// SPDX-License-Identifier: MIT
// expect: with a backend before x if one is named
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3};
#ifdef CORRECTED
    return lanes::sum(lanes::simd, x) > 0;
#else
    return lanes::sum(x, lanes::simd) > 0;
#endif
}
