// tests/misuse/alpha_alone.cpp: the weight of an exponentially weighted mean, not as one of its options.
// SPDX-License-Identifier: MIT
// expect: ewm_mean(x, out, {.decay = lanes::decay::alpha(0.1)}), or without out
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3}, out(3);
#ifdef CORRECTED
    lanes::ewm_mean(x, out, {.decay = lanes::decay::alpha(0.1)});
#else
    lanes::ewm_mean(x, out, 0.1);
#endif
}
