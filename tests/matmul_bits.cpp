// tests/matmul_bits.cpp: every shape, layout, alignment and plan of a product has the bits of `serial`.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "matmul_cases.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <type_traits>

using lanes::matrix_view;
using lanes::golden::data;

namespace {

/// The product of seeds 21 and 22, plus beta times seed 23, in given layouts, against `serial` on plain ones.
template <class T>
void compare(std::size_t m, std::size_t n, std::size_t k, layout of_a, layout of_b, layout of_c,
             lanes::scaling<T> factors, bool at_end = true, data kind = data::wide) {
    const laid_out<T> a(m, k, of_a, at_end), b(k, n, of_b, at_end), expected(m, n, layout::rows);
    a.fill(kind, 21), b.fill(kind, 22), expected.fill(kind, 23);
    lanes::matmul(lanes::serial, a.view(), b.view(), expected.view(), factors);
    for (const auto& variant : variants()) {
        laid_out<T> c(m, n, of_c, at_end);
        if (factors.beta != T(0)) c.fill(kind, 23);
        lanes::matmul(variant, a.view(), b.view(), c.view(), factors);
        INFO(shape_text(m, n, k) << ", layouts " << int(of_a) << int(of_b) << int(of_c) << ", alpha " << factors.alpha
                                 << ", beta " << factors.beta);
        CHECK((bits_of(c.view()) == bits_of(expected.view())));
        CHECK(c.touched() == m * n);
    }
}

} // namespace

TEMPLATE_TEST_CASE("matmul has the bits of serial for every rest of a tile", "", float, double) {
    using T = TestType;
    for (std::size_t m = 1; m <= 20; ++m)
        for (std::size_t n = 1; n <= 100; n += n < 20 ? 1 : 5)
            compare<T>(m, n, 1 + (m * n) % 7, layout::padded_rows, layout::padded_rows, layout::padded_rows,
                       {T(1), T((m + n) % 2)}, n % 2 == 0);
}

TEMPLATE_TEST_CASE("matmul has the bits of serial for the smallest products", "", float, double) {
    using T = TestType;
    for (const std::size_t k : {1, 3, 4, 6, 8, 13, 256, 257}) // steps are taken by fours
        for (std::size_t m = 1; m <= 20; m += m < 10 ? 1 : 5)
            for (const std::size_t n : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 32, 33, 48}) {
                if (is_slow && k > 8 && (m + n) % 3 != 0) continue;
                compare<T>(m, n, k, layout::rows, layout::rows, layout::rows, {}, (m + n + k) % 2 == 0);
                compare<T>(m, n, k, layout::padded_rows, layout::padded_rows, layout::padded_rows, {},
                           (m + n) % 2 == 0);
            }
}

TEMPLATE_TEST_CASE("matmul has the bits of serial for every depth", "", float, double) {
    using T = TestType;
    for (const std::size_t k : {0, 1, 2, 15, 16, 17, 255, 256, 257, 511, 512, 513, 1000})
        for (const auto& [m, n] : {std::pair<std::size_t, std::size_t>{1, 1}, {1, 50}, {50, 1}, {3, 4}, {21, 35}})
            for (const lanes::scaling<T> factors : {lanes::scaling<T>{}, {T(1.5), T(0)}, {T(1), T(0.7)}, {T(-3), T(1)}})
                for (const layout how : {layout::rows, layout::padded_cols})
                    compare<T>(m, n, k, how, how, layout::rows, factors);
}

TEMPLATE_TEST_CASE("matmul has the same bits for every layout", "", float, double) {
    using T = TestType;
    std::size_t turn = 0;
    for (const layout of_a : every_layout)
        for (const layout of_b : every_layout)
            for (const layout of_c : every_layout) {
                const std::size_t shapes[][3] = {{5, 7, 9}, {1, 40, 270}, {40, 1, 270}, {33, 50, 260}, {9, 3, 300}};
                for (const auto& [m, n, k] : shapes)
                    ++turn, compare<T>(m, n, k, of_a, of_b, of_c, {T(1), T(turn % 2)}, turn % 3 != 0);
            }
}

TEMPLATE_TEST_CASE("matmul has the bits of serial where workers pack together, in more than one block of rows", "",
                   float, double) {
    using T = TestType;
    const std::size_t rows = 2 * 4096 + 100;
    if (!is_slow) compare<T>(rows, 100, 70, layout::rows, layout::cols, layout::rows, {T(2), T(0)});
    compare<T>(200, 150, 600, layout::rows, layout::cols, layout::rows, {T(2), T(0)});
    compare<T>(200, 150, 600, layout::rows, layout::cols, layout::cols, {T(2), T(0)});
    compare<T>(200, 150, 200, layout::cols, layout::padded_cols, layout::rows, {T(1), T(0.5)});
}

TEMPLATE_TEST_CASE("matmul has the bits of serial where panels are computed apart", "", float, double) {
    using T = TestType;
    for (const std::size_t k : {1023, 1024, 8193, 20000}) // more panels than two workers hold at once
        for (const layout of_c : {layout::rows, layout::padded_cols})
            compare<T>(3, 7, k, layout::rows, layout::rows, of_c, {T(k % 2 + 1), T(k % 2)});
}

