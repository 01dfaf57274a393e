// lanes/core/order.hpp: order v1, the constants of the order of operations and the tree that joins blocks.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace lanes {

/// Changes only when results do.
inline constexpr int order_version = 1;

/// Virtual lanes of a reduction: 512 bytes of them (64 double, 128 float) on every target. Lane l takes the elements
/// l, l + lane_count, l + 2 lane_count, ... of its block, in this order.
template <real T>
inline constexpr std::size_t lane_count = 512 / sizeof(T);

/// Elements that one lane takes before the lanes of a block are folded.
inline constexpr std::size_t row_count = 16;

/// Elements of a block (8 KiB), counted from element 0 of the array and never from its address.
template <real T>
inline constexpr std::size_t block_size = lane_count<T>* row_count;

template <real T>
constexpr std::size_t block_count(std::size_t size) {
    return size / block_size<T> + (size % block_size<T> != 0);
}

/// Steps in k that one chain of a product of matrices takes, from +0; the sums of these panels are added in order.
inline constexpr std::size_t panel_depth = 256;

/// Joins nodes that arrive in order into the one tree of adjacent pairs: (0,1)(2,3)..., level by level, an odd last
/// node passing up unchanged. A binary counter: at most one waiting node per level, so 64 levels serve any size.
/// Any aligned group of 2^k nodes may be joined elsewhere first and pushed as one node: the tree is the same. Inlined, since
/// merge() is code of its caller's target, and the class is not.
template <class Operation, class Node>
class pairwise {
public:
    [[gnu::always_inline]] constexpr void push(Node node) {
        std::size_t level = 0;
        for (; (count_ >> level) & 1; ++level) node = Operation::merge(waiting_[level], node);
        waiting_[level] = node;
        ++count_;
    }

    /// The root; at least one node must have been pushed.
    [[gnu::always_inline]] constexpr Node root() const {
        std::size_t level = 0;
        while (((count_ >> level) & 1) == 0) ++level;
        return root_over(level + 1, waiting_[level]);
    }
    /// The root once `last` is pushed too.
    [[gnu::always_inline]] constexpr Node root(const Node& last) const { return root_over(0, last); }

private:
    [[gnu::always_inline]] constexpr Node root_over(std::size_t level, Node node) const {
        for (; (count_ >> level) != 0; ++level)
            if (((count_ >> level) & 1) != 0) node = Operation::merge(waiting_[level], node);
        return node;
    }

    static constexpr std::size_t levels = 64;
    std::size_t count_ = 0;
    std::array<Node, levels> waiting_; // deliberately not filled: only levels set in count_ are read
};

} // namespace lanes
