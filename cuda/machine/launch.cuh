// cuda/machine/launch.cuh: starting a kernel on a stream: by nvcc.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/cuda/runtime.hpp>

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes::device {

/// Blocks (at most 2^31 - 1), threads of each, and bytes of shared memory of each.
struct launch_shape {
    std::uint64_t blocks;
    unsigned threads;
    std::size_t shared_bytes = 0;
};

/// Shared memory that a block of the current device may have.
inline std::size_t shared_bytes_of_block() {
    int device = 0, bytes = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) != cudaSuccess)
        return std::size_t{48} << 10; // what every device has
    return static_cast<std::size_t>(bytes);
}

/// Starts kernel(arguments...) behind what the stream already holds.   throws cuda_error, or
/// backend_unavailable where that is the reason
template <class... Parameters>
void launch(const launch_shape& shape, cudaStream_t stream, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
    const auto* const address = reinterpret_cast<const void*>(kernel);
    cudaError_t error = cudaSuccess;
    if (shape.shared_bytes > std::size_t{48} << 10)
        error = cudaFuncSetAttribute(address, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                     static_cast<int>(shape.shared_bytes));
    void* addresses[] = {&arguments..., nullptr};
    if (error == cudaSuccess)
        error = cudaLaunchKernel(address, dim3(static_cast<unsigned>(shape.blocks)), dim3(shape.threads), addresses,
                                 shape.shared_bytes, stream);
    if (error != cudaSuccess) [[unlikely]]
        cuda_runtime::fail(static_cast<int>(error), "starting a kernel");
}

/// The same for a kernel that begins with wait_for_launch_before(): where the device can, the next launch of a stream is
/// made ready while the one before it ends, which saves some microseconds.   throws as above
template <class... Parameters>
void launch_early(const launch_shape& shape, cudaStream_t stream, void (*kernel)(Parameters...),
                  std::type_identity_t<Parameters>... arguments) {
    int device = 0, major = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) != cudaSuccess || major < 9)
        return launch(shape, stream, kernel, arguments...);
    cudaLaunchAttribute early{};
    early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    early.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t how{};
    how.gridDim = dim3(static_cast<unsigned>(shape.blocks));
    how.blockDim = dim3(shape.threads);
    how.dynamicSmemBytes = shape.shared_bytes;
    how.stream = stream;
    how.attrs = &early;
    how.numAttrs = 1;
    void* addresses[] = {&arguments..., nullptr};
    const cudaError_t error = cudaLaunchKernelExC(&how, reinterpret_cast<const void*>(kernel), addresses);
    if (error != cudaSuccess) [[unlikely]]
        cuda_runtime::fail(static_cast<int>(error), "starting a kernel");
}

/// Sets every byte, in the order of the stream.   throws cuda_error
inline void fill_bytes(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
    const cudaError_t error = cudaMemsetAsync(memory, value, bytes, stream);
    if (error != cudaSuccess) [[unlikely]]
        cuda_runtime::fail(static_cast<int>(error), "filling device memory");
}

/// Copies to the host and waits.   throws cuda_error
inline void bring_to_host(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
    cudaError_t error = cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream);
    if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
    if (error != cudaSuccess) [[unlikely]]
        cuda_runtime::fail(static_cast<int>(error), "bringing results to the host");
}

} // namespace lanes::device
