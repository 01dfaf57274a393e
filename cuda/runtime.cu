// cuda/runtime.cu: memory, copies and waiting, by CUDA's runtime.
// SPDX-License-Identifier: MIT
#include <cuda/check.cuh>

#include <lanes/backends/cuda/runtime.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace lanes::cuda_runtime {

namespace {

struct device_state {
    std::string why_unavailable, name;
};

/// Asked once: drivers do not come and go while a program runs.
const device_state& state() noexcept {
    static const device_state known = [] {
        device_state found;
        int devices = 0, driver = 0;
        cudaError_t error = cudaGetDeviceCount(&devices);
        if (error == cudaSuccess && devices == 0) error = cudaErrorNoDevice;
        if (error == cudaErrorInsufficientDriver) cudaDriverGetVersion(&driver);
        if (error == cudaErrorInsufficientDriver && driver == 0) {
            found.why_unavailable = "no NVIDIA driver is loaded on this machine (libcuda.so.1 was not found)";
        } else if (error != cudaSuccess) {
            found.why_unavailable = cudaGetErrorString(error);
        } else {
            int device = 0, major = 0;
            cudaGetDevice(&device);
            cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
            cudaDeviceProp properties{};
            if (cudaGetDeviceProperties(&properties, device) == cudaSuccess) found.name = properties.name;
            if (major < 8)
                found.why_unavailable = found.name + " has compute capability " + std::to_string(major) +
                                        ".x, and lanes needs 8.0 or newer";
        }
        cudaGetLastError(); // what was only asked leaves no error behind for the caller
        return found;
    }();
    return known;
}

/// A pool of our own for each device, so that the default pool's settings stay the program's.
cudaMemPool_t pool() {
    constexpr int most = 64;
    static std::array<std::atomic<cudaMemPool_t>, most> pools{};
    static std::mutex making;
    const int device = current_device();
    if (device >= most) throw cuda_error("lanes::cuda: device " + std::to_string(device) + " is beyond the 64th");
    auto& known = pools[static_cast<std::size_t>(device)];
    if (cudaMemPool_t made = known.load(std::memory_order_acquire)) return made;
    const std::lock_guard lock(making);
    if (cudaMemPool_t made = known.load(std::memory_order_acquire)) return made;
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = device;
    cudaMemPool_t made = nullptr;
    device::check(cudaMemPoolCreate(&made, &properties), "making a pool of device memory");
    std::uint64_t keep_all = UINT64_MAX;
    device::check(cudaMemPoolSetAttribute(made, cudaMemPoolAttrReleaseThreshold, &keep_all),
                  "setting up a pool of device memory");
    known.store(made, std::memory_order_release);
    return made;
}

} // namespace

const char* why_unavailable() noexcept {
    return state().why_unavailable.empty() ? nullptr : state().why_unavailable.c_str();
}

void require_device() {
    if (const char* why = why_unavailable()) throw backend_unavailable(std::string("lanes::cuda: ") + why);
}

const char* device_name() noexcept {
    return state().name.c_str();
}

void fail(int error, const char* attempted) {
    require_device(); // the better explanation of most failures
    const auto code = static_cast<cudaError_t>(error);
    cudaGetLastError();
    throw cuda_error(std::string("lanes::cuda: ") + attempted + ": " + cudaGetErrorString(code) + " (" +
                     cudaGetErrorName(code) + ")");
}

int current_device() {
    require_device();
    int device = 0;
    device::check(cudaGetDevice(&device), "asking for the current device");
    return device;
}

unsigned multiprocessors() {
    int processors = 0;
    device::check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, current_device()),
                  "asking for the multiprocessors of the device");
    return static_cast<unsigned>(processors);
}

const device_speed& speed() {
    static const device_speed known = [] {
        const int device = current_device();
        int processors = 0, kilohertz = 0, major = 0, minor = 0;
        cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
        cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, device);
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
        cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
        // Those for computing have a double unit for every second one of float; others one for 64.
        const bool has_doubles = minor == 0 && major >= 8 && major <= 10;
        const double floats = processors * 128.0 * 2 * kilohertz * 1e3;
        device_speed found{};
        found.cores = processors * (has_doubles ? 1 : 0.125);
        found.flops_of_float = floats / 2; // half of the peak is certain
        found.flops_of_double = found.flops_of_float / (has_doubles ? 2 : 64);

        constexpr std::size_t bytes = std::size_t{32} << 20;
        const std::vector<char> host(bytes, 1);
        void* const there = allocate(bytes, nullptr);
        double least = 1e9;
        for (int trial = 0; trial < 3; ++trial) {
            const auto begin = std::chrono::steady_clock::now();
            copy(there, host.data(), bytes, nullptr);
            wait(nullptr);
            const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
            least = std::min(least, elapsed.count());
        }
        release(there, nullptr);
        found.bytes_over_link = bytes / least;
        return found;
    }();
    return known;
}

void* allocate(std::size_t bytes, CUstream_st* stream) {
    require_device();
    void* data = nullptr;
    const cudaError_t error = cudaMallocFromPoolAsync(&data, bytes, pool(), stream);
    if (error != cudaSuccess) [[unlikely]]
        fail(error, ("allocating " + std::to_string(bytes) + " bytes of device memory").c_str());
    return data;
}

void release(void* data, CUstream_st* stream) noexcept {
    cudaFreeAsync(data, stream); // fails only where the program or the device is going down
}

void trim() {
    require_device();
    device::check(cudaMemPoolTrimTo(pool(), 0), "giving back device memory");
}

void* allocate_pinned(std::size_t bytes) {
    require_device();
    void* data = nullptr;
    const cudaError_t error = cudaMallocHost(&data, bytes);
    if (error != cudaSuccess) [[unlikely]]
        fail(error, ("allocating " + std::to_string(bytes) + " bytes of pinned host memory").c_str());
    return data;
}

void release_pinned(void* data) noexcept {
    cudaFreeHost(data);
}

void copy(void* to, const void* from, std::size_t bytes, CUstream_st* stream) {
    require_device();
    device::check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream), "copying to, from or on the device");
}

void wait(CUstream_st* stream) {
    require_device();
    device::check(cudaStreamSynchronize(stream), "waiting for the stream");
}

} // namespace lanes::cuda_runtime
