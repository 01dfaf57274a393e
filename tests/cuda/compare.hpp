// tests/cuda/compare.hpp: where the kernels run in tests, what they are given, and how results are compared.
// SPDX-License-Identifier: MIT
#pragma once

#include "../data.hpp"

#include <cuda/place.cuh>
#include <lanes/lanes.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace {

struct owner {
    std::unique_ptr<std::byte[]> bytes;
    void* data() const { return bytes.get(); }
};
const auto allocate = [](std::size_t size) {
    owner memory{std::make_unique<std::byte[]>(size)};
    std::fill_n(memory.bytes.get(), size, std::byte{0xff});
    return memory;
};
const lanes::device::place emulated{nullptr, allocate, 3};

template <class T>
std::size_t differences(std::span<const T> a, std::span<const T> b) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        count += (a[i] != a[i]) != (b[i] != b[i]) ||
                 (a[i] == a[i] && lanes::number<T>::bits(a[i]) != lanes::number<T>::bits(b[i]));
    return count;
}

template <class T>
std::vector<T> some_numbers(std::size_t size, bool is_wild) {
    auto x = numbers<T>(lanes::golden::data{}, 11, size);
    if (is_wild)
        for (std::size_t i = 0; i < size; ++i) {
            if (i % 17 == 3) x[i] = T(0);
            if (i % 29 == 4) x[i] = std::numeric_limits<T>::denorm_min() * T(i);
            if (i % 997 == 5) x[i] = std::numeric_limits<T>::quiet_NaN();
            if (i % 1999 == 6) x[i] = std::numeric_limits<T>::infinity();
        }
    return x;
}

} // namespace
