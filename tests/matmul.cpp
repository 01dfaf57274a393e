// tests/matmul.cpp: what a product of matrices is: exact oracles, properties, factors, misuse.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "matmul_cases.hpp"
#include "quad.hpp"

#include <lanes/verify/matmul.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

using lanes::matrix_view;
using lanes::golden::bits;
using lanes::golden::data;

namespace {

struct column_major { // speaks as Eigen does
    static constexpr bool IsRowMajor = false;
    std::vector<double> elements{1, 2, 3, 4, 5, 6};
    const double* data() const { return elements.data(); }
    long rows() const { return 3; }
    long cols() const { return 2; }
    long innerStride() const { return 1; }
    long outerStride() const { return 3; }
};

} // namespace

TEST_CASE("golden bits of matmul") {
    for (const auto& variant : variants())
        lanes::golden::matmul(variant, [](const std::string& name, std::uint64_t expected, std::uint64_t actual) {
            INFO(name);
            CHECK(actual == expected);
        });
}

TEMPLATE_TEST_CASE("products of integer matrices are exact", "", float, double) {
    using T = TestType;
    const std::size_t shapes[][3] = {{1, 1, 1},     {1, 1, 700},    {3, 2, 5},    {1, 37, 300},  {41, 1, 300},
                                     {13, 17, 513}, {64, 64, 64},   {65, 7, 600}, {5, 200, 259}, {100, 100, 100},
                                     {97, 131, 77}, {200, 150, 40}, {2, 3, 5000}, {300, 260, 10}};
    for (const auto& [m, n, k] : shapes) {
        std::vector<T> a(m * k), b(k * n);
        for (std::size_t i = 0; i < a.size(); ++i) a[i] = T(static_cast<int>(lanes::golden::mixed(i) % 17) - 8);
        for (std::size_t i = 0; i < b.size(); ++i)
            b[i] = T(static_cast<int>(lanes::golden::mixed(i + 1000000) % 15) - 7);
        for (const auto& variant : variants()) {
            const auto c = lanes::matmul(variant, matrix_view(a, m, k), matrix_view(b, k, n));
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < n; ++j) {
                    long long exact = 0;
                    for (std::size_t s = 0; s < k; ++s)
                        exact += static_cast<long long>(a[i * k + s]) * static_cast<long long>(b[s * n + j]);
                    wrong += c(i, j) != T(exact);
                }
            INFO(shape_text(m, n, k));
            CHECK(wrong == 0);
        }
    }
}

TEMPLATE_TEST_CASE("matmul stays within its bound", "", float, double) {
    using T = TestType;
    const quad u = std::is_same_v<T, float> ? 0x1p-24 : 0x1p-53;
    for (const std::size_t k : {1, 10, 256, 300, 1000, 3000}) {
        const std::size_t m = 11, n = 27;
        for (const data kind : {data::uniform, data::wide}) {
            const auto a = numbers<T>(kind, 1, m * k), b = numbers<T>(kind, 2, k * n);
            const auto c = lanes::matmul(where, matrix_view(a, m, k), matrix_view(b, k, n));
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < n; ++j) {
                    quad exact = 0, size = 0;
                    for (std::size_t s = 0; s < k; ++s) {
                        const quad product = static_cast<quad>(a[i * k + s]) * b[s * n + j];
                        exact += product;
                        size += absolute(product);
                    }
                    const bool within = absolute(exact - c(i, j)) <= (256 + quad(k) / 256) * u * size;
                    if (!within) FAIL_CHECK("element " << i << ", " << j << " of depth " << k);
                }
        }
    }
}

TEMPLATE_TEST_CASE("a matrix times the identity is itself", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {1, 2, 9, 24, 100, 270})
        for (const std::size_t m : {1, 7, 50}) {
            const auto a = numbers<T>(data::wide, 3, m * n);
            std::vector<T> identity(n * n, T(0));
            for (std::size_t i = 0; i < n; ++i) identity[i * n + i] = 1;
            const matrix_view<const T> left(a, m, n), one(identity, n, n);
            for (const auto& variant : variants()) {
                CHECK(bits_of(lanes::matmul(variant, left, one).view()) == bits_of(left));
                CHECK(bits_of(lanes::matmul(variant, one, transposed(left)).view()) == bits_of(transposed(left)));
            }
        }
}

