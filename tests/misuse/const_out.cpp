// tests/misuse/const_out.cpp: an output that cannot be written.
// SPDX-License-Identifier: MIT
// expect: the output is const; pass memory that can be written
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    const std::vector<double> x{1, 2, 3};
#ifdef CORRECTED
    std::vector<double> out(3);
#else
    const std::vector<double> out(3);
#endif
    lanes::ema(x, out, 0.5);
    return out[0] > 0;
}
