// tests/misuse/eigen_matrix.cpp: a matrix where a vector is due.
// SPDX-License-Identifier: MIT
// expect: this kernel takes a vector, not a matrix
// needs: Eigen
#include <lanes/lanes.hpp>

#include <Eigen/Core>

int main() {
    Eigen::MatrixXd a = Eigen::MatrixXd::Identity(3, 3);
#ifdef CORRECTED
    return lanes::sum(a.col(0)) > 0;
#else
    return lanes::sum(a) > 0;
#endif
}
