// cuda/check.cuh: errors of CUDA become exceptions that say what was attempted.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/cuda/runtime.hpp>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#else
#include <cuda/emulation/cuda_runtime.h>
#endif

namespace lanes::device {

/// Throws cuda_error "attempted: what CUDA says" unless it is a success.
inline void check(cudaError_t error, const char* attempted) {
    if (error != cudaSuccess) [[unlikely]]
        cuda_runtime::fail(static_cast<int>(error), attempted);
}

} // namespace lanes::device
