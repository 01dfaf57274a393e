// lanes/verify/device.hpp: a backend for data of the host that takes it to `cuda` and back, to compare results.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/cuda.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace lanes {

/// `size` elements of the host in device memory, at an address that is the same modulo 512.
template <class T>
class device_copy {
public:
    using element = std::remove_const_t<T>;

    device_copy(T* host, std::size_t size) : host_(host), size_(size), memory_(size * sizeof(T) + page, nullptr) {
        const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
        const auto wanted = reinterpret_cast<std::uintptr_t>(host);
        device_ = reinterpret_cast<element*>(address + (wanted - address) % page);
        if (size != 0) cuda_runtime::copy(device_, host, size * sizeof(T), nullptr);
    }
    T* data() const { return device_; }
    device_span<T> view() const { return {device_, size_}; }
    void bring_back() const {
        if (size_ != 0) cuda_runtime::copy(host_, device_, size_ * sizeof(T), nullptr);
        cuda.wait();
    }

private:
    static constexpr std::size_t page = 512;
    T* host_;
    std::size_t size_;
    element* device_ = nullptr;
    device_bytes memory_;
};

/// Slow: every call copies. `Copy` is what brings data there, device_copy or what serves a test.
template <template <class> class Copy>
struct through_device : backend_base {
    template <class Operation, class T, std::size_t Inputs>
    auto reduce(const Operation& operation, const array_source<T, Inputs>& source) const {
        return [&]<std::size_t... k>(std::index_sequence<k...>) {
            const std::array<Copy<const T>, Inputs> inputs{Copy<const T>(source.data[k], source.count)...};
            return cuda.reduce(operation, device_source<T, Inputs>{{inputs[k].data()...}, source.count});
        }
        (std::make_index_sequence<Inputs>());
    }
    template <class Operation, class Source>
        requires(Source::generated)
    auto reduce(const Operation& operation, const Source& source) const { return cuda.reduce(operation, source); }

    template <class Operation, class T>
    void window(const Operation& operation, std::size_t width, std::span<const T> x, std::span<T> out) const {
        const Copy<const T> input(x.data(), x.size());
        const Copy<T> output(out.data(), out.size());
        cuda.window(operation, width, input.view(), output.view());
        output.bring_back();
    }

    template <class Step, class T>
    void recurrence(const Step& step, std::span<const T> x, std::span<T> out) const {
        const Copy<T> output(out.data(), out.size());
        if (x.data() == out.data()) cuda.recurrence(step, device_span<const T>(output.view()), output.view());
        else cuda.recurrence(step, Copy<const T>(x.data(), x.size()).view(), output.view());
        output.bring_back();
    }

    template <class T>
    void matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                const scaling<T>& factors) const {
        const matrix<const T> left(a), right(b);
        const matrix<T> output(out);
        cuda.matmul(left.view, right.view, output.view, factors);
        output.memory.bring_back();
    }

private:
    /// All addresses from the lowest to the highest element, so that gaps are seen to stay as they are.
    template <class T>
    struct matrix {
        argument::matrix_reach reach;
        Copy<T> memory;
        device_matrix_view<T> view;

        explicit matrix(const matrix_view<T>& v)
            : reach(argument::reach_of(v)),
              memory(v.empty() ? v.data : v.data + reach.lowest,
                     v.empty() ? 0 : static_cast<std::size_t>(reach.highest - reach.lowest) + 1),
              view(v.empty() ? memory.data() : memory.data() - reach.lowest, v.rows, v.cols, v.row_stride,
                   v.col_stride) {}
    };
};

} // namespace lanes
