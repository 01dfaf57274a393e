// lanes/backends/threads/reduce.hpp: aligned groups of blocks to the cores, their nodes joined in order.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/reduce.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

namespace lanes {

/// Nanoseconds per byte that one core reads from its caches beyond L2 (25 to 31 GB/s measured on a Xeon with AVX-512).
inline constexpr double reduce_cost = 0.035;

template <class Arch>
template <class Operation, class Source>
auto threads_backend<Arch>::reduce(const Operation& operation, const Source& source) const {
    using T = typename Source::element;
    const simd_backend<Arch> cell;
    const std::size_t blocks = block_count<T>(source.size());
    const std::size_t bytes = source.size() * sizeof(T) * Source::inputs * Source::weight;
    const std::size_t workers = this->workers(static_cast<double>(bytes) * reduce_cost);
    if (workers <= 1) return cell.reduce(operation, source);

    // Groups of 2^k blocks at multiples of 2^k are nodes of the tree, wherever they are computed. Some 16 a worker
    // even out cores that are slowed by others.
    const std::size_t group = std::bit_floor(std::max<std::size_t>(1, blocks / (workers * 16)));
    const std::size_t groups = (blocks + group - 1) / group;
    std::vector<typename Operation::template node<T>> nodes(groups);
    for_each_part(workers, groups, [&](std::size_t g) {
        nodes[g] = cell.reduce_blocks(operation, source, g * group, std::min(blocks, (g + 1) * group));
    });
    pairwise<Operation, typename Operation::template node<T>> tree;
    for (const auto& node : nodes) tree.push(node);
    return tree.root();
}

} // namespace lanes
