// bench/peers/eigen.cpp: Eigen, one core.
// SPDX-License-Identifier: MIT
#include "peers.hpp"

#include <Eigen/Core>

namespace bench {
namespace {

template <class T>
auto vector(const T* x, std::size_t n) {
    return Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>(x, static_cast<Eigen::Index>(n));
}

template <class T>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
peer_kernels<T> kernels() {
    return {
        .sum = [](const T* x, const T*, std::size_t n,
                  std::size_t calls) { return repeated(calls, [&] { return vector(x, n).sum(); }); },
        .sum_of_squares = [](const T* x, const T*, std::size_t n,
                             std::size_t calls) { return repeated(calls, [&] { return vector(x, n).squaredNorm(); }); },
        .dot = [](const T* x, const T* y, std::size_t n,
                  std::size_t calls) { return repeated(calls, [&] { return vector(x, n).dot(vector(y, n)); }); },
        .minimum = [](const T* x, const T*, std::size_t n,
                      std::size_t calls) { return repeated(calls, [&] { return vector(x, n).minCoeff(); }); },
        .maximum = [](const T* x, const T*, std::size_t n,
                      std::size_t calls) { return repeated(calls, [&] { return vector(x, n).maxCoeff(); }); },
        .matmul =
            [](const T* a, const T* b, T* c, std::size_t m, std::size_t k, std::size_t n, std::size_t calls) {
                const auto rows = static_cast<Eigen::Index>(m), depth = static_cast<Eigen::Index>(k),
                           columns = static_cast<Eigen::Index>(n);
                const Eigen::Map<const matrix<T>> left(a, rows, depth), right(b, depth, columns);
                Eigen::Map<matrix<T>> out(c, rows, columns);
                const auto vector_of = [](const T* x, Eigen::Index size) {
                    return Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>(x, size);
                };
                // Eigen takes its matrix-vector code only where it sees a vector when it is compiled.
                repeated(calls, [&] {
                    if (n == 1)
                        Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>>(c, rows).noalias() = left * vector_of(b, depth);
                    else if (m == 1)
                        Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>>(c, columns).noalias() =
                            vector_of(a, depth).transpose() * right;
                    else out.noalias() = left * right;
                    return 0;
                });
            }};
}

} // namespace

std::vector<peer> eigen() {
    return {{.name = "eigen",
             .version = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                        std::to_string(EIGEN_MINOR_VERSION),
             .floats = kernels<float>(),
             .doubles = kernels<double>()}};
}

} // namespace bench
