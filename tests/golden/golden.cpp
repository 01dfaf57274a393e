// tests/golden/golden.cpp: verify() as a program of its own, built with many compilers and flags.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cstdio>

int main() {
    const lanes::report report = lanes::verify();
    std::fputs(report.text.c_str(), stdout);
    return report.ok ? 0 : 1;
}
