// cuda/machine.cuh: the words that kernels are written in, for nvcc and, emulated, for any C++ compiler.
// SPDX-License-Identifier: MIT
#pragma once

// A kernel is written once:
//
//   template <class T>
//   __global__ void __launch_bounds__(256) kernel(const T* x, T* out, std::uint64_t size) {
//       using namespace lanes::device;
//       auto& shared = shared_memory<some_struct>();         // all shared memory is dynamic, described by one struct
//       const std::uint64_t i = block_index() * block_threads() + thread_index();
//       ... synchronize_block(); shuffle_down(v, 1); load_vector(x + i); ...
//   }
//   launch({blocks, 256, sizeof(some_struct)}, stream, kernel<T>, x, out, size);
//
// Arithmetic is that of core/ over device_number<T>, whose operations round as IEEE 754 says under any flag of nvcc:
//   const device_number<T> sum = number<device_number<T>>::fma(a, b, c) + d;
//
// Compiled by nvcc (C++20, --expt-relaxed-constexpr) the words are instructions. Compiled by another compiler they are
// an emulation on the host (cuda/emulation/block.hpp tells how), which finds threads that miss a barrier or a shuffle.
// No kernel uses threadIdx, __shared__, an intrinsic or PTX of its own.

#if defined(__CUDACC__)
#include <cuda/machine/instructions.cuh>
#include <cuda/machine/launch.cuh>
#include <cuda/machine/memory.cuh>
#else
#include <cuda/emulation/launch.hpp>
#include <cuda/emulation/words.hpp>
#endif

#include <cuda/machine/number.cuh>
#include <cuda/machine/warp.cuh>
