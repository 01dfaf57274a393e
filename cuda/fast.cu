// cuda/fast.cu: products by cuBLAS, which is loaded when the first of them is asked for.
// SPDX-License-Identifier: MIT
#include <lanes/backends/cuda.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// cuBLAS is neither linked nor are its headers used: these are the parts of its interface that products need, with sizes of
// 64 bits, which it has since CUDA 12.
namespace lanes {
namespace {

struct cublas_handle;

template <class T>
using cublas_gemm = int (*)(cublas_handle*, int, int, std::int64_t, std::int64_t, std::int64_t, const T*, const T*,
                            std::int64_t, const T*, std::int64_t, const T*, T*, std::int64_t);

struct cublas_library {
    int (*create)(cublas_handle**) = nullptr;
    int (*set_stream)(cublas_handle*, CUstream_st*) = nullptr;
    cublas_gemm<float> of_float = nullptr;
    cublas_gemm<double> of_double = nullptr;
    std::string why_unavailable;

    cublas_gemm<float> gemm(float) const { return of_float; }
    cublas_gemm<double> gemm(double) const { return of_double; }
};

const cublas_library& cublas() {
    static const cublas_library known = [] {
        cublas_library found;
        void* library = nullptr;
        const char* named = std::getenv("LANES_CUBLAS");
        for (const char* name : {named, "libcublas.so.13", "libcublas.so.12", "/usr/local/cuda/lib64/libcublas.so.13",
                                 "/usr/local/cuda/lib64/libcublas.so.12"})
            if (library == nullptr && name != nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            found.why_unavailable = "cuBLAS was not found (the environment variable LANES_CUBLAS may name the file)";
            return found;
        }
        const auto load = [&](auto& function, const char* name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
            if (function == nullptr) found.why_unavailable = std::string("cuBLAS is too old, it has no ") + name;
        };
        load(found.create, "cublasCreate_v2");
        load(found.set_stream, "cublasSetStream_v2");
        load(found.of_float, "cublasSgemm_v2_64");
        load(found.of_double, "cublasDgemm_v2_64");
        return found;
    }();
    return known;
}

void check(int status, const char* attempted) {
    if (status != 0)
        throw cuda_error(std::string("lanes::cuda.fast: ") + attempted + ": cuBLAS answers " + std::to_string(status));
}

/// Of this thread and device; never destroyed, since CUDA may be gone before the thread.
cublas_handle* handle_of_thread() {
    constexpr int most = 64;
    thread_local cublas_handle* handles[most] = {};
    const int device = cuda_runtime::current_device();
    if (device >= most) throw cuda_error("lanes::cuda.fast: device " + std::to_string(device) + " is beyond the 64th");
    if (handles[device] == nullptr) check(cublas().create(&handles[device]), "starting cuBLAS");
    return handles[device];
}

/// What BLAS calls a matrix: columns `leading` elements apart, with elements of a column side by side.
struct by_columns {
    bool is_transposed; // of what is asked for
    std::int64_t leading;
};

/// The view, or its transpose, by columns.
template <class T>
by_columns layout_of(const device_matrix_view<T>& v, bool transposed, const char* name) {
    const auto rows = static_cast<std::ptrdiff_t>(v.rows), cols = static_cast<std::ptrdiff_t>(v.cols);
    const auto leads = [](std::ptrdiff_t stride, std::ptrdiff_t count, std::ptrdiff_t length) {
        return count <= 1 ? std::max<std::ptrdiff_t>(1, length) : stride;
    };
    if ((rows <= 1 || v.row_stride == 1) && (cols <= 1 || v.col_stride >= std::max<std::ptrdiff_t>(1, rows)))
        return {transposed, leads(v.col_stride, cols, rows)};
    if ((cols <= 1 || v.col_stride == 1) && (rows <= 1 || v.row_stride >= std::max<std::ptrdiff_t>(1, cols)))
        return {!transposed, leads(v.row_stride, rows, cols)};
    argument::require(false, "matmul",
                      (std::string(name) + " has gaps between its elements in rows and in columns; "
                                           "cuda.fast() needs rows or columns without gaps, `cuda` does not")
                          .c_str());
    return {};
}

} // namespace

template <class T>
void fast_cuda_backend::matmul(const device_matrix_view<const T>& a, const device_matrix_view<const T>& b,
                               const device_matrix_view<T>& out, const scaling<T>& factors) const {
    cuda_runtime::require_device();
    if (!cublas().why_unavailable.empty()) throw backend_unavailable("lanes::cuda.fast: " + cublas().why_unavailable);
    // By rows, c = a b is by columns c' = b' a'.
    const by_columns result = layout_of(out, false, "c");
    const bool swapped = result.is_transposed;
    const device_matrix_view<const T>&left = swapped ? b : a, &right = swapped ? a : b;
    const by_columns of_left = layout_of(left, swapped, swapped ? "b" : "a");
    const by_columns of_right = layout_of(right, swapped, swapped ? "a" : "b");
    const auto m = static_cast<std::int64_t>(swapped ? out.cols : out.rows);
    const auto n = static_cast<std::int64_t>(swapped ? out.rows : out.cols), k = static_cast<std::int64_t>(a.cols);
    cublas_handle* const handle = handle_of_thread();
    check(cublas().set_stream(handle, stream), "naming the stream");
    check(cublas().gemm(T())(handle, of_left.is_transposed, of_right.is_transposed, m, n, k, &factors.alpha, left.data,
                             of_left.leading, right.data, of_right.leading, &factors.beta, out.data, result.leading),
          "matmul");
}

template void fast_cuda_backend::matmul(const device_matrix_view<const float>&, const device_matrix_view<const float>&,
                                        const device_matrix_view<float>&, const scaling<float>&) const;
template void fast_cuda_backend::matmul(const device_matrix_view<const double>&,
                                        const device_matrix_view<const double>&, const device_matrix_view<double>&,
                                        const scaling<double>&) const;

} // namespace lanes
