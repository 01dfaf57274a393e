// lanes/core/pages.hpp: memory of large arrays: in huge pages, and the pages of freed arrays for the next ones.
// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lanes {

/// Pages that a program touches for the first time cost more than a kernel's work on them, since the system fills them
/// with zeros, and a kernel that writes past the caches has to wait until those zeros have left them: ema into 80 MB
/// takes 8.2 ms, returned in 25 ms, with pages kept 8.4 ms (double, simd, AVX-512, huge pages). So the memory of the last
/// few large arrays is kept when they are freed. The system may take it back whenever it needs it (MADV_FREE).
class large_memory {
public:
    static constexpr std::size_t huge_page = std::size_t{2} << 20;
    static constexpr std::size_t least = 2 * huge_page;              // bytes of what counts as large
    static constexpr std::size_t most_kept = std::size_t{256} << 20; // bytes; larger ones go back at once
    static constexpr std::size_t blocks_kept = 2;

    /// At least `bytes`, aligned to a huge page; what they hold is of no meaning.   throws std::bad_alloc
    static void* get(std::size_t bytes) {
        const std::size_t size = in_pages(bytes);
        if (size <= most_kept)
            for (std::atomic<block*>& place : kept) {
                block* found = place.exchange(nullptr, std::memory_order_acquire);
                if (found == nullptr) continue;
                if (found->size == size) return found;
                put_at(place, found);
            }
        void* memory = ::operator new (size, std::align_val_t{huge_page});
#if defined(__linux__)
        madvise(memory, size, MADV_HUGEPAGE); // only advice
#endif
        return memory;
    }

    /// Gives back what `get(bytes)` returned.
    static void put(void* memory, std::size_t bytes) {
        const std::size_t size = in_pages(bytes);
#if defined(__linux__) && defined(MADV_FREE)
        // The first page holds the size, so it stays.
        if (keeps && size <= most_kept &&
            madvise(static_cast<char*>(memory) + huge_page, size - huge_page, MADV_FREE) == 0) {
            block* freed = ::new (memory) block{size};
            for (std::atomic<block*>& place : kept) {
                block* nothing = nullptr;
                if (place.compare_exchange_strong(nothing, freed, std::memory_order_release, std::memory_order_relaxed))
                    return;
            }
            // Full: what is used now is used again sooner than what has waited.
            memory = kept[0].exchange(freed, std::memory_order_acq_rel);
            if (memory == nullptr) return;
        }
#endif
        ::operator delete (memory, std::align_val_t{huge_page});
    }

private:
    struct block {
        std::size_t size;
    };

#if defined(__SANITIZE_ADDRESS__)
#define LANES_KEEPS_MEMORY false // the sanitizer is to see uses of what was freed
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LANES_KEEPS_MEMORY false
#endif
#endif
#if !defined(LANES_KEEPS_MEMORY)
#define LANES_KEEPS_MEMORY true
#endif
    static constexpr bool keeps = LANES_KEEPS_MEMORY;
#undef LANES_KEEPS_MEMORY

    static std::size_t in_pages(std::size_t bytes) {
        return (bytes + huge_page - 1) / huge_page * huge_page;
    }

    /// Back to where it was taken from, or freed if another has come there meanwhile.
    static void put_at(std::atomic<block*>& place, block* found) {
        block* nothing = nullptr;
        if (!place.compare_exchange_strong(nothing, found, std::memory_order_release, std::memory_order_relaxed))
            ::operator delete (found, std::align_val_t{huge_page});
    }

    // Without a destructor: arrays may be freed when the process ends.
    static inline constinit std::atomic<block*> kept[blocks_kept] = {};
};

} // namespace lanes
