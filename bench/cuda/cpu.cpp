// bench/cuda/cpu.cpp: results and times of lanes::threads for ./dev gpu, one line each; see cpu_results.hpp. A program of
// its own, so that the one for the GPU needs neither xsimd nor oneTBB.
// SPDX-License-Identifier: MIT
#include "cpu_results.hpp"

#include <cstdio>

#if !__has_include(<xsimd/xsimd.hpp>) || !__has_include(<tbb/task_arena.h>)
int main() {
    std::puts("absent: the headers of xsimd or oneTBB were not found when it was built");
}
#else
#include <lanes/lanes.hpp>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

namespace {

constexpr auto where = lanes::threads;

/// The least time of some calls, and bits() of what they have computed, which is not timed.
template <class Call, class Bits>
void line(const std::string& kernel, const char* type, std::size_t size, Call call, Bits bits) {
    double least = 1e300;
    for (int trial = 0; trial < 3; ++trial) {
        const auto begin = std::chrono::steady_clock::now();
        call();
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
        least = std::min(least, elapsed.count());
    }
    std::printf("%s %s %zu %llx %.4f\n", kernel.c_str(), type, size, static_cast<unsigned long long>(bits()), least);
    std::fflush(stdout);
}
/// The same of a call that returns a number.
template <class Call>
void line(const std::string& kernel, const char* type, std::size_t size, Call call) {
    decltype(call()) result{};
    line(
        kernel, type, size, [&] { result = call(); }, [&] { return lanes::golden::bits(result); });
}

template <class T>
std::vector<T> repeated(std::uint64_t seed) {
    const auto values = numbers_of_period<T>(seed);
    std::vector<T> all(large_size);
    for (std::size_t at = 0; at < all.size(); at += period)
        std::copy(values.begin(), values.end(), all.begin() + static_cast<std::ptrdiff_t>(at));
    return all;
}

template <class T>
void lines() {
    const char* const type = lanes::golden::type_name<T>;
    const std::vector<T> x = repeated<T>(1), y = repeated<T>(2);
    line("sum", type, large_size, [&] { return lanes::sum(where, x); });
    line("sum_of_squares", type, large_size, [&] { return lanes::sum_of_squares(where, x); });
    line("dot", type, large_size, [&] { return lanes::dot(where, x, y); });
    line("variance", type, large_size, [&] { return lanes::variance(where, x); });
    std::vector<T> out(large_size);
    const auto hash = [](const T* from, std::size_t size) {
        return lanes::golden::hash(std::span<const T>(from, size));
    };
    for (const std::size_t width : {5, 50, 500, 2000}) {
        const std::span<T> windows(out.data(), large_size - width + 1);
        line(
            "moving_average_" + std::to_string(width), type, large_size,
            [&] { lanes::moving_average(where, x, windows, width); }, [&] { return hash(out.data(), windows.size()); });
    }
    line(
        "ema", type, large_size, [&] { lanes::ema(where, x, out, 0.01); },
        [&] { return hash(out.data(), large_size); });
    line(
        "ewm_mean", type, large_size, [&] { lanes::ewm_mean(where, x, out, {.decay = lanes::decay::span(20)}); },
        [&] { return hash(out.data(), large_size); });

    lanes::matrix<T> a(compared_edge, compared_edge), c(compared_edge, compared_edge);
    const std::size_t elements = compared_edge * compared_edge;
    for (std::size_t i = 0; i < elements; ++i)
        a.data()[i] = lanes::golden::element<T>(lanes::golden::data::uniform, 3, i);
    line(
        "matmul", type, compared_edge, [&] { lanes::matmul(where, a, a, c); },
        [&] { return hash(c.data(), elements); });
}

} // namespace

int main() {
    std::printf("cores: threads, %u of this CPU\n", std::thread::hardware_concurrency());
    const lanes::sampling many{.samples = compared_paths};
    const lanes::models::european_option call{
        .spot = 100, .strike = 105, .rate = 0.05, .volatility = 0.2, .maturity = 1};
    line("pi", "double", compared_paths, [&] { return lanes::monte_carlo(where, lanes::models::pi{}, many).mean; });
    line("european_option", "double", compared_paths, [&] { return lanes::monte_carlo(where, call, many).mean; });
    lines<float>();
    lines<double>();
}
#endif
