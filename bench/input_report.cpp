// bench/input_report.cpp: results, bits and times of the array kernels on the numbers of a file.
// SPDX-License-Identifier: MIT
#include "input_report.hpp"

#include "kernels.hpp"
#include "report.hpp"
#include "schedule.hpp"

#include <lanes/verify/golden.hpp>

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <limits>

namespace bench {
namespace {

constexpr double seconds_each = 0.3;

template <class T>
struct answer {
    outcome measured;
    std::size_t outputs;
    T value;            // the result of a reduction, the last element of any other
    std::uint64_t bits; // of the value, or the hash of all outputs
};

template <class T>
answer<T> run(const array_kernel<T>& kernel, const std::vector<T>& x, const options& chosen, lanes::array<T>& memory) {
    const std::size_t outputs = kernel.outputs(x.size());
    const std::span<T> out(memory.data(), outputs);
    const contest c = chosen_of(kernel.make({x, x, out}), chosen);
    outcome measured = measure(c, seconds_each);
    c.reference();
    return {measured, outputs, out.back(),
            kernel.shape.writes == 0 ? lanes::golden::bits(out[0]) : lanes::golden::hash(std::span<const T>(out))};
}

std::string time_cell(const timing* t) {
    if (t == nullptr) return "-";
    if (!t->error.empty()) return "ERROR";
    return short_time(t->seconds);
}

std::vector<std::string> backend_names(const std::string& only) {
    std::vector<std::string> names;
    for_each_backend([&](const char* name, auto, std::size_t) {
        if (only.empty() || only == name) names.push_back(name);
    });
    return names;
}

void print_columns(const std::vector<std::string>& backends) {
    std::printf("\n%-22s%9s%15s  %-19s%-7s%9s", "kernel", "outputs", "last value", "bits or #hash", "equal", "naive");
    for (const std::string& name : backends) std::printf("%10s", name.c_str());
    std::printf("%10s\n", "x naive");
}

template <class T>
void print_answer(const array_kernel<T>& kernel, const answer<T>& a, const std::vector<std::string>& backends) {
    char bits[32], equal[32];
    if (kernel.shape.writes > 0) std::snprintf(bits, sizeof bits, "#%016" PRIx64, a.bits);
    else std::snprintf(bits, sizeof bits, "%0*" PRIx64, static_cast<int>(2 * sizeof(T)), a.bits);
    std::snprintf(equal, sizeof equal, "%zu of %zu", a.measured.equal, a.measured.compared);
    std::printf("%-22s%9zu%15.*g  %-19s%-7s%9s", kernel.name.c_str(), a.outputs,
                std::numeric_limits<float>::digits10 + 3, static_cast<double>(a.value), bits, equal,
                time_cell(a.measured.find(naive_plain)).c_str());
    for (const std::string& name : backends) std::printf("%10s", time_cell(a.measured.find(name)).c_str());
    double best = 0;
    for (const std::string& name : backends)
        if (const timing* t = a.measured.find(name)) best = std::max(best, times_naive(a.measured, *t, naive_plain));
    std::printf("%10.1f\n", best);
}

template <class T>
bool run_on(const std::vector<T>& x, const options& chosen) {
    std::size_t missing = 0;
    for (const T value : x) missing += std::isnan(value);
    print_head(stdout, "lanes bench on " + chosen.input + (chosen.column.empty() ? "" : ", column " + chosen.column));
    std::printf("  %-12s %zu values of type %s, %zu of them missing (nan)\n", "input", x.size(), type_name<T>, missing);

    std::vector<array_kernel<T>> kernels;
    for (const auto& kernel : array_kernels<native_flags, T>())
        if (!kernel.shape.gaps && // the input has its own
            (!chosen.filter || std::regex_search(kernel.name + "/" + type_name<T> + "/input", *chosen.filter)))
            kernels.push_back(kernel);
    if (kernels.empty()) throw usage_error("--filter leaves no kernel; the kernels are " + kernel_names());

    const auto backends = backend_names(chosen.backend);
    lanes::array<T> out(x.size());
    std::vector<outcome> outcomes;
    progress progress(kernels.size());
    print_columns(backends);
    for (const auto& kernel : kernels) {
        if (x.size() < kernel.shape.least) {
            std::printf("%-22s needs at least %zu values; the input has %zu\n", kernel.name.c_str(), kernel.shape.least,
                        x.size());
            continue;
        }
        progress.next(kernel.name);
        const auto found = run(kernel, x, chosen, out);
        progress.done();
        print_answer(kernel, found, backends);
        std::fflush(stdout);
        outcomes.push_back(found.measured);
    }
    if (outcomes.empty()) throw input_error(chosen.input + ": has too few values for any of these kernels");
    std::printf("\nTimes are medians of one call; naive is the loop for any processor, and x naive is what the fastest "
                "backend gains on it. y of dot is x.\n");
    if (missing > 0)
        std::printf(
            "A missing value makes every result that it enters nan; rolling_mean skip and ewm_mean follow pandas and "
            "leave it out.\n");
    const bool good = print_verdict(stdout, outcomes, progress.seconds());
    if (!chosen.json.empty()) {
        write_json(outcomes, chosen.json);
        std::printf("all figures: %s\n", chosen.json.c_str());
    }
    return good;
}

} // namespace

bool run_input(const options& chosen) {
    return std::visit([&](const auto& x) { return run_on(x, chosen); }, read_numbers(chosen.input, chosen.column));
}

} // namespace bench
