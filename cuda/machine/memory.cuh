// cuda/machine/memory.cuh: loads and stores of 16 bytes, shared memory, copies into it, and words between blocks: by nvcc.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace lanes::device {

/// The most shared memory that a block may have on any device that this code is for; in kernels only.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
inline constexpr unsigned most_shared_bytes = 163 << 10;
#else
inline constexpr unsigned most_shared_bytes = 227 << 10;
#endif

/// The shared memory of the block, not set: a struct without constructors. The launch says how large it is.
template <class Shared>
__device__ __forceinline__ Shared& shared_memory() {
    extern __shared__ __align__(128) unsigned char lanes_shared_memory[];
    return *reinterpret_cast<Shared*>(lanes_shared_memory);
}

/// 16 bytes: what one instruction loads or stores. Addresses must be multiples of 16.
template <class T>
struct alignas(16) vector_of {
    static constexpr unsigned size = 16 / sizeof(T);
    T items[size];
};

/// From memory that no thread of the launch writes.
template <class T>
__device__ __forceinline__ vector_of<T> load_vector(const T* from) {
    union {
        uint4 raw;
        vector_of<T> vector;
    } as;
    as.raw = __ldg(reinterpret_cast<const uint4*>(from));
    return as.vector;
}
/// From shared memory or memory that this block writes.
template <class T>
__device__ __forceinline__ vector_of<T> load_vector_written(const T* from) {
    return *reinterpret_cast<const vector_of<T>*>(from);
}
template <class T>
__device__ __forceinline__ void store_vector(T* to, const vector_of<T>& vector) {
    *reinterpret_cast<vector_of<T>*>(to) = vector;
}
/// Not to shared memory. By one instruction, always: compilers split the other one behind some conditions.
template <class T>
__device__ __forceinline__ void store_vector_to_memory(T* to, const vector_of<T>& vector) {
    union {
        uint4 raw;
        vector_of<T> vector;
    } as;
    as.vector = vector;
    asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(__cvta_generic_to_global(to)), "r"(as.raw.x), "r"(as.raw.y), "r"(as.raw.z), "r"(as.raw.w)
                 : "memory");
}

/// Copies `bytes` (4, 8 or 16; both addresses multiples of it) into shared memory while the thread goes on. A copy is
/// there for the thread itself after wait_for_copies, for others after a barrier behind that.
template <unsigned bytes>
__device__ __forceinline__ void copy_to_shared(void* to, const void* from) {
    const auto shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
    if constexpr (bytes == 16)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "r"(shared), "l"(from) : "memory");
    else asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" : : "r"(shared), "l"(from), "n"(bytes) : "memory");
}
/// Ends a group of copies of this thread.
__device__ __forceinline__ void end_copies() {
    asm volatile("cp.async.commit_group;" : : : "memory");
}
/// Until at most the last `groups` groups of this thread are under way.
template <unsigned groups>
__device__ __forceinline__ void wait_for_copies() {
    asm volatile("cp.async.wait_group %0;" : : "n"(groups) : "memory");
}

/// Words that blocks leave for each other: what a thread wrote before store_release is seen by whoever reads its word
/// with load_acquire, and after a barrier by the other threads of that block.
__device__ __forceinline__ std::uint32_t load_acquire(const std::uint32_t* from) {
    std::uint32_t word;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(word) : "l"(from) : "memory");
    return word;
}
__device__ __forceinline__ void store_release(std::uint32_t* to, std::uint32_t word) {
    asm volatile("st.release.gpu.global.u32 [%0], %1;" : : "l"(to), "r"(word) : "memory");
}
/// Words that are all there is to know: nothing else is seen with them.
__device__ __forceinline__ std::uint32_t load_relaxed(const std::uint32_t* from) {
    std::uint32_t word;
    asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(word) : "l"(from) : "memory");
    return word;
}
__device__ __forceinline__ std::uint64_t load_relaxed(const std::uint64_t* from) {
    std::uint64_t word;
    asm volatile("ld.relaxed.gpu.global.u64 %0, [%1];" : "=l"(word) : "l"(from) : "memory");
    return word;
}
__device__ __forceinline__ void store_relaxed(std::uint32_t* to, std::uint32_t word) {
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" : : "l"(to), "r"(word) : "memory");
}
__device__ __forceinline__ void store_relaxed(std::uint64_t* to, std::uint64_t word) {
    asm volatile("st.relaxed.gpu.global.u64 [%0], %1;" : : "l"(to), "l"(word) : "memory");
}
/// Read past the caches of this multiprocessor: for what another block wrote before its store_release.
template <class T>
__device__ __forceinline__ T load_shared_by_blocks(const T* from) {
    return __ldcg(from);
}
/// *at += by, and what was there before; nothing else is seen with it, and the thread need not wait until it is used.
__device__ __forceinline__ std::uint32_t fetch_add_relaxed(std::uint32_t* at, std::uint32_t by) {
    std::uint32_t before;
    asm volatile("atom.relaxed.gpu.global.add.u32 %0, [%1], %2;" : "=r"(before) : "l"(at), "r"(by) : "memory");
    return before;
}
/// *at = min(*at, word); nothing else is seen with it.
__device__ __forceinline__ void lower_relaxed(std::uint64_t* at, std::uint64_t word) {
    asm volatile("red.relaxed.gpu.global.min.u64 [%0], %1;" : : "l"(at), "l"(word) : "memory");
}
/// *at += by, and what was there before; acquires and releases.
__device__ __forceinline__ std::uint32_t fetch_add(std::uint32_t* at, std::uint32_t by) {
    std::uint32_t before;
    asm volatile("atom.acq_rel.gpu.global.add.u32 %0, [%1], %2;" : "=r"(before) : "l"(at), "r"(by) : "memory");
    return before;
}
__device__ __forceinline__ unsigned long long fetch_add(unsigned long long* at, unsigned long long by) {
    unsigned long long before;
    asm volatile("atom.acq_rel.gpu.global.add.u64 %0, [%1], %2;" : "=l"(before) : "l"(at), "l"(by) : "memory");
    return before;
}

} // namespace lanes::device
