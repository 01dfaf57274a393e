// examples/eigen_matrices.cpp: Eigen's vectors as they are, and its matrices by a view: nothing is copied.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <Eigen/Dense>

#include <cstdio>

namespace {

/// lanes' view of an Eigen matrix: both only say where the elements lie. Eigen's default is column-major.
lanes::matrix_view<const double> view(const Eigen::MatrixXd& m) {
    return {m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()), m.rowStride(),
            m.colStride()};
}
lanes::matrix_view<double> view(Eigen::MatrixXd& m) {
    return {m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()), m.rowStride(),
            m.colStride()};
}

} // namespace

int main() {
    const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(1000, 0.0, 1.0);
    std::printf("sum of squares  %.15g   Eigen %.15g\n", lanes::sum_of_squares(x), x.squaredNorm());

    const Eigen::MatrixXd a = Eigen::MatrixXd::Random(200, 300), b = Eigen::MatrixXd::Random(300, 100);
    Eigen::MatrixXd c(200, 100);
    lanes::matmul(view(a), view(b), view(c)); // c = a b
    std::printf("largest difference from Eigen's product  %.3g\n", (c - a * b).cwiseAbs().maxCoeff());

    Eigen::MatrixXd gram(100, 100); // transposing a view exchanges its strides: nothing moves
    lanes::matmul(lanes::transposed(view(b)), view(b), view(gram), {.alpha = 2.0}); // gram = 2 b' b
    std::printf("and of 2 b' b  %.3g\n", (gram - 2 * b.transpose() * b).cwiseAbs().maxCoeff());
}
