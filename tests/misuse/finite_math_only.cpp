// tests/misuse/finite_math_only.cpp: flags that let the compiler forget NaN.
// SPDX-License-Identifier: MIT
// expect: do not compile with -ffast-math
// flags: -ffinite-math-only
#include <lanes/lanes.hpp>

int main() {}
