// bench/report.cpp: progress, the table on the terminal, the verdict.
// SPDX-License-Identifier: MIT
#include "report.hpp"

#include "machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace bench {
namespace {

// Per cent. A quiet machine shows 2 to 5.
constexpr double noisy = 8;

std::string rate_cell(const outcome& o, const timing* t) {
    if (t == nullptr) return "-";
    if (!t->error.empty()) return "ERROR";
    return t->seconds > 0 ? short_number(t->rate() * unit_scale(o.unit)) : "-";
}
std::string ratio_cell(double ratio) {
    return ratio > 0 ? short_number(ratio) : "-";
}
std::string percent_cell(double percent) {
    char buffer[32] = "-";
    if (percent > 0) std::snprintf(buffer, sizeof buffer, "%.0f", percent);
    return buffer;
}

/// The backends, in the order in which contests name them.
std::vector<std::string> columns_of(const std::vector<outcome>& outcomes) {
    std::vector<std::string> names;
    for (const outcome& o : outcomes)
        for (const timing& t : o.timings)
            if (t.as == role::backend && std::find(names.begin(), names.end(), t.name) == names.end())
                names.push_back(t.name);
    return names;
}

void print_part_head(std::FILE* to, const outcome& first, const std::vector<std::string>& columns) {
    std::fprintf(to, "\n%s: %s\n", first.pattern.c_str(), unit_name(first.unit));
    std::fprintf(to, "%-43s%14s%15s", "", "limit       ", "naive loop    ");
    for (const std::string& name : columns) std::fprintf(to, name == "serial" ? "%8s" : "%13s       ", name.c_str());
    std::fprintf(to, "\n%-22s%-7s%-5s%9s%7s%7s%8s%7s", "kernel", "type", "size",
                 first.unit == unit::samples ? "samples" : "n", "1 core", "all", "any", "native");
    for (const std::string& name : columns) std::fprintf(to, name == "serial" ? "%8s" : "%8s%7s%5s", "rate", "x", "%");
    std::fprintf(to, "\n");
}

void print_line(std::FILE* to, const outcome& o, const std::vector<std::string>& columns) {
    std::fprintf(to, "%-22s%-7s%-5s%9zu", o.kernel.c_str(), o.type.c_str(), o.size.c_str(), o.elements);
    std::fprintf(to, "%7s%7s", rate_cell(o, o.limit(1)).c_str(), rate_cell(o, o.limit(all_cores())).c_str());
    std::fprintf(to, "%8s%7s", rate_cell(o, o.find(naive_plain)).c_str(), rate_cell(o, o.find(naive_native)).c_str());
    for (const std::string& name : columns) {
        const timing* t = o.find(name);
        std::fprintf(to, "%8s", rate_cell(o, t).c_str());
        if (name == "serial") continue;
        std::fprintf(to, "%7s%5s", t == nullptr ? "-" : ratio_cell(times_naive(o, *t, naive_plain)).c_str(),
                     t == nullptr ? "-" : percent_cell(percent_of_limit(o, *t)).c_str());
    }
    std::fprintf(to, "\n");
}

} // namespace

/// A rate in three digits or so: 9.87, 98.7, 987.
std::string short_number(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
    return buffer;
}

std::string short_time(double seconds) {
    const double scales[] = {1e9, 1e6, 1e3};
    const char* units[] = {"ns", "us", "ms"};
    const int u = seconds < 1e-6 ? 0 : seconds < 1e-3 ? 1 : 2;
    const double value = seconds * scales[u];
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, units[u]);
    return buffer;
}

const char* unit_name(unit u) {
    switch (u) {
    case unit::flops: return "GFLOP/s";
    case unit::samples: return "million samples/s";
    default: return "GB/s, bytes read and written";
    }
}
double unit_scale(unit u) {
    return u == unit::samples ? 1e-6 : 1e-9;
}

double times_naive(const outcome& o, const timing& t, const char* naive) {
    const timing* loop = o.find(naive);
    return loop == nullptr || loop->rate() == 0 ? 0 : t.rate() / loop->rate();
}

double percent_of_limit(const outcome& o, const timing& t) {
    const timing* limit = o.limit(t.cores);
    return limit == nullptr || limit->rate() == 0 ? 0 : 100 * t.rate() / limit->rate();
}

void progress::next(const std::string& name) {
    ++count_;
    const bool live = isatty(STDERR_FILENO) != 0;
    std::fprintf(stderr, live ? "\r[%3zu/%zu] %4.0f s  %-50s" : "[%3zu/%zu] %4.0f s  %s\n", count_, total_, seconds(),
                 name.c_str());
    std::fflush(stderr);
}

void progress::done() {
    if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r%-75s\r", "");
}

double progress::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void print_head(std::FILE* to, const std::string& title) {
    std::fprintf(to, "%s\n", title.c_str());
    for (const auto& [name, value] : description()) std::fprintf(to, "  %-12s %s\n", name.c_str(), value.c_str());
}

void print_table(std::FILE* to, const std::vector<outcome>& outcomes) {
    const auto columns = columns_of(outcomes);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (i == 0 || outcomes[i].pattern != outcomes[i - 1].pattern) print_part_head(to, outcomes[i], columns);
        print_line(to, outcomes[i], columns);
    }
    std::fprintf(
        to,
        "\nlimit  reading or copying the same arrays, or fused multiply-adds on registers: on one core, and the better "
        "of "
        "one and all\n"
        "naive  the plain loop, compiled for any processor of the family and for this one (native)\n"
        "x      times the naive loop for any processor;   %%  of the limit on as many cores\n"
        "Each figure is the median of shuffled rounds. Of large matrix products, serial and the naive loops compute "
        "the last rows only.\n\n");
}

bool print_verdict(std::FILE* to, const std::vector<outcome>& outcomes, double seconds) {
    std::size_t compared = 0, equal = 0, errors = 0;
    std::vector<double> spreads{0};
    for (const outcome& o : outcomes) {
        compared += o.compared;
        equal += o.equal;
        if (!o.error.empty()) {
            ++errors;
            std::fprintf(to, "ERROR %s: %s\n", o.name().c_str(), o.error.c_str());
        }
        for (const timing& t : o.timings) {
            if (t.rounds > 2) spreads.push_back(t.spread);
            if (t.error.empty()) continue;
            if (t.as == role::peer) { // not a fault of lanes
                std::fprintf(to, "left out: %s/%s: %s\n", o.name().c_str(), t.name.c_str(), t.error.c_str());
                continue;
            }
            ++errors;
            std::fprintf(to, "ERROR %s/%s: %s\n", o.name().c_str(), t.name.c_str(), t.error.c_str());
        }
    }
    if (errors == 0) std::fprintf(to, "all bits equal: %zu of %zu results have the bits of serial", equal, compared);
    else std::fprintf(to, "NOT ALL BITS EQUAL: %zu of %zu results have the bits of serial", equal, compared);
    std::nth_element(spreads.begin(), spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2), spreads.end());
    const double noise = 100 * spreads[spreads.size() / 2];
    std::fprintf(to, "; %.0f s in all\n", seconds);
    std::fprintf(to, "noise: half of the rounds of a row lie within %.0f %% of each other%s\n", noise,
                 noise > noisy ? "; the machine was busy: repeat when it is quiet" : "");
    return errors == 0;
}

} // namespace bench
