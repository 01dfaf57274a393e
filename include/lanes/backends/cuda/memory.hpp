// lanes/backends/cuda/memory.hpp: memory of the GPU and ways to it: arrays, matrices, copies, and pinned host memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/cuda/runtime.hpp>
#include <lanes/core/arguments.hpp>
#include <lanes/core/array.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/memory.hpp>

#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace lanes {

/// Bytes of device memory, from a pool that keeps what is given back, so that repeated calls do not allocate. Asked for
/// and given back in the order of one stream: work that is queued there may still use them when the owner goes.
class device_bytes {
public:
    device_bytes() = default;
    device_bytes(std::size_t size, CUstream_st* stream)
        : data_(size == 0 ? nullptr : cuda_runtime::allocate(size, stream)), stream_(stream) {}
    device_bytes(device_bytes&& other) noexcept : data_(std::exchange(other.data_, nullptr)), stream_(other.stream_) {}
    device_bytes& operator=(device_bytes other) noexcept {
        std::swap(data_, other.data_);
        std::swap(stream_, other.stream_);
        return *this;
    }
    ~device_bytes() {
        if (data_ != nullptr) cuda_runtime::release(data_, stream_);
    }

    void* data() const { return data_; }

private:
    void* data_ = nullptr;
    CUstream_st* stream_ = nullptr;
};

/// size elements of T are so many bytes.   throws std::bad_array_new_length if they are too many
template <class T>
std::size_t bytes_of(std::size_t size) {
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    return size * sizeof(T);
}

/// A fixed number of T in device memory, aligned to 256 bytes; they have no value until written. Moves, but is not
/// copied. Its memory belongs to the stream that it was made on: wait before using it on another one.
template <real T>
class device_array {
public:
    using memory = device_memory;
    using value_type = T;

    device_array() = default;
    explicit device_array(std::size_t size, CUstream_st* stream = nullptr)
        : bytes_(bytes_of<T>(size), stream), size_(size) {}
    device_array(device_array&& other) noexcept
        : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
    device_array& operator=(device_array&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return static_cast<T*>(bytes_.data()); }
    const T* data() const { return static_cast<const T*>(bytes_.data()); }

    device_span<T> view() { return {data(), size_}; }
    device_span<const T> view() const { return {data(), size_}; }

private:
    device_bytes bytes_;
    std::size_t size_ = 0;
};

/// A row-major matrix without gaps in device memory.
template <real T>
class device_matrix {
public:
    using memory = device_memory;

    device_matrix() = default;
    device_matrix(std::size_t rows, std::size_t cols, CUstream_st* stream = nullptr)
        : elements_(count(rows, cols), stream), rows_(rows), cols_(cols) {}
    device_matrix(device_matrix&& other) noexcept
        : elements_(std::move(other.elements_)), rows_(std::exchange(other.rows_, 0)),
          cols_(std::exchange(other.cols_, 0)) {}
    device_matrix& operator=(device_matrix&& other) noexcept {
        elements_ = std::move(other.elements_);
        rows_ = std::exchange(other.rows_, 0);
        cols_ = std::exchange(other.cols_, 0);
        return *this;
    }

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    T* data() { return elements_.data(); }
    const T* data() const { return elements_.data(); }
    device_matrix_view<T> view() { return {data(), rows_, cols_}; }
    device_matrix_view<const T> view() const { return {data(), rows_, cols_}; }

private:
    static std::size_t count(std::size_t rows, std::size_t cols) {
        if (cols != 0 && rows > std::numeric_limits<std::size_t>::max() / cols) throw std::bad_array_new_length();
        return rows * cols;
    }

    device_array<T> elements_;
    std::size_t rows_ = 0, cols_ = 0;
};

template <real T>
struct matrix_element<device_matrix<T>> {
    using type = T;
};
template <real T>
constexpr device_matrix_view<const T> transposed(const device_matrix<T>& m) {
    return transposed(m.view());
}
template <real T>
constexpr device_matrix_view<T> transposed(device_matrix<T>& m) {
    return transposed(m.view());
}

/// Host memory that copies to and from the device go through at the full speed of the link, and without the calling
/// thread. Any kernel on the host takes it.
template <real T>
class pinned_array {
public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;

    pinned_array() = default;
    explicit pinned_array(std::size_t size)
        : data_(size == 0 ? nullptr : static_cast<T*>(cuda_runtime::allocate_pinned(bytes_of<T>(size)))), size_(size) {}
    pinned_array(pinned_array&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    pinned_array& operator=(pinned_array other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~pinned_array() {
        if (data_ != nullptr) cuda_runtime::release_pinned(data_);
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
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace lanes
