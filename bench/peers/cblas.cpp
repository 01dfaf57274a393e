// bench/peers/cblas.cpp: any CBLAS library (OpenBLAS, BLIS, MKL), on one core and on all.
// SPDX-License-Identifier: MIT
#include "cblas.hpp"

#include <cstdlib>
#include <type_traits>

namespace bench {
namespace {

// cblas.h, whose functions are looked up by name here.
enum : int { row_major = 101, column_major = 102, not_transposed = 111, transposed = 112 };
template <class T>
using dot_function = T(int n, const T* x, int step_x, const T* y, int step_y);
template <class T>
using sum_function = T(int n, const T* x, int step);
template <class T>
using gemm_function = void(int order, int op_a, int op_b, int m, int n, int k, T alpha, const T* a, int row_a,
                           const T* b, int row_b, T beta, T* c, int row_c);
template <class T>
using gemv_function = void(int order, int op, int m, int n, T alpha, const T* a, int row, const T* x, int step_x,
                           T beta, T* y, int step_y);

std::function<void()> thread_setter(const library& blas, std::size_t cores) {
    const int n = static_cast<int>(cores);
    if (const auto set = blas.find<void(int)>("openblas_set_num_threads")) return [=] { set(n); };
    if (const auto set = blas.find<void(int)>("MKL_Set_Num_Threads")) return [=] { set(n); };
    if (const auto set = blas.find<void(long)>("bli_thread_set_num_threads")) return [=] { set(n); };
    return {};
}

/// The processor whose kernels OpenBLAS runs; empty for other libraries.
std::string core_of(const library& blas) {
    const auto name = blas.find<char*()>("openblas_get_corename");
    return name ? name() : "";
}

/// OpenBLAS takes an x86 processor that is newer than itself for a Prescott of 2004, and is then five times slower than
/// it can be: it is told of one that it knows, unless OPENBLAS_CORETYPE is set already.
library load(const std::string& path) {
    library blas(path);
#if defined(__x86_64__)
    if (core_of(blas) == "Prescott" && __builtin_cpu_supports("avx2")) {
        setenv("OPENBLAS_CORETYPE", __builtin_cpu_supports("avx512vl") ? "SkylakeX" : "Haswell", 0);
        blas.unload(); // it looks when it is loaded
        blas = library(path);
    }
#endif
    return blas;
}

} // namespace

template <class T>
peer_kernels<T> cblas_kernels(const library& blas) {
    const std::string letter = std::is_same_v<T, float> ? "s" : "d";
    const auto dot = blas.get<dot_function<T>>("cblas_" + letter + "dot");
    const auto gemm = blas.get<gemm_function<T>>("cblas_" + letter + "gemm");
    const auto gemv = blas.get<gemv_function<T>>("cblas_" + letter + "gemv");
    peer_kernels<T> all;
    all.dot = [=](const T* x, const T* y, std::size_t n, std::size_t calls) {
        return repeated(calls, [&] { return dot(static_cast<int>(n), x, 1, y, 1); });
    };
    all.sum_of_squares = [=](const T* x, const T*, std::size_t n, std::size_t calls) {
        return repeated(calls, [&] { return dot(static_cast<int>(n), x, 1, x, 1); });
    };
    if (const auto sum = blas.find<sum_function<T>>("cblas_" + letter + "sum")) // OpenBLAS has it
        all.sum = [=](const T* x, const T*, std::size_t n, std::size_t calls) {
            return repeated(calls, [&] { return sum(static_cast<int>(n), x, 1); });
        };
    all.matmul = [=](const T* a, const T* b, T* c, std::size_t rows, std::size_t depth, std::size_t columns,
                     std::size_t calls) {
        const int m = static_cast<int>(rows), k = static_cast<int>(depth), n = static_cast<int>(columns);
        repeated(calls, [&] {
            if (n == 1) gemv(row_major, not_transposed, m, k, 1, a, k, b, 1, 0, c, 1);
            else if (m == 1) gemv(row_major, transposed, k, n, 1, b, n, a, 1, 0, c, 1);
            else gemm(row_major, not_transposed, not_transposed, m, n, k, 1, a, k, b, n, 0, c, n);
            return 0;
        });
    };
    return all;
}

std::vector<peer> cblas(const std::string& name, const library& blas, const std::string& version, std::size_t cores) {
    std::vector<peer> columns;
    for (const std::size_t threads : {std::size_t{1}, cores}) {
        const auto prepare = thread_setter(blas, threads);
        if (!prepare || (threads == 1 && !columns.empty())) break;
        columns.push_back({.name = threads == 1 ? name : name + " " + std::to_string(threads) + "t",
                           .version = version,
                           .cores = threads,
                           .floats = cblas_kernels<float>(blas),
                           .doubles = cblas_kernels<double>(blas),
                           .prepare = prepare});
    }
    if (columns.empty()) throw std::runtime_error("its number of threads cannot be set");
    return columns;
}

std::vector<peer> cblas(const std::string& name, const std::string& path, std::size_t cores) {
    const library blas = load(path);
    std::string version;
    if (const auto config = blas.find<char*()>("openblas_get_config")) version = config();
    else if (const auto text = blas.find<const char*()>("bli_info_get_version_str")) version = text();
    version = version.substr(0, version.find(' ', version.starts_with("OpenBLAS ") ? 9 : 0));
    if (const std::string core = core_of(blas); !core.empty()) version += " for " + core;
    return cblas(name, blas, version, cores);
}

} // namespace bench
