// tests/misuse/width_before_out.cpp: the width before the output.
// SPDX-License-Identifier: MIT
// expect: moving_average(x, out, width), or without out
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3}, out(2);
#ifdef CORRECTED
    lanes::moving_average(x, out, 2);
#else
    lanes::moving_average(x, 2, out);
#endif
}
