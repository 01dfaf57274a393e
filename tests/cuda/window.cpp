// tests/cuda/window.cpp: windows by the kernels of the device, on the emulated one, have the bits of serial.
// SPDX-License-Identifier: MIT
#include <cuda/window.cuh>

#include "../data.hpp"

#include <lanes/lanes.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
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
const lanes::device::place where{nullptr, allocate, 3};

template <class T>
std::size_t differences(std::span<const T> a, std::span<const T> b) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        count += (a[i] != a[i]) != (b[i] != b[i]) ||
                 (a[i] == a[i] && lanes::number<T>::bits(a[i]) != lanes::number<T>::bits(b[i]));
    return count;
}

template <class Operation, class T>
void compare(const Operation& operation, std::size_t width, std::span<const T> x, std::size_t results) {
    std::vector<T> expected(results);
    lanes::serial.window(operation, width, x, std::span<T>(expected));
    guarded<T> in(x, (width + x.size()) % 2 == 0), out(results, width % 2 == 0);
    lanes::device::windows(where, operation, width, static_cast<const T*>(in.span().data()),
                           static_cast<std::int64_t>(x.size()), static_cast<std::int64_t>(operation.first),
                           out.span().data(), static_cast<std::int64_t>(results));
    INFO("width " << width << ", size " << x.size() << ", first " << operation.first);
    CHECK(differences<T>(expected, out.span()) == 0);
}

template <class T>
void compare_all(std::size_t width, std::span<const T> x) {
    using lanes::nan_policy;
    if (width <= x.size()) {
        compare(lanes::window_sum{width - 1}, width, x, x.size() - width + 1);
        compare(lanes::window_mean<nan_policy::propagate>{width - 1}, width, x, x.size() - width + 1);
    }
    const std::size_t centre = (width - 1) / 2;
    compare(lanes::window_mean<nan_policy::propagate>{0, 1}, width, x, x.size());
    compare(lanes::window_mean<nan_policy::propagate>{centre, width}, width, x, x.size());
    compare(lanes::window_mean<nan_policy::skip>{0, std::min<std::size_t>(width, 3)}, width, x, x.size());
    compare(lanes::window_mean<nan_policy::skip>{centre, 1}, width, x, x.size());
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

TEMPLATE_TEST_CASE("cuda kernels: every narrow window", "", float, double) {
    for (std::size_t width = 1; width <= 64; ++width)
        for (const std::size_t size : {1, 5, 63, 64, 65, 2047, 5000})
            compare_all<TestType>(width, some_numbers<TestType>(size, width % 2 == 0));
}

TEMPLATE_TEST_CASE("cuda kernels: wide windows, by walking blocks and over sums in memory", "", float, double) {
    for (const std::size_t width : {65,   66,   127,  128,  129,  192,  193,  1986, 1987, 2000, 2048,
                                    2049, 4095, 4096, 4097, 4159, 4160, 4161, 4200, 4225, 9000})
        for (const std::size_t size : {70, 2048, 4100, 12345, 30000})
            compare_all<TestType>(width, some_numbers<TestType>(size, width % 2 == 0));
}

TEST_CASE("cuda kernels: windows of windows of windows") {
    compare_all<double>(64 * 4160 + 77, some_numbers<double>(300000, false));
}

TEMPLATE_TEST_CASE("cuda kernels: windows of arrays at any address, blocks in any order", "", float, double) {
    const auto x = some_numbers<TestType>(9000, false);
    const auto usual = lanes::emulation::schedule;
    for (std::size_t offset = 0; offset < 16; ++offset) {
        lanes::emulation::schedule = {1 + offset % 3, offset % 2 != 0, offset % 4 > 1};
        for (const std::size_t width : {20, 200})
            compare_all<TestType>(width, std::span(x).subspan(offset, x.size() - 2 * offset));
    }
    lanes::emulation::schedule = usual;
}
