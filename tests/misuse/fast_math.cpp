// tests/misuse/fast_math.cpp: flags that let the compiler reorder arithmetic.
// SPDX-License-Identifier: MIT
// expect: do not compile with -ffast-math
// flags: -ffast-math
#include <lanes/lanes.hpp>

int main() {}
