// bench/main.cpp: chooses the contests, runs them, reports.
// SPDX-License-Identifier: MIT
#include "input_report.hpp"
#include "machine.hpp"
#include "options.hpp"
#include "report.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>

namespace {

/// What one contest may take for timing, and what all together should: the seconds left are shared by those to come.
struct time_limits {
    double each, all;
};
time_limits limits_of(const bench::options& chosen) {
    switch (chosen.view) {
    case bench::view::peers: return chosen.quick ? time_limits{1, 120} : time_limits{3, 720};
    case bench::view::dispatch: return chosen.quick ? time_limits{0.3, 30} : time_limits{0.6, 120};
    case bench::view::regret: return chosen.quick ? time_limits{0.3, 20} : time_limits{1, 90};
    default: return chosen.quick ? time_limits{0.5, 35} : time_limits{2.5, 210};
    }
}

/// What stands below the head; true if there is no error.
bool print_results(std::FILE* to, const bench::options& chosen, const std::vector<bench::outcome>& outcomes,
                   double seconds) {
    switch (chosen.view) {
    case bench::view::peers:
        bench::print_table(to, outcomes);
        bench::print_peers(to, outcomes);
        break;
    case bench::view::dispatch: bench::print_dispatch(to, outcomes); break;
    case bench::view::regret: bench::print_regret(to, outcomes); break;
    case bench::view::table: bench::print_table(to, outcomes); break;
    }
    return bench::print_verdict(to, outcomes, seconds);
}

void describe_run(const bench::options& chosen) {
    auto& lines = bench::description();
    lines.emplace_back("command", chosen.command);
    std::string versions;
    for (const bench::peer& each : bench::peers_in_use())
        if (versions.find(each.name + " ") == std::string::npos && each.name.find(' ') == std::string::npos)
            versions += (versions.empty() ? "" : ", ") + each.name + " " + each.version;
    if (!versions.empty()) lines.emplace_back("peers", versions);
}

bool run_table(const bench::options& chosen) {
#if LANES_BENCH_HAS_PEERS
    if (chosen.view == bench::view::peers) bench::peers_in_use() = bench::found_peers(bench::all_cores());
#endif
    const auto tasks = bench::schedule(chosen);
    if (tasks.empty())
        throw bench::usage_error("no kernel/type/size is left by --filter and --size; the kernels are " +
                                 bench::kernel_names());
    describe_run(chosen);
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(nullptr, std::fclose);
    if (!chosen.report.empty()) {
        file.reset(std::fopen(chosen.report.c_str(), "w"));
        if (!file) throw std::runtime_error("the report '" + chosen.report + "' cannot be written");
    }
    const char* title = "lanes bench: each result is compared with serial's bits, then timed";
    bench::print_head(stdout, title);
    std::fflush(stdout);
    const time_limits limits = limits_of(chosen);
    bench::progress progress(tasks.size());
    std::vector<bench::outcome> outcomes(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        progress.next(tasks[i].name);
        const double left = limits.all - progress.seconds();
        const double share = std::max(left, 0.0) / static_cast<double>(tasks.size() - i);
        outcomes[tasks[i].place] = tasks[i].run(std::min(share, limits.each));
    }
    progress.done();
    const double seconds = progress.seconds();
    const bool good = print_results(stdout, chosen, outcomes, seconds);
    if (file) {
        bench::print_head(file.get(), title);
        print_results(file.get(), chosen, outcomes, seconds);
    }
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
