// lanes/backends/simd.hpp: one core, all its SIMD lanes, for any architecture that xsimd knows.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/dispatch.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/recurrence.hpp>
#include <lanes/core/source.hpp>

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace lanes {

/// `Arch` is the instruction set that the compiler's flags allow, unless another is named.
template <class Arch>
struct simd_backend : backend_base {
    static constexpr bool takes_unprepared = std::is_same_v<Arch, best_of_this_cpu>;

    /// The root of the tree over the blocks of `source`, which is not empty.
    template <class Operation, class Source>
    root_of<Operation, Source> reduce(const Operation& operation, const Source& source) const;

    /// The same over its blocks first ... last - 1. If first is a multiple of a power of two that is not below
    /// last - first, the result is a node of the whole tree.
    template <class Operation, class Source>
    auto reduce_blocks(const Operation& operation, const Source& source, std::size_t first, std::size_t last) const;

    /// out[i] = the operation over the window that ends at element operation.first + i of x.
    template <class Operation, real T>
    void window(const Operation& operation, std::size_t width, std::span<const T> x, std::span<T> out) const;

    /// out[t] = step(out[t - 1], x[t]); out may be x.
    template <real T>
    void recurrence(const ema_step<T>& step, std::span<const T> x, std::span<T> out) const;

    /// The same, missing rows left out; out lies apart from x.
    template <real T>
    void recurrence(const ewm_step<T>& step, std::span<const T> x, std::span<T> out) const;

    /// out = alpha a b + beta out.
    template <real T>
    void matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                const scaling<T>& factors) const;

    /// The same for backends that split a product. `streams`: may go past the caches, since what `out` is a part of has no
    /// room in them.
    template <real T>
    void large_matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                      const scaling<T>& factors, bool streams) const;
};

constexpr simd_backend<architecture> simd{}; // one per file: its type differs between flags

} // namespace lanes

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push // GCC 12 warns of its own AVX-512 intrinsics when they are inlined (bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <lanes/backends/simd/matmul.hpp>
#include <lanes/backends/simd/recurrence.hpp>
#include <lanes/backends/simd/reduce.hpp>
#include <lanes/backends/simd/window.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#if defined(LANES_DISPATCH)
#include <lanes/backends/dispatch/simd.hpp>
#endif
