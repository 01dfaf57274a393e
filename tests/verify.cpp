// tests/verify.cpp: verify() and explain(), as a user calls them.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <oneapi/tbb/task_arena.h>

#include <vector>

using Catch::Matchers::ContainsSubstring;

namespace {

/// A backend that rounds like no other: verify must not take it for one.
struct off_by_an_ulp : lanes::backend_base {
    template <class Operation, class Source>
    auto reduce(const Operation& operation, const Source& source) const {
        auto node = lanes::serial.reduce(operation, source);
        if constexpr (std::is_floating_point_v<decltype(node)>) node = std::nextafter(node, decltype(node)(100));
        return node;
    }
};

} // namespace

TEST_CASE("verify finds all backends equal to the golden bits") {
    const lanes::report report = lanes::verify();
    INFO(report.text);
    CHECK(report.ok);
    for (const char* backend : {"serial: ", "simd (", "threads: ", "automatic: "})
        CHECK_THAT(report.text, ContainsSubstring(backend));
    CHECK_THAT(report.text, !ContainsSubstring("DIFFERENT"));
}

TEST_CASE("the golden bits tell a result that is one unit in the last place off") {
    std::size_t different = 0;
    lanes::golden::reduce(off_by_an_ulp{}, [&](const std::string&, std::uint64_t expected, std::uint64_t actual) {
        different += expected != actual;
    });
    CHECK(different >= 32);
}

TEST_CASE("explain names the backend and the reason") {
    const std::vector<double> small(1000, 1.0), large(10'000'000, 1.0);
    CHECK_THAT(lanes::explain([&](auto where) { lanes::sum(where, small); }),
               ContainsSubstring("simd (") && ContainsSubstring("us of work"));
    tbb::task_arena(2).execute([&] {
        CHECK_THAT(lanes::explain([&](auto where) { lanes::sum(where, large); }),
                   ContainsSubstring(lanes::quota_of_cpus() > 1 ? "threads (2 threads" : "only 1 may run"));
    });
    tbb::task_arena(1).execute([&] {
        CHECK_THAT(lanes::explain([&](auto where) { lanes::sum(where, large); }), ContainsSubstring("only 1 may run"));
    });
    CHECK_THAT(lanes::explain([&](auto where) { lanes::sum(where, std::vector<double>{}); }),
               ContainsSubstring("nothing to choose"));
}

TEST_CASE("explain says what a build without fused multiply-add costs") {
    const std::vector<double> x(1000, 1.0);
    const auto sum = [&](auto where) { lanes::sum(where, x); };
    const auto tells = ContainsSubstring("-march=x86-64-v3");
#if defined(__x86_64__)
    CHECK_THAT((lanes::explain<decltype((sum)), xsimd::sse2>(sum)), tells);
#endif
#if defined(__FMA__) || defined(__aarch64__)
    CHECK_THAT(lanes::explain(sum), !tells);
#endif
}
