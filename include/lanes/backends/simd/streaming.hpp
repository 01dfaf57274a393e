// lanes/backends/simd/streaming.hpp: results that go past the caches, where the whole output has no room in them.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/number.hpp>

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lanes {

/// Bytes of output from which on it is streamed: an ordinary store to memory reads its line first, but one to a line in a
/// cache is faster than any to memory. Measured on a Xeon (2 MiB of L2, and what its neighbours leave of 480 MiB of L3),
/// nanoseconds per result of moving_average, width 20, double, plain and streamed: 32 MB 0.62, 0.76; 40 MB 0.87, 0.76;
/// 48 MB 0.94, 0.77; 64 MB 1.33, 0.80; 128 MB 1.31, 0.83. Of ema: 0.60, 0.77; 0.74, 0.77; 0.90, 0.77; 1.19, 0.77; 1.25,
/// 0.93.
inline constexpr std::size_t streamed_bytes = std::size_t{44} << 20;

/// A way for results to memory: straight, or by a room in L1 from where whole lines are streamed.
template <class Arch, real T, std::size_t most>
class way_to_memory {
public:
    explicit way_to_memory(bool streams) : streams_(streams && has_streams) {}
    way_to_memory(const way_to_memory&) = delete;
    way_to_memory& operator=(const way_to_memory&) = delete;
    ~way_to_memory() {
#if defined(__SSE2__)
        if (streams_) _mm_sfence(); // other threads that are told of the results see them
#endif
    }

    /// Where to put results that belong to `to`; as far from the border of a line.
    T* room_for(T* to) {
        return streams_ ? room_.data() + reinterpret_cast<std::uintptr_t>(to) % line / sizeof(T) : to;
    }

    /// `count` results lie there now. ahead: as many elements that will be read soon, or null; memory looks for them
    /// while it takes the results.
    void send(T* to, std::size_t count, const T* ahead) {
        if (!streams_) return;
        const T* from = room_for(to);
        constexpr std::size_t step = line / sizeof(T);
        const std::size_t head = std::min(count, (step - static_cast<std::size_t>(from - room_.data())) % step);
        std::copy_n(from, head, to);
        std::size_t i = head;
        for (; i + step <= count; i += step) {
            if (ahead != nullptr) __builtin_prefetch(ahead + i);
            stream_line(from + i, to + i);
        }
        std::copy_n(from + i, count - i, to + i);
    }

private:
    static constexpr std::size_t line = 64;
#if defined(__SSE2__)
    static constexpr bool has_streams = true;
    [[gnu::always_inline]] static void stream_line(const T* from, T* to) {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, Arch>)
            return _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
#endif
        const auto* source = reinterpret_cast<const __m128i*>(from);
        auto* target = reinterpret_cast<__m128i*>(to);
        for (std::size_t k = 0; k < 4; ++k) _mm_stream_si128(target + k, _mm_loadu_si128(source + k));
    }
#else
    static constexpr bool has_streams = false;
    static void stream_line(const T* from, T* to) {
        std::copy_n(from, line / sizeof(T), to);
    }
#endif

    bool streams_;
    alignas(line) std::array<T, most + line / sizeof(T)> room_;
};

} // namespace lanes
