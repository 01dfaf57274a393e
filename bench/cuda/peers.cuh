// bench/cuda/peers.cuh: what ./dev gpu compares with: CUB's reductions and scan, and sums over numbers of cuRAND.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/check.cuh>
#include <lanes/backends/cuda.hpp>

#include <cub/block/block_reduce.cuh>
#include <cub/device/device_reduce.cuh>
#include <cub/device/device_scan.cuh>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/iterator/transform_output_iterator.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace peers {

/// call(temporary memory, its size) twice, as CUB wants it: how much it needs, and then as often as one likes.
template <class Call>
auto with_memory(Call call) {
    std::size_t room = 0;
    lanes::device::check(call(nullptr, room), "asking CUB for the memory it needs");
    return [call, room, memory = std::make_shared<lanes::device_bytes>(room + 1, nullptr)]() mutable {
        lanes::device::check(call(memory->data(), room), "calling CUB");
    };
}

template <class T>
struct square {
    __host__ __device__ T operator()(T x) const { return x * x; }
};
template <class T>
struct product_at {
    const T *x, *y;
    __host__ __device__ T operator()(std::int64_t i) const { return x[i] * y[i]; }
};
template <class T>
struct two_sums {
    T sum, of_squares;
    __host__ __device__ friend two_sums operator+(two_sums a, two_sums b) {
        return {a.sum + b.sum, a.of_squares + b.of_squares};
    }
};
template <class T>
struct value_and_square {
    __host__ __device__ two_sums<T> operator()(T x) const { return {x, x * x}; }
};
struct plus {
    template <class Value>
    __host__ __device__ Value operator()(Value a, Value b) const {
        return a + b;
    }
};

/// The sum over `values`, by CUB at its default level of determinism, into *to.
template <class Values, class Value>
auto reduction(Values values, Value* to, std::int64_t n) {
    return with_memory([=](void* memory, std::size_t& room) {
        return cub::DeviceReduce::Reduce(memory, room, values, to, n, plus(), Value{});
    });
}

/// The sum of an array with the same bits on every GPU, where this CUB has that. Returns why it has not, or "".
#if CCCL_VERSION >= 3001000
template <class T, class Measure>
std::string same_bits_everywhere(const T* x, T* to, std::int64_t n, const Measure& measure) {
    measure([=] {
        const auto level = ::cuda::execution::require(::cuda::execution::determinism::gpu_to_gpu);
        lanes::device::check(
            cub::DeviceReduce::Sum(x, to, static_cast<std::int32_t>(n), level), // it takes no larger sizes
            "calling CUB");
    });
    return "";
}
#else
template <class T, class Measure>
std::string same_bits_everywhere(const T*, T*, std::int64_t, const Measure&) {
    return "CCCL " + std::to_string(CCCL_VERSION / 1000000) + "." + std::to_string(CCCL_VERSION / 1000 % 1000) +
           " has no such level, 3.1 has";
}
#endif

/// u' = factor u + term
template <class T>
struct step_of_recurrence {
    T factor, term;
};
struct one_after_another {
    template <class T>
    __host__ __device__ step_of_recurrence<T> operator()(step_of_recurrence<T> a, step_of_recurrence<T> b) const {
        return {a.factor * b.factor, b.factor * a.term + b.term};
    }
};
template <class T>
struct step_of_row {
    const T* x;
    T alpha;
    __host__ __device__ step_of_recurrence<T> operator()(std::int64_t i) const {
        return i == 0 ? step_of_recurrence<T>{T(0), x[0]} : step_of_recurrence<T>{1 - alpha, alpha * x[i]};
    }
};
template <class T>
struct term_of_step {
    __host__ __device__ T operator()(step_of_recurrence<T> step) const { return step.term; }
};

/// An exponential moving average by CUB's scan.
template <class T>
auto scan(const T* x, T* out, T alpha, std::int64_t n) {
    const auto in =
        thrust::make_transform_iterator(thrust::counting_iterator<std::int64_t>(0), step_of_row<T>{x, alpha});
    const auto to = thrust::make_transform_output_iterator(out, term_of_step<T>());
    return with_memory([=](void* memory, std::size_t& room) {
        return cub::DeviceScan::InclusiveScan(memory, room, in, to, one_after_another(), n);
    });
}

/// The values of models whose random numbers lie in memory.
struct in_quarter_disc {
    const double *x, *y;
    __device__ double operator()(std::int64_t i) const { return x[i] * x[i] + y[i] * y[i] <= 1 ? 4.0 : 0.0; }
};
struct payoff {
    const double* z;
    double spot, strike, volatility, drift, discount;
    __device__ double operator()(std::int64_t i) const {
        return discount * fmax(spot * exp(volatility * z[i] + drift) - strike, 0.0);
    }
};

/// Adds the sum of value(0 ... n - 1) and of their squares to sums[0] and sums[1].
template <class Value>
__global__ void __launch_bounds__(256) add_values(Value value, std::int64_t n, double* sums) {
    double sum = 0, of_squares = 0;
    for (std::int64_t i = blockIdx.x * 256 + threadIdx.x; i < n; i += std::int64_t{gridDim.x} * 256) {
        const double v = value(i);
        sum += v;
        of_squares += v * v;
    }
    using reduce = cub::BlockReduce<double, 256>;
    __shared__ typename reduce::TempStorage memory;
    sum = reduce(memory).Sum(sum);
    __syncthreads();
    of_squares = reduce(memory).Sum(of_squares);
    if (threadIdx.x != 0) return;
    atomicAdd(sums, sum);
    atomicAdd(sums + 1, of_squares);
}

} // namespace peers
