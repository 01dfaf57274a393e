// examples/choose_backend.cpp: the same call on every backend: different speed, the same bits.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

namespace {

// A backend is a value that is passed as the first argument, as the execution policies of <algorithm> are.
template <lanes::backend Where>
void show(const char* name, const Where& where, const std::vector<double>& x) {
    lanes::sum_of_squares(where, x); // warms caches, and wakes the threads
    const auto start = std::chrono::steady_clock::now();
    const double result = lanes::sum_of_squares(where, x);
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    std::printf("%-18s %.17g   %8.0f us\n", name, result, time.count());
}

} // namespace

int main() {
    std::vector<double> x(4'000'000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1.0 / static_cast<double>(i + 1);

    show("serial", lanes::serial, x);                     // plain loops: the definition of the result
    show("simd", lanes::simd, x);                         // one core, all its SIMD lanes (compile with -march=native)
    show("threads.limit(2)", lanes::threads.limit(2), x); // at most two cores
    show("threads", lanes::threads, x);                   // all cores
    show("automatic", lanes::automatic, x);               // what a call without a backend uses

    // What would `automatic` do here, and why?
    std::printf("%s\n", lanes::explain([&](auto where) { lanes::sum_of_squares(where, x); }).c_str());

    // Is this build, on this machine, as good as its promise? verify() compares all backends with built-in bits.
    const lanes::report report = lanes::verify();
    std::printf("%s", report.text.c_str());
    return report.ok ? 0 : 1;
}
