// lanes/backends/threads/reduce.hpp: aligned groups of blocks to the cores, their nodes joined in order.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/reduce.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/source.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace lanes {

/// Nanoseconds per byte that one core reads from its caches beyond L2 (25 to 31 GB/s measured on a Xeon with AVX-512).
inline constexpr double reduce_cost = 0.035;

/// The same from L2, and the bytes that are surely there (measured: sums 0.0075, minimum 0.0085, moments 0.014 to 0.019).
template <class Operation>
inline constexpr double reduce_cost_in_cache = std::is_same_v<Operation, moments> ? 0.015 : 0.008;
inline constexpr std::size_t reduce_cached = std::size_t{1} << 20;

template <class Arch>
template <class Operation, class Source>
root_of<Operation, Source> threads_backend<Arch>::reduce(const Operation& operation, const Source& source) const {
    constexpr std::size_t bytes = sizeof(typename Source::element) * Source::inputs * Source::weight;
    constexpr double cost = bytes * (Source::generated ? reduce_cost : reduce_cost_in_cache<Operation>);
    if constexpr (Source::weight != 0)
        if (stays_here(source.size(), std::max(cost, worth_splitting_awake * bytes / reduce_cached)))
            return simd_backend<Arch>().reduce(operation, source);
    return reduce_in_parts(operation, source);
}

template <class Arch>
template <class Operation, class Source>
[[gnu::noinline]] root_of<Operation, Source> threads_backend<Arch>::reduce_in_parts(const Operation& operation,
                                                                                    const Source& source) const {
    using T = typename Source::element;
    using node = typename Operation::template node<T>;
    const simd_backend<Arch> cell;
    const std::size_t blocks = block_count<T>(source.size());
    const std::size_t bytes = source.size() * sizeof(T) * Source::inputs * Source::weight;
    double nanoseconds = static_cast<double>(bytes) *
                         (!Source::generated && bytes <= reduce_cached ? reduce_cost_in_cache<Operation> : reduce_cost);
    node first{};
    constexpr std::size_t done = Source::weight == 0 ? 1 : 0;
    if constexpr (done != 0) { // nobody knows what an element costs: the first block tells
        const auto begin = std::chrono::steady_clock::now();
        first = cell.reduce_blocks(operation, source, 0, done);
        const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - begin;
        nanoseconds = elapsed.count() * static_cast<double>(blocks - done);
    }
    const std::size_t workers = this->workers(nanoseconds);
    if (workers <= 1 && done == 0) return cell.reduce(operation, source);

    // Groups of 2^k blocks at multiples of 2^k are nodes of the tree, wherever they are computed. Some 32 to 64 a worker
    // even out cores that start late or are slowed by others. Where the first block is done, the rest of its group is
    // the blocks 1, 2-3, 4-7, ..., each of them a node too.
    const std::size_t group =
        workers <= 1 ? std::bit_ceil(blocks) : std::bit_floor(std::max<std::size_t>(1, blocks / (workers * 32)));
    const std::size_t groups = (blocks + group - 1) / group;
    const std::size_t rest = done == 0 ? 0 : static_cast<std::size_t>(std::countr_zero(group));
    std::vector<node> nodes(rest + groups - done);
    const auto part = [&](std::size_t p) {
        const std::size_t from = p < rest ? std::size_t{1} << p : (p - rest + done) * group;
        nodes[p] = cell.reduce_blocks(operation, source, from, std::min(blocks, from + (p < rest ? from : group)));
    };
    if (workers <= 1)
        for (std::size_t p = 0; p < nodes.size(); ++p) part(p);
    else for_each_part(workers, nodes.size(), part);

    pairwise<Operation, node> tree;
    for (std::size_t p = 0; p < rest; ++p) first = Operation::merge(first, nodes[p]);
    if (done != 0) tree.push(first);
    for (std::size_t p = rest; p < nodes.size(); ++p) tree.push(nodes[p]);
    return tree.root();
}

} // namespace lanes
