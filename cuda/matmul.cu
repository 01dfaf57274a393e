// cuda/matmul.cu: the products of the library lanes::cuda, and the checks of a device's arithmetic.
// SPDX-License-Identifier: MIT
#include <cuda/arithmetic_check.cuh>
#include <cuda/backend.cuh>

namespace lanes {

#define LANES_MATMUL(T)                                                                                                \
    template void cuda_backend::matmul(const device_matrix_view<const T>&, const device_matrix_view<const T>&,         \
                                       const device_matrix_view<T>&, const scaling<T>&) const;
LANES_MATMUL(float)
LANES_MATMUL(double)
#undef LANES_MATMUL

namespace cuda_runtime {

bool arithmetic_is_exact() {
    const auto place = device::place_of(cuda);
    return device::arithmetic_is_exact<float>(place) && device::arithmetic_is_exact<double>(place);
}

bool multiplies_by_tensor_cores() {
    return device::tensor_cores_are_right(device::place_of(cuda), current_device());
}

} // namespace cuda_runtime

} // namespace lanes
