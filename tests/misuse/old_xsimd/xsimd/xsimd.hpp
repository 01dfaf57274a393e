// tests/misuse/old_xsimd/xsimd/xsimd.hpp: all that lanes looks at in a version that it refuses, that of Debian 12.
// SPDX-License-Identifier: MIT
#pragma once
#define XSIMD_VERSION_MAJOR 8
