// tests/streaming.cpp: results that go past the caches: the same bits, and nothing beside them, at any address.
// SPDX-License-Identifier: MIT
#include "data.hpp"
#include "matmul_cases.hpp"

#include <lanes/lanes.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using lanes::golden::data;
using lanes::golden::hash;

namespace {

/// compute(x, out) for results at every offset within two lines, between pages that cannot be touched.
template <class T, class Compute>
void check_at_all_addresses(const std::vector<T>& x, std::size_t size, std::uint64_t expected, const Compute& compute) {
    for (const bool at_end : {false, true})
        for (std::size_t offset = 0; offset < 128 / sizeof(T); offset += at_end ? 5 : 1) {
            guarded<T> room(size + offset, at_end);
            std::fill(room.span().begin(), room.span().end(), T(7));
            const std::span<T> out = at_end ? room.span().first(size) : room.span().last(size);
            compute(std::span<const T>(x), out);
            CAPTURE(size, offset, at_end);
            REQUIRE(hash(std::span<const T>(out)) == expected);
            const auto others = at_end ? room.span().last(offset) : room.span().first(offset);
            REQUIRE(std::all_of(others.begin(), others.end(), [](T value) { return value == T(7); }));
        }
}

} // namespace

TEMPLATE_TEST_CASE("streamed windows have the bits of serial", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {1, 7, 64, 700, 5000, 9000}) {
        auto x = numbers<T>(data::uniform, 71, n);
        for (const std::size_t w : {1, 3, 20, 64, 65, 300, 5000})
            for (const bool skips : {false, true}) {
                if (skips) x[n / 2] = std::numeric_limits<T>::quiet_NaN();
                const auto check = [&](const auto& operation) {
                    lanes::array<T> expected(n);
                    lanes::serial.window(operation, w, std::span<const T>(x), std::span<T>(expected.data(), n));
                    check_at_all_addresses(x, n, hash(expected), [&](std::span<const T> in, std::span<T> out) {
                        lanes::window_part<lanes::architecture>(lanes::any_window(operation), w, in, out, true);
                    });
                };
                if (skips) check(lanes::window_mean<lanes::nan_policy::skip>{0, 1});
                else check(lanes::window_mean<lanes::nan_policy::propagate>{0, 1});
            }
    }
}

TEMPLATE_TEST_CASE("a streamed ema has the bits of serial", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {1, 7, 64, 700, 4096, 9000}) {
        const auto x = numbers<T>(data::uniform, 72, n);
        const lanes::ema_step<T> step{T(0.1)};
        check_at_all_addresses(x, n, hash(lanes::ema(lanes::serial, x, T(0.1))),
                               [&](std::span<const T> in, std::span<T> out) {
                                   lanes::simd_ema<lanes::architecture, T>(step, in, out, true).run();
                               });
    }
}

TEMPLATE_TEST_CASE("streamed products have the bits of serial", "", float, double) {
    using T = TestType;
    using streamed = lanes::matmul_streamed<xsimd::default_arch, T>;
    constexpr std::size_t line = 64 / sizeof(T), deepest = streamed::most_depth;
    const lanes::simd_backend<xsimd::default_arch> simd;
    for (const std::size_t k : {std::size_t{1}, std::size_t{5}, deepest, deepest + 1})
        for (const std::size_t m : {9, 12, 31})
            for (const std::size_t n : {256, 301, 3100})
                for (std::size_t offset = 0; offset < line; offset += n == 3100 ? 3 : 1) {
                    const auto how = offset % 2 == 0 ? layout::rows : layout::padded_cols;
                    const laid_out<T> a(m, k, how), b(k, n, how), expected(m, n, layout::rows);
                    a.fill(data::wide, 21), b.fill(data::wide, 22);
                    const lanes::matrix_view<const T> left = a.view(), right = b.view();
                    lanes::matmul(lanes::serial, left, right, expected.view());
                    const std::size_t apart = (n + 2 * line - 1) / line * line; // from row to row, whole lines
                    guarded<T> room(offset + (m - 1) * apart + n, offset == 0);
                    T* const first = room.span().data() + offset;
                    const lanes::matrix_view<T> c(first, m, n, static_cast<std::ptrdiff_t>(apart));
                    if (lanes::has_streams<xsimd::default_arch> && lanes::has_fma<xsimd::default_arch>::value)
                        REQUIRE(streamed::suits(left, c, {}) == (k <= deepest));
                    for (const bool by_columns : {false, true}) { // c^T = b^T a^T
                        std::fill(room.span().begin(), room.span().end(), std::numeric_limits<T>::quiet_NaN());
                        if (by_columns) simd.large_matmul(transposed(right), transposed(left), transposed(c), {}, true);
                        else simd.large_matmul(left, right, c, {}, true);
                        CAPTURE(m, n, k, offset, by_columns);
                        REQUIRE((bits_of(c) == bits_of(expected.view())));
                        const auto is_number = [](T value) { return value == value; };
                        const auto written = std::count_if(room.span().begin(), room.span().end(), is_number);
                        REQUIRE(static_cast<std::size_t>(written) == m * n);
                    }
                }
}

TEST_CASE("arrays beyond the caches are streamed, with the same bits") {
    const std::size_t n = lanes::streamed_bytes / sizeof(float) + 12345;
    const auto x = numbers<float>(data::uniform, 73, n);
    const std::span<const float> all(x);
    const auto means = lanes::rolling_mean(lanes::simd, x, {.width = 20, .min_periods = 1});
    const auto averages = lanes::ema(lanes::simd, x, 0.5);
    REQUIRE(hash(lanes::rolling_mean(lanes::threads, x, {.width = 20, .min_periods = 1})) == hash(means));
    REQUIRE(hash(lanes::ema(lanes::threads, x, 0.5)) == hash(averages));
    const std::size_t part = lanes::fetched_bytes / sizeof(float) - 1; // stays in cache
    REQUIRE(hash(std::span<const float>(averages.data(), part)) == hash(lanes::ema(lanes::simd, all.first(part), 0.5)));
    REQUIRE(hash(std::span<const float>(means.data(), part)) ==
            hash(lanes::rolling_mean(lanes::simd, all.first(part), {.width = 20, .min_periods = 1})));
}

TEST_CASE("a product beyond the caches is streamed, with the same bits") {
    const std::size_t m = 4099, n = 8208, k = 2; // 128 MiB and a little, in rows of whole lines
    REQUIRE(m * n * sizeof(float) >= lanes::matmul_streamed<lanes::architecture, float>::least_bytes);
    const auto x = numbers<float>(data::uniform, 74, m * k), y = numbers<float>(data::uniform, 75, k * n);
    const lanes::matrix_view a(x, m, k), b(y, k, n);
    lanes::array<float> room(m * n + 3);
    const std::span<float> out(room.data() + 3, m * n); // not on a line
    const auto computed = [&](const auto& backend) {
        std::fill(out.begin(), out.end(), 7.0F);
        lanes::matmul(backend, a, b, lanes::matrix_view(out, m, n));
        return hash(std::span<const float>(out));
    };
    const std::uint64_t expected = computed(lanes::serial);
    REQUIRE(computed(lanes::simd) == expected);
    REQUIRE(computed(lanes::threads) == expected);
}
