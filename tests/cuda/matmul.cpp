// tests/cuda/matmul.cpp: products of matrices by the kernels of the device, on the emulated one, have the bits of serial.
// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <cuda/matmul.cuh>
#include <cuda/matmul_check.cuh>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>
#include <vector>

namespace {

/// A matrix between guard pages, its rows or its columns close together, either way round.
template <class T>
struct guarded_matrix {
    guarded<T> memory;
    lanes::matrix_view<T> view;

    guarded_matrix(std::size_t rows, std::size_t cols, unsigned layout, std::uint64_t seed)
        : memory((layout & 1) != 0 ? cols * (rows + 3) : rows * (cols + 3), seed % 2 == 0) {
        const auto r = static_cast<std::ptrdiff_t>(rows), c = static_cast<std::ptrdiff_t>(cols);
        T* const data = memory.span().data();
        const std::vector<T> values = numbers<T>(lanes::golden::data{}, seed, memory.span().size());
        std::copy(values.begin(), values.end(), data);
        view = (layout & 1) != 0 ? lanes::matrix_view<T>(data, rows, cols, 1, r + 3)
                                 : lanes::matrix_view<T>(data, rows, cols, c + 3, 1);
        if ((layout & 2) != 0 && rows > 0)
            view = lanes::matrix_view<T>(&view(rows - 1, 0), rows, cols, -view.row_stride, view.col_stride);
    }
};

struct shape {
    std::size_t rows, depth, cols;
};

/// `multiply(a, b, out, factors)` against serial, with the same memory around the results.
template <class T, class Multiply>
void compare(const shape& of, unsigned layouts, const lanes::scaling<T>& factors, const Multiply& multiply,
             T unusual = 0) {
    guarded_matrix<T> a(of.rows, of.depth, layouts & 3, 1), b(of.depth, of.cols, layouts >> 2 & 3, 2);
    guarded_matrix<T> out(of.rows, of.cols, layouts >> 4 & 3, 3), expected(of.rows, of.cols, layouts >> 4 & 3, 3);
    if (unusual != 0 && of.depth > 0) {
        a.view(of.rows / 2, of.depth / 2) = unusual;
        b.view(of.depth / 3, of.cols / 2) = -unusual;
    }
    lanes::serial.matmul<T>(a.view, b.view, expected.view, factors);
    multiply(lanes::matrix_view<const T>(a.view), lanes::matrix_view<const T>(b.view), out.view, factors);
    INFO(of.rows << " x " << of.depth << " x " << of.cols << ", layouts " << layouts);
    CHECK(differences<T>(expected.memory.span(), out.memory.span()) == 0);
}

template <class T, class Tile>
void check_tile() {
    const auto by_tile = [](auto a, auto b, auto out, const auto& factors) {
        lanes::device::multiply_by<Tile, 1>(emulated, lanes::device::product_of<T>(a, b, out, factors));
    };
    constexpr std::size_t edge = Tile::rows;
    compare<T>({edge, 256, edge}, 0, {}, by_tile);
    compare<T>({edge + 1, 259, edge - 3}, 0, {T(2.5), T(-0.5)}, by_tile);
    compare<T>({2 * edge - 1, 7, 2 * edge + 5}, 0, {}, by_tile);
    compare<T>({2 * edge, 777, 2 * edge}, 0, {}, by_tile); // enough tiles to take panels one after another
    compare<T>({3, 1500, 2}, 0, {T(1), T(3)}, by_tile);    // panels side by side
    compare<T>({20, 40, 30}, 0, {}, by_tile, std::numeric_limits<T>::infinity());
    compare<T>({20, 43, 30}, 0, {}, by_tile, std::numeric_limits<T>::min());
    for (unsigned layouts = 0; layouts < 64; ++layouts) compare<T>({edge / 2 + 1, 21, 9}, layouts, {}, by_tile);
}

} // namespace

TEMPLATE_TEST_CASE("cuda kernels: products by every kind of tile", "", float, double) {
    using namespace lanes::device;
    check_tile<TestType, fma_tile<TestType, small_edge>>();
    check_tile<TestType, fma_tile<TestType, middle_edge>>();
    check_tile<TestType, fma_tile<TestType, large_edge>>();
}

TEST_CASE("cuda kernels: products by the tensor cores") {
    check_tile<double, lanes::device::tensor_tile>();
}

TEMPLATE_TEST_CASE("cuda kernels: products of every shape", "", float, double) {
    using T = TestType;
    const auto multiply = [](auto a, auto b, auto out, const auto& factors) {
        lanes::device::multiply<T>(emulated, a, b, out, factors, [] { return true; });
    };
    const std::size_t sizes[] = {0, 1, 2, 8, 33, 70};
    for (const std::size_t rows : sizes)
        for (const std::size_t depth : sizes)
            for (const std::size_t cols : sizes) compare<T>({rows, depth, cols}, 0, {}, multiply);
    for (const T beta : {T(0), T(1), T(-2)})
        for (const T alpha : {T(1), T(0), T(0.3)}) compare<T>({5, 300, 6}, 0, {alpha, beta}, multiply);
    compare<T>({300, 40, 290}, 16, {T(0.3), T(2)}, multiply);
    compare<T>({200, 20, 200}, 5, {}, multiply);
}

TEMPLATE_TEST_CASE("cuda kernels: underflow leaves a product's sign as serial does", "", float, double) {
    using T = TestType;
    const T tiny = std::numeric_limits<T>::min();
    for (const std::size_t depth : {1, 2, 3, 4, 5, 257}) { // -0 at the end of a chain, of any length
        const std::vector<T> a(depth, tiny), b(depth, -tiny * T(0.25));
        T expected = 1, found = 1;
        const lanes::matrix_view<const T> row(a.data(), 1, depth), col(b.data(), depth, 1);
        lanes::serial.matmul<T>(row, col, lanes::matrix_view<T>(&expected, 1, 1), {});
        lanes::device::multiply<T>(emulated, row, col, lanes::matrix_view<T>(&found, 1, 1), {}, [] { return true; });
        CHECK(lanes::number<T>::bits(expected) == lanes::number<T>::bits(found));
        if constexpr (sizeof(T) == 8) {
            using lanes::device::tensor_tile;
            lanes::device::multiply_by<tensor_tile, 1>(
                emulated, lanes::device::product_of<T>(row, col, lanes::matrix_view<T>(&found, 1, 1), {}));
            CHECK(lanes::number<T>::bits(expected) == lanes::number<T>::bits(found));
        }
    }
}

TEST_CASE("cuda kernels: the check of the tensor cores accepts a chain of fma, and no other order") {
    CHECK(lanes::device::tensor_cores_chain_fma(emulated, 8));
    lanes::emulation::tensor_cores_chain = false;
    CHECK(!lanes::device::tensor_cores_chain_fma(emulated, 8));
    lanes::emulation::tensor_cores_chain = true;
}
