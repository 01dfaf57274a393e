// tests/misuse/temporary_out.cpp: results written to what is gone when the call returns. Temporary views of memory are outputs like others.
// SPDX-License-Identifier: MIT
// expect: the output is a temporary, so its results would be lost
#include <lanes/lanes.hpp>

#include <span>
#include <vector>

int main() {
    std::vector<double> x{1, 2, 3}, out(3);
#ifdef CORRECTED
    lanes::ema(x, std::span(out).first(3), 0.1);
#else
    lanes::ema(x, std::vector<double>(3), 0.1);
#endif
}
