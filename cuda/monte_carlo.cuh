// cuda/monte_carlo.cuh: Monte Carlo on the device: a warp draws the paths of a block and reduces their values.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/reduce.cuh>

#include <lanes/core/draws.hpp>
#include <lanes/kernels/monte_carlo.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

// A model of your own runs where nvcc compiles it (-std=c++20 --expt-relaxed-constexpr):
//   #include <cuda/monte_carlo.cuh>
//   struct my_model { constexpr auto operator()(auto& draws) const { ... } };   // or __device__ in place of constexpr
//   lanes::monte_carlo(lanes::cuda, my_model{}, {.samples = 1'000'000'000});
// As on the CPU its draws are double, or in lanes::wide(model) numbers whose arithmetic is exact to the rule on every
// target. A lambda has to be marked: [] __device__ (auto& draws) { ... } with --extended-lambda.

namespace lanes::device {

/// Warps of a block of threads. Each keeps the values of its 1024 paths in shared memory, 8 KiB; six such blocks of
/// threads would fit a multiprocessor of sm_90, four one of sm_80.
inline constexpr unsigned drawing_warps = 4;

/// Paths that a thread draws side by side, and blocks of threads whose registers a multiprocessor is to hold: constants are
/// fetched once for all paths, and the chains of dependent operations fill each other's gaps. 10^9 paths on an H200
/// (2026-11-27), in ms, for models::pi and for a call option:
///   paths (blocks)   1 (6)*       2 (6)        4 (5)        4 (5)*       4 (6)*, some registers in memory
///   pi, call         3.45, 9.89   3.44, 8.68   3.35, 7.93   3.36, 7.93   3.41, 8.08
/// * with constants from constant memory in place of operands. A model that is not wide takes its paths one by one; the
/// values of two are kept at a time.
template <class Model>
inline constexpr unsigned paths_at_once = is_wide<Model> ? 4 : 2;
inline constexpr unsigned drawing_blocks = 5;

/// Blocks of a round: 10^9 paths, 3 to 50 ms.
inline constexpr std::uint64_t blocks_of_round = std::uint64_t{1} << 20;

template <class Node>
struct drawing_memory {
    double values[drawing_warps][block_size<double>];
    std::array<Node, drawing_warps> nodes;
};

/// The draws of a path as a model sees them that is not wide: plain double.
class plain_draws {
public:
    __device__ explicit plain_draws(draws<device_number<double>>& of_path) : of_path_(of_path) {}
    __device__ double uniform() { return of_path_.uniform().value; }
    __device__ double normal() { return of_path_.normal().value; }

private:
    draws<device_number<double>>& of_path_;
};

/// A round of a path_source, with the model itself in place of a reference to it.
template <class Model>
struct paths_of_round {
    Model model;
    philox_keys keys;
    std::uint32_t stream;
    std::uint64_t first_block, count; // of all paths

    __device__ double value(std::uint64_t path) const {
        draws<device_number<double>> of_path(keys, stream, path, path >> 32);
        if constexpr (is_wide<Model>) return device_number<double>(model(of_path)).value;
        else {
            plain_draws plain(of_path);
            return static_cast<double>(model(plain));
        }
    }

    /// The values of path, path + 32, ..., where all of them have this upper half of their number.
    __device__ __forceinline__ std::array<double, paths_at_once<Model>> values(std::uint32_t path,
                                                                               std::uint32_t upper_half) const {
        constexpr unsigned count = paths_at_once<Model>;
        std::array<double, count> values;
        if constexpr (is_wide<Model>) {
            using Value = pack<device_number<double>, count>;
            using word = typename number<Value>::word;
            const word paths([&](std::size_t k) { return path + static_cast<std::uint32_t>(k) * warp_size; });
            draws<Value> of_paths(keys, stream, paths, upper_half);
            const Value all(model(of_paths));
#pragma unroll
            for (unsigned k = 0; k < count; ++k) values[k] = all.items[k].value;
        } else {
#pragma unroll
            for (unsigned k = 0; k < count; ++k)
                values[k] = value(std::uint64_t{upper_half} << 32 | (path + k * warp_size));
        }
        return values;
    }
};

/// A whole block of paths. The first pass over it draws them; what follows finds the values in `kept`, where each thread
/// has those of its own side by side, two to 16 bytes.
template <class Model>
class drawn_block {
public:
    __device__ drawn_block(const paths_of_round<Model>& paths, std::uint64_t first, double* kept)
        : paths_(paths), first_(static_cast<std::uint32_t>(first) + lane_index()),
          upper_half_(static_cast<std::uint32_t>(first >> 32)), kept_(kept + 2 * lane_index()) {}

    __device__ static constexpr std::size_t size() { return block_size<double>; }
    /// sum / size(): the inverse of a power of two is exact, and the product is rounded as the quotient is.
    __device__ static device_number<double> per_element(device_number<double> sum) {
        static_assert((size() & (size() - 1)) == 0);
        return sum * device_number<double>(1.0 / size());
    }

