// lanes/backends/simd/streaming.hpp: results that go past the caches, where the whole output has no room in them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/unrolled.hpp>
#include <lanes/core/number.hpp>

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes {

/// Bytes of output from which on it is streamed: an ordinary store to memory reads its line first, but one to a line in a
/// cache is faster than any to memory. Measured on a Xeon with busy neighbours (L2 2 MiB), GB/s of ema read and written,
/// plain and streamed: double, 8 MB 19 and 18; 16 MB 15 and 15; 24 MB 14 and 18; 32 MB 10 and 21; float, 8 MB 23 and 18;
/// 16 MB 12 and 20; 40 MB 9 and 13.
inline constexpr std::size_t streamed_bytes = std::size_t{16} << 20;

/// What is read and written so many elements later is fetched, across the borders of pages where processors' own fetching
/// ends. ema of 8 MB (L3): 20.6 GB/s without, 23.7 with what is read, 27.3 with both; the latter costs 2 % in L2.
template <real T>
inline constexpr std::ptrdiff_t fetched_ahead = 4096 / sizeof(T);

/// Bytes of input from which on windows do so: with as many results they leave L2 (2 MiB), and before that it costs them
/// 4 to 10 %. moving_average of 8 MB, width 20 and 200, double: 10.3 and 10.5 GB/s without, 16.3 and 14.0 with.
inline constexpr std::size_t fetched_bytes = std::size_t{1} << 20;

/// Asks for the lines of `count` elements from data[at] on, to be read or written; no matter whether they exist. `nearest`:
/// the cache that they come into, the second where a tile fills the first (moving_average, width 200, 80 MB: 10.9 GB/s by
/// the first, 12.8 by the second).
template <bool is_written, std::size_t count, int nearest = 1, class T>
[[gnu::always_inline]] inline void fetch(const T* data, std::ptrdiff_t at) {
    const auto first = reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(at) * sizeof(T);
    unrolled<(count * sizeof(T) + 63) / 64>([&](auto line) __attribute__((always_inline)) { // -O2 leaves a loop as one
        __builtin_prefetch(reinterpret_cast<const void*>(first + 64 * line), is_written, 4 - nearest);
    });
}

/// Whether there are stores past the caches.
template <class Arch>
inline constexpr bool has_streams = std::is_base_of_v<xsimd::sse2, Arch> || std::is_base_of_v<xsimd::avx, Arch> ||
                                    std::is_base_of_v<xsimd::avx512f, Arch>;

/// A store past the caches, to where a register is aligned.
template <real T, class Arch>
[[gnu::always_inline]] inline void stream(T* to, xsimd::batch<T, Arch> value) {
#if defined(__AVX512F__)
    if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>) {
        if constexpr (sizeof(T) == 8) return _mm512_stream_pd(to, value);
        else return _mm512_stream_ps(to, value);
    }
#endif
#if defined(__AVX__)
    if constexpr (std::is_base_of_v<xsimd::avx, Arch>) {
        if constexpr (sizeof(T) == 8) return _mm256_stream_pd(to, value);
        else return _mm256_stream_ps(to, value);
    }
#endif
#if defined(__SSE2__)
    if constexpr (std::is_base_of_v<xsimd::sse2, Arch>) {
        if constexpr (sizeof(T) == 8) return _mm_stream_pd(to, value);
        else return _mm_stream_ps(to, value);
    }
#endif
    value.store_aligned(to);
}

/// Other threads that are told of streamed results from now on see them.
inline void end_of_streams() {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

/// A way for results to memory: straight, or by a room in L1 from where whole lines are streamed.
template <class Arch, real T, std::size_t most>
class way_to_memory {
public:
    explicit way_to_memory(bool streams) : streams_(streams && has_streams<Arch>) {}
    way_to_memory(const way_to_memory&) = delete;
    way_to_memory& operator=(const way_to_memory&) = delete;
    ~way_to_memory() {
        if (streams_) end_of_streams();
    }

    /// Where to put results that belong to `to`; as far from the border of a line.
    T* room_for(T* to) {
        sent_ = 0;
        return streams_ ? place_of(to) : to;
    }

    /// The first `count` results lie there now, of those that were not sent before. Whole lines alone, unless these are all:
    /// sent little by little, results leave while the next are computed.
    void send_lines(T* to, std::size_t count) {
        if (!streams_) return;
        const T* from = place_of(to);
        if (sent_ == 0) {
            const std::size_t head = (step - static_cast<std::size_t>(from - room_.data())) % step;
            if (count < head) return;
            std::copy_n(from, head, to);
            sent_ = head;
        }
        for (; sent_ + step <= count; sent_ += step) stream_line(from + sent_, to + sent_);
    }
    void send(T* to, std::size_t count) {
        send_lines(to, count);
        if (streams_) std::copy_n(place_of(to) + sent_, count - sent_, to + sent_);
    }

private:
    static constexpr std::size_t line = 64, step = line / sizeof(T);

    T* place_of(const T* to) { return room_.data() + reinterpret_cast<std::uintptr_t>(to) % line / sizeof(T); }

#if defined(__SSE2__)
    [[gnu::always_inline]] static void stream_line(const T* from, T* to) {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>)
            return _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
#endif
#if defined(__AVX__)
        if constexpr (std::is_base_of_v<xsimd::avx, Arch>) {
            const auto* halves = reinterpret_cast<const __m256i*>(from);
            auto* half = reinterpret_cast<__m256i*>(to);
            for (std::size_t k = 0; k < 2; ++k) _mm256_stream_si256(half + k, _mm256_loadu_si256(halves + k));
            return;
        }
#endif
        const auto* source = reinterpret_cast<const __m128i*>(from);
        auto* target = reinterpret_cast<__m128i*>(to);
        for (std::size_t k = 0; k < 4; ++k) _mm_stream_si128(target + k, _mm_loadu_si128(source + k));
    }
#else
    static void stream_line(const T* from, T* to) {
        std::copy_n(from, line / sizeof(T), to);
    }
#endif

    bool streams_;
    std::size_t sent_ = 0;
    alignas(line) std::array<T, most + step> room_;
};

} // namespace lanes
