// cuda/emulation/block.hpp: a grid of blocks on the host: every thread a fiber, by the rules of a device.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/emulation/fiber.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

// Threads run one at a time, until they wait: at a barrier, in a shuffle, for another block. A wait that cannot end ends
// the program with a sentence that says who waits for what. Shared memory starts as NaN, so that whoever reads what was
// never written gets NaN for a result. An asynchronous copy is carried out when its thread waits for it, no earlier.
// The tests set `schedule` to meet the orders in which blocks of a device may run.

namespace lanes::emulation {

struct schedule_of_blocks {
    std::size_t resident = 2; ///< blocks that are under way at a time; the others start when one of these has ended
    bool backward = false;    ///< of the blocks that are under way, the last one is preferred
    bool alternating = false; ///< another block after every wait, and threads of a block in changing order
    bool uneven = false;      ///< while alternating: the one that started first goes on rarely
};
inline schedule_of_blocks schedule;

/// Whether the emulated tensor cores add in the order that lanes expects of real ones; the tests have both.
inline bool tensor_cores_chain = true;

inline constexpr unsigned lanes_of_warp = 32;

[[noreturn]] inline void stop(const char* sentence, std::uint64_t block, unsigned thread) {
    std::fprintf(stderr, "lanes: emulated device: block %llu, thread %u: %s\n", static_cast<unsigned long long>(block),
                 thread, sentence);
    std::abort();
}

struct block;
struct thread;

/// Lanes of a warp that come together for one operation.
struct meeting {
    std::uint32_t lanes = 0, arrived = 0, left = 0;
    const char* what = nullptr;
    std::array<std::uint64_t, lanes_of_warp> values;
    std::array<thread*, lanes_of_warp> waiting;
    bool is_complete() const { return arrived == lanes; }
};

/// The operations of a warp that are under way; usually one, and at times the one before it.
struct meetings {
    std::array<meeting, lanes_of_warp> all;
    unsigned used = 0; // the others are empty
};

struct pending_copy {
    std::byte* to;
    std::byte from[16];
    unsigned bytes, group;
};

struct thread {
    void* stack = nullptr;
    std::byte* memory = nullptr;
    block* home = nullptr;
    unsigned index = 0;
    bool is_done = false;
    const char* waits_for = nullptr;
    unsigned copy_group = 0;
    std::deque<pending_copy> copies;
};

struct block {
    std::uint64_t index = 0;
    unsigned size = 0, done = 0;
    std::vector<thread> threads;
    std::deque<thread*> ready;
    std::vector<thread*> barrier;
    std::vector<meetings> warps;
    std::unique_ptr<std::byte[], decltype(&std::free)> shared{nullptr, &std::free};
};

/// The launch under way.
class grid {
public:
    static grid* now;
    thread* running = nullptr;
    std::uint64_t blocks = 0;
    std::size_t shared_bytes = 0;

    grid(std::uint64_t blocks, unsigned threads, std::size_t shared_bytes, std::function<void()> kernel)
        : blocks(blocks), shared_bytes(shared_bytes), threads_(threads), kernel_(std::move(kernel)) {}

    void run() {
        if (now != nullptr) stop("a kernel starts a kernel", 0, 0);
        now = this;
        refill();
        if (thread* first = next()) {
            running = first;
            lanes_switch_stack(&outside_, first->stack);
        }
        running = nullptr;
        clear_ended();
        now = nullptr;
    }

    /// The running thread waits for something that another one will do and then make_ready.
    void wait(const char* what) {
        running->waits_for = what;
        go_on();
        running->waits_for = nullptr;
    }
    /// The running thread lets others go first.
    void pass(bool to_another_block) {
        thread* me = running;
        if (to_another_block && ++passes_ > 20'000'000)
            stop("blocks wait for each other for ever", me->home->index, me->index);
        me->home->ready.push_back(me);
        if (to_another_block && active_.size() > 1) preferred_ = (preferred_ + 1) % active_.size();
        go_on();
    }
    /// A block left something that others may wait for.
    void note_progress() { passes_ = 0; }
    void make_ready(thread* waiting) { waiting->home->ready.push_back(waiting); }

private:
    static void entry() {
        grid& self = *now;
        self.kernel_();
        thread* me = now->running;
        me->is_done = true;
        if (++me->home->done == me->home->size) now->has_news_ = true;
        if (!me->copies.empty())
            stop("the kernel ends while copies into shared memory are under way", me->home->index, me->index);
        now->go_on();
        std::abort();
    }

