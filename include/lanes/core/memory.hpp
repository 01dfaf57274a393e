// lanes/core/memory.hpp: where data lies: in the memory of the host, or in that of a device, which has types of its own.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/array.hpp>
#include <lanes/core/target.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace lanes {

struct host_memory {};
struct device_memory {};
struct any_memory {}; // of a backend that takes both

/// Where `X`, an array, a matrix or a view of one, has its elements: X::memory, or the host.
template <class X>
struct memory_of {
    using type = host_memory;
};
template <class X>
    requires requires {
        typename X::memory;
    }
struct memory_of<X> {
    using type = typename X::memory;
};

template <class X>
concept in_device_memory = std::is_same_v<typename memory_of<std::remove_cvref_t<X>>::type, device_memory>;

/// `size` elements from `data` on in the memory of a device. It has no iterators, and no element can be read on the host:
/// lanes::to_host copies them there. T is float, double, or const one of them.
template <class T>
class device_span {
public:
    using memory = device_memory;
    using element_type = T;
    using value_type = std::remove_const_t<T>;

    constexpr device_span() = default;
    /// A pointer is trusted to be one of the device.
    constexpr device_span(T* data, std::size_t size) : data_(data), size_(size) {}
    /// All of an owner of device memory.
    template <in_device_memory X>
        requires requires(X& x) {
            {static_cast<T*>(x.data())};
            {x.size()};
        }
    constexpr device_span(X& x) : data_(x.data()), size_(x.size()) {}
    constexpr device_span(const device_span<std::remove_const_t<T>>& other) requires(std::is_const_v<T>)
        : device_span(other.data(), other.size()) {}

    constexpr T* data() const { return data_; }
    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }

    /// `count` elements from element `first` on; they must be there.
    constexpr device_span subspan(std::size_t first, std::size_t count) const { return {data_ + first, count}; }
    constexpr device_span first(std::size_t count) const { return {data_, count}; }
    constexpr device_span last(std::size_t count) const { return {data_ + (size_ - count), count}; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

template <class X>
device_span(X&) -> device_span<std::remove_pointer_t<decltype(std::declval<X&>().data())>>;

inline namespace LANES_TARGET {
namespace argument {

/// A new array for `size` results, where the operand has its elements.
template <class Where, class T>
auto array_beside(const Where&, std::span<const T>, std::size_t size) {
    return array<T>(size);
}
template <class Where, class T>
auto array_beside(const Where& where, device_span<const T>, std::size_t size) {
    return where.template new_array<T>(size);
}

/// The backend and the data are in the same place.
template <class Where, class X>
struct check_memory {
    static constexpr bool on_device = in_device_memory<X>;
    static_assert(
        on_device || !std::is_same_v<typename Where::operands, device_memory>,
        "lanes: `cuda` computes in the memory of the GPU; copy the data there first, with lanes::to_device(x), "
        "and results back with lanes::to_host(out)");
    static_assert(!on_device || !std::is_same_v<typename Where::operands, host_memory>,
                  "lanes: this backend computes in the memory of the host; copy the data there first, with "
                  "lanes::to_host(x), or name lanes::cuda");
};

} // namespace argument
} // namespace LANES_TARGET
} // namespace lanes
