// tests/misuse/device_data_on_host.cpp: the CPU is given memory of the GPU.
// SPDX-License-Identifier: MIT
// expect: copy the data there first, with lanes::to_host(x)
#include <lanes/lanes.hpp>

int main() {
    lanes::device_array<double> x(3), out(3);
#ifdef CORRECTED
    lanes::ema(lanes::threads, lanes::to_host(x), 0.1);
    lanes::ema(x, out, 0.1);
#else
    lanes::ema(lanes::threads, x, out, 0.1);
#endif
}
