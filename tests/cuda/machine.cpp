// tests/cuda/machine.cpp: the words of the device, on the emulated one: folds of blocks, tickets, copies, small products.
// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <cuda/arithmetic_check.cuh>
#include <cuda/machine.cuh>

#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>
#include <lanes/lanes.hpp>
#include <lanes/verify/golden.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <vector>

namespace {

using namespace lanes::device;

/// The sum of a block, by one warp: vectors of 16 bytes, then halves of the lanes.
template <class T>
__global__ void sum_of_block(const T* x, T* out) {
    using N = lanes::device_number<T>;
    using sums = lanes::accumulators<N, 1>;
    constexpr unsigned size = vector_of<T>::size;
    std::array<sums, size> a;
    a.fill({N(T(-0.0))});
    for (std::size_t row = 0; row < lanes::row_count; ++row) {
        const auto v = load_vector(x + row * lanes::lane_count<T> + lane_index() * size);
        for (unsigned k = 0; k < size; ++k) a[k] = lanes::plus::step(a[k], N(v.items[k]));
    }
    for (unsigned half = warp_size / 2; half > 0; half /= 2)
        for (unsigned k = 0; k < size; ++k) a[k] = lanes::plus::fold(a[k], shuffle_xor(a[k], half));
    for (unsigned half = size / 2; half > 0; half /= 2)
        for (unsigned k = 0; k < half; ++k) a[k] = lanes::plus::fold(a[k], a[k + half]);
    if (lane_index() == 0) *out = a[0].first.value;
}

/// Every block waits for the one before it, in the order of their tickets.
__global__ void chain_of_blocks(std::uint32_t* tickets, std::uint32_t* flags, std::uint32_t* values) {
    auto& ticket = shared_memory<std::uint32_t>();
    if (thread_index() == 0) ticket = fetch_add(tickets, 1);
    synchronize_block();
    if (ticket > 0 && thread_index() == 0)
        while (load_acquire(flags + ticket - 1) == 0) wait_a_little();
    synchronize_block();
    const std::uint32_t before = ticket > 0 ? load_shared_by_blocks(values + ticket - 1) : 0;
    synchronize_block();
    if (thread_index() == 0) {
        values[ticket] = before + ticket;
        store_release(flags + ticket, 1);
    }
}

__global__ void many_shuffles(std::uint32_t* out, int rounds) {
    std::uint32_t value = lane_index();
    for (int i = 0; i < rounds; ++i) value = shuffle(value, (lane_index() + 1) % warp_size);
    out[lane_index()] = value;
}

__global__ void some_miss_a_barrier() {
    if (thread_index() != 5) synchronize_block();
}
__global__ void some_miss_a_shuffle() {
    if (lane_index() != 5) shuffle(1u, 0);
}
__global__ void reads_an_absent_lane() {
    if (lane_index() < 16) shuffle(1u, 16, 0xffff);
}
__global__ void two_operations() {
    if (lane_index() < 16) ballot(true);
    else synchronize_warp();
}
__global__ void names_others() {
    if (lane_index() < 16) ballot(true, 0xffff0000);
}
__global__ void forgets_a_copy(const float* x) {
    copy_to_shared<4>(&shared_memory<std::array<float, 32>>()[lane_index()], x);
}

/// Whether the kernel ends the program, in a process of its own.
template <class... Parameters, class... Arguments>
bool is_stopped(void (*kernel)(Parameters...), Arguments... arguments) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(0);
        launch({1, 32, 128}, nullptr, kernel, arguments...);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

__global__ void shared_and_copies(const float* x, float* out) {
    auto& shared = shared_memory<std::array<float, 64>>();
    copy_to_shared<4>(&shared[thread_index()], x + thread_index());
    end_copies();
    copy_to_shared<4>(&shared[32 + thread_index()], x + 32 + thread_index());
    end_copies();
    wait_for_copies<1>();
    synchronize_block();
    out[thread_index()] = shared[31 - thread_index()];
    out[32 + thread_index()] = shared[32 + thread_index()]; // too early
    wait_for_copies<0>();
    synchronize_block();
    out[64 + thread_index()] = shared[63 - thread_index()];
}

__global__ void one_product(const double* a, const double* b, double* c) {
    const unsigned row = lane_index() / 4, col = lane_index() % 4;
    double of_a[2], of_c[4];
    for (unsigned i = 0; i < 2; ++i) of_a[i] = a[(row + i * 8) * 4 + col];
    for (unsigned i = 0; i < 4; ++i) of_c[i] = c[(row + i / 2 * 8) * 8 + 2 * col + i % 2];
    multiply_tile(of_c, of_a, b[col * 8 + row]);
    for (unsigned i = 0; i < 4; ++i) c[(row + i / 2 * 8) * 8 + 2 * col + i % 2] = of_c[i];
}

} // namespace

