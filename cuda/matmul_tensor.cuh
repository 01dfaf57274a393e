// cuda/matmul_tensor.cuh: a tile of a product of doubles in the registers of a block, by the tensor cores.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul_stage.cuh>

#include <cstdint>

namespace lanes::device {

/// rows x cols elements by warps of warp_rows x warp_cols, in products of 16 x 8 elements. Right where those are a chain of
/// fma in ascending k, which matmul_check.cuh finds out. A lane has 4 columns side by side of every other row.
template <unsigned rows_, unsigned cols_, unsigned warp_rows, unsigned warp_cols, unsigned depth_, unsigned stages_,
          unsigned residents_, bool keeps_sums_, lying kind_of_a, lying kind_of_b>
class tensor_tile {
public:
    using scalar = double;
    static constexpr unsigned rows = rows_, cols = cols_, depth = depth_, stages = stages_, residents = residents_;
    static constexpr unsigned threads = rows / warp_rows * (cols / warp_cols) * warp_size;
    static constexpr unsigned depth_of_group = 4, groups = depth / depth_of_group,
                              count = warp_rows * warp_cols / warp_size;
    static constexpr unsigned run = 4;              // elements side by side
    static constexpr bool keeps_sums = keeps_sums_; // of panels, in registers
    using stage_of_a = stage<double, kind_of_a, rows, depth, true>;
    using stage_of_b = stage<double, kind_of_b, cols, depth, true>;
    using N = device_number<double>;

    __device__ tensor_tile() {
        const unsigned lane = lane_index(), warp = warp_index();
        row_ = warp % (rows / warp_rows) * warp_rows + lane / 4 * 2;
        col_ = warp / (rows / warp_rows) * warp_cols;
        place<stage_of_a>(row_, places_of_a_);
        place<stage_of_b>(col_ + lane / 4 * 2, places_of_b_);
        col_ += lane % 4 * 4;
        clear();
    }

    /// Elements of group 0, the first that is multiplied.
    __device__ void start(const double* a, const double* b) {
        load_b<0>(b, b_[0]);
#pragma unroll
        for (unsigned i = 0; i < warp_rows / 16; ++i) load_a<0>(a, i);
    }
    /// Multiplies the elements of `group`; those of group `next` come from a and b meanwhile.
    template <unsigned group, unsigned next>
    __device__ void advance(const double* a, const double* b) {
        load_b<next>(b, b_[(group + 1) % 2]);
#pragma unroll
        for (unsigned i = 0; i < warp_rows / 16; ++i) {
            multiply(i, b_[group % 2]);
            load_a<next>(a, i);
        }
    }

    /// Less than `depth` steps: groups as long as there are, then single steps. Zeros in place of what is missing would
    /// change the sign of a -0.
    __device__ void rest(const double* a, const double* b, unsigned steps) {
        for_each_number<groups - 1>([&](auto group) {
            constexpr unsigned g = decltype(group)::value;
            if ((g + 1) * depth_of_group > steps) return;
            load_b<g>(b, b_[0]);
#pragma unroll
            for (unsigned i = 0; i < warp_rows / 16; ++i) {
                load_a<g>(a, i);
                multiply(i, b_[0]);
            }
        });
#pragma unroll 1
        for (unsigned k = steps / depth_of_group * depth_of_group; k < steps; ++k)
#pragma unroll
            for (unsigned i = 0; i < count; ++i)
                set(i,
                    number<N>::fma(N(a[stage_of_a::offset(row(i), k)]), N(b[stage_of_b::offset(col(i), k)]), sum(i)));
    }

    __device__ void clear() {
#pragma unroll
        for (unsigned i = 0; i < count; ++i) set(i, N(0.0));
    }
    __device__ N sum(unsigned i) const {
        return sums_[i / (count / (warp_rows / 16))][i / 4 % (warp_cols / 16) * 2 + i % 2][half(i) * 2 + i / 2 % 2];
    }
    __device__ void set(unsigned i, N value) {
        sums_[i / (count / (warp_rows / 16))][i / 4 % (warp_cols / 16) * 2 + i % 2][half(i) * 2 + i / 2 % 2] =
            value.value;
    }
    /// The order in which sums of panels are kept: two that multiply_tile has in registers side by side.
    __device__ static constexpr unsigned kept(unsigned i) {
        return i / 4 * 4 + i % 2 * 2 + i / 2 % 2;
    }
    __device__ unsigned row(unsigned i) const {
        return row_ + i / (count / (warp_rows / 16)) * 16 + half(i);
    }
    __device__ unsigned col(unsigned i) const {
        return col_ + i / 4 % (warp_cols / 16) * 16 + i % 4;
    }

private:
    static constexpr unsigned most_places = 4;

    __device__ static constexpr unsigned half(unsigned i) {
        return i / 4 / (warp_cols / 16) % 2;
    }

    /// What this lane brings to the products of one group of k.
    template <unsigned group>
    __device__ void load_a(const double* a, unsigned i) {
        read_pair<stage_of_a>(a, places_of_a_, i, group, a_[i][0], a_[i][1]);
    }
    template <unsigned group>
    __device__ void load_b(const double* b, double (&to)[warp_cols / 8]) const {
#pragma unroll
        for (unsigned j = 0; j < warp_cols / 16; ++j)
            read_pair<stage_of_b>(b, places_of_b_, j, group, to[2 * j], to[2 * j + 1]);
    }
    __device__ void multiply(unsigned i, const double (&b)[warp_cols / 8]) {
#pragma unroll
        for (unsigned j = 0; j < warp_cols / 8; ++j) multiply_tile(sums_[i][j], a_[i], b[j]);
    }

    /// Where this lane finds edges `edge` and edge + 1 of its k in the first four steps, next four, ...
    template <class Stage>
    __device__ static void place(unsigned edge, unsigned (&places)[most_places]) {
#pragma unroll
        for (unsigned q = 0; q < most_places; ++q)
            places[q] = Stage::offset(edge, (Stage::is_line_of_depth ? q * 4 : 0) + lane_index() % 4);
    }
    /// Two elements of the 16 edges `sixteen` and the four steps `four`.
    template <class Stage>
    __device__ static void read_pair(const double* from, const unsigned (&places)[most_places], unsigned sixteen,
                                     unsigned four, double& first, double& second) {
        if constexpr (Stage::is_line_of_depth) {
            const double* const at = from + places[four % 4] + (sixteen * 16 * Stage::line + four / 4 * 16);
            first = at[0];
            second = at[Stage::line];
        } else {
            const auto pair = load_vector_written(from + places[0] + (four * 4 * Stage::line + sixteen * 16));
            first = pair.items[0];
            second = pair.items[1];
        }
    }

    double sums_[warp_rows / 16][warp_cols / 8][4];
    double a_[warp_rows / 16][2], b_[2][warp_cols / 8];
    unsigned row_, col_, places_of_a_[most_places], places_of_b_[most_places];
};

} // namespace lanes::device
