// cuda/backend.cuh: the verbs of `cuda` on arrays and matrices, which hand them to the kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/matmul.cuh>
#include <cuda/matmul_check.cuh>
#include <cuda/recurrence.cuh>
#include <cuda/window.cuh>

#include <lanes/backends/cuda.hpp>

#include <cstddef>
#include <cstdint>

namespace lanes {

namespace device {

/// The device and the stream of a call, with memory from the pool.
inline auto place_of(const cuda_backend& where) {
    cuda_runtime::require_device();
    const auto allocate = [stream = where.stream](std::size_t bytes) { return device_bytes(bytes, stream); };
    return place<decltype(allocate)>{where.stream, allocate, cuda_runtime::multiprocessors()};
}

} // namespace device

template <class Operation, class T>
void cuda_backend::window(const Operation& operation, std::size_t width, device_span<const T> x,
                          device_span<T> out) const {
    device::windows(device::place_of(*this), operation, static_cast<std::uint64_t>(width), x.data(),
                    static_cast<std::int64_t>(x.size()), static_cast<std::int64_t>(operation.first), out.data(),
                    static_cast<std::int64_t>(out.size()));
}

template <class Step, class T>
void cuda_backend::recurrence(const Step& step, device_span<const T> x, device_span<T> out) const {
    device::recurrence(device::place_of(*this), step, x.data(), out.data(), static_cast<std::uint64_t>(x.size()));
}

template <class T>
void cuda_backend::matmul(const device_matrix_view<const T>& a, const device_matrix_view<const T>& b,
                          const device_matrix_view<T>& out, const scaling<T>& factors) const {
    const auto place = device::place_of(*this);
    const auto plain = []<class U>(const device_matrix_view<U>& v) {
        return matrix_view<U>(v.data, v.rows, v.cols, v.row_stride, v.col_stride);
    };
    device::multiply<T>(place, plain(a), plain(b), plain(out), factors,
                        [&] { return device::tensor_cores_are_right(place, cuda_runtime::current_device()); });
}

} // namespace lanes
