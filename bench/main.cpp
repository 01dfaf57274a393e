// bench/main.cpp: chooses the contests, runs them, reports.
// SPDX-License-Identifier: MIT
#include "input_report.hpp"
#include "options.hpp"
#include "report.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace {

// What one contest may take for timing, and what all together should: the seconds left are shared by those to come.
constexpr double most_full = 2.5, all_full = 210, most_quick = 0.5, all_quick = 35;

bool run_table(const bench::options& chosen) {
    auto tasks = bench::schedule(chosen);
    if (tasks.empty())
        throw bench::usage_error("no kernel/type/size is left by --filter and --size; the kernels are " +
                                 bench::kernel_names());
    bench::print_head("lanes bench: each result is compared with serial's bits, then timed");
    std::fflush(stdout);
    bench::progress progress(tasks.size());
    std::vector<bench::outcome> outcomes(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        progress.next(tasks[i].name);
        const double left = (chosen.quick ? all_quick : all_full) - progress.seconds();
        const double share = std::max(left, 0.0) / static_cast<double>(tasks.size() - i);
        outcomes[tasks[i].place] = tasks[i].run(std::min(share, chosen.quick ? most_quick : most_full));
    }
    progress.done();
    bench::print_table(outcomes);
    const bool good = bench::print_verdict(outcomes, progress.seconds());
    if (!chosen.json.empty()) {
        bench::write_json(outcomes, chosen.json);
        std::printf("all figures: %s\n", chosen.json.c_str());
    }
    return good;
}

} // namespace

int main(int count, char** arguments) {
    try {
        const bench::options chosen = bench::parse(count, arguments);
        if (chosen.help) {
            std::fputs(bench::usage, stdout);
            return 0;
        }
        bench::start_google_benchmark(arguments[0]);
        return (chosen.input.empty() ? run_table(chosen) : bench::run_input(chosen)) ? 0 : 1;
    } catch (const bench::usage_error& error) {
        std::fprintf(stderr, "lanes_bench: %s\n(--help lists the options)\n", error.what());
        return 2;
    } catch (const bench::input_error& error) {
        std::fprintf(stderr, "lanes_bench: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "lanes_bench: %s\n", error.what());
        return 1;
    }
}
