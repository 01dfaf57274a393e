// bench/peers/onednn.cpp: the matrix product of oneDNN, on one core and on all.
// SPDX-License-Identifier: MIT
#include "library.hpp"
#include "peers.hpp"

#include <dnnl.h>

namespace bench {
namespace {

peer column(const library& dnn, std::size_t threads) {
    const auto version = dnn.get<decltype(dnnl_version)>("dnnl_version")();
    const auto gemm = dnn.get<decltype(dnnl_sgemm)>("dnnl_sgemm");
    const auto set_threads = dnn.get<void(int)>("omp_set_num_threads"); // of the OpenMP library that it is linked with
    peer one{.name = threads == 1 ? "onednn" : "onednn " + std::to_string(threads) + "t",
             .version = std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                        std::to_string(version->patch),
             .cores = threads,
             .prepare = [=] { set_threads(static_cast<int>(threads)); }};
    one.floats.matmul = [=](const float* a, const float* b, float* c, std::size_t m, std::size_t k, std::size_t n,
                            std::size_t calls) {
        const auto rows = static_cast<dnnl_dim_t>(m), depth = static_cast<dnnl_dim_t>(k),
                   columns = static_cast<dnnl_dim_t>(n);
        repeated(calls, [&] { return gemm('N', 'N', rows, columns, depth, 1, a, depth, b, columns, 0, c, columns); });
    };
    return one;
}

} // namespace

std::vector<peer> onednn(const std::string& path, std::size_t cores) {
    const library dnn(path);
    std::vector<peer> columns{column(dnn, 1)};
    if (cores > 1) columns.push_back(column(dnn, cores));
    return columns;
}

} // namespace bench
