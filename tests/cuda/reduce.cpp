// tests/cuda/reduce.cpp: the tree over many blocks, as the device joins it, on the emulated device.
// SPDX-License-Identifier: MIT
#include "../data.hpp"

#include <cuda/monte_carlo.cuh>
#include <cuda/reduce.cuh>
#include <lanes/backends/serial.hpp>
#include <lanes/kernels/reduce.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <vector>

using namespace lanes;
using golden::bits;
using golden::data;

TEMPLATE_TEST_CASE("an array of nodes is joined in the order of the tree", "", float, double) {
    using T = TestType;
    using Node = device_number<T>;
    // Beside the borders of threads, warps and tiles, so many that tiles are joined to several levels.
    for (const std::size_t count : {1,   2,   3,   4,   5,    31,   32,   33,   64,   65,   96,   97,   127,
                                    128, 129, 130, 257, 2048, 4095, 4096, 4097, 4225, 8192, 8193, 14000}) {
        const auto values = numbers<T>(data::uniform, 31, count);
        pairwise<plus, T> tree;
        for (const T value : values) tree.push(value);
        const std::vector<Node> nodes(values.begin(), values.end());
        Node root{};
        device::launch({1, device::joining_threads, sizeof(device::joining_memory<Node>)}, nullptr,
                       device::join_nodes<plus, Node>, nodes.data(), count, &root);
        CAPTURE(count);
        REQUIRE(bits(root.value) == bits(tree.root()));
    }
}

TEMPLATE_TEST_CASE("warps that take several blocks join them in the order of the tree", "", float, double) {
    using T = TestType;
    using Node = device_number<T>;
    for (const std::size_t blocks : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 31, 32, 33, 34, 35, 36, 63, 64, 65, 127, 129}) {
        const std::size_t n = (blocks - 1) * block_size<T> + 77;
        const auto x = numbers<T>(data::wide, 32, n);
        const device_source<T, 1> source{{x.data()}, n};
        const std::size_t groups = (blocks + device::reducing_warps * 4 - 1) / (device::reducing_warps * 4);
        std::vector<Node> nodes(groups);
        device::launch({groups, device::reducing_warps * device::warp_size,
                        sizeof(device::nodes_of_warps<Node, device::reducing_warps>)},
                       nullptr, device::reduce_arrays<plus_of_squares, device::neighbours_in_thread<T>, T, 1>, source,
                       4u, nodes.data());
        pairwise<plus_of_squares, T> tree;
        for (const Node node : nodes) tree.push(node.value);
        CAPTURE(blocks);
        REQUIRE(bits(tree.root()) == bits(lanes::sum_of_squares(serial, x)));
    }
}

TEST_CASE("a watcher sees the end of a call, and rounds are cut at aligned blocks") {
    struct counting : cuda_watcher {
        mutable std::vector<std::size_t> seen;
        bool go_on(std::size_t done, std::size_t all) const override {
            seen.push_back(done);
            return all != 5000;
        }
    } watcher;
    const auto watched = lanes::monte_carlo(cuda.watched_by(watcher), models::pi{}, {.samples = 5000});
    CHECK(watcher.seen == std::vector<std::size_t>{5000});
    CHECK(watched.mean == lanes::monte_carlo(serial, models::pi{}, {.samples = 5000}).mean);

    // A later round of a call begins at its first block.
    const std::size_t first = 3, count = 5 * 1024 + 100;
    using Node = device::device_node<moments, double>;
    const device::paths_of_round<models::pi> paths{models::pi{}, philox_keys(7), 9, first, count};
    Node node{};
    device::launch({1, device::drawing_warps * device::warp_size, sizeof(device::drawing_memory<Node>)}, nullptr,
                   device::reduce_paths<moments, models::pi>, paths, std::uint64_t{3}, 1u, &node);
    const models::pi model;
    const path_source<models::pi> source{model, philox_keys(7), 9, count};
    pairwise<moments, moment_node<double>> tree;
    std::array<double, block_size<double>> room;
    for (std::size_t k = first; k < 6; ++k) {
        source.block<double>(k, room.data());
        tree.push(moments::block<double>(serial_block<double, 1>({room.data()}, elements_in_block(source, k))));
    }
    CHECK(bits(node.mean.value) == bits(tree.root().mean));
    CHECK(bits(node.deviations.value) == bits(tree.root().deviations));
    CHECK(node.count == tree.root().count);
}
