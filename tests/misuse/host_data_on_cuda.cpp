// tests/misuse/host_data_on_cuda.cpp: the GPU is given memory of the host.
// SPDX-License-Identifier: MIT
// expect: copy the data there first, with lanes::to_device(x)
#include <lanes/lanes.hpp>

#include <vector>

int main() {
    std::vector<double> x{1, 2, 3};
#ifdef CORRECTED
    return lanes::sum(lanes::cuda, lanes::to_device(x)) > 0;
#else
    return lanes::sum(lanes::cuda, x) > 0;
#endif
}
