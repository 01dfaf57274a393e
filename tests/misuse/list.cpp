// tests/misuse/list.cpp: memory that is not contiguous.
// SPDX-License-Identifier: MIT
// expect: the argument must lie contiguously in memory
#include <lanes/lanes.hpp>

#include <list>
#include <vector>

int main() {
#ifdef CORRECTED
    std::vector<double> x{1, 2, 3};
#else
    std::list<double> x{1, 2, 3};
#endif
    return lanes::sum(lanes::simd, x) > 0;
}
