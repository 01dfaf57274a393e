// tests/reduce.cpp: the bits of the reductions: golden, and against a second statement of the order of operations.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"

#include <lanes/verify/reduce.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <functional>

using lanes::golden::bits;
using lanes::golden::data;

namespace {

/// Order v1 written down again, from the other end: the padded power-of-two tree by recursion instead of a counter,
/// lanes one after the other instead of row by row. Its parts can be broken on purpose.
template <class T>
struct reference {
    std::size_t lanes = 512 / sizeof(T), rows = 16;
    T identity = T(-0.0);
    bool bisect = false;

    T block(std::size_t first, std::size_t last, auto step) const {
        std::vector<T> a(lanes, identity);
        for (std::size_t l = 0; l < lanes; ++l)
            for (std::size_t i = first + l; i < last; i += lanes) a[l] = step(a[l], i);
        for (std::size_t half = lanes / 2; half > 0; half /= 2)
            for (std::size_t l = 0; l < half; ++l) a[l] = a[l] + a[l + half];
        return a[0];
    }
    T tree(std::size_t first, std::size_t blocks, std::size_t n, auto step) const {
        const std::size_t size = lanes * rows;
        if (first * size >= n) return identity;
        if (blocks == 1) return block(first * size, std::min(n, (first + 1) * size), step);
        const std::size_t left = bisect ? (blocks + 1) / 2 : blocks / 2;
        return tree(first, left, n, step) + tree(first + left, blocks - left, n, step);
    }
    T root(std::size_t n, auto step) const {
        if (n == 0) return T(0);
        const std::size_t blocks = (n + lanes * rows - 1) / (lanes * rows);
        return tree(0, bisect ? blocks : std::bit_ceil(blocks), n, step);
    }
    T sum(std::span<const T> x) const {
        return root(x.size(), [x](T a, std::size_t i) { return a + x[i]; });
    }
    T dot(std::span<const T> x, std::span<const T> y) const {
        return root(x.size(), [x, y](T a, std::size_t i) { return std::fma(x[i], y[i], a); });
    }
    T sum_of_squares(std::span<const T> x) const { return dot(x, x); }
};

/// Every size up to 300, and the neighbourhood of every border: rows, blocks, pairs and larger groups of blocks.
template <class T>
std::vector<std::size_t> sizes() {
    std::vector<std::size_t> all;
    for (std::size_t n = 0; n <= 300; ++n) all.push_back(n);
    const std::size_t block = lanes::block_size<T>;
    for (const std::size_t border :
         {block / 2, block, 2 * block, 3 * block, 4 * block, 5 * block, 7 * block, 8 * block, 16 * block, 33 * block})
        for (const std::size_t n : {border - 65, border - 1, border, border + 1, border + 70}) all.push_back(n);
    return all;
}

} // namespace

TEST_CASE("golden bits of the reductions") {
    for (const auto& variant : variants())
        lanes::golden::reduce(variant, [](const std::string& name, std::uint64_t expected, std::uint64_t actual) {
            INFO(name);
            CHECK(actual == expected);
        });
}

TEMPLATE_TEST_CASE("reductions have the bits of the order at every size", "", float, double) {
    using T = TestType;
    const reference<T> order;
    for (const std::size_t n : sizes<T>()) {
        const auto x = numbers<T>(data::wide, 1, n), y = numbers<T>(data::uniform, 2, n);
        const std::uint64_t sum = bits(order.sum(x)), dot = bits(order.dot(x, y)),
                            squares = bits(order.sum_of_squares(x));
        for (const auto& variant : variants()) {
            CAPTURE(n);
            REQUIRE(bits(lanes::sum(variant, x)) == sum);
            REQUIRE(bits(lanes::dot(variant, x, y)) == dot);
            REQUIRE(bits(lanes::sum_of_squares(variant, x)) == squares);
        }
    }
}

TEMPLATE_TEST_CASE("reductions equal serial, and so do variance and the extremes", "", float, double) {
    using T = TestType;
    for (const std::size_t n : sizes<T>()) {
        if (n == 0) continue;
        const auto x = numbers<T>(data::offset, 3, n);
        for (const auto& variant : variants()) {
            CAPTURE(n);
            REQUIRE(bits(lanes::mean(variant, x)) == bits(lanes::mean(lanes::serial, x)));
            REQUIRE(bits(lanes::variance(variant, x, 0)) == bits(lanes::variance(lanes::serial, x, 0)));
            REQUIRE(bits(lanes::minimum(variant, x)) == bits(lanes::minimum(lanes::serial, x)));
            REQUIRE(bits(lanes::maximum(variant, x)) == bits(lanes::maximum(lanes::serial, x)));
        }
    }
}

