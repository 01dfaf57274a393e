// lanes/core/caches.hpp: the caches of the machine that a program runs on, where speed depends on them and no result does.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/target.hpp>

#include <cstddef>

#if defined(__unix__)
#include <unistd.h>
#endif

namespace lanes {
inline namespace LANES_TARGET {

/// Bytes of one core's second-level cache; 1 MiB where the system does not tell. The system is asked once.
inline std::size_t second_cache_bytes() {
    static const std::size_t bytes = [] {
        constexpr std::size_t otherwise = std::size_t{1} << 20;
#if defined(_SC_LEVEL2_CACHE_SIZE)
        const long told = sysconf(_SC_LEVEL2_CACHE_SIZE);
        return told > 0 ? static_cast<std::size_t>(told) : otherwise;
#else
        return otherwise;
#endif
    }();
    return bytes;
}

} // namespace LANES_TARGET
} // namespace lanes
