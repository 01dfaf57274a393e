// bench/peers/libxsmm.cpp: libxsmm, which compiles a kernel for each shape of small matrices, one core.
// SPDX-License-Identifier: MIT
#include "peers.hpp"

#include <libxsmm.h>

#include <cstdlib>
#include <stdexcept>

namespace bench {
namespace {

template <class T>
auto kernel_for(int m, int n, int k) {
    const T one = 1, zero = 0;
    if constexpr (sizeof(T) == 4)
        return libxsmm_smmdispatch(m, n, k, nullptr, nullptr, nullptr, &one, &zero, nullptr, nullptr);
    else return libxsmm_dmmdispatch(m, n, k, nullptr, nullptr, nullptr, &one, &zero, nullptr, nullptr);
}

template <class T>
peer_kernels<T> kernels() {
    peer_kernels<T> all;
    // Column-major: the transposed product of the operands in the other order. The kernel is looked up once, as the
    // loops do that libxsmm is made for.
    all.matmul = [](const T* a, const T* b, T* c, std::size_t m, std::size_t k, std::size_t n, std::size_t calls) {
        const auto kernel = kernel_for<T>(static_cast<int>(n), static_cast<int>(m), static_cast<int>(k));
        if (kernel == nullptr) throw std::runtime_error("libxsmm has no kernel for this shape");
        repeated(calls, [&] {
            kernel(b, a, c);
            return 0;
        });
    };
    all.largest_matrix = 256;
    return all;
}

} // namespace

std::vector<peer> libxsmm() {
    // It binds the threads of all OpenMP libraries that are loaded later, and with them the one that loads these.
    const bool is_set = std::getenv("OMP_PROC_BIND") != nullptr;
    libxsmm_init();
    if (!is_set) unsetenv("OMP_PROC_BIND");
    return {{.name = "libxsmm", .version = LIBXSMM_VERSION, .floats = kernels<float>(), .doubles = kernels<double>()}};
}

} // namespace bench
