// tests/large.cpp: indices beyond 2^32. The arrays are mostly pages that were never written, so they cost no memory.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sys/mman.h>

#include <cstddef>
#include <limits>
#include <span>

namespace {

/// `size` zeros.
class zeros {
public:
    explicit zeros(std::size_t size) : size_(size) {
        memory_ = mmap(nullptr, size * sizeof(float), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
#if defined(MADV_HUGEPAGE)
        if (memory_ != MAP_FAILED) madvise(memory_, size * sizeof(float), MADV_HUGEPAGE);
#endif
    }
    ~zeros() {
        if (memory_ != MAP_FAILED) munmap(memory_, size_ * sizeof(float));
    }
    zeros(const zeros&) = delete;
    zeros& operator=(const zeros&) = delete;

    bool is_there() const {
        return memory_ != MAP_FAILED;
    }
    std::span<float> span() {
        return {static_cast<float*>(memory_), size_};
    }

private:
    void* memory_;
    std::size_t size_;
};

constexpr std::size_t beyond = (std::size_t{1} << 32) + 5000;

} // namespace

TEST_CASE("reductions and windows of more than 2^32 elements") {
    zeros memory(beyond);
    if (!memory.is_there()) SKIP("this system maps no 16 GiB");
    const auto x = memory.span();
    x[3] = 1;
    x[beyond - 1] = 2;
    x[beyond - 4000] = 4;
    CHECK(lanes::sum(lanes::simd, x) == 7);
    CHECK(lanes::sum(lanes::threads.limit(3).eager(), x) == 7);
    CHECK(lanes::sum_of_squares(lanes::threads, x) == 21);
    CHECK(lanes::maximum(lanes::threads, x) == 4);
    CHECK(lanes::mean(lanes::threads, x) == 7.0f / static_cast<float>(beyond));

    // 1001 windows of more than 2^32 elements: x[3] leaves after the fourth, x[beyond - 1] enters with the last.
    const auto sums = lanes::moving_sum(lanes::threads, x, beyond - 1000);
    REQUIRE(sums.size() == 1001);
    CHECK(sums[0] == 5);
    CHECK(sums[3] == 5);
    CHECK(sums[4] == 4);
    CHECK(sums[1000] == 6);
}

TEST_CASE("matrices with strides beyond 2^32") {
    zeros memory(beyond + 10);
    if (!memory.is_there()) SKIP("this system maps no 16 GiB");
    const auto stride = static_cast<std::ptrdiff_t>(beyond);
    const lanes::matrix_view<float> a(memory.span().data(), 2, 3, stride);
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j) a(i, j) = static_cast<float>(1 + 3 * i + j);
    for (const auto& product :
         {lanes::matmul(lanes::serial, a, lanes::transposed(a)), lanes::matmul(lanes::simd, a, lanes::transposed(a))}) {
        CHECK(product(0, 0) == 14);
        CHECK(product(0, 1) == 32);
        CHECK(product(1, 0) == 32);
        CHECK(product(1, 1) == 77);
    }
}
