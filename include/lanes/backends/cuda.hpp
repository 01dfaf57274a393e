// lanes/backends/cuda.hpp: one NVIDIA GPU, on data in its memory. Plain C++: the kernels are in the library lanes::cuda,
// which programs link; only that needs nvcc.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/cuda/memory.hpp>
#include <lanes/backends/cuda/runtime.hpp>
#include <lanes/core/arguments.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/memory.hpp>
#include <lanes/core/source.hpp>

#include <cstddef>
#include <stdexcept>
#include <type_traits>

namespace lanes {

/// Products of matrices by cuBLAS, which is loaded at the first call. It promises neither the bits of the other backends
/// nor the same ones on another GPU.
struct fast_cuda_backend : backend_base {
    using operands = device_memory;
    CUstream_st* stream = nullptr;

    /// throws backend_unavailable if there is no cuBLAS, std::invalid_argument unless every matrix has rows or columns
    /// without gaps between elements
    template <class T>
    void matmul(const device_matrix_view<const T>& a, const device_matrix_view<const T>& b,
                const device_matrix_view<T>& out, const scaling<T>& factors) const;

    template <class T>
    device_matrix<T> new_matrix(std::size_t rows, std::size_t cols) const {
        return {rows, cols, stream};
    }
};

/// Whoever asks for 10^12 samples wants to see them pass and to be able to stop. A call of monte_carlo runs in rounds of
/// some 10^9 samples, the last one shorter, and asks after each; the rounds change no bit of the result.
struct cuda_watcher {
    virtual ~cuda_watcher() = default;
    /// `done` of `all` samples are done. False: the call throws lanes::cancelled.
    virtual bool go_on(std::size_t done, std::size_t all) const = 0;
};

/// A watcher has stopped the call.
struct cancelled : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Calls on device data queue their work on the stream and return; those that return a value wait for it. Every call
/// throws backend_unavailable where there is no GPU, and cuda_error where CUDA fails.
struct cuda_backend : backend_base {
    using operands = device_memory;
    CUstream_st* stream = nullptr;         // CUDA's default stream
    const cuda_watcher* watcher = nullptr; // of long calls

    /// This backend in the order of `other`, a cudaStream_t.
    constexpr cuda_backend on(CUstream_st* other) const {
        cuda_backend there = *this;
        there.stream = other;
        return there;
    }
    /// This backend with a watcher, which must outlive its calls.
    constexpr cuda_backend watched_by(const cuda_watcher& other) const {
        cuda_backend there = *this;
        there.watcher = &other;
        return there;
    }
    /// Without the promise of the same bits: `matmul` only.
    constexpr fast_cuda_backend fast() const {
        fast_cuda_backend there;
        there.stream = stream;
        return there;
    }
    /// Until all that was queued on the stream is done.
    void wait() const { cuda_runtime::wait(stream); }
    /// Why there is no GPU to use, or null if there is one.
    const char* why_unavailable() const noexcept { return cuda_runtime::why_unavailable(); }
    bool available() const noexcept { return why_unavailable() == nullptr; }

    // The templates below are unconstrained, since compilers disagree on how constraints enter the names that are linked.

    /// The root of the tree over the blocks of `source`, which is not empty.
    template <class Operation, class Source>
    typename Operation::template node<typename Source::element> reduce(const Operation& operation,
                                                                       const Source& source) const;

    /// out[i] = the operation over the window that ends at element operation.first + i of x.
    template <class Operation, class T>
    void window(const Operation& operation, std::size_t width, device_span<const T> x, device_span<T> out) const;

    /// out[t] = step(out[t - 1], x[t]); out may be x where the step is ema_step.
    template <class Step, class T>
    void recurrence(const Step& step, device_span<const T> x, device_span<T> out) const;

    /// out = alpha a b + beta out.
    template <class T>
    void matmul(const device_matrix_view<const T>& a, const device_matrix_view<const T>& b,
                const device_matrix_view<T>& out, const scaling<T>& factors) const;

    /// out = x
    template <class T>
    void copy(device_span<const T> x, device_span<T> out) const {
        cuda_runtime::copy(out.data(), x.data(), x.size() * sizeof(T), stream);
    }

    template <class T>
    device_array<T> new_array(std::size_t size) const {
        return device_array<T>(size, stream);
    }
    template <class T>
    device_matrix<T> new_matrix(std::size_t rows, std::size_t cols) const {
        return {rows, cols, stream};
    }

