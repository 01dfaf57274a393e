// cuda/machine/launch.cuh: starting a kernel on a stream: by nvcc.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace lanes::device {

/// Blocks (at most 2^31 - 1), threads of each, and bytes of shared memory of each.
struct launch_shape {
    std::uint64_t blocks;
    unsigned threads;
    std::size_t shared_bytes = 0;
};

/// Starts kernel(arguments...) behind what the stream already holds.
template <class... Parameters>
cudaError_t launch(const launch_shape& shape, cudaStream_t stream, void (*kernel)(Parameters...),
                   std::type_identity_t<Parameters>... arguments) {
    if (shape.shared_bytes > std::size_t{48} << 10) {
        const cudaError_t error =
            cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(shape.shared_bytes));
        if (error != cudaSuccess) return error;
    }
    void* addresses[] = {&arguments..., nullptr};
    return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(static_cast<unsigned>(shape.blocks)),
                            dim3(shape.threads), addresses, shape.shared_bytes, stream);
}

} // namespace lanes::device
