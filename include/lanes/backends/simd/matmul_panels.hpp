// lanes/backends/simd/matmul_panels.hpp: panels of a product that were computed apart, added in their order.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/batch.hpp>
#include <lanes/core/matrix.hpp>

#include <cstddef>

namespace lanes {

/// The sums of a small c over many panels, each of which is a product of its own.
template <class Arch, real T>
class matmul_panels {
    using batch = xsimd::batch<T, Arch>;
    using N = number<batch>;

public:
    /// sums[i] = ((sums[i] + panels[i]) + panels[size + i]) + ...; the first panel of all takes the place of sums[i].
    static void add(const T* panels, std::size_t count, std::size_t size, T* sums, bool first) {
        std::size_t i = 0;
        for (; i + batch::size <= size; i += batch::size) {
            batch sum = first ? N::load(panels + i) : N::load(sums + i) + N::load(panels + i);
            for (std::size_t p = 1; p < count; ++p) sum = sum + N::load(panels + p * size + i);
            N::store(sums + i, sum);
        }
        for (; i < size; ++i) {
            T sum = first ? panels[i] : sums[i] + panels[i];
            for (std::size_t p = 1; p < count; ++p) sum = sum + panels[p * size + i];
            sums[i] = sum;
        }
    }

    /// c = alpha sums + beta c
    static void write(const T* sums, const matrix_view<T>& c, const scaling<T>& factors) {
        for (std::size_t i = 0; i < c.rows; ++i)
            for (std::size_t j = 0; j < c.cols; ++j) {
                T value = sums[i * c.cols + j];
                if (factors.alpha != T(1)) value = factors.alpha * value;
                if (factors.beta != T(0)) value = scalar_fma(factors.beta, c(i, j), value);
                c(i, j) = value;
            }
    }

private:
    static T scalar_fma(T a, T b, T c) { return N::first_lane(N::fma(batch(a), batch(b), batch(c))); }
};

} // namespace lanes
