// cuda/matmul_stage.cuh: steps of k of an operand in shared memory: where elements lie, and how threads bring them.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace lanes::device {

/// An operand as blocks see it: element (i, k) of `edge` x depth at data[i * by_edge + k * by_depth].
template <class T>
struct operand {
    const T* data;
    std::int64_t by_edge, by_depth;
    std::uint64_t extent;
};

/// What is known of an operand: elements side by side along the edge or along k and, where 16 bytes are moved at a time,
/// every 16 bytes of a line at a multiple of 16; or nothing.
enum class lying { along_edge, along_depth, anyhow };

/// The kind of an operand. Doubles along k are moved 16 bytes at a time, floats one by one, since they are turned.
template <class T>
lying lies(const operand<T>& of) {
    constexpr std::int64_t vector = 16 / sizeof(T);
    const auto is_aligned = [&](std::int64_t stride) {
        return reinterpret_cast<std::uintptr_t>(of.data) % 16 == 0 && stride % vector == 0;
    };
    if (of.by_edge == 1 && is_aligned(of.by_depth)) return lying::along_edge;
    if (of.by_depth == 1 && (sizeof(T) == 4 || is_aligned(of.by_edge))) return lying::along_depth;
    return lying::anyhow;
}

/// Where element (edge, k) of `edges` x `depth` lies in shared memory. For fma: a line of edges for each k, with a gap of
/// four where they are written along k. For the tensor cores: a line for each k, or for each edge if they lie along k.
/// Pairs of a line change places so that the lanes of a product of small matrices, who read pairs of edges of four k, or
/// single elements of every other edge, meet in no bank.
template <class T, lying kind, unsigned edges_, unsigned depth_, bool for_tensor>
struct stage {
    using scalar = T;
    static constexpr lying lies = kind;
    static constexpr unsigned edges = edges_, depth = depth_;
    static constexpr bool is_line_of_depth = for_tensor && kind == lying::along_depth;
    static constexpr bool is_turned = !for_tensor && kind == lying::along_depth;
    static constexpr unsigned line = is_line_of_depth                          ? depth
                                     : for_tensor || kind == lying::along_edge ? edges
                                                                               : edges + 4;
    static constexpr unsigned size = line * (is_line_of_depth ? edges : depth);
    static_assert(!for_tensor || (edges % 16 == 0 && depth % 16 == 0));

    __device__ static constexpr unsigned offset(unsigned edge, unsigned k) {
        if constexpr (!for_tensor) return k * line + edge;
        else if constexpr (is_line_of_depth) return edge * line + (k / 2 ^ edge / 2 % 4 * 2) * 2 + k % 2;
        else return k * line + (edge / 2 ^ k % 4 * 2) * 2 + edge % 2;
    }
};

/// How the threads of a block bring steps of an operand, each of Stage::depth.
template <class Stage, unsigned threads>
class operand_stream {
    using T = typename Stage::scalar;
    static constexpr unsigned edges = Stage::edges, depth = Stage::depth;
    /// Elements that a copy moves, along which direction, and how many copies side by side are a line.
    static constexpr unsigned vector = Stage::lies == lying::anyhow || Stage::is_turned ? 1 : 16 / sizeof(T);
    static constexpr unsigned line_of_edges = edges / vector, line_of_depth = Stage::is_turned ? 8 : depth / vector;
    static constexpr unsigned line_of_anyhow = 8; // along k

public:
    __device__ operand_stream(const operand<T>& from, std::uint64_t first_edge, std::uint64_t first_k) {
        left_ = from.extent - first_edge < edges ? static_cast<unsigned>(from.extent - first_edge) : edges;
        const unsigned thread = thread_index();
        if constexpr (Stage::lies == lying::along_edge) {
            edge_ = thread % line_of_edges * vector;
            depth_ = thread / line_of_edges;
        } else if constexpr (Stage::lies == lying::along_depth) {
            edge_ = thread / line_of_depth;
            depth_ = thread % line_of_depth * vector;
        } else {
            const bool is_along_depth = lies_along_depth(from);
            edge_ = is_along_depth ? thread / line_of_anyhow : thread % edges;
            depth_ = is_along_depth ? thread % line_of_anyhow : thread / edges;
        }
        next_ = from.data + static_cast<std::int64_t>(first_edge + edge_) * from.by_edge +
                static_cast<std::int64_t>(first_k + depth_) * from.by_depth;
    }

