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

int current_device();
/// Multiprocessors of the current device.
unsigned multiprocessors();

/// What the current device is roughly worth, and its link with the host, measured once by a copy of 32 MiB.
struct device_speed {
    double cores;                           // of a CPU, for arithmetic of double
    double flops_of_float, flops_of_double; // per second, of large products
    double bytes_over_link;                 // per second, from memory that is not pinned
};
const device_speed& speed();

void* allocate(std::size_t bytes, CUstream_st* stream);
void release(void* data, CUstream_st* stream) noexcept;
/// Gives memory that the pool keeps back to the system.
void trim();
void* allocate_pinned(std::size_t bytes);
void release_pinned(void* data) noexcept;

/// Throws cuda_error "attempted: what CUDA says of this error".
[[noreturn]] void fail(int error, const char* attempted);

/// Between the host and the device, or within one of them, in the order of the stream.
void copy(void* to, const void* from, std::size_t bytes, CUstream_st* stream);
/// Until all that was queued on the stream is done.
void wait(CUstream_st* stream);

/// Whether device code rounds as IEEE 754 says, subnormals included, whatever flags the library was compiled with.
bool arithmetic_is_exact();
/// Whether products of doubles run on the tensor cores, which they do where these are found to compute chains of fma.
bool multiplies_by_tensor_cores();

} // namespace cuda_runtime
} // namespace lanes
