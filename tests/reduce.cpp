// tests/reduce.cpp: conformance of the reductions.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"

#include <lanes/verify/reduce.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

using lanes::golden::bits;
using lanes::golden::data;

TEST_CASE("golden bits of the reductions") {
    for (const auto& variant : variants())
        lanes::golden::reduce(variant, [](const std::string& name, std::uint64_t expected, std::uint64_t actual) {
            INFO(name);
            CHECK(actual == expected);
        });
}
