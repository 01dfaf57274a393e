// cuda/matmul_fma.cuh: a tile of a product in the registers of a block, by the FMA units.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_stage.cuh>

#include <algorithm>
#include <cstdint>

namespace lanes::device {

/// rows x cols elements, thread_rows x thread_cols of them for each thread, in vectors along both edges.
template <class T, unsigned rows_, unsigned cols_, unsigned thread_rows, unsigned thread_cols, unsigned depth_,
          unsigned stages_, unsigned residents_, lying kind_of_a, lying kind_of_b>
class fma_tile {
public:
    using scalar = T;
    static constexpr unsigned rows = rows_, cols = cols_, depth = depth_, stages = stages_, residents = residents_;
    static constexpr unsigned threads = rows / thread_rows * (cols / thread_cols);
    static constexpr unsigned groups = depth, count = thread_rows * thread_cols;
    static constexpr unsigned vector_of_rows = std::min<unsigned>(thread_rows, 16 / sizeof(T)),
                              vector_of_cols = std::min<unsigned>(thread_cols, 16 / sizeof(T));
    static constexpr unsigned run = vector_of_cols; // elements side by side
    static constexpr bool keeps_sums = false;       // of panels, in registers
    using stage_of_a = stage<T, kind_of_a, rows, depth, false>;
    using stage_of_b = stage<T, kind_of_b, cols, depth, false>;
    using N = device_number<T>;

    /// A warp is 4 x 8 threads, two rows interleaved.
    __device__ fma_tile() {
        constexpr unsigned warps_down = across_rows / 4;
        const unsigned lane = lane_index(), warp = warp_index();
        row_ = (warp % warps_down * 4 + lane / 16 * 2 + lane % 2) * vector_of_rows;
        col_ = (warp / warps_down * 8 + lane % 16 / 2) * vector_of_cols;
        clear();
    }

    /// Elements of group 0, the first that is multiplied.
    __device__ void start(const T* a, const T* b) { load<0>(a, b, of_[0]); }
    /// Multiplies the elements of `group`; those of group `next` come from a and b meanwhile.
    template <unsigned group, unsigned next>
    __device__ void advance(const T* a, const T* b) {
        load<next>(a, b, of_[(group + 1) % 2]);
        multiply(of_[group % 2]);
    }
    /// Less than `depth` steps.
    __device__ void rest(const T* a, const T* b, unsigned steps) {
#pragma unroll 1
        for (unsigned k = 0; k < steps; ++k) {
            load<0>(a + k * stage_of_a::line, b + k * stage_of_b::line, of_[0]);
            multiply(of_[0]);
        }
    }

    __device__ void clear() {
#pragma unroll
        for (unsigned i = 0; i < count; ++i) sums_[i] = N(T(0));
    }
    __device__ N sum(unsigned i) const {
        return sums_[i];
    }
    __device__ void set(unsigned i, N value) {
        sums_[i] = value;
    }
    /// The order in which sums of panels are kept, four of them in registers side by side: so that even and odd registers
    /// can be such that no fma reads three of a kind, which takes a cycle more.
    __device__ static constexpr unsigned kept(unsigned i) {
        return i ^ 1;
    }
    __device__ unsigned row(unsigned i) const {
        return row_ + row_offset(i / thread_cols);
    }
    __device__ unsigned col(unsigned i) const {
        return col_ + col_offset(i % thread_cols);
    }

private:
    struct elements {
        N a[thread_rows], b[thread_cols];
    };

    template <unsigned group>
    __device__ void load(const T* a, const T* b, elements& to) const {
#pragma unroll
        for (unsigned r = 0; r < thread_rows; r += vector_of_rows)
            read<vector_of_rows>(a + row_ + (group * stage_of_a::line + row_offset(r)), to.a + r);
#pragma unroll
        for (unsigned c = 0; c < thread_cols; c += vector_of_cols)
            read<vector_of_cols>(b + col_ + (group * stage_of_b::line + col_offset(c)), to.b + c);
    }
    __device__ void multiply(const elements& by) {
#pragma unroll
        for (unsigned i = 0; i < thread_rows; ++i)
#pragma unroll
            for (unsigned j = 0; j < thread_cols; ++j) {
                N& sum = sums_[i * thread_cols + j];
                sum = number<N>::fma(by.a[i], by.b[j], sum);
            }
    }

    static constexpr unsigned across_rows = rows / thread_rows, across_cols = cols / thread_cols;
    static_assert(across_rows % 4 == 0 && across_cols % 8 == 0 && thread_rows % vector_of_rows == 0 &&
                  thread_cols % vector_of_cols == 0);

    __device__ static constexpr unsigned row_offset(unsigned r) {
        return r / vector_of_rows * (across_rows * vector_of_rows) + r % vector_of_rows;
    }
    __device__ static constexpr unsigned col_offset(unsigned c) {
        return c / vector_of_cols * (across_cols * vector_of_cols) + c % vector_of_cols;
    }
    template <unsigned size>
    __device__ static void read(const T* from, N* to) {
        if constexpr (size * sizeof(T) == 16) {
            const auto values = load_vector_written(from);
#pragma unroll
            for (unsigned k = 0; k < size; ++k) to[k] = values.items[k];
        } else {
#pragma unroll
            for (unsigned k = 0; k < size; ++k) to[k] = from[k];
        }
    }

    N sums_[count];
    elements of_[2];
    unsigned row_, col_;
};

} // namespace lanes::device
