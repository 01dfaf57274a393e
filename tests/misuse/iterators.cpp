// tests/misuse/iterators.cpp: two iterators, as algorithms of the standard library take them.
// SPDX-License-Identifier: MIT
// expect: for iterators std::span(begin, end)
#include <lanes/lanes.hpp>

#include <span>
#include <vector>

int main() {
    std::vector<double> x{1, 2, 3};
#ifdef CORRECTED
    return lanes::sum(std::span(x.begin(), x.end())) > 0;
#else
    return lanes::sum(x.begin(), x.end()) > 0;
#endif
}
