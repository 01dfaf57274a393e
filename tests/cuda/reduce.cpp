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
        std::vector<Node> nodes(values.begin(), values.end());
        nodes.resize(count + device::nodes_between<Node>(count));
        Node root{};
        device::join_all<plus>(nodes.data(), count, nullptr, &root);
        CAPTURE(count);
        REQUIRE(bits(root.value) == bits(tree.root()));
    }
}

TEMPLATE_TEST_CASE("nodes of several numbers are joined by more blocks in the same order", "", float, double) {
    using T = TestType;
    using Node = moments::node<device_number<T>>;
    for (const std::size_t count : {1, 2, 31, 33, 64, 1000, 1024, 1025, 2049, 3000})
        for (const std::size_t size : {std::size_t{64}, std::size_t{96}, block_size<T>}) { // of all blocks but the last
            pairwise<moments, moments::node<T>> tree;
            std::vector<Node> nodes;
            for (std::size_t k = 0; k < count; ++k) {
                const std::size_t n = k + 1 < count ? size : 1 + count % size;
                const auto x = numbers<T>(data::offset, k + 1, 2);
                tree.push({n, x[0], x[0] / static_cast<T>(n), x[1] * x[1]});
                nodes.push_back({n, x[0], x[0] / static_cast<T>(n), x[1] * x[1]});
            }
            nodes.resize(count + device::nodes_between<Node>(count));
            Node root{};
            device::join_all<moments>(nodes.data(), count, nullptr, &root);
            CAPTURE(count, size);
            REQUIRE(root.count == tree.root().count);
            REQUIRE(bits(root.sum.value) == bits(tree.root().sum));
            REQUIRE(bits(root.mean.value) == bits(tree.root().mean));
            REQUIRE(bits(root.deviations.value) == bits(tree.root().deviations));
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