    void go_on() {
        thread* me = running;
        thread* after = next();
        if (after == me) return;
        running = after;
        lanes_switch_stack(&me->stack, after != nullptr ? after->stack : outside_);
        running = me;
    }

    /// The thread to run next; none when all blocks have ended.
    thread* next() {
        if (has_news_) {
            for (std::size_t b = 0; b < active_.size();) {
                if (active_[b]->done < active_[b]->size) {
                    ++b;
                    continue;
                }
                ended_.push_back(std::move(active_[b]));
                active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(b));
                preferred_ = 0;
            }
            clear_ended();
            has_news_ = !ended_.empty();
            refill();
            if (active_.empty()) return nullptr;
        }
        if (schedule.alternating) preferred_ = random() % active_.size();
        if (schedule.uneven && preferred_ == 0 && active_.size() > 1 && random() % 64 != 0) preferred_ = 1;
        for (std::size_t k = 0; k < active_.size(); ++k) {
            auto& ready = active_[(preferred_ + k) % active_.size()]->ready;
            if (ready.empty()) continue;
            preferred_ = (preferred_ + k) % active_.size();
            const bool from_behind = schedule.alternating && (random() & 1) != 0;
            thread* const chosen = from_behind ? ready.back() : ready.front();
            if (from_behind) ready.pop_back();
            else ready.pop_front();
            return chosen;
        }
        report();
    }

    /// A block that has ended gives its stacks back, once no thread stands on them.
    void clear_ended() {
        for (std::size_t b = 0; b < ended_.size();) {
            if (running != nullptr && running->home == ended_[b].get()) {
                ++b;
                continue;
            }
            for (thread& t : ended_[b]->threads) pool().give_back(t.memory);
            ended_.erase(ended_.begin() + static_cast<std::ptrdiff_t>(b));
        }
    }

    void refill() {
        while (active_.size() < schedule.resident && started_ < blocks) {
            auto b = std::make_unique<block>();
            b->index = started_++;
            b->size = threads_;
            b->threads.resize(threads_);
            b->warps.resize((threads_ + lanes_of_warp - 1) / lanes_of_warp);
            if (shared_bytes > 0) {
                const std::size_t rounded = (shared_bytes + 127) / 128 * 128;
                b->shared.reset(static_cast<std::byte*>(std::aligned_alloc(128, rounded)));
                std::memset(b->shared.get(), 0xff, rounded);
            }
            for (unsigned t = 0; t < threads_; ++t) {
                thread& each = b->threads[t];
                each.home = b.get();
                each.index = t;
                each.memory = pool().take();
                each.stack = fresh_stack(each.memory, &entry);
                b->ready.push_back(&each);
            }
            active_.push_back(std::move(b));
            if (schedule.backward) preferred_ = active_.size() - 1;
        }
    }

    [[noreturn]] void report() {
        for (auto& b : active_)
            for (thread& t : b->threads)
                if (!t.is_done && t.waits_for != nullptr)
                    std::fprintf(stderr, "lanes: emulated device: block %llu, thread %u waits for ever: %s\n",
                                 static_cast<unsigned long long>(b->index), t.index, t.waits_for);
        stop("no thread can go on: some did not come to a barrier, shuffle or vote that others wait at",
             active_[0]->index, 0);
    }

    std::uint32_t random() { return state_ = state_ * 1664525 + 1013904223, state_ >> 16; }

    static stack_pool& pool() {
        static stack_pool stacks;
        return stacks;
    }

    unsigned threads_;
    std::function<void()> kernel_;
    void* outside_ = nullptr;
    std::uint64_t started_ = 0;
    bool has_news_ = true; // blocks have ended, or none has started
    std::size_t preferred_ = 0, passes_ = 0;
    std::uint32_t state_ = 1;
    std::vector<std::unique_ptr<block>> active_, ended_;
};
inline grid* grid::now = nullptr;

} // namespace lanes::emulation
