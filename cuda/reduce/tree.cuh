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

/// Threads of the one block that joins an array of nodes, and nodes that a thread takes at a time.
inline constexpr unsigned joining_threads = 1024, nodes_of_thread = 4;

template <class Node>
struct joining_memory {
    std::array<Node, joining_threads / warp_size> of_warps;
};

/// *root = the root over nodes[0 ... count - 1]: tiles of 4096 nodes are joined by all threads, their nodes by thread 0.
template <class Operation, class Node>
__global__ void __launch_bounds__(joining_threads) join_nodes(const Node* nodes, std::uint64_t count, Node* root) {
    auto& shared = shared_memory<joining_memory<Node>>();
    constexpr std::uint64_t tile = joining_threads * nodes_of_thread;
    pairwise<Operation, Node> tree;
    for (std::uint64_t first = 0; first < count; first += tile) {
        const unsigned left = static_cast<unsigned>(count - first < tile ? count - first : tile);
        const unsigned at = thread_index() * nodes_of_thread;
        Node node{};
        if (at < left) {
            const Node* mine = nodes + first + at;
            node = mine[0];
            if (at + 1 < left) node = Operation::merge(node, mine[1]);
            if (at + 2 < left) {
                Node pair = mine[2];
                if (at + 3 < left) pair = Operation::merge(pair, mine[3]);
                node = Operation::merge(node, pair);
            }
        }
        // Threads, then warps, that have a node.
        const unsigned threads = (left + nodes_of_thread - 1) / nodes_of_thread, before = warp_index() * warp_size;
        node = join_lanes<Operation, warp_size>(node, threads > before ? threads - before : 0);
        if (lane_index() == 0) shared.of_warps[warp_index()] = node;
        synchronize_block();
        if (warp_index() == 0) {
            constexpr unsigned warps = joining_threads / warp_size;
            const unsigned with_node = (threads + warp_size - 1) / warp_size;
            node = join_lanes<Operation, warps>(shared.of_warps[lane_index() % warps], with_node);
            if (lane_index() == 0) tree.push(node);
        }
        synchronize_block();
    }
    if (thread_index() == 0) *root = tree.root();
}

} // namespace lanes::device