TEMPLATE_TEST_CASE("slices of a product are products of slices", "", float, double) {
    using T = TestType;
    const std::size_t m = 60, n = 110, k = 530;
    const auto a = numbers<T>(data::uniform, 4, m * k), b = numbers<T>(data::uniform, 5, k * n);
    const matrix_view<const T> left(a, m, k), right(b, k, n);
    const auto whole = lanes::matmul(where, left, right);
    const std::size_t slices[][4] = {{0, 0, 1, 110}, {59, 0, 1, 110},  {0, 5, 60, 1},  {17, 33, 1, 1},
                                     {3, 7, 20, 50}, {0, 100, 60, 10}, {13, 0, 2, 64}, {0, 0, 60, 24}};
    for (const auto& [i, j, rows, cols] : slices) {
        const auto part = lanes::matmul(where, left.block(i, 0, rows, k), right.block(0, j, k, cols));
        CHECK(bits_of(part.view()) == bits_of(whole.view().block(i, j, rows, cols)));
    }
}

TEMPLATE_TEST_CASE("the factors of matmul", "", float, double) {
    using T = TestType;
    const T nan = std::numeric_limits<T>::quiet_NaN();
    const std::vector<T> a{1, 2, 3, 4}, b{5, 6, 7, 8};
    const matrix_view<const T> left(a, 2, 2), right(b, 2, 2);
    for (const auto& variant : variants()) {
        std::vector<T> c(4, nan);
        const matrix_view<T> out(c, 2, 2);
        lanes::matmul(variant, left, right, out);
        CHECK(c == std::vector<T>{19, 22, 43, 50});
        lanes::matmul(variant, left, right, out, {.alpha = 2, .beta = 1});
        CHECK(c == std::vector<T>{57, 66, 129, 150});
        lanes::matmul(variant, left, right, out, {.beta = -1});
        CHECK(c == std::vector<T>{-38, -44, -86, -100});
        c.assign(4, nan);
        lanes::matmul(variant, left, right, out, {.alpha = T(0.5), .beta = T(-0.0)});
        CHECK(c == std::vector<T>{9.5, 11, 21.5, 25});
        c[1] = nan;
        lanes::matmul(variant, left, right, out, {.beta = 1});
        CHECK((c[0] == T(28.5) && c[1] != c[1] && c[2] == T(64.5)));
        CHECK(std::isnan(lanes::matmul(variant, left, right, {.alpha = nan})(1, 1)));
        CHECK(lanes::matmul(variant, left, right, {.alpha = 3})(1, 1) == 150);

        // Nothing is summed: the product is +0, and the factors still apply.
        const matrix_view<const T> no_columns(a, 2, 0), no_rows(b, 0, 2);
        c.assign(4, nan);
        lanes::matmul(variant, no_columns, no_rows, out);
        for (const T value : c) CHECK(bits(value) == bits(T(0)));
        lanes::matmul(variant, no_columns, no_rows, out, {.alpha = -1});
        for (const T value : c) CHECK(bits(value) == bits(T(-0.0)));
        c.assign(4, T(3));
        lanes::matmul(variant, no_columns, no_rows, out, {.beta = 2});
        for (const T value : c) CHECK(value == 6);
    }
}

TEST_CASE("matmul without a backend, and what it takes as a matrix") {
    const column_major dense;
    const double raw[] = {1, 0, 0, 1};
    const auto c = lanes::matmul(dense, matrix_view(raw, 2, 2));
    CHECK((c(0, 0) == 1 && c(0, 1) == 4 && c(2, 1) == 6));
    lanes::matrix<double> d(3, 3);
    lanes::matmul(c, transposed(c), d);
    CHECK(d(2, 1) == 3 * 2 + 6 * 5);
    lanes::matmul(c, transposed(c), transposed(d), {.beta = 1});
    CHECK(d(1, 2) == 2 * (3 * 2 + 6 * 5));
    std::vector<double> x{1, 2, 3, 4, 5, 6};
    CHECK(matrix_view(std::span(x), 2, 2, 3)(1, 1) == 5);
    CHECK(matrix_view(std::as_const(x), 3, 2)(1, 1) == 4);
}

TEST_CASE("a matrix that was moved from is empty") {
    lanes::matrix<double> a(2, 3);
    a(1, 2) = 5;
    lanes::matrix<double> b = std::move(a);
    CHECK((a.rows() == 0 && a.cols() == 0 && a.data() == nullptr));
    a = b;
    CHECK((a.rows() == 2 && a.cols() == 3 && a(1, 2) == 5 && a.data() != b.data()));
    a = std::move(b);
    CHECK((a.rows() == 2 && a(1, 2) == 5));
    CHECK((b.rows() == 0 && b.cols() == 0 && b.data() == nullptr));
}

