// tests/cuda/fast_math.cu: the device's arithmetic, to be compiled with flags that would change that of the language.
// SPDX-License-Identifier: MIT
#include <cuda/arithmetic_check.cuh>

namespace lanes::device {

template __global__ void compute_telling_results<float>(telling_inputs<float>, float*);
template __global__ void compute_telling_results<double>(telling_inputs<double>, double*);

} // namespace lanes::device
