// tests/misuse/old_xsimd.cpp: an xsimd that lacks what lanes needs, first in the include path.
// SPDX-License-Identifier: MIT
// expect: the xsimd in the include path is too old; lanes needs xsimd 13 or newer
// flags: -I{here}/old_xsimd
#include <lanes/lanes.hpp>

int main() {}
