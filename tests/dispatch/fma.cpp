// tests/dispatch/fma.cpp: fma by arithmetic has the bits of the C library's for numbers of every kind.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <catch2/catch_template_test_macros.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#if defined(__x86_64__)

namespace {

/// Numbers of all sizes, with few and with many digits, and the special ones.
template <class T>
class numbers {
    using word = typename lanes::number<T>::word;
    using limits = std::numeric_limits<T>;
    static constexpr int digits = limits::digits;
    static constexpr word fraction = (word(1) << (digits - 1)) - 1;

public:
    T any() {
        const std::uint64_t kind = random() % 8, bits = random();
        if (kind == 0) return std::bit_cast<T>(static_cast<word>(bits));
        if (kind == 1) return special[bits % std::size(special)];
        if (kind == 2) return std::bit_cast<T>(static_cast<word>(bits) & ~fraction); // a power of two
        if (kind == 3) return std::bit_cast<T>(static_cast<word>(bits) & fraction);  // subnormal
        if (kind == 4) return static_cast<T>(static_cast<int>(bits % 2001) - 1000);
        const word mantissa = static_cast<word>(bits) & fraction;
        const int zeros = static_cast<int>(random() % digits);
        const T size = std::bit_cast<T>(std::bit_cast<word>(T(1)) | mantissa >> zeros << zeros);
        return std::ldexp(random() % 2 ? size : -size, static_cast<int>(random() % 121) - 60);
    }

    /// One that meets the product a b where rounding is hard: it cancels, lies half way, or is just out of reach.
    T beside(T a, T b) {
        const T product = a * b;
        const std::uint64_t kind = random() % 4;
        if (kind == 0) return any();
        if (kind == 1) return -product;
        if (kind == 2) return std::nextafter(-product, T(0));
        const int exponent = std::isfinite(product) && product != 0 ? std::ilogb(product) : 0;
        const T size = 1 + static_cast<T>(random() % 4) * limits::epsilon();
        return std::ldexp(random() % 2 ? size : -size, exponent + static_cast<int>(random() % 240) - 120);
    }

private:
    std::uint64_t random() { return generator_(); }

    static constexpr T special[] = {0,
                                    T(-0.0),
                                    1,
                                    -1,
                                    3,
                                    limits::infinity(),
                                    -limits::infinity(),
                                    limits::quiet_NaN(),
                                    limits::max(),
                                    limits::min(),
                                    limits::denorm_min(),
                                    -limits::denorm_min(),
                                    limits::epsilon()};
    std::mt19937_64 generator_{7};
};

} // namespace

TEMPLATE_TEST_CASE("fma by arithmetic rounds once", "", float, double) {
    using T = TestType;
    using batch = xsimd::batch<T, xsimd::sse2>;
    numbers<T> next;
    std::size_t different = 0;
    for (std::size_t i = 0; i < 10'000'000; i += batch::size) {
        T a[batch::size], b[batch::size], c[batch::size], d[batch::size];
        for (std::size_t l = 0; l < batch::size; ++l) {
            a[l] = next.any();
            b[l] = next.any();
            c[l] = next.beside(a[l], b[l]);
        }
        lanes::emulated_fma<xsimd::sse2, false>::of(batch::load_unaligned(a), batch::load_unaligned(b),
                                                    batch::load_unaligned(c))
            .store_unaligned(d);
        for (std::size_t l = 0; l < batch::size; ++l) {
            const T exact = std::fma(a[l], b[l], c[l]);
            using word = typename lanes::number<T>::word;
            const bool same = exact != exact ? d[l] != d[l] : std::bit_cast<word>(exact) == std::bit_cast<word>(d[l]);
            different += !same;
            if (!same && different < 5)
                UNSCOPED_INFO("fma(" << a[l] << ", " << b[l] << ", " << c[l] << ") is " << d[l]);
        }
    }
    CHECK(different == 0);
}

#endif