TEMPLATE_TEST_CASE("matmul has the bits of serial for large and for skinny matrices", "", float, double) {
    using T = TestType;
    const std::size_t shapes[][3] = {{150, 170, 300}, {300, 40, 20},  {2, 1500, 30},   {1500, 2, 30},
                                     {1, 2100, 300},  {2100, 1, 300}, {8, 8, 3000},    {1, 1, 5000},
                                     {17, 530, 40},   {530, 17, 40},  {128, 128, 256}, {260, 260, 60}};
    for (const auto& [m, n, k] : shapes)
        for (const lanes::scaling<T> factors : {lanes::scaling<T>{}, {T(2), T(-1)}}) {
            compare<T>(m, n, k, layout::rows, layout::rows, layout::rows, factors);
            if (is_slow && factors.beta == T(0)) continue;
            compare<T>(m, n, k, layout::cols, layout::rows, layout::rows, factors);
            compare<T>(m, n, k, layout::rows, layout::cols, layout::rows, factors);
            compare<T>(m, n, k, layout::cols, layout::cols, layout::cols, factors);
        }
}

TEMPLATE_TEST_CASE("matmul has the bits of serial for vectors and matrices beyond the caches", "", float, double) {
    using T = TestType;
    if (is_slow) SKIP("20 MiB of elements take minutes here");
    const std::size_t n = 8300, k = 650; // rows longer than what waits in a cache, columns with a rest
    compare<T>(1, n, k, layout::rows, layout::padded_rows, layout::rows, {T(2), T(1)});
    compare<T>(1, n, k, layout::rows, layout::padded_cols, layout::rows, {T(2), T(1)});
}

TEMPLATE_TEST_CASE("matmul has the bits of serial at every alignment", "", float, double) {
    using T = TestType;
    struct shape {
        std::size_t m, n;
    };
    for (const auto [m, n] : {shape{10, 30}, shape{1, 8}, shape{1, 48}, shape{1, 2064}}) {
        const std::size_t k = 20;
        std::vector<T> a(m * k + 16), b(k * n + 16), c(m * n + 16);
        for (std::size_t offset = 0; offset < 16; ++offset) {
            const matrix_view<T> left(&a[offset], m, k), right(&b[(offset * 7) % 16], k, n),
                out(&c[(offset * 3) % 16], m, n);
            for (std::size_t i = 0; i < m * k; ++i) left.data[i] = lanes::golden::element<T>(data::uniform, 31, i);
            for (std::size_t i = 0; i < k * n; ++i) right.data[i] = lanes::golden::element<T>(data::uniform, 32, i);
            const auto expected = lanes::matmul(lanes::serial, left, right);
            for (const auto& variant : variants()) {
                CAPTURE(m, n, offset);
                lanes::matmul(variant, left, right, out);
                CHECK((bits_of(out) == bits_of(expected.view())));
            }
        }
    }
}

TEMPLATE_TEST_CASE("matmul passes on NaN, infinities, subnormals and signs of zero", "", float, double) {
    using T = TestType;
    using limits = std::numeric_limits<T>;
    const T special[] = {limits::quiet_NaN(),
                         limits::infinity(),
                         -limits::infinity(),
                         limits::denorm_min(),
                         -limits::denorm_min(),
                         T(-0.0),
                         T(0),
                         limits::max(),
                         limits::min(),
                         T(1),
                         T(-1)};
    for (const std::size_t k : {1, 3, 300}) {
        const std::size_t m = 40, n = 45;
        std::vector<T> a(m * k), b(k * n), c(m * n, T(-0.0));
        for (std::size_t i = 0; i < a.size(); ++i)
            a[i] = k == 1 || i % 97 == 0 ? special[lanes::golden::mixed(i) % 11] : limits::denorm_min() * T(i % 5);
        for (std::size_t i = 0; i < b.size(); ++i)
            b[i] = k == 1 || i % 89 == 0 ? special[lanes::golden::mixed(i + 7) % 11] : T(i % 3) - T(1);
        auto expected = c;
        const matrix_view<const T> left(a, m, k), right(b, k, n);
        lanes::matmul(lanes::serial, left, right, matrix_view<T>(expected, m, n), {.beta = 1});
        for (const auto& variant : variants()) {
            auto actual = c;
            lanes::matmul(variant, left, right, matrix_view<T>(actual, m, n), {.beta = 1});
            CHECK(bits_of(matrix_view<T>(actual, m, n)) == bits_of(matrix_view<T>(expected, m, n)));
        }
    }
}

TEMPLATE_TEST_CASE("packing and blocking do not change a product", "", float, double) {
    using T = TestType;
    using Where = std::remove_const_t<decltype(where)>;
    if constexpr (std::is_same_v<Where, std::remove_const_t<decltype(lanes::simd)>>) {
        using blocks = lanes::matmul_blocks<xsimd::default_arch, T>;
        const std::size_t shapes[][3] = {{1, 1, 1},     {5, 6, 7},     {20, 100, 30},
                                         {31, 50, 300}, {64, 64, 520}, {3, 130, 257}};
        for (const auto& [m, n, k] : shapes)
            for (const lanes::scaling<T> factors : {lanes::scaling<T>{}, {T(3), T(-0.5)}}) {
                const laid_out<T> a(m, k, layout::rows), b(k, n, layout::rows), expected(m, n, layout::rows);
                a.fill(data::wide, 1), b.fill(data::wide, 2), expected.fill(data::wide, 3);
                lanes::matmul(lanes::serial, a.view(), b.view(), expected.view(), factors);
                for (const bool pack_a : {false, true})
                    for (const bool pack_b : {false, true})
                        for (const std::size_t row_block : {1, 10, 4096})
                            for (const std::size_t registers : {1, 5, 100}) {
                                const laid_out<T> c(m, n, layout::padded_rows);
                                c.fill(data::wide, 3);
                                const std::size_t col_block = registers * xsimd::batch<T>::size;
                                blocks::run(a.view(), b.view(), c.view(), factors,
                                            {row_block, col_block, pack_a, pack_b});
                                CHECK((bits_of(c.view()) == bits_of(expected.view())));
                            }
            }
    } else {
        SUCCEED("only simd has plans");
    }
}