TEST_CASE("matmul refuses what it cannot do and leaves c alone") {
    using Catch::Matchers::Message;
    const auto refused = [](const char* message, const auto& call) {
        CHECK_THROWS_MATCHES(call(), std::invalid_argument, Message(message));
    };
    std::vector<double> x(12, 1.0), y(12, 2.0), z(20, 3.0);
    const matrix_view a(x, 3, 4), b(y, 4, 3), c(z, 3, 3);
    refused("matmul: the number of rows of b is 3, must be 4 (the number of columns of a)",
            [&] { lanes::matmul(where, a, transposed(b), c); });
    refused("matmul: the number of rows of b is 3, must be 4 (the number of columns of a)",
            [&] { lanes::matmul(where, a, transposed(b)); });
    refused("matmul: the number of rows of c is 2, must be 3 (the number of rows of a)",
            [&] { lanes::matmul(where, a, b, matrix_view(z, 2, 3)); });
    refused("matmul: the number of columns of c is 4, must be 3 (the number of columns of b)",
            [&] { lanes::matmul(where, a, b, matrix_view(z, 3, 4)); });
    refused("matmul: a is a null pointer, must point to 3 x 4 elements",
            [&] { lanes::matmul(where, matrix_view<double>(nullptr, 3, 4), b, c); });
    refused("matmul: c overlaps a; it must lie apart", [&] { lanes::matmul(where, a, b, matrix_view(x, 3, 3)); });
    refused("matmul: c overlaps b; it must lie apart",
            [&] { lanes::matmul(where, a, b, matrix_view<double>(y.data() + 11, 3, 3, -3, -1)); });
    // Right beside an operand is apart, one element nearer is not.
    std::vector<double> m(30, 1.0);
    const auto row_major = [&](std::size_t at, std::size_t rows, std::size_t cols) {
        return matrix_view<double>(m.data() + at, rows, cols);
    };
    for (const std::size_t at : {0, 21}) {
        lanes::matmul(where, row_major(9, 3, 4), b, row_major(at, 3, 3));
        lanes::matmul(where, a, row_major(9, 4, 3), row_major(at, 3, 3));
    }
    for (const std::size_t at : {1, 20}) {
        refused("matmul: c overlaps a; it must lie apart",
                [&] { lanes::matmul(where, row_major(9, 3, 4), b, row_major(at, 3, 3)); });
        refused("matmul: c overlaps b; it must lie apart",
                [&] { lanes::matmul(where, a, row_major(9, 4, 3), row_major(at, 3, 3)); });
    }
    for (const std::pair<int, int>& strides :
         {std::pair{0, 1}, {1, 0}, {1, 1}, {2, 1}, {1, 2}, {2, 2}, {-2, 1}, {4, 2}})
        refused("matmul: two elements of c share an address; its strides must keep them apart", [&] {
            lanes::matmul(where, a, b, matrix_view<double>(z.data() + 10, 3, 3, strides.first, strides.second));
        });
    refused("matmul: a is 3 x 4 with strides 4611686018427387904 and 1, must not reach past every address",
            [&] { lanes::matmul(where, matrix_view<double>(x.data(), 3, 4, std::ptrdiff_t{1} << 62), b, c); });
    refused("matmul: beta is 1, must be 0 where there is no c", [&] { lanes::matmul(where, a, b, {.beta = 1}); });
    refused("matrix_view: the highest element is 14, must be below 12 (the size of the range)",
            [&] { matrix_view(x, 3, 5); });
    refused("matrix_view: the highest element is 12, must be below 12 (the size of the range)",
            [&] { matrix_view(x, 3, 3, 5, 1); });
    refused("matrix_view: the highest element is 12, must be below 12 (the size of the range)",
            [&] { matrix_view(x, 1, 13); });
    refused("matrix_view: the lowest element is -8, must be 0: negative strides reach before the range",
            [&] { matrix_view(x, 3, 4, -4, 1); });
    refused("matrix_view: the shape times the strides exceeds every address",
            [&] { matrix_view(x, std::size_t{1} << 40, std::size_t{1} << 40); });
    CHECK(z == std::vector<double>(20, 3.0));

    // Strides that interleave but keep every element apart are fine.
    lanes::matmul(where, a, b, matrix_view<double>(z.data(), 3, 3, 4, 3));
    CHECK(std::vector<double>(z.begin(), z.begin() + 5) == std::vector<double>{8, 3, 3, 8, 8});
}

TEST_CASE("matmul of nothing, and of more rows than 32 bits count") {
    const std::size_t many = std::size_t{5} << 30;
    const matrix_view<double> empty;
    lanes::matmul(where, empty, empty, empty);
    CHECK(lanes::matmul(where, matrix_view<double>(nullptr, many, 0), matrix_view<double>(nullptr, 0, 0)).cols() == 0);
    const double one[] = {1};
    const auto c = lanes::matmul(where, matrix_view<const double>(one, 1, std::size_t{1} << 20, 0, 0),
                                 matrix_view<const double>(one, std::size_t{1} << 20, 1, 0, 0));
    CHECK(c(0, 0) == 1 << 20);
}
