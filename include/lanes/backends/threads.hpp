// lanes/backends/threads.hpp: all cores: oneTBB splits the work, `simd` computes each part.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd.hpp>
#include <lanes/core/arguments.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>
#include <lanes/core/recurrence.hpp>
#include <lanes/core/source.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace lanes {

/// What `workers` was asked and answered.
struct split_decision {
    double nanoseconds;
    std::size_t available, workers;
    const char* device = nullptr; // of a call that was handed to a GPU: its name
    double device_nanoseconds = 0;
};

/// The blocks of a reduction for those who share them out, which is one function for all reductions that join their nodes
/// alike: a copy of it for each, and for each Monte Carlo model, would cost compilers a tenth of a second.
template <class Node>
struct shared_blocks {
    const void* source;
    std::size_t count;
    double nanoseconds; // of one core for all of them; negative if nobody knows
    Node (*node_of_blocks)(const void* source, std::size_t first, std::size_t last);

    Node node(std::size_t first, std::size_t last) const { return node_of_blocks(source, first, last); }
};

/// Work that one core finishes soon (worth_splitting) runs on the calling thread. Safe inside the caller's own task
/// arena, which it stays in, and in nested calls.
template <class Arch>
struct threads_backend : backend_base {
    static constexpr bool takes_unprepared = simd_backend<Arch>::takes_unprepared;

    /// Nanoseconds of one core's work from which on it is split. A worker of oneTBB that sleeps joins after 28 to 54
    /// microseconds, and waking it costs the caller 8 to 16: 60 us took 68, 117 took 97, 154 took 108 (2 cores, oneTBB
    /// 2021.8).
    static constexpr double worth_splitting = 100e3;

    /// The same where workers are awake, as in a loop of calls (split.hpp): they join after 1.7 us. 8 us of work took 7
    /// to 8, 16 took 11, 32 took 20.
    static constexpr double worth_splitting_awake = 10e3;

    /// What each worker should have to do at least.
    static constexpr double worth_a_worker = 5e3;

    /// This backend with at most `most` threads.   throws std::invalid_argument if most is 0
    constexpr threads_backend limit(std::size_t most) const {
        argument::require(most > 0, "threads.limit", "the number of threads", most, "must be at least 1");
        threads_backend limited = *this;
        limited.most_threads = most;
        return limited;
    }

    /// This backend without the thought of what pays: any work is split into as many parts as the limit says, whether
    /// there are so many cores or not. For tests, since it shows that the split changes nothing.
    constexpr threads_backend eager() const {
        threads_backend willing = *this;
        willing.is_eager = true;
        return willing;
    }

    /// Threads that a call made here and now would use for work of about `nanoseconds` on one core: the limit, the
    /// caller's task arena, or the CPU quota of the container (which oneTBB does not know), whichever is least.
    std::size_t workers(double nanoseconds) const;

    /// The root of the tree over the blocks of `source`, which is not empty.
    template <class Operation, class Source>
    root_of<Operation, Source> reduce(const Operation& operation, const Source& source) const;

    /// out[i] = the operation over the window that ends at element operation.first + i of x.
    template <class Operation, real T>
    void window(const Operation& operation, std::size_t width, std::span<const T> x, std::span<T> out) const;

    /// out[t] = step(out[t - 1], x[t]); out may be x.
    template <real T>
    void recurrence(const ema_step<T>& step, std::span<const T> x, std::span<T> out) const;

    /// The same, missing rows left out; out lies apart from x.
    template <real T>
    void recurrence(const ewm_step<T>& step, std::span<const T> x, std::span<T> out) const;

    /// out = alpha a b + beta out.
    template <real T>
    void matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                const scaling<T>& factors) const;

    std::size_t most_threads = no_limit;
    bool is_eager = false;
    std::vector<split_decision>* decisions = nullptr; // where `workers` notes what it answers; for `explain`

    static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

private:
    /// Whether nothing but `simd` on the calling thread comes into question for `size` of something that costs
    /// `nanoseconds` each. Small calls pay for this comparison and no more: what follows it lies in functions of its own.
    bool stays_here(std::size_t size, double nanoseconds) const {
        return size < static_cast<std::size_t>(worth_splitting_awake / nanoseconds) && !is_eager &&
               decisions == nullptr;
    }

    template <class Operation, class Node>
    Node reduce_in_parts(const shared_blocks<Node>& of) const;
    template <real T>
    void window_in_parts(const any_window& operation, std::size_t width, std::span<const T> x, std::span<T> out) const;
    template <class Cell, class Step, real T>
    void recurrence_in_parts(double cost, const Step& step, std::span<const T> x, std::span<T> out) const;
    template <real T>
    void matmul_in_parts(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                         const scaling<T>& factors) const;
};

constexpr threads_backend<architecture> threads{}; // one per file: its type differs between flags

} // namespace lanes

#include <lanes/backends/threads/matmul.hpp>
#include <lanes/backends/threads/recurrence.hpp>
#include <lanes/backends/threads/reduce.hpp>
#include <lanes/backends/threads/window.hpp>

#if defined(LANES_DISPATCH)
#include <lanes/backends/dispatch/threads.hpp>
#endif
