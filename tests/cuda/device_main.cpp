// tests/cuda/device_main.cpp: the conformance suite on a GPU; without one every test asked for is skipped, with the reason.
// SPDX-License-Identifier: MIT
#include <lanes/backends/cuda.hpp>

#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>

#include <cstdio>

int main(int argc, char** argv) {
    constexpr int all_were_skipped = 4; // what Catch2 itself answers then, and what ctest knows
    Catch::Session session;
    if (const int code = session.applyCommandLine(argc, argv); code != 0) return code;
    const auto& asked = session.configData();
    const bool only_lists = asked.listTests || asked.listTags || asked.listReporters || asked.listListeners;
    const char* const why = lanes::cuda.why_unavailable();
    if (why == nullptr || only_lists || asked.showHelp) return session.run();
    const auto& config = session.config();
    const auto tests = Catch::filterTests(Catch::getAllTestCasesSorted(config), config.testSpec(), config);
    for (const auto& test : tests) std::printf("skipped: %s: %s\n", test.getTestCaseInfo().name.c_str(), why);
    return all_were_skipped;
}
