// cuda/reduce.cuh: reductions on the device: a warp takes a block, a row of it is one load of 16 bytes a thread.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>
#include <cuda/reduce/block.cuh>
#include <cuda/reduce/tree.cuh>

#include <lanes/backends/cuda.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lanes::device {

/// Warps of a block of threads, whose nodes are joined to one.
inline constexpr unsigned reducing_warps = 8;

/// Blocks that a warp takes one after the other where there are many, and from how many on: each of 132 multiprocessors
/// holds 16 to 24 warps, and should be given several times as many as it holds.
inline constexpr unsigned blocks_of_warp = 4;
inline constexpr std::uint64_t many_blocks = 1 << 15;

/// A node of T as it is computed, and as it is returned: the same bytes.
template <class Operation, class T>
using device_node = typename Operation::template node<device_number<T>>;
template <class Operation, class T>
using host_node = typename Operation::template node<T>;

template <class Node, unsigned Warps>
using nodes_of_warps = std::array<Node, Warps>;

/// nodes[b] = the node of the blocks of thread block b, of which each warp takes `each`, 1 or 4, neighbours. of_block(k)
/// is the node of block k of the source; `shared` lies in shared memory.
template <class Operation, class Node, std::size_t Warps, class OfBlock>
__device__ __forceinline__ void reduce_to_nodes(std::uint64_t blocks, unsigned each, std::array<Node, Warps>& shared,
                                                Node* nodes, OfBlock of_block) {
    const std::uint64_t first = block_index() * Warps * each, begin = first + warp_index() * each;
    if (begin < blocks) {
        const auto mine = static_cast<unsigned>(blocks - begin < each ? blocks - begin : each);
        Node pair{}, pairs{};
#pragma unroll 1
        for (unsigned i = 0; i < mine; ++i) {
            const Node node = of_block(begin + i);
            pair = i % 2 == 0 ? node : Operation::merge(pair, node);
            if (i % 2 != 0) pairs = i == 1 ? pair : Operation::merge(pairs, pair);
        }
        const Node node = mine == 1 ? pair : mine == 3 ? Operation::merge(pairs, pair) : pairs;
        if (lane_index() == 0) shared[warp_index()] = node;
    }
    synchronize_block();
    if (warp_index() != 0) return;
    const std::uint64_t left = (blocks - first + each - 1) / each;
    const auto warps = static_cast<unsigned>(left < Warps ? left : Warps);
    const Node root = join_lanes<Operation, Warps>(shared[lane_index() % Warps], warps);
    if (lane_index() == 0) nodes[block_index()] = root;
}

template <class Operation, class Layout, class T, std::size_t Inputs>
__global__ void __launch_bounds__(reducing_warps* warp_size, 2)
    reduce_arrays(const device_source<T, Inputs> source, unsigned each, device_node<Operation, T>* nodes) {
    auto& shared = shared_memory<nodes_of_warps<device_node<Operation, T>, reducing_warps>>();
    reduce_to_nodes<Operation>(block_count<T>(source.count), each, shared, nodes, [&](std::uint64_t k) {
        std::array<const T*, Inputs> data = source.data;
        for (const T*& pointer : data) pointer += k * block_size<T>;
        using Number = device_number<T>;
        const std::uint64_t left = source.count - k * block_size<T>;
        if (left >= block_size<T>)
            return Operation::template block<Number>(block_of_warp<T, Layout, true, Inputs>(data, block_size<T>));
        const auto size = static_cast<unsigned>(left);
        return Operation::template block<Number>(block_of_warp<T, Layout, false, Inputs>(data, size));
    });
}

/// *root = the root over the nodes of `blocks` blocks, which first(each, thread blocks, nodes) computes; in one launch
/// if they are few, in two or, of very many, three otherwise. Queued on the stream.
template <class Operation, unsigned Warps, class Node, class First>
void reduce_and_join(std::uint64_t blocks, CUstream_st* stream, Node* root, First first) {
    const unsigned each = blocks < many_blocks ? 1 : blocks_of_warp;
    const std::uint64_t groups = (blocks + Warps * each - 1) / (Warps * each);
    if (groups == 1) return first(each, groups, root);
    const device_bytes memory((groups + nodes_between<Node>(groups)) * sizeof(Node), stream);
    auto* const nodes = static_cast<Node*>(memory.data());
    first(each, groups, nodes);
    join_all<Operation>(nodes, groups, stream, root);
}

/// *root = the root of the tree over `source`, which is not empty. Queued on the stream.
template <class Operation, class T, std::size_t Inputs>
void reduce_to(const Operation&, const device_source<T, Inputs>& source, CUstream_st* stream,
               device_node<Operation, T>* root) {
    std::uintptr_t addresses = 0;
    for (const T* pointer : source.data) addresses |= reinterpret_cast<std::uintptr_t>(pointer);
    const auto kernel = addresses % 16 == 0 ? reduce_arrays<Operation, neighbours_in_thread<T>, T, Inputs>
                                            : reduce_arrays<Operation, neighbours_in_warp<T>, T, Inputs>;
    using Node = device_node<Operation, T>;
    constexpr std::size_t shared_bytes = sizeof(nodes_of_warps<Node, reducing_warps>);
    reduce_and_join<Operation, reducing_warps>(
        block_count<T>(source.count), stream, root, [&](unsigned each, std::uint64_t groups, Node* nodes) {
            launch({groups, reducing_warps * warp_size, shared_bytes}, stream, kernel, source, each, nodes);
        });
}

} // namespace lanes::device

namespace lanes {

template <class Operation, class T, std::size_t Inputs>
auto reduce_on_device(const cuda_backend& where, const Operation& operation, const device_source<T, Inputs>& source) {
    using Node = device::device_node<Operation, T>;
    const device_bytes root(sizeof(Node), where.stream);
    device::reduce_to(operation, source, where.stream, static_cast<Node*>(root.data()));
    device::host_node<Operation, T> result;
    static_assert(sizeof result == sizeof(Node));
    cuda_runtime::copy(&result, root.data(), sizeof result, where.stream);
    where.wait();
    return result;
}

template <class Operation, class Source>
typename Operation::template node<typename Source::element> cuda_backend::reduce(const Operation& operation,
                                                                                 const Source& source) const {
    return reduce_on_device(*this, operation, source); // of generated sources: cuda/monte_carlo.cuh
}

} // namespace lanes
