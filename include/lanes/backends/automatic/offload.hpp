// lanes/backends/automatic/offload.hpp: which work on data of the host `automatic` hands to a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/cuda.hpp>
#include <lanes/core/matrix.hpp>

#include <algorithm>
#include <cstddef>

namespace lanes {

/// Nanoseconds of some work on all threads of the CPU that it would get, and on the GPU with its data there and back.
struct offload_cost {
    double on_host, on_device;

    /// Clearly: the costs are rough, and the first call of a program waits 0.2 to 0.5 s for the GPU besides.
    bool pays() const { return on_host > least && on_host > 2 * on_device; }

    static constexpr double least = 10e6;
};

/// Without lanes::cuda nothing leaves the host.
template <class Device>
struct offload {
    template <class Source>
    static constexpr bool considers = false;
    static constexpr bool considers_matmul = false;
};

// Sums, windows and averages never pay: a link moves 10 to 50 GB/s, and a CPU reads its memory faster than that. What
// pays is work that is large beside its data: Monte Carlo, which has none, and products of large matrices.
template <>
struct offload<cuda_backend> {
    template <class Source>
    static constexpr bool considers = requires {
        requires Source::in_cuda_library;
    };
    static constexpr bool considers_matmul = true;

    /// `nanoseconds` on one core, of `workers` that would share it. A multiprocessor counts as one core, a quarter to an
    /// eighth of what it is worth where it has its double units, and as an eighth of one where it has not.
    static offload_cost of_paths(double nanoseconds, std::size_t workers) {
        const auto& gpu = cuda_runtime::speed();
        return {nanoseconds / static_cast<double>(workers), nanoseconds / gpu.cores + call};
    }

    template <class T>
    static offload_cost of_matmul(double m, double n, double k, bool reads_out, std::size_t workers) {
        const auto& gpu = cuda_runtime::speed();
        const double flops = 2 * m * n * k, bytes = (m * k + k * n + m * n * (reads_out ? 2 : 1)) * sizeof(T);
        const double rate = sizeof(T) == 8 ? gpu.flops_of_double : gpu.flops_of_float;
        // On the host, two fma a cycle at 3.4 GHz with 64 bytes each: no CPU is faster.
        const double host_rate = 2 * 2 * 3.4e9 * (64 / sizeof(T)) * static_cast<double>(workers);
        return {flops / host_rate * 1e9, (flops / rate + bytes / gpu.bytes_over_link) * 1e9 + call};
    }

    /// Whether the memory from the lowest to the highest element holds these and nothing else, so that it may be copied.
    template <class T>
    static bool is_without_gaps(const matrix_view<T>& v) {
        const auto reach = argument::reach_of(v);
        return static_cast<std::size_t>(reach.highest - reach.lowest) + 1 == v.rows * v.cols;
    }

    template <class T>
    static void matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                       const scaling<T>& factors) {
        const copied<const T> left(a, true), right(b, true);
        const copied<T> result(out, factors.beta != T(0));
        cuda.matmul(left.view(), right.view(), device_matrix_view<T>(result.view()), factors);
        cuda_runtime::copy(result.first, result.memory.data(), result.memory.size() * sizeof(T), nullptr);
        cuda.wait();
    }

private:
    static constexpr double call = 100e3; // a launch and a wait

    template <class T>
    struct copied {
        using element = std::remove_const_t<T>;
        matrix_view<T> host;
        T* first;
        device_array<element> memory;

        copied(const matrix_view<T>& v, bool fill)
            : host(v), first(v.empty() ? v.data : v.data + argument::reach_of(v).lowest), memory(v.rows * v.cols) {
            if (fill && !v.empty()) cuda_runtime::copy(memory.data(), first, memory.size() * sizeof(T), nullptr);
        }
        device_matrix_view<T> view() const {
            T* data = const_cast<element*>(memory.data());
            return {host.empty() ? data : data + (host.data - first), host.rows, host.cols, host.row_stride,
                    host.col_stride};
        }
    };
};

} // namespace lanes
