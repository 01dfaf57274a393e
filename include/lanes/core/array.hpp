// lanes/core/array.hpp: an owning array of numbers, aligned and not filled first: what returning kernels return.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lanes {

/// A fixed number of T, contiguous and aligned to 64 bytes (large ones to 2 MiB, with huge pages where the system
/// grants them: the first touch of a page costs more than a kernel's work on it). Elements have no value until written.
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
        if (data_ != nullptr) ::operator delete(data_, alignment(size_));
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
    static constexpr std::size_t huge_page = std::size_t{2} << 20;

    static std::align_val_t alignment(std::size_t size) {
        return std::align_val_t{size * sizeof(T) >= 2 * huge_page ? huge_page : 64};
    }
    static T* allocate(std::size_t size) {
        if (size == 0) return nullptr;
        if (size > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        const std::size_t bytes = size * sizeof(T);
        void* memory = ::operator new(bytes, alignment(size));
#if defined(__linux__)
        if (bytes >= 2 * huge_page) madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE); // only advice
#endif
        return static_cast<T*>(memory);
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace lanes
