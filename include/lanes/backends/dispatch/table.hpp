// lanes/backends/dispatch/table.hpp: what a program and the library lanes::dispatch know of each other.
// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

// Nothing here depends on the compiler's flags. Hidden: every shared library uses the copy that it was linked with.
namespace lanes_dispatch {

/// The code of one call (calls.hpp), of which both sides know the type.
struct entry {
    void (*simd)(void* call);
    void (*threads)(void* call, const void* settings); // the settings are those of a threads_backend
};

/// The calls of one instruction set, in the order of lanes::dispatched_calls.
struct table {
    const char* name;
    const entry* entries;
};

/// The table in use; null until the first call. No static initialisation, so that calls may come from there.
[[gnu::visibility("hidden")]] extern std::atomic<const table*> chosen;

/// Chooses it.
[[gnu::visibility("hidden")]] const table& choose();

} // namespace lanes_dispatch
