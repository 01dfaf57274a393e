// lanes/backends/threads/recurrence.hpp: tiles to the cores in order, each waiting only for the carry into it.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/recurrence.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/backends/threads/split.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace lanes {

/// Nanoseconds per row of one core (measured on a Xeon with AVX-512, data in L2): double, and half of it for float.
inline constexpr double ema_cost = 0.3;
inline constexpr double ewm_cost = 1.5;

/// Looks at a carry that is not there yet before the core is offered to others, who may be the ones that it waits for.
inline constexpr unsigned spins = 1000;

/// Turns that a thread takes before it waits for the carry into the first of them.
inline constexpr std::size_t turns_ahead = 4;

/// Carries from turn to turn, each with a cache line to itself: a thread waits on one while its neighbour is written.
template <class Carry>
class carry_chain {
public:
    explicit carry_chain(std::size_t turns) : links_(turns + 1) { publish(0, Carry()); }

    bool knows(std::size_t turn) const { return links_[turn].is_known.load(std::memory_order_acquire); }
    /// Throws if a thread that publishes has failed.
    Carry wait(std::size_t turn) const {
        for (unsigned looks = 0; !knows(turn); ++looks) {
            if (looks <= spins) continue;
            if (is_broken_.load(std::memory_order_relaxed)) throw broken();
            std::this_thread::yield();
        }
        return links_[turn].before;
    }
    void publish(std::size_t turn, Carry before) {
        links_[turn].before = before;
        links_[turn].is_known.store(true, std::memory_order_release);
    }

    /// take_turns(), which may run out of memory: then nobody waits for what will not come.
    template <class TakeTurns>
    void guard(const TakeTurns& take_turns) {
        try {
            take_turns();
        } catch (...) {
            if (!is_broken_.exchange(true)) failure_ = std::current_exception();
        }
    }
    /// Once all threads have returned.
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    struct broken {};
    struct alignas(64) link {
        std::atomic<bool> is_known{false};
        Carry before{};
    };
    std::vector<link> links_;
    std::atomic<bool> is_broken_{false};
    std::exception_ptr failure_; // the first
};

/// Threads take turns through the rows, in order. Who finds the carry into a turn known computes it in one pass. So do
/// the others where the cell can guess it: the true carry, once it is there, has the same bits, or the turn is computed
/// again and nobody guesses any more. Otherwise they first compute what their turns do to a carry, as many as come before
/// it is known, publish the carries behind them, so that the chain through all turns is a few fma each, and only then
/// their results. No wait can last: the turns before are all taken, and the lowest of them waits for nothing, however
/// many threads there are. With `always` no carry counts as known in time, so that tests meet the other ways whatever the
/// machine does.
template <class Cell>
void carry_through_turns(const Cell& cell, std::size_t workers, bool always) {
    const std::size_t turns = cell.turns();
    carry_chain<typename Cell::carry> chain(turns);
    std::atomic<std::size_t> next{0};
    std::atomic<bool> guesses{cell.can_guess()};
    const auto take_turns = [&] {
        const auto at =
            std::make_unique_for_overwrite<std::array<typename Cell::worker, Cell::one_pass ? turns_ahead : 1>>();
        std::array<std::size_t, turns_ahead> taken;
        for (std::size_t count = 0;;) {
            const std::size_t k = count < at->size() ? next.fetch_add(1, std::memory_order_relaxed) : turns;
            if constexpr (Cell::one_pass) {
                const bool is_known = k < turns && !always && chain.knows(k);
                if (k < turns && count == 0 && (is_known || guesses.load(std::memory_order_relaxed))) {
                    const auto guess = is_known ? chain.wait(k) : cell.guess(k);
                    auto after = cell.down((*at)[0], k, guess);
                    if (const auto before = chain.wait(k); !cell.are_same(before, guess)) {
                        guesses.store(false, std::memory_order_relaxed);
                        after = cell.down((*at)[0], k, before);
                    }
                    chain.publish(k + 1, after);
                    continue;
                }
            }
            if (k < turns) {
                cell.up((*at)[count], k);
                taken[count++] = k;
                if (count < at->size() && (always || !chain.knows(taken[0]))) continue;
            }
            if (count == 0) return;
            std::size_t published = 0;
            for (std::size_t i = 0; i < count; ++i) {
                for (; published < count && (published <= i || chain.knows(taken[published])); ++published)
                    if (taken[published] + 1 < turns) // nobody waits for what is behind the last one
                        chain.publish(taken[published] + 1, cell.after((*at)[published], chain.wait(taken[published])));
                cell.down((*at)[i], taken[i], chain.wait(taken[i]));
            }
            count = 0;
        }
    };
    for_each_part(workers, workers, [&](std::size_t) { chain.guard(take_turns); });
    chain.rethrow();
    for (std::size_t k = 0; k < turns; ++k) cell.repeat_into(k);
}

template <class Arch>
template <class Cell, class Step, real T>
[[gnu::noinline]] void threads_backend<Arch>::recurrence_in_parts(double cost, const Step& step, std::span<const T> x,
                                                                  std::span<T> out) const {
    const std::size_t workers = this->workers(static_cast<double>(x.size()) * cost);
    if (workers <= 1 || x.empty()) return simd_backend<Arch>().recurrence(step, x, out);
    Cell cell(step, x, out);
    cell.share(workers);
    carry_through_turns(cell, workers, is_eager);
}

template <class Arch>
template <real T>
void threads_backend<Arch>::recurrence(const ema_step<T>& step, std::span<const T> x, std::span<T> out) const {
    constexpr double cost = sizeof(T) * (ema_cost / 8);
    if (stays_here(x.size(), cost)) simd_backend<Arch>().recurrence(step, x, out);
    else recurrence_in_parts<simd_ema<Arch, T>>(cost, step, x, out);
}

template <class Arch>
template <real T>
void threads_backend<Arch>::recurrence(const ewm_step<T>& step, std::span<const T> x, std::span<T> out) const {
    constexpr double cost = sizeof(T) * (ewm_cost / 8);
    if (stays_here(x.size(), cost)) simd_backend<Arch>().recurrence(step, x, out);
    else recurrence_in_parts<simd_ewm<Arch, T>>(cost, step, x, out);
}

} // namespace lanes
