// tests/cuda/trap.cu: device code that uses what only the host has, in a way that nvcc does not complain about.
// SPDX-License-Identifier: MIT

inline constexpr unsigned numbers[] = {3, 5};

constexpr unsigned sum(unsigned a, unsigned b) {
    return a + b;
}
constexpr unsigned with_number_of_host(unsigned x) {
    return sum(x, numbers[1]);
}
__global__ void kernel(unsigned* x) {
    *x = with_number_of_host(*x);
}
