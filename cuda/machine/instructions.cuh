// cuda/machine/instructions.cuh: where a thread is, barriers, shuffles, votes and the product of small matrices: by nvcc.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace lanes::device {

inline constexpr unsigned warp_size = 32;
inline constexpr unsigned whole_warp = 0xffffffff;

__device__ __forceinline__ unsigned thread_index() {
    return threadIdx.x;
}
__device__ __forceinline__ std::uint64_t block_index() {
    return blockIdx.x;
}
__device__ __forceinline__ unsigned block_threads() {
    return blockDim.x;
}
__device__ __forceinline__ std::uint64_t grid_blocks() {
    return gridDim.x;
}

/// All threads of the block, or the lanes of a warp in `lanes`, come here before one goes on; they see each other's
/// writes to memory before.
__device__ __forceinline__ void synchronize_block() {
    __syncthreads();
}
__device__ __forceinline__ void synchronize_warp(unsigned lanes = whole_warp) {
    __syncwarp(lanes);
}

/// The word that lane `from` of `lanes` brings; all of them come here, and `from` is one of them.
__device__ __forceinline__ std::uint32_t exchange_word(std::uint32_t word, unsigned from, unsigned lanes) {
    return __shfl_sync(lanes, word, static_cast<int>(from));
}
/// The word of the lane whose number differs in `bits`, or that is `distance` before or behind; this lane's own where
/// there is none. By the whole warp.
__device__ __forceinline__ std::uint32_t exchange_word_xor(std::uint32_t word, unsigned bits) {
    return __shfl_xor_sync(whole_warp, word, static_cast<int>(bits));
}
__device__ __forceinline__ std::uint32_t exchange_word_up(std::uint32_t word, unsigned distance) {
    return __shfl_up_sync(whole_warp, word, distance);
}
__device__ __forceinline__ std::uint32_t exchange_word_down(std::uint32_t word, unsigned distance) {
    return __shfl_down_sync(whole_warp, word, distance);
}
/// The lanes that bring true.
__device__ __forceinline__ unsigned ballot(bool is, unsigned lanes = whole_warp) {
    return __ballot_sync(lanes, is);
}

/// The number of the lowest and of the highest bit that is set in a word other than 0, and how many are. Not by <bit>:
/// nvcc 13.0 makes a constant of libstdc++'s std::countr_zero, and of its std::countl_zero for 64 bits.
__device__ __forceinline__ unsigned lowest_bit(std::uint32_t word) {
    return static_cast<unsigned>(__ffs(static_cast<int>(word))) - 1;
}
__device__ __forceinline__ unsigned highest_bit(std::uint32_t word) {
    return 31 - static_cast<unsigned>(__clz(static_cast<int>(word)));
}
__device__ __forceinline__ unsigned bit_count(std::uint32_t word) {
    return static_cast<unsigned>(__popc(word));
}

/// Until the launch before this one has ended, and what it wrote is seen; for kernels that launch_early starts.
__device__ __forceinline__ void wait_for_launch_before() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" : : : "memory");
#endif
}

/// One step of waiting for another block.
__device__ __forceinline__ void wait_a_little() {
    __nanosleep(20);
}

/// c += a b for c of 16 x 8, a of 16 x 4 and b of 4 x 8 elements, by the tensor cores, in an order of theirs. With
/// row = lane / 4 and col = lane % 4 this lane holds
///   c[2 h + i] = (row + 8 h, 2 col + i),   a[i] = (row + 8 i, col),   b = (col, row)
/// Volatile, since all lanes have to come here together: compilers may move other asm behind a branch.
__device__ __forceinline__ void multiply_tile(double (&c)[4], const double (&a)[2], double b) {
#if __CUDA_ARCH__ >= 900
    asm volatile("mma.sync.aligned.m16n8k4.row.col.f64.f64.f64.f64 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+d"(c[0]), "+d"(c[1]), "+d"(c[2]), "+d"(c[3])
                 : "d"(a[0]), "d"(a[1]), "d"(b));
#else
#pragma unroll
    for (int h = 0; h < 2; ++h)
        asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
                     : "+d"(c[2 * h]), "+d"(c[2 * h + 1])
                     : "d"(a[h]), "d"(b));
#endif
}

} // namespace lanes::device
