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
/// The lanes that bring true.
__device__ __forceinline__ unsigned ballot(bool is, unsigned lanes = whole_warp) {
    return __ballot_sync(lanes, is);
}

/// One step of waiting for another block.
__device__ __forceinline__ void wait_a_little() {
    __nanosleep(20);
}

/// c += a b for the 8 x 8 matrix c, of which this lane holds (lane / 4, 2 (lane % 4)) and its right neighbour, a (8 x 4)
/// with (lane / 4, lane % 4), b (4 x 8) with (lane % 4, lane / 4). By the tensor cores, in an order of theirs.
__device__ __forceinline__ void multiply_tile(double& c0, double& c1, double a, double b) {
    asm("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
        : "+d"(c0), "+d"(c1)
        : "d"(a), "d"(b));
}

} // namespace lanes::device
