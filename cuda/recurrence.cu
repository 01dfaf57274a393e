// cuda/recurrence.cu: the exponential averages of the library lanes::cuda.
// SPDX-License-Identifier: MIT
#include <cuda/backend.cuh>

namespace lanes {

#define LANES_RECURRENCE(step, T)                                                                                      \
    template void cuda_backend::recurrence(const step<T>&, device_span<const T>, device_span<T>) const;
LANES_RECURRENCE(ema_step, float)
LANES_RECURRENCE(ema_step, double)
LANES_RECURRENCE(ewm_step, float)
LANES_RECURRENCE(ewm_step, double)
#undef LANES_RECURRENCE

} // namespace lanes
