// tests/misuse/integers.cpp: elements that are neither float nor double.
// SPDX-License-Identifier: MIT
// expect: elements must be float or double; convert them first
#include <lanes/lanes.hpp>

#include <vector>

int main() {
#ifdef CORRECTED
    std::vector<double> x{1, 2, 3};
#else
    std::vector<int> x{1, 2, 3};
#endif
    return lanes::sum(x) > 0;
}
