// dispatch/choose.cpp: the instruction set of this run: the best that the CPU has, or the one that LANES_ISA names.
// SPDX-License-Identifier: MIT
#include "cpu.hpp"
#include "tables.hpp"

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace lanes_dispatch {
namespace {

struct candidate {
    table calls;
    bool is_here;
};

/// The word `name` in the list, or the best one that is here if there is no name. Tables are never destroyed, since
/// kernels may run as long as the process does.
const table& pick(const char* name) {
#if defined(__x86_64__)
    static const int level = level_of_cpu();
    static const candidate all[] = {{{"avx512", avx512}, level >= 4},
                                    {{"avx2", avx2}, level >= 3},
                                    {{"sse4.2", sse4_2}, level >= 2},
                                    {{"sse2", sse2}, true}};
#elif defined(__aarch64__)
    static const candidate all[] = {{{"neon", neon}, true}};
#endif
    const bool is_named = name != nullptr && *name != '\0';
    std::string here, known;
    for (const candidate& each : all) {
        if (each.is_here && (!is_named || std::strcmp(name, each.calls.name) == 0)) return each.calls;
        known += std::string(known.empty() ? "" : ", ") + each.calls.name;
        if (each.is_here) here += std::string(here.empty() ? "" : ", ") + each.calls.name;
    }
    const bool is_known = (", " + known + ",").find(", " + std::string(name) + ",") != std::string::npos;
    throw std::runtime_error("lanes: the environment variable LANES_ISA is \"" + std::string(name) + "\"" +
                             (is_known ? ", which this CPU or its operating system lacks" : "") +
                             "; it must be one of: " + here);
}

} // namespace

constinit std::atomic<const table*> chosen{nullptr};

const table& choose() {
    const table& best = pick(std::getenv("LANES_ISA"));
    chosen.store(&best, std::memory_order_release); // several threads may come here at once: with the same answer
    return best;
}

} // namespace lanes_dispatch
