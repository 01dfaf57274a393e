// cuda/emulation/words.hpp: the words of cuda/machine/ for a compiler that knows no device, on the grid of block.hpp.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/emulation/block.hpp>
#include <cuda/emulation/cuda_runtime.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#define __global__
#define __host__
#define __device__
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define __grid_constant__

namespace lanes::device {

inline constexpr unsigned warp_size = emulation::lanes_of_warp;
inline constexpr unsigned whole_warp = 0xffffffff;

inline emulation::thread& this_thread() {
    return *emulation::grid::now->running;
}
inline unsigned thread_index() {
    return this_thread().index;
}
inline std::uint64_t block_index() {
    return this_thread().home->index;
}
inline unsigned block_threads() {
    return this_thread().home->size;
}
inline std::uint64_t grid_blocks() {
    return emulation::grid::now->blocks;
}

inline void synchronize_block() {
    emulation::block& home = *this_thread().home;
    if (home.barrier.size() + 1 < home.size) {
        home.barrier.push_back(&this_thread());
        return emulation::grid::now->wait("at a barrier of the block");
    }
    for (emulation::thread* waiting : home.barrier) emulation::grid::now->make_ready(waiting);
    home.barrier.clear();
    if (emulation::schedule.alternating) emulation::grid::now->pass(false);
}

/// The lanes come together, each with a value; `read` is then called with the values of all.
template <class Read>
auto meet(const char* what, unsigned lanes, std::uint64_t value, Read read) {
    emulation::thread& me = this_thread();
    const unsigned lane = me.index % warp_size, bit = 1u << lane;
    const auto stop = [&](const char* sentence) { emulation::stop(sentence, me.home->index, me.index); };
    if ((lanes & bit) == 0) stop("a lane takes part in a shuffle, vote or barrier of lanes that it is not one of");
    emulation::meeting* meeting = nullptr; // an empty one, or the one that waits for this lane
    auto& meetings = me.home->warps[me.index / warp_size];
    for (unsigned m = 0; m < meetings.used; ++m) {
        auto& candidate = meetings.all[m];
        if (candidate.lanes == 0) {
            if (meeting == nullptr) meeting = &candidate;
        } else if (!candidate.is_complete() && (candidate.lanes & bit) != 0) {
            if (candidate.lanes != lanes) stop("lanes of a warp name different sets of lanes for one operation");
            if (candidate.what != what) stop("lanes of a warp have come to different operations");
            meeting = &candidate;
            break;
        } else if (!candidate.is_complete() && (candidate.lanes & lanes) != 0) {
            stop("lanes of a warp name sets of lanes that overlap");
        }
    }
    if (meeting == nullptr) {
        if (meetings.used == warp_size) stop("too many operations of a warp under way");
        meeting = &meetings.all[meetings.used++];
    }
    if (meeting->lanes == 0) {
        meeting->lanes = lanes;
        meeting->what = what;
    }
    meeting->values[lane] = value;
    meeting->arrived |= bit;
    meeting->waiting[lane] = &me;
    if (meeting->is_complete()) {
        for (unsigned l = 0; l < warp_size; ++l)
            if ((lanes >> l & 1) != 0 && l != lane) emulation::grid::now->make_ready(meeting->waiting[l]);
    } else {
        emulation::grid::now->wait(what);
    }
    const auto result = read(*meeting);
    meeting->left |= bit;
    if (meeting->left == lanes) meeting->lanes = meeting->arrived = meeting->left = 0;
    return result;
}

inline void synchronize_warp(unsigned lanes = whole_warp) {
    meet("at a barrier of the warp", lanes, 0, [](const emulation::meeting&) { return 0; });
}
inline std::uint32_t exchange_word(std::uint32_t word, unsigned from, unsigned lanes) {
    if (from >= warp_size || (lanes >> from & 1) == 0)
        emulation::stop("a shuffle reads a lane that takes no part", this_thread().home->index, this_thread().index);
    return static_cast<std::uint32_t>(
        meet("in a shuffle", lanes, word, [&](const emulation::meeting& all) { return all.values[from]; }));
}
inline std::uint32_t exchange_word_xor(std::uint32_t word, unsigned bits) {
    return exchange_word(word, this_thread().index % warp_size ^ bits, whole_warp);
}
inline std::uint32_t exchange_word_up(std::uint32_t word, unsigned distance) {
    const unsigned lane = this_thread().index % warp_size;
    return exchange_word(word, lane < distance ? lane : lane - distance, whole_warp);
}
inline std::uint32_t exchange_word_down(std::uint32_t word, unsigned distance) {
    const unsigned lane = this_thread().index % warp_size;
    return exchange_word(word, lane + distance < warp_size ? lane + distance : lane, whole_warp);
}
inline unsigned ballot(bool is, unsigned lanes = whole_warp) {
    return meet("in a vote", lanes, is, [&](const emulation::meeting& all) {
        unsigned set = 0;
        for (unsigned l = 0; l < warp_size; ++l)
            if ((lanes >> l & 1) != 0 && all.values[l] != 0) set |= 1u << l;
        return set;
    });
}

inline unsigned lowest_bit(std::uint32_t word) {
    return static_cast<unsigned>(std::countr_zero(word));
}
inline unsigned highest_bit(std::uint32_t word) {
    return 31 - static_cast<unsigned>(std::countl_zero(word));
}
inline unsigned bit_count(std::uint32_t word) {
    return static_cast<unsigned>(std::popcount(word));
}

inline void wait_for_launch_before() {}
inline void wait_a_little() {
    emulation::grid::now->pass(true);
}

/// As the tensor cores are expected to: a chain of fma in ascending k, starting from c.
inline void multiply_tile(double (&c)[4], const double (&a)[2], double b) {
    const unsigned lane = this_thread().index % warp_size, row = lane / 4, col = lane % 4;
    double rows[2][4], cols[2][4]; // of a and b, as far as this lane needs them
    const auto gather = [](const char* what, double value, double(&to)[4], unsigned first) {
        meet(what, whole_warp, std::bit_cast<std::uint64_t>(value), [&](const emulation::meeting& all) {
            for (unsigned k = 0; k < 4; ++k) to[k] = std::bit_cast<double>(all.values[first + k]);
            return 0;
        });
    };
    for (unsigned h = 0; h < 2; ++h) gather("in a product of matrices (a)", a[h], rows[h], row * 4);
    for (unsigned i = 0; i < 2; ++i) gather("in a product of matrices (b)", b, cols[i], (2 * col + i) * 4);
    for (unsigned step = 0; step < 4; ++step) {
        const unsigned k = emulation::tensor_cores_chain ? step : 3 - step;
        for (unsigned h = 0; h < 2; ++h)
            for (unsigned i = 0; i < 2; ++i) c[2 * h + i] = std::fma(rows[h][k], cols[i][k], c[2 * h + i]);
    }
}

inline constexpr unsigned most_shared_bytes = 227 << 10;

template <class Shared>
Shared& shared_memory() {
    if (sizeof(Shared) > emulation::grid::now->shared_bytes)
        emulation::stop("the launch gave less shared memory than the kernel uses", this_thread().home->index, 0);
    return *reinterpret_cast<Shared*>(this_thread().home->shared.get());
}

template <class T>
struct alignas(16) vector_of {
    static constexpr unsigned size = 16 / sizeof(T);
    T items[size];
};

inline void check_aligned(const void* address, unsigned bytes) {
    if (reinterpret_cast<std::uintptr_t>(address) % bytes != 0)
        emulation::stop("an address is not a multiple of the bytes that are moved", this_thread().home->index,
                        this_thread().index);
}
template <class T>
vector_of<T> load_vector(const T* from) {
    check_aligned(from, 16);
    vector_of<T> vector;
    std::memcpy(&vector, from, 16);
    return vector;
}
template <class T>
vector_of<T> load_vector_written(const T* from) {
    return load_vector(from);
}
template <class T>
void store_vector(T* to, const vector_of<T>& vector) {
    check_aligned(to, 16);
    std::memcpy(static_cast<void*>(to), &vector, 16);
}
template <class T>
void store_vector_to_memory(T* to, const vector_of<T>& vector) {
    store_vector(to, vector);
}

template <unsigned bytes>
void copy_to_shared(void* to, const void* from) {
    check_aligned(to, bytes);
    check_aligned(from, bytes);
    emulation::thread& me = this_thread();
    emulation::pending_copy copy{static_cast<std::byte*>(to), {}, bytes, me.copy_group};
    std::memcpy(copy.from, from, bytes);
    std::memset(to, 0xff, bytes);
    me.copies.push_back(copy);
}
inline void end_copies() {
    ++this_thread().copy_group;
}
template <unsigned groups>
void wait_for_copies() {
    auto& me = this_thread();
    while (!me.copies.empty() && me.copies.front().group + groups < me.copy_group) {
        std::memcpy(me.copies.front().to, me.copies.front().from, me.copies.front().bytes);
        me.copies.pop_front();
    }
}

/// Others may run before and after every word that blocks leave for each other.
inline void let_others_run() {
    if (emulation::schedule.alternating) emulation::grid::now->pass(true);
}
inline std::uint32_t load_acquire(const std::uint32_t* from) {
    let_others_run();
    return *from;
}
inline void store_release(std::uint32_t* to, std::uint32_t word) {
    let_others_run();
    *to = word;
    emulation::grid::now->note_progress();
    let_others_run();
}
template <class Word>
Word load_relaxed(const Word* from) {
    let_others_run();
    return *from;
}
template <class Word>
void store_relaxed(Word* to, std::type_identity_t<Word> word) {
    let_others_run();
    *to = word;
    emulation::grid::now->note_progress();
    let_others_run();
}
template <class T>
T load_shared_by_blocks(const T* from) {
    return *from;
}
template <class Word>
Word fetch_add(Word* at, std::type_identity_t<Word> by) {
    let_others_run();
    const Word before = *at;
    *at += by;
    emulation::grid::now->note_progress();
    let_others_run();
    return before;
}

inline void lower_relaxed(std::uint64_t* at, std::uint64_t word) {
    let_others_run();
    if (word < *at) *at = word;
    emulation::grid::now->note_progress();
    let_others_run();
}

inline std::uint32_t fetch_add_relaxed(std::uint32_t* at, std::uint32_t by) {
    return fetch_add(at, by);
}

} // namespace lanes::device
