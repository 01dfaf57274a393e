// cuda/reduce/tree.cuh: the tree over the nodes of blocks: in a warp, in a block of threads, over an array.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <lanes/core/order.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lanes::device {

/// The root over the nodes of lanes 0 ... count - 1, count <= `Most`, a power of two up to 32; lane 0 gets it.
template <class Operation, unsigned Most, class Node>
__device__ inline Node join_lanes(Node node, unsigned count) {
    for (unsigned d = 1; d < Most; d *= 2) {
        const Node next = shuffle_down(node, d);
        if (lane_index() % (2 * d) == 0 && lane_index() + d < count) node = Operation::merge(node, next);
    }
    return node;
}

/// Threads of the one block that joins an array of nodes, and nodes that a thread takes at a time: every 32nd, so that a
/// warp reads neighbours. Each thread with four neighbours took 14 us for 4096 nodes of a variance, most of it reading.
inline constexpr unsigned joining_threads = 1024, nodes_of_thread = 4;

template <class Node>
struct joining_memory {
    std::array<Node, joining_threads / warp_size> of_warps;
};

/// *root = the root over nodes[0 ... count - 1]: tiles of 4096 nodes are joined by all threads, their nodes by thread 0.
template <class Operation, class Node>
__global__ void __launch_bounds__(joining_threads) join_nodes(const Node* nodes, std::uint64_t count, Node* root) {
    auto& shared = shared_memory<joining_memory<Node>>();
    constexpr unsigned of_warp = warp_size * nodes_of_thread, tile = joining_threads * nodes_of_thread;
    pairwise<Operation, Node> tree;
    for (std::uint64_t first = 0; first < count; first += tile) {
        const unsigned left = count - first < tile ? static_cast<unsigned>(count - first) : tile;
        const unsigned begin = warp_index() * of_warp, mine = left > begin ? left - begin : 0;
        std::array<Node, nodes_of_thread> node{};
#pragma unroll
        for (unsigned r = 0; r < nodes_of_thread; ++r)
            if (r * warp_size + lane_index() < mine) node[r] = nodes[first + begin + r * warp_size + lane_index()];
#pragma unroll
        for (unsigned r = 0; r < nodes_of_thread; ++r)
            node[r] = join_lanes<Operation, warp_size>(node[r], mine > r * warp_size ? mine - r * warp_size : 0);
        if (mine > warp_size) node[0] = Operation::merge(node[0], node[1]);
        if (mine > 3 * warp_size) node[2] = Operation::merge(node[2], node[3]);
        if (mine > 2 * warp_size) node[0] = Operation::merge(node[0], node[2]);
        if (lane_index() == 0) shared.of_warps[warp_index()] = node[0];
        synchronize_block();
        if (warp_index() == 0) {
            constexpr unsigned warps = joining_threads / warp_size;
            const Node joined =
                join_lanes<Operation, warps>(shared.of_warps[lane_index() % warps], (left + of_warp - 1) / of_warp);
            if (lane_index() == 0) tree.push(joined);
        }
        synchronize_block();
    }
    if (thread_index() == 0) *root = tree.root();
}

} // namespace lanes::device
