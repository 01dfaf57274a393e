// tests/cuda/window.cpp: windows by the kernels of the device, on the emulated one, have the bits of serial.
// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <cuda/window.cuh>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace {

template <class Operation, class T>
void compare(const Operation& operation, std::size_t width, std::span<const T> x, std::size_t results,
             std::size_t shared_bytes, unsigned multiprocessors) {
    const lanes::device::place where{nullptr, allocate, multiprocessors, shared_bytes};
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
void compare_all(std::size_t width, std::span<const T> x, std::size_t shared = lanes::device::shared_bytes_of_block(),
                 unsigned multiprocessors = 3) {
    using lanes::nan_policy;
    const auto compare_with = [&](const auto& operation, std::size_t results) {
        compare(operation, width, x, results, shared, multiprocessors);
    };
    if (width <= x.size()) {
        compare_with(lanes::window_sum{width - 1}, x.size() - width + 1);
        compare_with(lanes::window_mean<nan_policy::propagate>{width - 1}, x.size() - width + 1);
    }
    const std::size_t centre = (width - 1) / 2;
    compare_with(lanes::window_mean<nan_policy::propagate>{0, 1}, x.size());
    compare_with(lanes::window_mean<nan_policy::propagate>{centre, width}, x.size());
    compare_with(lanes::window_mean<nan_policy::skip>{0, std::min<std::size_t>(width, 3)}, x.size());
    compare_with(lanes::window_mean<nan_policy::skip>{centre, 1}, x.size());
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
        for (const std::size_t width : {20, 50, 200})
            compare_all<TestType>(width, std::span(x).subspan(offset, x.size() - 2 * offset));
    }
    lanes::emulation::schedule = usual;
}

TEMPLATE_TEST_CASE("cuda kernels: wide windows where few blocks walk far", "", float, double) {
    const auto x = some_numbers<TestType>(40000, false);
    for (const std::size_t width : {65, 200, 3000})
        for (std::size_t offset = 0; offset < 3; ++offset)
            compare_all<TestType>(width, std::span(x).subspan(offset, x.size() - 2 * offset),
                                  lanes::device::shared_bytes_of_block(), 1);
}

TEMPLATE_TEST_CASE("cuda kernels: windows where blocks have little shared memory", "", float, double) {
    for (const std::size_t width : {65, 127, 128, 129, 1000, 2000, 4000})
        compare_all<TestType>(width, some_numbers<TestType>(9000, width % 2 == 0), std::size_t{48} << 10);
}
