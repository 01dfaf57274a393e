// bench/measure.cpp: Google Benchmark runs the contestants in shuffled turns; ratios are those of medians.
// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <lanes/core/number.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <exception>
#include <map>

namespace bench {
namespace {

constexpr std::size_t fewest_rounds = 3, most_rounds = 61;

double seconds_of(const contestant& one, std::size_t calls) {
    const auto start = std::chrono::steady_clock::now();
    one.repeat(calls);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(calls);
}

/// The result that is expected, and comparisons with it.
template <class T>
class comparison {
public:
    comparison(std::span<T> result, const std::function<void()>& reference) : expected_(result.size()) {
        clear(result);
        reference();
        std::copy(result.begin(), result.end(), expected_.begin());
    }
    /// A value that no kernel returns: what is not written is seen.
    static void clear(std::span<T> result) { std::fill(result.begin(), result.end(), static_cast<T>(-0x1.23456p-77)); }

    /// Number of elements whose bits differ. Any NaN equals any other: their payload is not promised.
    std::size_t differences(std::span<const T> result) const {
        if (std::memcmp(result.data(), expected_.data(), result.size_bytes()) == 0) return 0;
        std::size_t count = 0;
        for (std::size_t i = 0; i < result.size(); ++i) {
            const T got = lanes::canonical_nan(result[i]), wanted = lanes::canonical_nan(expected_[i]);
            if (std::memcmp(&got, &wanted, sizeof(T)) != 0) ++count;
        }
        return count;
    }

    /// The largest difference among the first `count` elements; NaN if there is one.
    double distance(std::span<const T> result, std::size_t count) const {
        double largest = 0;
        for (std::size_t i = 0; i < std::min(count, result.size()); ++i) {
            const double apart = std::abs(static_cast<double>(result[i]) - static_cast<double>(expected_[i]));
            if (!(apart <= largest)) largest = apart;
            if (std::isnan(apart)) break;
        }
        return largest;
    }

private:
    lanes::array<T> expected_;
};

/// Keeps the time of each turn, by the name of the benchmark.
class collector : public benchmark::BenchmarkReporter {
public:
    std::map<std::string, std::vector<double>> turns;

    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs)
            if (run.run_type == Run::RT_Iteration)
                turns[run.run_name.function_name].push_back(run.real_accumulated_time /
                                                            static_cast<double>(run.iterations));
    }
};

/// Compares the backends and estimates the time of each contestant (which also warms caches and pages).
template <class T>
void compare(const contest& c, std::span<T> result, outcome& out, std::vector<double>& estimates) {
    comparison<T> bits(result, c.reference);
    for (std::size_t i = 0; i < c.contestants.size(); ++i) {
        const contestant& one = c.contestants[i];
        const auto written = one.result ? std::get<std::span<T>>(*one.result) : result;
        try {
            if (one.as == role::backend || one.as == role::peer) bits.clear(written);
            estimates[i] = seconds_of(one, 1);
            if (one.as == role::backend) {
                ++out.compared;
                if (const std::size_t differences = bits.differences(written); differences != 0)
                    out.timings[i].error = std::to_string(differences) + " of " + std::to_string(result.size()) +
                                           " values differ from serial's bits";
                else ++out.equal;
            }
            if (one.as == role::peer)
                if (const double apart = bits.distance(written, c.peer_values); !(apart <= one.tolerance))
                    out.timings[i].error = "a value is " + std::to_string(apart) + " from serial's, more than " +
                                           std::to_string(one.tolerance);
            // The first call of a library may load or compile what it needs.
            if (estimates[i] < 10e-3 || one.as == role::peer)
                estimates[i] = std::min(seconds_of(one, 1), seconds_of(one, 1));
        } catch (const std::exception& failure) {
            out.timings[i].error = failure.what();
        }
    }
}

} // namespace

const timing* outcome::find(const std::string& name) const {
    for (const timing& t : timings)
        if (t.name == name) return &t;
    return nullptr;
}

const timing* outcome::limit(std::size_t cores) const {
    const timing* best = nullptr;
    for (const timing& t : timings)
        if (t.as == role::limit && t.cores <= cores && (best == nullptr || t.rate() > best->rate())) best = &t;
    return best;
}

outcome measure(const contest& c, double seconds, double shortest_turn) {
    outcome out{c.pattern, c.kernel, c.type, c.size, c.elements, c.unit, {}, {}, 0, 0};
    for (const contestant& one : c.contestants)
        out.timings.push_back({one.name, one.as, one.cores, one.work, 0, 0, 0, {}});
    std::vector<double> estimates(c.contestants.size());
    try {
        std::visit([&](auto result) { compare(c, result, out, estimates); }, c.result);
    } catch (const std::exception& failure) {
        out.error = failure.what();
        return out;
    }

    benchmark::ClearRegisteredBenchmarks();
    for (std::size_t i = 0; i < c.contestants.size(); ++i) {
        const contestant& one = c.contestants[i];
        if (!out.timings[i].error.empty()) continue;
        const double call = std::max(estimates[i], 1e-9), turn = std::max(call, shortest_turn);
        const double share = seconds / static_cast<double>(c.contestants.size());
        // A call longer than the whole share, which only the plain loops of serial reach, is timed once.
        const auto rounds = std::clamp(static_cast<std::size_t>(share / turn),
                                       call > seconds ? std::size_t{1} : fewest_rounds, most_rounds);
        const auto calls = static_cast<std::size_t>(std::ceil(turn / call));
        benchmark::RegisterBenchmark(std::to_string(i).c_str(),
                                     [&one](benchmark::State& state) {
                                         const auto all = state.max_iterations;
                                         while (state.KeepRunningBatch(all)) one.repeat(static_cast<std::size_t>(all));
                                     })
            ->Iterations(static_cast<benchmark::IterationCount>(calls))
            ->Repetitions(static_cast<int>(rounds))
            ->UseRealTime();
    }
    collector times;
    benchmark::RunSpecifiedBenchmarks(&times, ".");
    for (auto& [index, turns] : times.turns) {
        timing& t = out.timings[std::stoul(index)];
        std::sort(turns.begin(), turns.end());
        t.rounds = turns.size();
        t.seconds = (turns[(t.rounds - 1) / 2] + turns[t.rounds / 2]) / 2;
        t.spread = (turns[t.rounds * 3 / 4] - turns[t.rounds / 4]) / t.seconds;
    }
    return out;
}

void start_google_benchmark(const char* program) {
    // Google Benchmark keeps the pointer to the name.
    static std::string name = program, interleaved = "--benchmark_enable_random_interleaving=true";
    char* arguments[] = {name.data(), interleaved.data(), nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
}

} // namespace bench
