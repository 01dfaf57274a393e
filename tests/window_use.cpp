// tests/window_use.cpp: the moving sums as users call them: argument types, bad arguments.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"
#include "environment.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

TEST_CASE("the caller's rounding mode changes no moving average and is left alone") {
    const auto x = numbers<double>(lanes::golden::data::wide, 27, 5000);
    check_every_rounding_mode([&] { return lanes::golden::bits(lanes::moving_average(where, x, 77)[100]); });
}

TEST_CASE("bad arguments of the moving sums") {
    const std::vector<double> none, x{1, 2, 3, 4, 5};
    std::vector<double> out(3, 7);
    CHECK(message_of([&] { lanes::moving_sum(where, x, out, 0); }) == "moving_sum: width is 0, must be at least 1");
    CHECK(message_of([&] { lanes::moving_sum(where, x, out, 6); }) ==
          "moving_sum: width is 6, must be at most 5 (the size of x)");
    CHECK(message_of([&] { lanes::moving_average(where, x, 6); }) ==
          "moving_average: width is 6, must be at most 5 (the size of x)");
    CHECK(message_of([&] { lanes::moving_average(where, none, 1); }) ==
          "moving_average: width is 1, must be at most 0 (the size of x)");
    CHECK(message_of([&] { lanes::moving_average(where, x, out, 2); }) ==
          "moving_average: the size of out is 3, must be 4 (the size of x - width + 1)");
    CHECK(message_of([&] {
              lanes::moving_average(where, x, out, 4);
          }).starts_with("moving_average: the size of out is 3"));
    CHECK(message_of([&] { lanes::rolling_mean(where, x, out, {.width = 2}); }) ==
          "rolling_mean: the size of out is 3, must be 5 (the size of x)");
    CHECK(message_of([&] { lanes::rolling_mean(where, x, {.width = 0}); }) ==
          "rolling_mean: width is 0, must be at least 1");
    CHECK(message_of([&] { lanes::rolling_mean(where, x, {.width = 3, .min_periods = 4}); }) ==
          "rolling_mean: min_periods is 4, must be at most 3 (width)");
    CHECK(message_of([&] { lanes::rolling_mean(where, x, {.width = static_cast<std::size_t>(-1)}); }) ==
          "rolling_mean: width is 18446744073709551615, must be at most 2^62");
    CHECK(message_of([&] {
              lanes::moving_sum(where, std::span<const double>(static_cast<double*>(nullptr), 5), out, 3);
          }) == "moving_sum: x is a null pointer, must point to 5 elements");
    CHECK(out == std::vector<double>(3, 7));
    std::vector<double> both(8, 1);
    const std::span<double> memory(both);
    CHECK(message_of([&] { lanes::moving_sum(where, memory.first(5), memory.subspan(4, 3), 3); }) ==
          "moving_sum: out overlaps x; it must lie apart");
    CHECK(message_of([&] {
              lanes::rolling_mean(where, memory, memory, {.width = 2});
          }).starts_with("rolling_mean: out overlaps x"));
    CHECK(both == std::vector<double>(8, 1));
    lanes::moving_sum(where, memory.first(5), memory.subspan(5, 3), 3);
    CHECK(both[7] == 3);
}

TEST_CASE("forms of a call") {
    const std::vector<double> x{1, 2, 3, 4};
    std::array<double, 3> out{};
    lanes::moving_average(x, out, 2);
    CHECK(out == std::array{1.5, 2.5, 3.5});
    lanes::moving_sum(x, std::span<double>(out), 2);
    CHECK(out == std::array<double, 3>{3, 5, 7});
    CHECK(lanes::moving_sum(x, 4)[0] == 10);
    CHECK(lanes::moving_average(where, std::array<float, 2>{1, 2}, 2)[0] == 1.5f);
    CHECK(lanes::rolling_mean(x, {.width = 2, .min_periods = 1})[0] == 1);
    CHECK(lanes::rolling_mean(std::vector<float>(), {.width = 3}).empty());
    std::vector<float> none;
    lanes::rolling_mean(none, none, {.width = 3});
}
