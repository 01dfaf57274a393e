// tests/dispatch/other_flags.cpp: a file of the test program that is compiled with other flags than the rest.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <string>
#include <vector>

double sum_with_other_flags(const std::vector<double>& x) {
    return lanes::sum(lanes::threads, x);
}
lanes::array<float> ema_with_other_flags(const std::vector<float>& x) {
    return lanes::ema(lanes::simd, x, 0.1);
}
std::string isa_with_other_flags() {
    return lanes::isa();
}
