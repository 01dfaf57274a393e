// tests/misuse/vector_of_bool.cpp: a container without elements in memory.
// SPDX-License-Identifier: MIT
// expect: the argument must lie contiguously in memory
#include <lanes/lanes.hpp>

#include <vector>

int main() {
#ifdef CORRECTED
    std::vector<float> x{1, 0, 1};
#else
    std::vector<bool> x{true, false, true};
#endif
    return lanes::sum(x) > 0;
}