    /// The next `count` steps; `depth` of them if `is_whole`. What lies beyond an edge of the matrix stays as it is: it
    /// reaches only results that are not stored.
    __device__ void bring(const operand<T>& from, T* to, bool is_whole, unsigned count) {
        if (is_whole && left_ == edges) whole(from, to);
        else part(from, to, is_whole ? depth : count);
        next_ += Stage::lies == lying::along_depth ? depth : static_cast<std::int64_t>(depth) * from.by_depth;
    }

private:
    __device__ static bool lies_along_depth(const operand<T>& from) {
        const auto distance = [](std::int64_t stride) { return stride < 0 ? -stride : stride; };
        return distance(from.by_depth) <= distance(from.by_edge);
    }

    __device__ void whole(const operand<T>& from, T* to) const {
        if constexpr (Stage::lies == lying::along_edge) {
            constexpr unsigned more = threads / line_of_edges;
            static_assert(threads % line_of_edges == 0 && depth % more == 0);
            const T* each = next_;
#pragma unroll
            for (unsigned k = 0; k < depth; k += more, each += static_cast<std::int64_t>(more) * from.by_depth)
                copy_to_shared<16>(to + Stage::offset(edge_, depth_ + k), each);
        } else if constexpr (Stage::lies == lying::along_depth) {
            constexpr unsigned more = threads / line_of_depth;
            static_assert(threads % line_of_depth == 0 && edges % more == 0 && more % 8 == 0);
            const T* each = next_;
            T* const at = to + Stage::offset(edge_, depth_);
#pragma unroll
            for (unsigned e = 0; e < edges; e += more, each += static_cast<std::int64_t>(more) * from.by_edge)
#pragma unroll
                for (unsigned k = 0; k < depth; k += line_of_depth * vector)
                    copy_to_shared<vector * sizeof(T)>(at + Stage::offset(e, k), each + k);
        } else if (lies_along_depth(from)) {
            constexpr unsigned more = threads / line_of_anyhow;
            static_assert(edges % more == 0 && depth % line_of_anyhow == 0);
            const T* each = next_;
#pragma unroll
            for (unsigned e = 0; e < edges; e += more, each += static_cast<std::int64_t>(more) * from.by_edge)
#pragma unroll
                for (unsigned k = 0; k < depth; k += line_of_anyhow)
                    copy_to_shared<sizeof(T)>(to + Stage::offset(edge_ + e, depth_ + k), each + k * from.by_depth);
        } else {
            constexpr unsigned more = threads / edges == 0 ? 1 : threads / edges,
                               width = threads < edges ? threads : edges;
            const T* each = next_;
#pragma unroll
            for (unsigned k = 0; k < depth; k += more, each += static_cast<std::int64_t>(more) * from.by_depth)
#pragma unroll
                for (unsigned e = 0; e < edges; e += width)
                    copy_to_shared<sizeof(T)>(to + Stage::offset(edge_ + e, depth_ + k), each + e * from.by_edge);
        }
    }

    /// At an edge of the matrix, or the last steps: one by one.
    __device__ void part(const operand<T>& from, T* to, unsigned count) const {
        const T* const first = next_ - (static_cast<std::int64_t>(edge_) * from.by_edge +
                                        static_cast<std::int64_t>(depth_) * from.by_depth);
        const bool is_along_depth = lies_along_depth(from);
#pragma unroll 1
        for (unsigned i = thread_index(); i < edges * depth; i += threads) {
            const unsigned edge = is_along_depth ? i / depth : i % edges, k = is_along_depth ? i % depth : i / edges;
            if (edge < left_ && k < count)
                copy_to_shared<sizeof(T)>(to + Stage::offset(edge, k),
                                          first + static_cast<std::int64_t>(edge) * from.by_edge +
                                              static_cast<std::int64_t>(k) * from.by_depth);
        }
    }

    const T* next_;
    unsigned edge_, depth_, left_;
};

/// function(std::integral_constant<unsigned, 0>()), ... up to count - 1.
template <unsigned count, class Function>
__device__ __forceinline__ void for_each_number(const Function& function) {
    [&]<unsigned... i>(std::integer_sequence<unsigned, i...>) {
        (function(std::integral_constant<unsigned, i>()), ...);
    }
    (std::make_integer_sequence<unsigned, count>());
}

} // namespace lanes::device
