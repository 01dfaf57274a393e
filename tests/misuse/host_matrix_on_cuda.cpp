// tests/misuse/host_matrix_on_cuda.cpp: one operand of a product is in the memory of the GPU, the other is not.
// SPDX-License-Identifier: MIT
// expect: copy the data there first, with lanes::to_device(x)
#include <lanes/lanes.hpp>

int main() {
    lanes::matrix<double> a(3, 3);
    lanes::device_matrix<double> b(3, 3);
#ifdef CORRECTED
    return lanes::matmul(lanes::cuda, lanes::to_device(a), b).rows() == 0;
#else
    return lanes::matmul(lanes::cuda, a, b).rows() == 0;
#endif
}
