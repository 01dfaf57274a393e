// lanes/backends/dispatch.hpp: the instruction set that `simd`, `threads` and `automatic` use where none is named.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/dispatch/table.hpp>

#if !__has_include(<xsimd/xsimd.hpp>)
#error "lanes: xsimd is not in the include path; lanes needs xsimd 13 or newer, whose headers are enough"
#endif
#include <xsimd/xsimd.hpp>
#if XSIMD_VERSION_MAJOR < 13
#error "lanes: the xsimd in the include path is too old; lanes needs xsimd 13 or newer, whose headers are enough"
#endif

namespace lanes {

/// Stands for an instruction set that is chosen when the program runs. `Own` is what the caller's flags allow: models and
/// operations of the user's own run on it, and it makes the types, so the functions, of files with other flags others.
template <class Own>
struct best_of_cpu {
    static const lanes_dispatch::table& table() {
        const lanes_dispatch::table* known = lanes_dispatch::chosen.load(std::memory_order_acquire);
        return known != nullptr ? *known : lanes_dispatch::choose();
    }
    static const char* name() { return table().name; }
};
using best_of_this_cpu = best_of_cpu<xsimd::default_arch>;

#if defined(LANES_DISPATCH) // linked with lanes::dispatch
using architecture = best_of_this_cpu;
#else
using architecture = xsimd::default_arch;
#endif

/// The instruction set in use: the best that this CPU has if the program links lanes::dispatch, otherwise what the
/// compiler's flags allow. Of lanes::dispatch the names are "sse2", "sse4.2", "avx2", "avx512" and "neon"; the
/// environment variable LANES_ISA, set to one of them, replaces the choice.
/// throws std::runtime_error, as every kernel then does, if LANES_ISA names what this CPU lacks or no name at all
template <class Arch = architecture> // named, since files with other flags have another
const char* isa() {
    return Arch::name();
}

} // namespace lanes
