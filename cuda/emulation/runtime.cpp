// cuda/emulation/runtime.cpp: memory, copies and waiting on the emulated device, whose memory is the host's.
// SPDX-License-Identifier: MIT
#include <cuda/check.cuh>

#include <lanes/backends/cuda/runtime.hpp>

#include <string>

namespace lanes::cuda_runtime {

const char* why_unavailable() noexcept {
    return nullptr;
}
void require_device() {}
const char* device_name() noexcept {
    return "emulated device";
}
void fail(int error, const char* attempted) {
    throw cuda_error(std::string("lanes::cuda: ") + attempted + ": error " + std::to_string(error));
}

int current_device() {
    return 0;
}
unsigned multiprocessors() {
    return 2;
}
const device_speed& speed() {
    static const device_speed known{1e6, 1e18, 1e18, 1e18}; // all is worth the way there
    return known;
}

void* allocate(std::size_t bytes, CUstream_st*) {
    void* data = nullptr;
    device::check(cudaMalloc(&data, bytes), "allocating device memory");
    return data;
}
void release(void* data, CUstream_st*) noexcept {
    cudaFree(data);
}
void trim() {}
void* allocate_pinned(std::size_t bytes) {
    return allocate(bytes, nullptr);
}
void release_pinned(void* data) noexcept {
    cudaFree(data);
}
void copy(void* to, const void* from, std::size_t bytes, CUstream_st* stream) {
    device::check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream), "copying");
}
void wait(CUstream_st* stream) {
    device::check(cudaStreamSynchronize(stream), "waiting for the stream");
}

} // namespace lanes::cuda_runtime