TEMPLATE_TEST_CASE("arrays that no cache near the core holds have the bits of serial", "", float, double) {
    using T = TestType;
    const auto x = numbers<T>(data::wide, 4, (std::size_t{4} << 20) / sizeof(T) + 3 * lanes::block_size<T> + 77);
    for (const auto& variant : variants()) {
        CHECK(bits(lanes::sum_of_squares(variant, x)) == bits(lanes::sum_of_squares(lanes::serial, x)));
        CHECK(bits(lanes::variance(variant, x)) == bits(lanes::variance(lanes::serial, x)));
        CHECK(bits(lanes::minimum(variant, x)) == bits(lanes::minimum(lanes::serial, x)));
    }
}

TEMPLATE_TEST_CASE("a wrong order of operations would be seen", "", float, double) {
    using T = TestType;
    const reference<T> order;
    reference<T> half_the_lanes, more_rows, bisection, positive_zero;
    half_the_lanes.lanes /= 2;
    half_the_lanes.rows *= 2;
    more_rows.rows *= 2;
    bisection.bisect = true;
    positive_zero.identity = T(0);
    // One array may round alike in two orders; twenty do not.
    const auto differs_somewhere = [&](const reference<T>& wrong) {
        for (std::uint64_t seed = 100; seed < 120; ++seed) {
            const auto x = numbers<T>(data::uniform, seed, 5 * lanes::block_size<T> + 77);
            if (bits(wrong.sum(x)) != bits(lanes::sum(where, x))) return true;
        }
        return false;
    };
    CHECK(differs_somewhere(half_the_lanes));
    CHECK(differs_somewhere(more_rows));
    CHECK(differs_somewhere(bisection));
    CHECK_FALSE(differs_somewhere(order));
    const std::vector<T> zeros(3, T(-0.0));
    CHECK(bits(positive_zero.sum(zeros)) != bits(lanes::sum(where, zeros)));
}

TEMPLATE_TEST_CASE("reductions do not depend on the address", "", float, double) {
    using T = TestType;
    const std::size_t row = lanes::lane_count<T>, block = lanes::block_size<T>, most = 2 * block + 131;
    lanes::array<T> room(most + 64), other(most + 64);
    for (const std::size_t n :
         {row, 2 * row - 1, 2 * row, 2 * row + 1, 9 * row + 7, block - 1, block, block + 1, most}) {
        const auto x = numbers<T>(data::wide, 5, n), y = numbers<T>(data::uniform, 6, n);
        const std::uint64_t sum = bits(lanes::sum(lanes::serial, x)), dot = bits(lanes::dot(lanes::serial, x, y)),
                            squares = bits(lanes::sum_of_squares(lanes::serial, x)),
                            variance = bits(lanes::variance(lanes::serial, x)),
                            minimum = bits(lanes::minimum(lanes::serial, x)),
                            maximum = bits(lanes::maximum(lanes::serial, x));
        for (std::size_t offset = 0; offset < 64 / sizeof(T); ++offset) {
            const std::size_t elsewhere = offset % 3 * offset; // none for y, the same for both, twice as far
            std::copy(x.begin(), x.end(), room.begin() + offset);
            std::copy(y.begin(), y.end(), other.begin() + elsewhere);
            const std::span<const T> xs(room.data() + offset, n), ys(other.data() + elsewhere, n);
            CAPTURE(n, offset);
            REQUIRE(bits(lanes::sum(where, xs)) == sum);
            REQUIRE(bits(lanes::dot(where, xs, ys)) == dot);
            REQUIRE(bits(lanes::sum_of_squares(where, xs)) == squares);
            REQUIRE(bits(lanes::variance(where, xs)) == variance);
            REQUIRE(bits(lanes::minimum(where, xs)) == minimum);
            REQUIRE(bits(lanes::maximum(where, xs)) == maximum);
        }
    }
}

TEMPLATE_TEST_CASE("reductions touch nothing beyond their input", "", float, double) {
    using T = TestType;
    for (const bool at_end : {false, true})
        for (const std::size_t n : {1, 3, 17, 63, 64, 65, 127, 129, 1000, 1023, 1025, 2049, 5003}) {
            const auto values = numbers<T>(data::uniform, 7, n);
            guarded<T> x(values, at_end), y(values, at_end), across(values, !at_end);
            for (const auto& variant : variants()) {
                CAPTURE(n, at_end);
                REQUIRE(bits(lanes::sum(variant, x.span())) == bits(lanes::sum(lanes::serial, values)));
                REQUIRE(bits(lanes::dot(variant, x.span(), y.span())) ==
                        bits(lanes::dot(lanes::serial, values, values)));
                REQUIRE(bits(lanes::dot(variant, x.span(), across.span())) ==
                        bits(lanes::dot(lanes::serial, values, values)));
                REQUIRE(bits(lanes::variance(variant, x.span(), 0)) == bits(lanes::variance(lanes::serial, values, 0)));
                REQUIRE(bits(lanes::maximum(variant, x.span())) == bits(lanes::maximum(lanes::serial, values)));
            }
        }
}
