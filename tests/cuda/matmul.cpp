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

/// A matrix between guard pages, its rows or its columns close together, either way round. Layout 64: lines are as
/// far from each other as multiples of 16 bytes; 128: but start an element behind one.
template <class T>
struct guarded_matrix {
    guarded<T> memory;
    lanes::matrix_view<T> view;

    static std::size_t stride(std::size_t line, unsigned layout) {
        return (layout & 64) != 0 ? (line + 7) / 4 * 4 : line + 3;
    }
    guarded_matrix(std::size_t rows, std::size_t cols, unsigned layout, std::uint64_t seed)
        : memory((layout >> 7) * 4 + ((layout & 1) != 0 ? cols * stride(rows, layout) : rows * stride(cols, layout)),
                 seed % 2 == 0) {
        const auto by_col = static_cast<std::ptrdiff_t>(stride(rows, layout));
        const auto by_row = static_cast<std::ptrdiff_t>(stride(cols, layout));
        T* data = memory.span().data();
        const std::vector<T> values = numbers<T>(lanes::golden::data{}, seed, memory.span().size());
        std::copy(values.begin(), values.end(), data);
        data += layout >> 7;
        view = (layout & 1) != 0 ? lanes::matrix_view<T>(data, rows, cols, 1, by_col)
                                 : lanes::matrix_view<T>(data, rows, cols, by_row, 1);
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
    const unsigned aligned = layouts & 192, of_out = (layouts >> 4 & 3) | aligned;
    guarded_matrix<T> a(of.rows, of.depth, (layouts & 3) | aligned, 1);
    guarded_matrix<T> b(of.depth, of.cols, (layouts >> 2 & 3) | aligned, 2);
    guarded_matrix<T> out(of.rows, of.cols, of_out, 3), expected(of.rows, of.cols, of_out, 3);
    if (unusual != 0 && of.depth > 0) {
        a.view(of.rows / 2, of.depth / 2) = unusual;
        b.view(of.depth / 3, of.cols / 2) = -unusual;
    }
    lanes::serial.matmul<T>(a.view, b.view, expected.view, factors);
    multiply(lanes::matrix_view<const T>(a.view), lanes::matrix_view<const T>(b.view), out.view, factors);
    INFO(of.rows << " x " << of.depth << " x " << of.cols << ", layouts " << layouts);
    CHECK(differences<T>(expected.memory.span(), out.memory.span()) == 0);
}

template <class T, class Kind>
void check_tiles() {
    using tile = lanes::device::tile_of<Kind>;
    const auto panels = [](std::uint64_t side_by_side) {
        return [=](auto a, auto b, auto out, const auto& factors) {
            const auto of = lanes::device::product_of<T>(a, b, out, factors);
            lanes::device::multiply_by<Kind>(emulated, of, {0, side_by_side});
        };
    };
    constexpr std::size_t rows = tile::rows, cols = tile::cols;
    for (const unsigned layouts :
         {0, 1, 4, 5, 64, 65, 68, 69, 192, 197}) { // whole tiles of operands that lie in every way
        compare<T>({rows, 300, cols}, layouts, {}, panels(1));
        compare<T>({rows, 64, cols}, layouts, {}, panels(1));
    }
    compare<T>({rows, 768, cols}, 64, {}, panels(1));
    compare<T>({rows, 768, cols}, 64, {}, panels(3));
    compare<T>({rows, 64, cols}, 64, {T(0.5), T(0)}, panels(1));
    compare<T>({rows, 64, cols}, 64, {T(1), T(3)}, panels(1));
    compare<T>({rows + 1, 259, cols - 3}, 0, {T(2.5), T(-0.5)}, panels(1));
    compare<T>({2 * rows - 1, 7, 2 * cols + 5}, 64, {}, panels(1));
    compare<T>({rows + 4, 777, 2 * cols}, 64, {}, panels(1));
    for (const std::uint64_t side_by_side : {2, 3, 6}) compare<T>({3, 1500, 2}, 0, {T(1), T(3)}, panels(side_by_side));
    compare<T>({20, 40, 30}, 0, {}, panels(1), std::numeric_limits<T>::infinity());
    compare<T>({20, 43, 30}, 64, {}, panels(1), std::numeric_limits<T>::min());
    for (const std::size_t depth : {1, 15, 16, 17, 31, 47, 255, 256, 272, 512})
        compare<T>({5, depth, 6}, 64, {}, panels(1));
    for (unsigned layouts = 0; layouts < 128; ++layouts) compare<T>({9, 21, 11}, layouts, {}, panels(1));
}

template <class T>
lanes::device::choice choice_of(const shape& of, unsigned multiprocessors, std::size_t shared_bytes = 227 << 10) {
    auto where = emulated;
    where.multiprocessors = multiprocessors;
    where.shared_bytes = shared_bytes;
    const lanes::matrix_view<const T> a(nullptr, of.rows, of.depth), b(nullptr, of.depth, of.cols);
    return choose(where, lanes::device::product_of<T>(a, b, lanes::matrix_view<T>(nullptr, of.rows, of.cols), {}));
}

} // namespace

