// examples/eigen_matrices.cpp: Eigen's vectors and matrices as they are: nothing is copied.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <Eigen/Dense>

#include <cstdio>

int main() {
    const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(1000, 0.0, 1.0);
    std::printf("sum of squares  %.15g   Eigen %.15g\n", lanes::sum_of_squares(x), x.squaredNorm());

    const Eigen::MatrixXd a = Eigen::MatrixXd::Random(200, 300), b = Eigen::MatrixXd::Random(300, 100);
    Eigen::MatrixXd c(200, 100);
    lanes::matmul(a, b, c); // c = a b
    std::printf("largest difference from Eigen's product  %.3g\n", (c - a * b).cwiseAbs().maxCoeff());

    Eigen::MatrixXd gram(100, 100);                        // a transpose exchanges strides: nothing moves
    lanes::matmul(b.transpose(), b, gram, {.alpha = 2.0}); // gram = 2 b' b
    std::printf("and of 2 b' b  %.3g\n", (gram - 2 * b.transpose() * b).cwiseAbs().maxCoeff());
}
