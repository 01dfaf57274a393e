// lanes/core/array.hpp: an owning array of numbers, aligned and not filled first: what returning kernels return.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>
#include <lanes/core/pages.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

namespace lanes {

/// A fixed number of T, contiguous and aligned to 64 bytes (from 4 MiB on to 2 MiB, with huge pages where the system
/// grants them, and in memory that was kept from another array: core/pages.hpp). Elements have no value until written.
template <real T>
class array {
public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;

    array() = default;
    explicit array(std::size_t size) : data_(allocate(size)), size_(size) {}
    array(const array& other) : array(other.size_) { std::copy(other.begin(), other.end(), begin()); }
    array(array&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    array& operator=(array other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~array() {
        if (data_ != nullptr) release(data_, size_);
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }

private:
    static constexpr bool is_large(std::size_t size) { return size >= large_memory::least / sizeof(T); }
    static T* allocate(std::size_t size) {
        if (size == 0) return nullptr;
        if (size > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
        const std::size_t bytes = size * sizeof(T);
        return static_cast<T*>(is_large(size) ? large_memory::get(bytes) : ::operator new(bytes, small_alignment));
    }
    static void release(T* data, std::size_t size) {
        if (is_large(size)) large_memory::put(data, size * sizeof(T));
        else ::operator delete(data, small_alignment);
    }
    static constexpr std::align_val_t small_alignment{64};

    T* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace lanes
