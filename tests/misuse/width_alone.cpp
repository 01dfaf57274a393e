// tests/misuse/width_alone.cpp: the width of pandas' windows, not as their options.
// SPDX-License-Identifier: MIT
// expect: rolling_mean(x, out, {.width = 20}), or without out
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3}, out(3);
#ifdef CORRECTED
    lanes::rolling_mean(x, out, {.width = 2});
#else
    lanes::rolling_mean(x, out, 2);
#endif
}
