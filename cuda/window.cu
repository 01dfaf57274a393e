// cuda/window.cu: the windows of the library lanes::cuda.
// SPDX-License-Identifier: MIT
#include <cuda/backend.cuh>

namespace lanes {

#define LANES_WINDOW(operation, T)                                                                                     \
    template void cuda_backend::window(const operation&, std::size_t, device_span<const T>, device_span<T>) const;
LANES_WINDOW(window_sum, float)
LANES_WINDOW(window_sum, double)
LANES_WINDOW(window_mean<nan_policy::propagate>, float)
LANES_WINDOW(window_mean<nan_policy::propagate>, double)
LANES_WINDOW(window_mean<nan_policy::skip>, float)
LANES_WINDOW(window_mean<nan_policy::skip>, double)
#undef LANES_WINDOW

} // namespace lanes
