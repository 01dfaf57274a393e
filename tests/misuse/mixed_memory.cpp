// tests/misuse/mixed_memory.cpp: no backend is named, and the arrays lie in different memories.
// SPDX-License-Identifier: MIT
// expect: all arrays of a call must lie in the same memory
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3};
    lanes::device_array<double> y(3);
#ifdef CORRECTED
    return lanes::dot(x, lanes::to_host(y)) > 0;
#else
    return lanes::dot(x, y) > 0;
#endif
}
