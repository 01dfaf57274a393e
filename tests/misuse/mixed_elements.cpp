// tests/misuse/mixed_elements.cpp: arrays of different element types.
// SPDX-License-Identifier: MIT
// expect: all arrays of a call must have the same element type
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3};
#ifdef CORRECTED
    std::vector<double> y{1, 2, 3};
#else
    std::vector<float> y{1, 2, 3};
#endif
    return lanes::dot(x, y) > 0;
}
