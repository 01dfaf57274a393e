// bench/json.cpp: the results in the JSON format of Google Benchmark, for its tools and for comparisons over time.
// SPDX-License-Identifier: MIT
#include "machine.hpp"
#include "report.hpp"

#include <fstream>
#include <stdexcept>

namespace bench {
namespace {

/// Google Benchmark 1.8 gave errors another name.
template <class Run>
void set_error(Run& run, const std::string& message) {
    if constexpr (requires { run.error_occurred; }) {
        run.error_occurred = true;
        run.error_message = message;
    } else {
        run.skipped = decltype(run.skipped)(2);
        run.skip_message = message;
    }
}

const char* rate_name(unit u) {
    return u == unit::bytes ? "bytes_per_second" : u == unit::flops ? "flops_per_second" : "samples_per_second";
}

benchmark::BenchmarkReporter::Run row_of(const outcome& o, const timing& t) {
    benchmark::BenchmarkReporter::Run run;
    run.run_name.function_name = o.name() + "/" + t.name + (t.as == role::limit && t.cores > 1 ? ", all cores" : "");
    run.family_index = run.per_family_instance_index = run.repetition_index = 0;
    run.repetitions = static_cast<std::int64_t>(t.rounds);
    run.threads = static_cast<std::int64_t>(t.cores);
    run.statistics = nullptr;
    run.time_unit = benchmark::kNanosecond;
    run.real_accumulated_time = run.cpu_accumulated_time = t.seconds;
    run.counters["elements"] = static_cast<double>(o.elements);
    if (!t.error.empty()) set_error(run, t.error);
    if (t.seconds == 0) return run;
    run.counters[rate_name(o.unit)] = t.rate();
    run.counters["spread"] = t.spread;
    if (t.as == role::limit) return run;
    run.counters["times_naive"] = times_naive(o, t, naive_plain);
    run.counters["times_naive_native"] = times_naive(o, t, naive_native);
    if (const double percent = percent_of_limit(o, t); percent > 0) run.counters["percent_of_limit"] = percent;
    return run;
}

} // namespace

void write_json(const std::vector<outcome>& outcomes, const std::string& path) {
    std::ofstream file(path);
    if (!file) throw std::runtime_error("the JSON file '" + path + "' cannot be written");
    for (const auto& [name, value] : description())
        if (name != "date") benchmark::AddCustomContext(name, value); // Google Benchmark writes its own
    benchmark::JSONReporter reporter;
    reporter.SetOutputStream(&file);
    reporter.ReportContext({});
    for (const outcome& o : outcomes) {
        std::vector<benchmark::BenchmarkReporter::Run> rows;
        for (const timing& t : o.timings) rows.push_back(row_of(o, t));
        if (!rows.empty()) reporter.ReportRuns(rows);
    }
    reporter.Finalize();
    if (!file.flush()) throw std::runtime_error("the JSON file '" + path + "' could not be written in full");
}

} // namespace bench