TEMPLATE_TEST_CASE("emulated device: a warp sums a block as serial does", "", float, double) {
    using T = TestType;
    std::vector<T> x(lanes::block_size<T> + 4);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = lanes::golden::element<T>(lanes::golden::data{}, 7, i);
    T* first = std::bit_cast<T*>((std::bit_cast<std::uintptr_t>(x.data()) + 15) / 16 * 16);
    T result = 0;
    launch({1, 32}, nullptr, sum_of_block<T>, first, &result);
    CHECK(result == lanes::sum(lanes::serial, std::span<const T>(first, lanes::block_size<T>)));
}

TEST_CASE("emulated device: blocks that wait for each other end in every order") {
    const auto usual = lanes::emulation::schedule;
    for (const std::size_t resident : {1, 2, 7})
        for (const bool backward : {false, true})
            for (const bool alternating : {false, true}) {
                lanes::emulation::schedule = {resident, backward, alternating};
                std::vector<std::uint32_t> flags(20), values(20);
                std::uint32_t tickets = 0;
                launch({20, 64, sizeof(std::uint32_t)}, nullptr, chain_of_blocks, &tickets, flags.data(),
                       values.data());
                CHECK(values.back() == 190);
            }
    lanes::emulation::schedule = usual;
}

TEST_CASE("emulated device: a shuffle of a warp takes about a microsecond") {
    std::array<std::uint32_t, 32> out;
    const auto start = std::chrono::steady_clock::now();
    launch({1, 32}, nullptr, many_shuffles, out.data(), 10000);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%.0f ns per shuffle of a warp\n", seconds.count() * 1e5);
    for (unsigned l = 0; l < 32; ++l) CHECK(out[l] == (l + 10000) % 32);
}

TEST_CASE("emulated device: threads that miss others are found") {
    CHECK(is_stopped(some_miss_a_barrier));
    CHECK(is_stopped(some_miss_a_shuffle));
    CHECK(is_stopped(reads_an_absent_lane));
    CHECK(is_stopped(two_operations));
    CHECK(is_stopped(names_others));
    const float x = 1;
    CHECK(is_stopped(forgets_a_copy, &x));
}

TEST_CASE("emulated device: a copy is not there before its thread waits for it, and memory that is not set is NaN") {
    std::array<float, 64> x;
    std::array<float, 96> out;
    std::iota(x.begin(), x.end(), 0.f);
    launch({1, 32, 256}, nullptr, shared_and_copies, x.data(), out.data());
    for (std::size_t i = 0; i < 32; ++i) {
        CHECK(out[i] == static_cast<float>(31 - i));
        CHECK(out[32 + i] != out[32 + i]);
        CHECK(out[64 + i] == static_cast<float>(63 - i));
    }
}

TEST_CASE("emulated device: the product of small matrices is a chain of fma") {
    std::array<double, 64> a;
    std::array<double, 32> b;
    std::array<double, 128> c, expected;
    for (std::size_t i = 0; i < 128; ++i) {
        a[i % 64] = 1 / (1.0 + static_cast<double>(i));
        b[i % 32] = 1 / (3.0 + static_cast<double>(i));
        expected[i] = c[i] = 1 / (7.0 + static_cast<double>(i));
    }
    for (std::size_t i = 0; i < 16; ++i)
        for (std::size_t j = 0; j < 8; ++j)
            for (std::size_t k = 0; k < 4; ++k)
                expected[i * 8 + j] = std::fma(a[i * 4 + k], b[k * 8 + j], expected[i * 8 + j]);
    launch({1, 32}, nullptr, one_product, a.data(), b.data(), c.data());
    CHECK(c == expected);
}

TEMPLATE_TEST_CASE("emulated device: arithmetic is exact", "", float, double) {
    CHECK(lanes::device::arithmetic_is_exact<TestType>(emulated));
}
