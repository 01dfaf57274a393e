// lanes/backends/cuda/runtime.hpp: what `cuda` asks of the GPU's runtime, and how that may fail. Plain C++: the
// functions are in the library lanes::cuda.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <stdexcept>

struct CUstream_st; // cudaStream_t is a pointer to one

namespace lanes {

/// A call of CUDA failed; the message says what was attempted and what CUDA answered.
struct cuda_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A backend was named that this machine cannot run; the message says why.
struct backend_unavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Each throws backend_unavailable if there is no GPU to use, and cuda_error if the call fails. A null stream is CUDA's
// default stream. The device is the calling thread's current one.
namespace cuda_runtime {

/// Why no GPU can be used here, or null if one can.
const char* why_unavailable() noexcept;
/// Throws backend_unavailable unless a GPU can be used.
void require_device();
/// Name of the current device, "" if there is none.
const char* device_name() noexcept;

void* allocate(std::size_t bytes, CUstream_st* stream);
void release(void* data, CUstream_st* stream) noexcept;
/// Gives memory that the pool keeps back to the system.
void trim();
void* allocate_pinned(std::size_t bytes);
void release_pinned(void* data) noexcept;

/// Between the host and the device, or within one of them, in the order of the stream.
void copy(void* to, const void* from, std::size_t bytes, CUstream_st* stream);
/// Until all that was queued on the stream is done.
void wait(CUstream_st* stream);

} // namespace cuda_runtime
} // namespace lanes
