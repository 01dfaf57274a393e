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

/// Threads of a block that joins nodes, and nodes that a thread takes, every 32nd, so that a warp reads neighbours: small
/// nodes are soon joined, large ones better by more blocks.
inline constexpr unsigned joining_threads = 1024;
template <class Node>
inline constexpr unsigned nodes_of_thread = sizeof(Node) <= 8 ? 4 : 1;
template <class Node>
inline constexpr unsigned nodes_of_block = joining_threads* nodes_of_thread<Node>;

template <class Node>
struct joining_memory {
    std::array<Node, joining_threads / warp_size> of_warps;
};

/// roots[b] = the root over the nodes of block b: nodes_of_block from its first one on, as far as they are among `count`.
template <class Operation, class Node>
__global__ void __launch_bounds__(joining_threads) join_nodes(const Node* nodes, std::uint64_t count, Node* roots) {
    auto& shared = shared_memory<joining_memory<Node>>();
    wait_for_launch_before();
    constexpr unsigned rows = nodes_of_thread<Node>, of_warp = warp_size * rows;
    const std::uint64_t first = block_index() * nodes_of_block<Node>;
    const unsigned left =
        count - first < nodes_of_block<Node> ? static_cast<unsigned>(count - first) : nodes_of_block<Node>;
    const unsigned begin = warp_index() * of_warp, mine = left > begin ? left - begin : 0;
    std::array<Node, rows> node{};
#pragma unroll
    for (unsigned r = 0; r < rows; ++r)
        if (r * warp_size + lane_index() < mine) node[r] = nodes[first + begin + r * warp_size + lane_index()];
#pragma unroll
    for (unsigned r = 0; r < rows; ++r)
        node[r] = join_lanes<Operation, warp_size>(node[r], mine > r * warp_size ? mine - r * warp_size : 0);
#pragma unroll
    for (unsigned d = 1; d < rows; d *= 2)
#pragma unroll
        for (unsigned r = 0; r + d < rows; r += 2 * d)
            if (mine > (r + d) * warp_size) node[r] = Operation::merge(node[r], node[r + d]);
    if (lane_index() == 0) shared.of_warps[warp_index()] = node[0];
    synchronize_block();
    if (warp_index() != 0) return;
    constexpr unsigned warps = joining_threads / warp_size;
    const Node root =
        join_lanes<Operation, warps>(shared.of_warps[lane_index() % warps], (left + of_warp - 1) / of_warp);
    if (lane_index() == 0) roots[block_index()] = root;
}

/// Nodes that the blocks of all launches but the last leave for the next ones, behind the first `count`.
template <class Node>
std::uint64_t nodes_between(std::uint64_t count) {
    std::uint64_t all = 0;
    while (count > nodes_of_block<Node>) all += count = (count + nodes_of_block<Node> - 1) / nodes_of_block<Node>;
    return all;
}

/// *root = the root over nodes[0 ... count - 1], behind which there is room for nodes_between(count). Queued on the stream.
template <class Operation, class Node>
void join_all(Node* nodes, std::uint64_t count, cudaStream_t stream, Node* root) {
    for (bool is_last = false; !is_last;) {
        const std::uint64_t blocks = (count + nodes_of_block<Node> - 1) / nodes_of_block<Node>;
        is_last = blocks == 1;
        launch_early({blocks, joining_threads, sizeof(joining_memory<Node>)}, stream, join_nodes<Operation, Node>,
                     static_cast<const Node*>(nodes), count, is_last ? root : nodes + count);
        nodes += count;
        count = blocks;
    }
}

} // namespace lanes::device
