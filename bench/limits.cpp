// bench/limits.cpp: the loops behind the limits.
// SPDX-License-Identifier: MIT
#include "limits.hpp"

#include "machine.hpp"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace bench {
namespace {

// One register: of wider vectors the compiler keeps the sums in memory, and the loop reads a fifth of what it could.
#if defined(__AVX512F__)
constexpr std::size_t register_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t register_bytes = 32;
#else
constexpr std::size_t register_bytes = 16;
#endif
using words = long long __attribute__((vector_size(register_bytes), aligned(1), may_alias));

/// Arrays of the same size are read side by side, as dot does.
template <std::size_t Arrays>
void read_bytes(std::array<const std::byte*, Arrays> from, std::size_t size) {
    constexpr std::size_t loads = 16, step = loads / Arrays * sizeof(words);
    words a[8] = {};
    std::size_t at = 0;
    for (; at + step <= size; at += step)
        for (std::size_t j = 0; j < loads; ++j)
            a[j % 8] ^= *reinterpret_cast<const words*>(from[j % Arrays] + at + j / Arrays * sizeof(words));
    words all = a[0] ^ a[1] ^ a[2] ^ a[3] ^ a[4] ^ a[5] ^ a[6] ^ a[7]; // stored once, so a stays in registers
    benchmark::DoNotOptimize(all);
    std::byte rest{};
    for (; at < size; ++at)
        for (const std::byte* array : from) rest ^= array[at];
    benchmark::DoNotOptimize(rest);
}

void copy_bytes(std::span<const std::byte> from, std::byte* to) {
    std::memcpy(to, from.data(), from.size());
}

#if defined(__SSE2__)
void copy_bytes_past_the_cache(std::span<const std::byte> from, std::byte* to) {
    const std::size_t head = std::min(from.size(), (16 - reinterpret_cast<std::size_t>(to) % 16) % 16);
    std::memcpy(to, from.data(), head);
    std::size_t at = head;
    for (; at + 64 <= from.size(); at += 64)
        for (std::size_t j = 0; j < 64; j += 16)
            _mm_stream_si128(reinterpret_cast<__m128i*>(to + at + j),
                             _mm_loadu_si128(reinterpret_cast<const __m128i*>(from.data() + at + j)));
    std::memcpy(to + at, from.data() + at, from.size() - at);
    _mm_sfence();
}
#endif

/// part(first, last) for `cores` neighbouring parts of 0 ... bytes, at multiples of a page, all at once.
template <class Part>
void on_cores(std::size_t cores, std::size_t bytes, const Part& part) {
    constexpr std::size_t page = 4096;
    if (cores == 1) return part(std::size_t{0}, bytes);
    tbb::parallel_for(
        std::size_t{0}, cores,
        [&](std::size_t core) {
            const auto border = [&](std::size_t k) { return k == cores ? bytes : bytes / cores * k / page * page; };
            part(border(core), border(core + 1));
        },
        tbb::static_partitioner());
}

template <class T>
constexpr std::size_t lanes_of_register = xsimd::batch<T>::size;

/// 2 x registers x lanes x steps floating-point operations.
constexpr std::size_t fma_registers = 12, fma_steps = 100'000;

template <class T>
void multiply_and_add() {
    using batch = xsimd::batch<T>;
    [&]<std::size_t... r>(std::index_sequence<r...>) {
        batch a[fma_registers] = {batch(T(r) + 1)...};
        batch factor(T(0.999)), term(T(0.001));
        benchmark::DoNotOptimize(factor);
        benchmark::DoNotOptimize(term);
        for (std::size_t step = 0; step < fma_steps; ++step) ((a[r] = xsimd::fma(a[r], factor, term)), ...);
        (benchmark::DoNotOptimize(a[r]), ...);
    }
    (std::make_index_sequence<fma_registers>());
}

/// On one core and, where there are more, on all.
template <class Add>
void for_one_and_all(Add add) {
    add(std::size_t{1});
    if (all_cores() > 1) add(all_cores());
}

} // namespace

template <std::size_t Arrays>
void add_read_limits(contest& c, std::array<const std::byte*, Arrays> from, std::size_t size) {
    for_one_and_all([&](std::size_t cores) {
        c.add("read", role::limit, cores, static_cast<double>(size * Arrays), [=] {
            on_cores(cores, size, [&](std::size_t first, std::size_t last) {
                auto part = from;
                for (const std::byte*& array : part) array += first;
                read_bytes(part, last - first);
            });
        });
    });
}

template void add_read_limits(contest& c, std::array<const std::byte*, 1> from, std::size_t size);
template void add_read_limits(contest& c, std::array<const std::byte*, 2> from, std::size_t size);

void add_copy_limits(contest& c, std::span<const std::byte> from, std::span<std::byte> to) {
    const std::size_t size = std::min(from.size(), to.size());
    for_one_and_all([&](std::size_t cores) {
        const auto add = [&](const char* name, auto copy) {
            c.add(name, role::limit, cores, 2.0 * static_cast<double>(size), [=] {
                on_cores(cores, size, [&](std::size_t first, std::size_t last) {
                    copy(from.subspan(first, last - first), to.data() + first);
                });
            });
        };
        add("copy", [](auto... arguments) { copy_bytes(arguments...); });
#if defined(__SSE2__)
        if (size > this_machine().l2 / 2)
            add("streaming copy", [](auto... arguments) { copy_bytes_past_the_cache(arguments...); });
#endif
    });
}

template <class T>
void add_fma_limits(contest& c) {
    for_one_and_all([&](std::size_t cores) {
        const double flops = 2.0 * fma_registers * fma_steps * lanes_of_register<T> * static_cast<double>(cores);
        c.add("fma", role::limit, cores, flops,
              [=] { on_cores(cores, cores * 4096, [](std::size_t, std::size_t) { multiply_and_add<T>(); }); });
    });
}

template void add_fma_limits<float>(contest& c);
template void add_fma_limits<double>(contest& c);

} // namespace bench
