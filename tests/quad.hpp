// tests/quad.hpp: arithmetic with 113 bits, for truths that are exact or nearly so.
// SPDX-License-Identifier: MIT
#pragma once

namespace {

#if defined(__SIZEOF_FLOAT128__)
using quad = __float128;
#else
using quad = long double; // 113 bits on AArch64
#endif

inline quad absolute(quad a) {
    return a < 0 ? -a : a;
}

/// Newton from the double root: 2 steps give all bits.
inline quad square_root(quad a) {
    if (a <= 0) return 0;
    quad root = static_cast<quad>(__builtin_sqrt(static_cast<double>(a)));
    for (int step = 0; step < 3; ++step) root = (root + a / root) / 2;
    return root;
}

} // namespace
