// bench/report_views.cpp: the tables of --peers, --dispatch and --regret.
// SPDX-License-Identifier: MIT
#include "machine.hpp"
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

namespace bench {
namespace {

std::string name_cell(const outcome& o) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%-26s%-7s%10zu", o.kernel.c_str(), o.type.c_str(), o.elements);
    return buffer;
}

std::string rate_text(const outcome& o, const timing* t) {
    if (t == nullptr) return "-";
    if (!t->error.empty()) return "WRONG";
    return t->seconds > 0 ? short_number(t->rate() * unit_scale(o.unit)) : "-";
}

/// Loops and libraries that use as many cores: the plain loops use one.
std::vector<const timing*> rivals_of(const outcome& o, std::size_t cores) {
    std::vector<const timing*> rivals;
    for (const timing& t : o.timings)
        if (t.seconds > 0 && t.cores == cores && (t.as == role::peer || t.as == role::naive)) rivals.push_back(&t);
    return rivals;
}

struct standing {
    std::size_t rows = 0, ahead = 0;
};

void print_rivals(std::FILE* to, const std::vector<outcome>& outcomes, std::size_t cores, const char* backend) {
    standing total;
    for (std::size_t i = 0; i < outcomes.size();) {
        std::size_t last = i;
        std::vector<std::string> columns;
        for (; last < outcomes.size() && outcomes[last].pattern == outcomes[i].pattern; ++last)
            for (const timing* t : rivals_of(outcomes[last], cores))
                if (std::find(columns.begin(), columns.end(), t->name) == columns.end()) columns.push_back(t->name);
        if (!columns.empty()) {
            std::fprintf(to, "\n%s on %zu core%s: %s\n%-26s%-7s%10s%10s", outcomes[i].pattern.c_str(), cores,
                         cores == 1 ? "" : "s", unit_name(outcomes[i].unit), "kernel", "type",
                         outcomes[i].unit == unit::samples ? "samples" : "n", backend);
            for (const std::string& name : columns)
                std::fprintf(to, "%*s", static_cast<int>(std::max<std::size_t>(9, name.size() + 2)), name.c_str());
            std::fprintf(to, "   %-14s%8s\n", "best of them", "lanes x");
        }
        for (; i < last; ++i) {
            const outcome& o = outcomes[i];
            const auto rivals = rivals_of(o, cores);
            if (rivals.empty()) continue;
            const timing* own = o.find(backend);
            std::fprintf(to, "%s%10s", name_cell(o).c_str(), rate_text(o, own).c_str());
            for (const std::string& name : columns)
                std::fprintf(to, "%*s", static_cast<int>(std::max<std::size_t>(9, name.size() + 2)),
                             rate_text(o, o.find(name)).c_str());
            const timing* best = *std::max_element(
                rivals.begin(), rivals.end(), [](const timing* a, const timing* b) { return a->rate() < b->rate(); });
            const double ratio = own == nullptr ? 0 : own->rate() / best->rate();
            if (own != nullptr) {
                ++total.rows;
                total.ahead += ratio >= 1;
            }
            std::fprintf(to, "   %-14s%8.2f%s\n", best->name.c_str(), ratio, ratio < 1 ? "  behind" : "");
        }
    }
    if (total.rows > 0)
        std::fprintf(to, "\n%s is at least as fast as the best of them in %zu of %zu rows; the others are marked.\n",
                     backend, total.ahead, total.rows);
}

} // namespace

void print_peers(std::FILE* to, const std::vector<outcome>& outcomes) {
    std::fprintf(to, "Other libraries and plain loops (naive: for any processor; native: for this one)\n");
    print_rivals(to, outcomes, 1, "simd");
    if (all_cores() > 1) print_rivals(to, outcomes, all_cores(), "threads");
    std::fprintf(to, "\nResults of other libraries are checked for being near, not for bits.\n\n");
}

void print_dispatch(std::FILE* to, const std::vector<outcome>& outcomes) {
#if LANES_BENCH_HAS_DISPATCH
    const char* isa = lanes::best_of_this_cpu::name();
#else
    const char* isa = "not built";
#endif
    std::fprintf(to,
                 "\nsimd: headers compiled with the flags above; dispatch: lanes::dispatch (%s) called from a file "
                 "compiled with plain -O2\n%-26s%-7s%10s%13s%13s%12s%13s\n",
                 isa, "kernel", "type", "n", "simd", "dispatch", "% of simd", "difference");
    for (const outcome& o : outcomes) {
        const timing *simd = o.find("simd"), *dispatch = o.find(by_dispatch);
        if (simd == nullptr || dispatch == nullptr || simd->seconds == 0 || dispatch->seconds == 0) continue;
        const double percent = 100 * simd->seconds / dispatch->seconds,
                     added = 1e9 * (dispatch->seconds - simd->seconds);
        const bool small = simd->seconds < 1e-6;
        std::fprintf(to, "%s%13s%13s%12.1f%10.1f ns%s\n", name_cell(o).c_str(), short_time(simd->seconds).c_str(),
                     short_time(dispatch->seconds).c_str(), percent, added,
                     (small ? added > 5 && percent < 97 : percent < 97) ? "  slower" : "");
    }
    std::fprintf(
        to, "\nslower: below 97 %% of simd, and of calls shorter than a microsecond those to which more than 5 ns are "
            "added.\n\n");
}

void print_regret(std::FILE* to, const std::vector<outcome>& outcomes) {
    const char* const backends[] = {"simd", "threads", always_split};
    std::fprintf(
        to,
        "\nsplit is threads that splits whatever the size; regret is what automatic takes longer than the best of "
        "the others\n%-26s%-7s%10s%13s%13s%13s%13s  %-10s%8s\n",
        "kernel", "type", "n", "automatic", "simd", "threads", "split", "best", "regret");
    double worst = 0;
    for (const outcome& o : outcomes) {
        const timing *automatic = o.find("automatic"), *best = nullptr;
        if (automatic == nullptr || automatic->seconds == 0) continue;
        std::fprintf(to, "%s%13s", name_cell(o).c_str(), short_time(automatic->seconds).c_str());
        for (const char* name : backends) {
            const timing* t = o.find(name);
            std::fprintf(to, "%13s", t == nullptr || t->seconds == 0 ? "-" : short_time(t->seconds).c_str());
            if (t != nullptr && t->seconds > 0 && (best == nullptr || t->seconds < best->seconds)) best = t;
        }
        const double regret = best == nullptr ? 0 : 100 * (automatic->seconds / best->seconds - 1);
        worst = std::max(worst, regret);
        std::fprintf(to, "  %-10s%7.1f%%%s\n", best == nullptr ? "" : best->name.c_str(), regret,
                     regret > 5 ? "  more than 5" : "");
    }
    std::fprintf(
        to,
        "\nworst regret: %.1f %%. automatic splits work of which one core needs more than %.0f us, in a loop of "
        "calls as here\nmore than %.0f us (threads_backend::worth_splitting), by the costs that the cells in "
        "backends/threads/ name.\n\n",
        worst, decltype(lanes::threads)::worth_splitting * 1e-3,
        decltype(lanes::threads)::worth_splitting_awake * 1e-3);
}

} // namespace bench
