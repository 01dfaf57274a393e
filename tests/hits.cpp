// tests/hits.cpp: hits that simd counts by the upper bits of their coordinates, beside their definition.
// SPDX-License-Identifier: MIT
#include "data.hpp"

#include <lanes/lanes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

using lanes::golden::bits;

namespace {

using node = lanes::moment_node<double>;
using hits_of_block = lanes::hits_of_block<lanes::architecture>;

bool same_bits(const node& a, const node& b) {
    return a.count == b.count && bits(a.sum) == bits(b.sum) && bits(a.mean) == bits(b.mean) &&
           bits(a.deviations) == bits(b.deviations);
}

} // namespace

TEST_CASE("upper bits out of doubt tell on which side of the circle all points with them lie") {
    constexpr std::uint64_t one = hits_of_block::one, doubt = hits_of_block::in_doubt;
    for (std::uint64_t x = 0; x < 1 << 15; ++x) {
        // The largest y that is counted as a hit: every other is further from the circle. Misses need no such margin.
        std::uint64_t y = 0;
        for (std::uint64_t step = 1 << 14; step != 0; step /= 2)
            if (x * x + (y + step) * (y + step) < one - doubt) y += step;
        if (x * x + y * y < one - doubt) REQUIRE((x + 1) * (x + 1) + (y + 1) * (y + 1) < one);
    }
}

TEST_CASE("the moments of a block follow from its hits") {
    for (std::uint32_t hits = 0; hits <= 1024; ++hits) {
        std::vector<double> values(1024, 0.0);
        for (std::uint32_t i = 0; i < hits; ++i) values[(i * 389 + 7) % 1024] = lanes::models::pi::hit;
        const std::span<const double> x(values);
        REQUIRE(same_bits(lanes::moments_of_block<lanes::architecture>(hits),
                          lanes::serial.reduce(lanes::moments{}, lanes::elements_of(x))));
    }
}

TEST_CASE("blocks of hits are the blocks of their values") {
    const lanes::models::pi model;
    const std::size_t border = (std::size_t{1} << 32) / 1024;
    for (const std::uint64_t seed : {0ull, 42ull, 0xffffffffffffffffull})
        for (const std::size_t first : {std::size_t{0}, std::size_t{777}, border - 2, (border << 20) - 64})
            for (const std::size_t left_out : {0, 1, 1000}) {
                const std::size_t blocks = 64;
                const lanes::path_source<lanes::models::pi> source{model, lanes::philox_keys(seed), 0xfffffffe,
                                                                   (first + blocks) * 1024 - left_out};
                lanes::pairwise<lanes::moments, node> tree;
                std::vector<double> room(1024);
                for (std::size_t k = first; k < first + blocks; ++k) {
                    const std::size_t size = lanes::elements_in_block(source, k);
                    const std::span<const double> values(source.block<double>(k, room.data())[0], size);
                    tree.push(lanes::serial.reduce(lanes::moments{}, lanes::elements_of(values)));
                }
                CAPTURE(seed, first, left_out);
                CHECK(
                    same_bits(lanes::simd.reduce_blocks(lanes::moments{}, source, first, first + blocks), tree.root()));
            }
}
