// tests/eigen.cpp: vectors and matrices of Eigen as arguments.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <Eigen/Core>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace {

using lanes::golden::bits;
using lanes::golden::data;

template <class Matrix>
Matrix filled(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
    Matrix m(rows, cols);
    for (Eigen::Index i = 0; i < rows; ++i)
        for (Eigen::Index j = 0; j < cols; ++j)
            m(i, j) = lanes::golden::element<typename Matrix::Scalar>(data::uniform, seed,
                                                                      static_cast<std::uint64_t>(i * cols + j));
    return m;
}

template <class Matrix>
auto view_of(Matrix& m) {
    return lanes::matrix_view(m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()),
                              m.rowStride(), m.colStride());
}

} // namespace

TEST_CASE("Eigen vectors, columns and maps are arrays") {
    const Eigen::VectorXd x = filled<Eigen::VectorXd>(3000, 1, 1);
    const std::vector<double> same(x.data(), x.data() + x.size());
    CHECK(bits(lanes::sum(x)) == bits(lanes::sum(same)));
    CHECK(bits(lanes::dot(lanes::simd, x, same)) == bits(lanes::sum_of_squares(lanes::serial, same)));

    const Eigen::RowVectorXf row = filled<Eigen::RowVectorXf>(1, 777, 2);
    CHECK(bits(lanes::maximum(row)) == bits(row.maxCoeff()));

    const Eigen::Map<const Eigen::VectorXd> map(same.data() + 5, 1500);
    CHECK(bits(lanes::variance(map)) == bits(lanes::variance(std::span(same).subspan(5, 1500))));

    const Eigen::MatrixXd m = filled<Eigen::MatrixXd>(100, 3, 3);
    const Eigen::VectorXd column = m.col(1);
    CHECK(bits(lanes::sum(m.col(1))) == bits(lanes::sum(column)));
    const Eigen::Matrix<double, 4, 1> fixed{1, 2, 3, 4};
    CHECK(lanes::sum(fixed) == 10);
}

TEST_CASE("Eigen vectors receive results") {
    const Eigen::VectorXf x = filled<Eigen::VectorXf>(5000, 1, 4);
    const std::vector<float> same(x.data(), x.data() + x.size());
    const auto expected = lanes::ema(same, 0.1);
    Eigen::VectorXf out(5000);
    lanes::ema(x, out, 0.1);
    CHECK(lanes::golden::hash(std::span<const float>(out.data(), 5000)) == lanes::golden::hash(expected));

    Eigen::MatrixXf columns = Eigen::MatrixXf::Zero(5000, 2);
    lanes::ema(x, columns.col(1), 0.1);
    CHECK(columns.col(1) == out);
    CHECK(columns.col(0).isZero(0));
}

TEST_CASE("Eigen vectors with gaps between their elements are refused") {
    const Eigen::MatrixXd m = filled<Eigen::MatrixXd>(10, 10, 5); // column-major: neighbours of a row lie 10 apart
    CHECK_THROWS_MATCHES(
        lanes::sum(m.row(2)), std::invalid_argument,
        Catch::Matchers::Message("sum: x is 10, the distance between neighbours, must be 1: copy the vector first"));
    std::vector<double> memory(20, 1.0);
    const Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<2>> odd(memory.data(), 10);
    CHECK_THROWS_AS(lanes::sum(odd), std::invalid_argument);
    Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<2>> out(memory.data(), 10);
    CHECK_THROWS_AS(lanes::ema(std::vector<double>(10, 2.0), out, 0.5), std::invalid_argument);
    CHECK(memory == std::vector<double>(20, 1.0));
    const Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<2>> single(memory.data(), 1); // has no neighbours
    CHECK(lanes::sum(single) == 1);
}

TEST_CASE("Eigen matrices of both storage orders multiply to the same bits") {
    using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto a = filled<Eigen::MatrixXd>(37, 300, 6), b = filled<Eigen::MatrixXd>(300, 21, 7);
    const row_major a_rows = a, b_rows = b;
    Eigen::MatrixXd c(37, 21);
    row_major c_rows(37, 21);
    lanes::matmul(view_of(a), view_of(b), view_of(c));
    lanes::matmul(view_of(a_rows), view_of(b_rows), view_of(c_rows));
    CHECK(c == c_rows);
    CHECK((c - a * b).cwiseAbs().maxCoeff() < 1e-12);

    Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(50, 50); // into a block of a larger matrix
    auto block = whole.block(3, 4, 37, 21);
    lanes::matmul(view_of(a), view_of(b), view_of(block));
    CHECK(whole.block(3, 4, 37, 21) == c);
    CHECK(whole.row(2).isZero(0));
    CHECK(whole.col(25).isZero(0));
}