TEMPLATE_TEST_CASE("cuda kernels: products by every kind of tile", "", float, double) {
    using namespace lanes::device;
    check_tiles<TestType, small_tiles<TestType>>();
    check_tiles<TestType, middle_tiles<TestType>>();
    check_tiles<TestType, large_tiles<TestType>>();
    if constexpr (sizeof(TestType) == 8) check_tiles<double, tiles_by_fma>();
}

TEMPLATE_TEST_CASE("cuda kernels: the tiles of a product fit its shape and the device", "", float, double) {
    using T = TestType;
    using lanes::device::tiling;
    const auto is = [](const lanes::device::choice& made, tiling tiles, std::uint64_t side_by_side) {
        return made.tiles == tiles && made.how.side_by_side == side_by_side;
    };
    CHECK(is(choice_of<T>({4096, 4096, 4096}, 132), tiling::large, 1));
    CHECK(is(choice_of<T>({2048, 2048, 2048}, 132), tiling::large, 1));
    CHECK(is(choice_of<T>({512, 512, 512}, 132), tiling::middle, 2));
    CHECK(is(choice_of<T>({768, 256, 768}, 132), tiling::middle, 1));
    CHECK(is(choice_of<T>({128, 128, 128}, 132), tiling::small, 1));
    CHECK(is(choice_of<T>({128, 12800, 128}, 132), tiling::middle, 50));
    CHECK(choice_of<T>({100000, 4096, 8}, 132).tiles == tiling::small);
    CHECK(choice_of<T>({32, 4096, 100000}, 132).tiles == tiling::small);
    CHECK(is(choice_of<T>({4096, 4096, 4096}, 108, 163 << 10), tiling::middle, 1)); // no room for the large ones
}

TEMPLATE_TEST_CASE("cuda kernels: products of every shape", "", float, double) {
    using T = TestType;
    using lanes::device::tiling;
    const auto on = [](unsigned multiprocessors, bool by_tensor = true) {
        return [=](auto a, auto b, auto out, const auto& factors) {
            auto where = emulated;
            where.multiprocessors = multiprocessors;
            lanes::device::multiply<T>(where, a, b, out, factors, [&] { return by_tensor; });
        };
    };
    const std::size_t sizes[] = {0, 1, 2, 8, 33, 70};
    for (const std::size_t rows : sizes)
        for (const std::size_t depth : sizes)
            for (const std::size_t cols : sizes) compare<T>({rows, depth, cols}, 0, {}, on(3));
    for (const T beta : {T(0), T(1), T(-2)})
        for (const T alpha : {T(1), T(0), T(0.3)}) compare<T>({5, 300, 6}, 0, {alpha, beta}, on(3));
    CHECK(choice_of<T>({380, 40, 500}, 1).tiles == tiling::large);
    compare<T>({380, 40, 500}, 16, {T(0.3), T(2)}, on(1));
    compare<T>({380, 40, 500}, 16, {T(0.3), T(2)}, on(1, false));
    CHECK(choice_of<T>({64, 600, 128}, 1).tiles == tiling::middle);
    compare<T>({64, 600, 128}, 64, {}, on(1));
    lanes::emulation::tensor_cores_chain = false; // so that only the FMA units are right
    compare<T>({64, 600, 128}, 5, {}, on(1, false));
    lanes::emulation::tensor_cores_chain = true;
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
        const auto of = lanes::device::product_of<T>(row, col, lanes::matrix_view<T>(&found, 1, 1), {});
        lanes::device::multiply_by<lanes::device::middle_tiles<T>>(emulated, of, {0, 1});
        CHECK(lanes::number<T>::bits(expected) == lanes::number<T>::bits(found));
        lanes::device::multiply_by<lanes::device::large_tiles<T>>(emulated, of, {0, 1});
        CHECK(lanes::number<T>::bits(expected) == lanes::number<T>::bits(found));
    }
}

TEST_CASE("cuda kernels: the check of the tensor cores accepts a chain of fma, and no other order") {
    CHECK(lanes::device::tensor_cores_chain_fma(emulated, 8));
    lanes::emulation::tensor_cores_chain = false;
    CHECK(!lanes::device::tensor_cores_chain_fma(emulated, 8));
    lanes::emulation::tensor_cores_chain = true;
}
