// tests/dispatch/copy.cpp: a shared library that was linked with lanes::dispatch and shows nothing of it.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <vector>

#define JOINED(name, number) name##number
#define NAME(name, number) JOINED(name, number)

double NAME(sum_in_copy_, COPY)(const std::vector<double>& x) {
    return lanes::sum(lanes::simd, x);
}
