// dispatch/instruction_set.cpp: all calls of lanes::dispatch for one instruction set. Compiled once for each, with its
// -march and with LANES_DISPATCH_TABLE, the name of the table; cmake/dispatch.cmake then hides every other symbol.
// SPDX-License-Identifier: MIT
#include "tables.hpp"

#include <lanes/backends/dispatch/calls.hpp>
#include <lanes/lanes.hpp>

namespace {

using arch = xsimd::default_arch;

/// A threads_backend is the same in memory whatever its architecture is.
const lanes::threads_backend<arch>& backend_with(const void* settings) {
    return *static_cast<const lanes::threads_backend<arch>*>(settings);
}

template <class... Calls>
struct entries_of {
    static constexpr lanes_dispatch::entry all[] = {
        {[](void* call) { static_cast<Calls*>(call)->on(lanes::simd_backend<arch>()); },
         [](void* call, const void* settings) { static_cast<Calls*>(call)->on(backend_with(settings)); }}...};
};

} // namespace

constinit const lanes_dispatch::entry* const lanes_dispatch::LANES_DISPATCH_TABLE =
    lanes::dispatched_calls::as<entries_of>::all;
