// tests/dispatch/dispatch.cpp: what a program that links lanes::dispatch can rely on, beyond equal bits.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;

double sum_in_copy_1(const std::vector<double>&);
double sum_in_copy_2(const std::vector<double>&);
double sum_with_other_flags(const std::vector<double>&);
lanes::array<float> ema_with_other_flags(const std::vector<float>&);
std::string isa_with_other_flags();

namespace {

bool memory_is_out = false;

std::vector<double> thirds(std::size_t size) {
    std::vector<double> x(size);
    for (std::size_t i = 0; i < size; ++i) x[i] = 1.0 / static_cast<double>(3 * i + 1);
    return x;
}

/// An operation that lanes::dispatch does not know.
struct plus_of_halves : lanes::addition {
    static constexpr std::size_t inputs = 1;
    template <class Value>
    static lanes::accumulators<Value, 1> step(lanes::accumulators<Value, 1> a, Value x) {
        return {lanes::fma(x, Value(0.5), a.first)};
    }
    template <class T>
    static T block(const auto& elements) {
        return elements.accumulate(plus_of_halves{}).first;
    }
};
struct own_window : lanes::window_sum {};

} // namespace

void* operator new(std::size_t size, std::align_val_t alignment) {
    if (memory_is_out) throw std::bad_alloc();
    const auto align = static_cast<std::size_t>(alignment);
    if (void* memory = std::aligned_alloc(align, (size + align - 1) / align * align)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

TEST_CASE("isa, explain and verify name the instruction set") {
    const std::string isa = lanes::isa();
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl");
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (std::getenv("LANES_ISA") == nullptr)
        CHECK(isa == (has_avx512                         ? "avx512"
                      : has_avx2                         ? "avx2"
                      : __builtin_cpu_supports("sse4.2") ? "sse4.2"
                                                         : "sse2"));
#endif
    const std::vector<double> x(1000, 1.0);
    CHECK_THAT(lanes::explain([&](auto where) { lanes::sum(where, x); }), ContainsSubstring("simd (" + isa + ")"));
    CHECK_THAT(lanes::verify().text, ContainsSubstring("simd (" + isa + ")"));
    CHECK(isa_with_other_flags() == isa);
}

TEST_CASE("files with other flags and shared libraries with their own copies agree") {
    const std::vector<double> x = thirds(10'000);
    const std::vector<float> y(x.begin(), x.end());
    const double sum = lanes::sum(lanes::serial, x);
    CHECK(lanes::sum(x) == sum);
    CHECK(sum_in_copy_1(x) == sum);
    CHECK(sum_in_copy_2(x) == sum);
    CHECK(sum_with_other_flags(x) == sum);
    const auto here = lanes::ema(lanes::serial, y, 0.1), there = ema_with_other_flags(y);
    CHECK(std::vector<float>(here.begin(), here.end()) == std::vector<float>(there.begin(), there.end()));
}

TEST_CASE("models of lanes cross to the library before anything of them is computed") {
    // A pricing call would be as fast as the user's flags allow if its model were prepared on this side.
    const auto has = []<class Model>(Model) {
        return lanes::dispatched_calls::contains<lanes::reduce_call<lanes::moments, lanes::unprepared_paths<Model>>>;
    };
    CHECK(has(lanes::models::pi{}));
    CHECK(has(lanes::models::european_option{}));
    CHECK_FALSE(has([](auto& draws) { return draws.uniform(); }));
    CHECK(decltype(lanes::simd)::takes_unprepared);
    CHECK(decltype(lanes::threads)::takes_unprepared);
    CHECK(decltype(lanes::automatic)::takes_unprepared);
}

TEST_CASE("operations and models of the user's own run with the user's flags") {
    const std::vector<double> x = thirds(10'000);
    const auto source = lanes::elements_of(std::span<const double>(x));
    const double half = lanes::serial.reduce(plus_of_halves{}, source);
    CHECK(lanes::simd.reduce(plus_of_halves{}, source) == half);
    CHECK(lanes::threads.limit(3).eager().reduce(plus_of_halves{}, source) == half);

    std::vector<double> sums(x.size() - 6), others(sums.size());
    lanes::serial.window(own_window{{6}}, 7, std::span<const double>(x), std::span(sums));
    lanes::simd.window(own_window{{6}}, 7, std::span<const double>(x), std::span(others));
    CHECK(others == sums);
    lanes::threads.limit(3).eager().window(own_window{{6}}, 7, std::span<const double>(x), std::span(others));
    CHECK(others == sums);

    const auto model = lanes::wide([](auto& draws) { return draws.uniform() * draws.uniform(); });
    const auto mean = lanes::monte_carlo(lanes::serial, model, {.samples = 5000}).mean;
    CHECK(lanes::monte_carlo(lanes::simd, model, {.samples = 5000}).mean == mean);
    CHECK(lanes::monte_carlo(lanes::threads.limit(3).eager(), model, {.samples = 5000}).mean == mean);
}

TEST_CASE("exceptions come through") {
    const std::vector<double> x = thirds(128 * 128);
    std::vector<double> c(128 * 1024);
    const lanes::matrix_view<const double> a(x.data(), 128, 128);
    const lanes::matrix_view<double> out(c.data(), 128, 128, 4, 1024);
    memory_is_out = true;
    const auto multiply = [&] { lanes::matmul(lanes::simd, a, a, out); };
    bool thrown = false;
    try {
        multiply();
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    memory_is_out = false;
    CHECK(thrown); // c has gaps on all sides, which needs memory, here more than the stack is asked for
    multiply();
}

TEST_CASE("settings of threads reach the library") {
    const std::vector<double> x = thirds(1000);
    std::vector<lanes::split_decision> decisions;
    auto where = lanes::threads.limit(3).eager();
    where.decisions = &decisions;
    lanes::sum(where, x);
    REQUIRE(decisions.size() == 1);
    CHECK(decisions[0].workers == 3);
    CHECK_THROWS_AS(lanes::threads.limit(0), std::invalid_argument);
}