    template <class Lane>
    __device__ __forceinline__ auto accumulate(const Lane& lane) const {
        constexpr unsigned at_once = paths_at_once<Model>;
        static_assert(Layout::count == 2 && at_once % 2 == 0 && 2 * row_count % at_once == 0);
        thread_sums<Number, Lane::sums, 2> a;
        for (auto& sums : a) sums = Lane::template start<Number>();
        if (is_drawn_) {
#pragma unroll 8
            for (unsigned r = 0; r < row_count; ++r) step(lane, a, load_vector_written(kept_ + r * row));
        } else {
            double* kept = kept_;
#pragma unroll 1
            for (unsigned i = 0; i < 2 * row_count; i += at_once) {
                const auto values = paths_.values(first_ + i * warp_size, upper_half_);
#pragma unroll
                for (unsigned k = 0; k < at_once; k += 2, kept += row) {
                    const vector_of<double> pair{values[k], values[k + 1]};
                    store_vector(kept, pair);
                    step(lane, a, pair);
                }
            }
            is_drawn_ = true;
        }
        return Layout::fold(lane, a);
    }

private:
    using Layout = neighbours_in_warp<double>;
    using Number = device_number<double>;
    static constexpr unsigned row = lane_count<double>;

    template <class Lane, std::size_t Sums>
    __device__ static __forceinline__ void step(const Lane& lane, thread_sums<Number, Sums, 2>& a,
                                                const vector_of<double>& pair) {
#pragma unroll
        for (unsigned j = 0; j < 2; ++j) a[j] = lane.step(a[j], Number(pair.items[j]));
    }

    const paths_of_round<Model>& paths_;
    std::uint32_t first_, upper_half_;
    double* kept_;
    mutable bool is_drawn_ = false;
};

/// The values of a part of a block, which each thread has written for itself.
class block_of_values {
public:
    __device__ block_of_values(const double* values, unsigned size) : values_(values), size_(size) {}

    __device__ std::size_t size() const { return size_; }

    template <class Lane>
    __device__ auto accumulate(const Lane& lane) const {
        using Layout = neighbours_in_warp<double>;
        using Number = device_number<double>;
        thread_sums<Number, Lane::sums, Layout::count> a;
        for (auto& sums : a) sums = Lane::template start<Number>();
#pragma unroll 1
        for (unsigned r = 0; r < row_count; ++r)
            for (unsigned j = 0; j < Layout::count; ++j) {
                const unsigned i = r * static_cast<unsigned>(lane_count<double>) + Layout::lane(lane_index(), j);
                if (i < size_) a[j] = lane.step(a[j], Number(values_[i]));
            }
        return Layout::fold(lane, a);
    }

private:
    const double* values_;
    unsigned size_;
};

template <class Operation, class Model>
__global__ void __launch_bounds__(drawing_warps* warp_size, drawing_blocks)
    reduce_paths(const paths_of_round<Model> paths, std::uint64_t blocks, unsigned each,
                 device_node<Operation, double>* nodes) {
    using Number = device_number<double>;
    auto& shared = shared_memory<drawing_memory<device_node<Operation, double>>>();
    double* const values = shared.values[warp_index()];
    reduce_to_nodes<Operation>(blocks, each, shared.nodes, nodes, [&](std::uint64_t k) {
        const std::uint64_t first = (paths.first_block + k) * block_size<double>, left = paths.count - first;
        if (left >= block_size<double>)
            return Operation::template block<Number>(drawn_block<Model>(paths, first, values));
        const auto size = static_cast<unsigned>(left);
#pragma unroll 1
        for (unsigned i = lane_index(); i < size; i += warp_size) values[i] = paths.value(first + i);
        return Operation::template block<Number>(block_of_values(values, size));
    });
}

} // namespace lanes::device

namespace lanes {

template <class Operation, class Model>
auto reduce_on_device(const cuda_backend& where, const Operation&, const path_source<Model>& source) {
    using namespace device;
    using Node = device_node<Operation, double>;
    using Result = host_node<Operation, double>;
    static_assert(sizeof(Result) == sizeof(Node));
    const std::uint64_t blocks = block_count<double>(source.count);
    const std::uint64_t rounds = (blocks + blocks_of_round - 1) / blocks_of_round;
    const device_bytes roots(rounds * sizeof(Node), where.stream);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::uint64_t first = round * blocks_of_round;
        const std::uint64_t last = first + blocks_of_round < blocks ? first + blocks_of_round : blocks;
        const paths_of_round<Model> paths{source.model, source.keys, source.stream, first, source.count};
        reduce_and_join<Operation, drawing_warps>(
            last - first, where.stream, static_cast<Node*>(roots.data()) + round,
            [&](unsigned each, std::uint64_t groups, Node* nodes) {
                launch({groups, drawing_warps * warp_size, sizeof(drawing_memory<Node>)}, where.stream,
                       reduce_paths<Operation, Model>, paths, last - first, each, nodes);
            });
        if (where.watcher == nullptr) continue;
        where.wait();
        const std::size_t done = last == blocks ? source.count : last * block_size<double>;
        if (!where.watcher->go_on(done, source.count) && last != blocks)
            throw cancelled("monte_carlo: stopped by its watcher");
    }
    // Rounds are aligned groups of 2^20 blocks, so their roots are nodes of the tree.
    std::vector<Result> results(rounds);
    cuda_runtime::copy(results.data(), roots.data(), rounds * sizeof(Node), where.stream);
    where.wait();
    pairwise<Operation, Result> tree;
    for (const Result& node : results) tree.push(node);
    return tree.root();
}

} // namespace lanes
