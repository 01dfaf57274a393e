// cuda/matmul_tile.cuh: a tile of a product in the registers of a block, by the FMA units or by the tensor cores.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <lanes/core/order.hpp>

#include <cstddef>
#include <cstdint>

namespace lanes::device {

/// Threads of a block, and steps in k that are brought into shared memory at a time. A chain in k is never padded: adding
/// zeros would turn a -0 that underflow has left into +0.
inline constexpr unsigned matmul_threads = 256, matmul_depth = 16;

/// Elements of one k in shared memory lie in a row of extent + 4: so that neither threads that write along k nor those
/// that read along an edge meet in a bank.
template <unsigned extent>
inline constexpr unsigned matmul_pitch = extent + 4;

/// `edge` x `edge` elements by fma: 16 x 16 threads, each with (edge / 16)^2 of them, in vectors along both edges.
template <class T, unsigned edge>
class fma_tile {
public:
    static constexpr unsigned rows = edge, cols = edge, count = edge / 16 * edge / 16;
    using N = device_number<T>;

    __device__ fma_tile() : row_(place(true)), col_(place(false)) {
#pragma unroll
        for (unsigned i = 0; i < count; ++i) sums[i] = N(T(0));
    }

    /// Steps 0 ... depth - 1 of the edges a and b in shared memory.
    __device__ void step(const T* a, const T* b, unsigned depth) {
        if (depth == matmul_depth) {
#pragma unroll 8
            for (unsigned k = 0; k < matmul_depth; ++k) one(a + k * matmul_pitch<edge>, b + k * matmul_pitch<edge>);
        } else {
#pragma unroll 1
            for (unsigned k = 0; k < depth; ++k) one(a + k * matmul_pitch<edge>, b + k * matmul_pitch<edge>);
        }
    }

    __device__ unsigned row(unsigned i) const {
        return row_ * vector + offset(i / side);
    }
    __device__ unsigned col(unsigned i) const {
        return col_ * vector + offset(i % side);
    }

    __device__ N sum(unsigned i) const {
        return sums[i];
    }
    __device__ void set(unsigned i, N value) {
        sums[i] = value;
    }

private:
    N sums[count];
    static constexpr unsigned side = edge / 16, vector = side < 16 / sizeof(T) ? side : 16 / sizeof(T);

    /// Row or column among 16 x 16 threads. A warp is 4 x 8 of them, two rows interleaved.
    __device__ static unsigned place(bool is_row) {
        const unsigned lane = lane_index(), warp = warp_index();
        return is_row ? warp % 4 * 4 + lane / 16 * 2 + lane % 2 : warp / 4 * 8 + lane % 16 / 2;
    }
    __device__ static constexpr unsigned offset(unsigned r) {
        return r / vector * (16 * vector) + r % vector;
    }

    __device__ void one(const T* a, const T* b) {
        N of_a[side], of_b[side];
#pragma unroll
        for (unsigned r = 0; r < side; r += vector) {
            read(a + row_ * vector + offset(r), of_a + r);
            read(b + col_ * vector + offset(r), of_b + r);
        }
#pragma unroll
        for (unsigned i = 0; i < side; ++i)
#pragma unroll
            for (unsigned j = 0; j < side; ++j)
                sums[i * side + j] = number<N>::fma(of_a[i], of_b[j], sums[i * side + j]);
    }
    __device__ static void read(const T* from, N* to) {
        if constexpr (vector * sizeof(T) == 16) {
            const auto values = load_vector_written(from);
#pragma unroll
            for (unsigned k = 0; k < vector; ++k) to[k] = values.items[k];
        } else {
#pragma unroll
            for (unsigned k = 0; k < vector; ++k) to[k] = from[k];
        }
    }

    unsigned row_, col_;
};

/// 128 x 128 elements of double by the tensor cores: 2 x 4 warps, each with 4 x 4 products of 16 x 8 elements. Right where
/// those are a chain of fma in ascending k, which matmul_check.cuh finds out.
class tensor_tile {
public:
    static constexpr unsigned rows = 128, cols = 128, count = 64;
    using N = device_number<double>;

    __device__ tensor_tile() {
#pragma unroll
        for (unsigned i = 0; i < count; ++i) sums[i / 4][i % 4] = 0;
    }

    __device__ void step(const double* a, const double* b, unsigned depth) {
        if (depth == matmul_depth) {
#pragma unroll
            for (unsigned k = 0; k < matmul_depth; k += 8) eight(a + k * pitch, b + k * pitch);
            return;
        }
        unsigned k = 0;
#pragma unroll 1
        for (; k + 8 <= depth; k += 8) eight(a + k * pitch, b + k * pitch);
#pragma unroll 1
        for (; k < depth; ++k) // zeros in place of what is missing would change the sign of a -0
#pragma unroll
            for (unsigned i = 0; i < count; ++i)
                set(i, number<N>::fma(N(a[k * pitch + row(i)]), N(b[k * pitch + col(i)]), sum(i)));
    }

    __device__ N sum(unsigned i) const {
        return sums[i / 4][i % 4];
    }
    __device__ void set(unsigned i, N value) {
        sums[i / 4][i % 4] = value.value;
    }
    __device__ unsigned row(unsigned i) const {
        return warp_index() % 2 * 64 + i / 16 * 16 + i / 2 % 2 * 8 + lane_index() / 4;
    }
    __device__ unsigned col(unsigned i) const {
        return warp_index() / 2 * 32 + i / 4 % 4 * 8 + lane_index() % 4 * 2 + i % 2;
    }

private:
    static constexpr unsigned pitch = matmul_pitch<128>;

    __device__ void eight(const double* a, const double* b) {
        const unsigned line = lane_index() % 4 * pitch + lane_index() / 4;
        const double* const from_a = a + line + warp_index() % 2 * 64;
        const double* const from_b = b + line + warp_index() / 2 * 32;
        double of_b[4][2];
#pragma unroll
        for (unsigned j = 0; j < 4; ++j)
#pragma unroll
            for (unsigned h = 0; h < 2; ++h) of_b[j][h] = from_b[h * 4 * pitch + j * 8];
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
            double of_a[4];
#pragma unroll
            for (unsigned h = 0; h < 4; ++h) of_a[h] = from_a[h / 2 * 4 * pitch + i * 16 + h % 2 * 8];
#pragma unroll
            for (unsigned j = 0; j < 4; ++j) multiply_tile(sums[i * 4 + j], of_a, of_b[j]);
        }
    }

    double sums[count / 4][4];
};

} // namespace lanes::device
