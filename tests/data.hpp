// tests/data.hpp: inputs for tests: generated numbers, and memory that faults when a kernel reads or writes beyond it.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/verify/golden.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <vector>

namespace {

template <class T>
constexpr T nan_of = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T infinity_of = std::numeric_limits<T>::infinity();

template <lanes::real T>
std::vector<T> numbers(lanes::golden::data kind, std::uint64_t seed, std::size_t size) {
    std::vector<T> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = lanes::golden::element<T>(kind, seed, i);
    return values;
}

/// `size` elements of T with an inaccessible page right after the last one (`at_end`) or right before the first one:
/// touching a neighbour ends the test program.
template <class T>
class guarded {
public:
    guarded(std::size_t size, bool at_end = true) : size_(size) {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        const std::size_t inner = (size * sizeof(T) + page - 1) / page * page;
        bytes_ = inner + 2 * page;
        void* memory = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        memory_ = static_cast<std::byte*>(memory);
        if (inner != 0 && mprotect(memory_ + page, inner, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
        std::byte* first = memory_ + page + (at_end ? inner - size * sizeof(T) : 0);
        data_ = reinterpret_cast<T*>(first);
    }
    guarded(std::span<const T> values, bool at_end = true) : guarded(values.size(), at_end) {
        std::size_t i = 0;
        for (T& element : span()) element = values[i++];
    }
    ~guarded() { munmap(memory_, bytes_); }
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;

    std::span<T> span() { return {data_, size_}; }

private:
    std::byte* memory_ = nullptr;
    std::size_t bytes_ = 0, size_ = 0;
    T* data_ = nullptr;
};

} // namespace
