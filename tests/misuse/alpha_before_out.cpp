// tests/misuse/alpha_before_out.cpp: alpha before the output.
// SPDX-License-Identifier: MIT
// expect: ema(x, out, alpha), or without out
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3}, out(3);
#ifdef CORRECTED
    lanes::ema(lanes::simd, x, out, 0.1);
#else
    lanes::ema(lanes::simd, x, 0.1, out);
#endif
}
