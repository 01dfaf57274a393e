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
    using T = typename Source::element;
    using node = root_of<Operation, Source>;
    constexpr std::size_t bytes_of_one = sizeof(T) * Source::inputs * Source::weight;
    constexpr double cost_in_cache = Source::generated ? reduce_cost : reduce_cost_in_cache<Operation>;
    if constexpr (Source::weight != 0)
        if (stays_here(source.size(), std::max(bytes_of_one * cost_in_cache,
                                               worth_splitting_awake * bytes_of_one / reduce_cached))) [[likely]]
            return simd_backend<Arch>().reduce(operation, source);
    // Other threads read this copy. If they read `source` itself, compilers would keep it in memory from its creation on,
    // and small calls would wait for those stores.
    const std::conditional_t<Source::generated, const Source&, Source> shared = source;
    const std::size_t bytes = source.size() * bytes_of_one;
    const double nanoseconds =
        Source::weight == 0 ? -1 : static_cast<double>(bytes) * (bytes <= reduce_cached ? cost_in_cache : reduce_cost);
    using joined = std::conditional_t<std::is_base_of_v<addition, Operation>, addition, Operation>;
    return reduce_in_parts<joined, node>({&shared, block_count<T>(source.size()), nanoseconds,
                                          [](const void* any, std::size_t first, std::size_t last) -> node {
                                              const auto& blocks = *static_cast<const Source*>(any);
                                              return simd_backend<Arch>().reduce_blocks(Operation{}, blocks, first,
                                                                                        last);
                                          }});
}

template <class Arch>
template <class Operation, class Node>
[[gnu::noinline]] Node threads_backend<Arch>::reduce_in_parts(const shared_blocks<Node>& of) const {
    Node first{};
    double nanoseconds = of.nanoseconds;
    std::size_t done = 0;
    if (nanoseconds < 0) { // nobody knows what an element costs: the first block tells
        const auto begin = std::chrono::steady_clock::now();
        first = of.node(0, done = 1);
        const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - begin;
        nanoseconds = elapsed.count() * static_cast<double>(of.count - done);
    }
    const std::size_t workers = this->workers(nanoseconds);
    if (workers <= 1 && done == 0) return of.node(0, of.count);

    // Groups of 2^k blocks at multiples of 2^k are nodes of the tree, wherever they are computed. Some 32 to 64 a worker
    // even out cores that start late or are slowed by others. Where the first block is done, the rest of its group is
    // the blocks 1, 2-3, 4-7, ..., each of them a node too.
    const std::size_t group =
        workers <= 1 ? std::bit_ceil(of.count) : std::bit_floor(std::max<std::size_t>(1, of.count / (workers * 32)));
    const std::size_t groups = (of.count + group - 1) / group;
    const std::size_t rest = done == 0 ? 0 : static_cast<std::size_t>(std::countr_zero(group));
    std::vector<Node> nodes(rest + groups - done);
    const auto part = [&](std::size_t p) {
        const std::size_t from = p < rest ? std::size_t{1} << p : (p - rest + done) * group;
        nodes[p] = of.node(from, std::min(of.count, from + (p < rest ? from : group)));
    };
    if (workers <= 1)
        for (std::size_t p = 0; p < nodes.size(); ++p) part(p);
    else for_each_part(workers, nodes.size(), part);

    pairwise<Operation, Node> tree;
    for (std::size_t p = 0; p < rest; ++p) first = Operation::merge(first, nodes[p]);
    if (done != 0) tree.push(first);
    for (std::size_t p = rest; p < nodes.size(); ++p) tree.push(nodes[p]);
    return tree.root();
}

} // namespace lanes
