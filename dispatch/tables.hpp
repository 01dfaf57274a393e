// dispatch/tables.hpp: the instruction sets of lanes::dispatch, best first.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/dispatch/table.hpp>

namespace lanes_dispatch {

#if defined(__x86_64__)
[[gnu::visibility("hidden")]] extern const entry *const avx512, *const avx2, *const sse4_2, *const sse2;
#elif defined(__aarch64__)
[[gnu::visibility("hidden")]] extern const entry* const neon;
#endif

} // namespace lanes_dispatch