    /// Models are compiled for the GPU where they are used, those of lanes in the library.
    template <class Model>
    static constexpr void check_model() {
#if !defined(__CUDACC__) && !defined(LANES_EMULATED_DEVICE)
        static_assert(
            requires { requires Model::in_cuda_library; }, "lanes: `cuda` runs a model of your own where nvcc compiles "
                                                           "it: move the call into a .cu file that includes "
                                                           "<cuda/monte_carlo.cuh>, or name another backend");
#endif
    }
};

inline constexpr cuda_backend cuda{};

/// Tells `automatic`, `explain` and `verify` whether the program links lanes::cuda.
struct no_device {};
#if defined(LANES_CUDA)
using device_in_use = cuda_backend;
#else
using device_in_use = no_device;
#endif

/// A copy of x in device memory. Queued on the stream of `where`; memory that is not pinned may be changed at once.
template <class X>
auto to_device(const cuda_backend& where, const X& x);
template <class X>
auto to_device(const X& x) {
    return to_device(cuda, x);
}
/// The same of a matrix.
template <class T>
device_matrix<T> to_device(const cuda_backend& where, const matrix<T>& x);
/// out = x, which is in host memory.   throws std::invalid_argument if the sizes differ
template <class X, in_device_memory Out>
void to_device(const cuda_backend& where, const X& x, Out&& out);
template <class X, in_device_memory Out>
    requires(!backend<X>)
void to_device(const X& x, Out&& out) {
    to_device(cuda, x, out);
}

/// A copy of x, which is in device memory, as a lanes::array. Waits for it.
template <in_device_memory X>
auto to_host(const cuda_backend& where, const X& x);
template <in_device_memory X>
auto to_host(const X& x) {
    return to_host(cuda, x);
}
/// The same of a matrix.
template <class T>
matrix<T> to_host(const cuda_backend& where, const device_matrix<T>& x);
/// out = x. Waits for it.   throws std::invalid_argument if the sizes differ
template <in_device_memory X, class Out>
void to_host(const cuda_backend& where, const X& x, Out&& out);
template <in_device_memory X, class Out>
void to_host(const X& x, Out&& out) {
    to_host(cuda, x, out);
}

/// Calls on device data that name no backend.
template <in_device_memory X>
struct default_backend<X> {
    using type = cuda_backend;
};

template <class X>
auto to_device(const cuda_backend& where, const X& x) {
    const auto values = argument::input<backend_base>("to_device", "x", x);
    device_array<typename decltype(values)::value_type> out(values.size(), where.stream);
    if (!values.empty()) cuda_runtime::copy(out.data(), values.data(), values.size_bytes(), where.stream);
    return out;
}

template <class T>
device_matrix<T> to_device(const cuda_backend& where, const matrix<T>& x) {
    device_matrix<T> out(x.rows(), x.cols(), where.stream);
    if (x.rows() * x.cols() != 0)
        cuda_runtime::copy(out.data(), x.data(), x.rows() * x.cols() * sizeof(T), where.stream);
    return out;
}

template <class X, in_device_memory Out>
void to_device(const cuda_backend& where, const X& x, Out&& out) {
    const auto values = argument::input<backend_base>("to_device", "x", x);
    const auto results = argument::output<cuda_backend>("to_device", "out", out);
    argument::check_same_element<decltype(values), decltype(results)>();
    argument::require_equal("to_device", "the size of out", results.size(), values.size(), "the size of x");
    if (!values.empty()) cuda_runtime::copy(results.data(), values.data(), values.size_bytes(), where.stream);
}

template <in_device_memory X>
auto to_host(const cuda_backend& where, const X& x) {
    const auto values = argument::input<cuda_backend>("to_host", "x", x);
    array<typename decltype(values)::value_type> out(values.size());
    to_host(where, values, out);
    return out;
}

template <class T>
matrix<T> to_host(const cuda_backend& where, const device_matrix<T>& x) {
    matrix<T> out(x.rows(), x.cols());
    if (x.rows() * x.cols() != 0)
        cuda_runtime::copy(out.data(), x.data(), x.rows() * x.cols() * sizeof(T), where.stream);
    where.wait();
    return out;
}

template <in_device_memory X, class Out>
void to_host(const cuda_backend& where, const X& x, Out&& out) {
    const auto values = argument::input<cuda_backend>("to_host", "x", x);
    const auto results = argument::output<backend_base>("to_host", "out", out);
    using T = typename decltype(values)::value_type;
    argument::check_same_element<decltype(values), decltype(results)>();
    argument::require_equal("to_host", "the size of out", results.size(), values.size(), "the size of x");
    if (!values.empty()) cuda_runtime::copy(results.data(), values.data(), values.size() * sizeof(T), where.stream);
    where.wait();
}

} // namespace lanes
