// tests/dispatch/golden_without_threads.cpp: the golden bits on serial and simd, for a machine that is emulated.
// SPDX-License-Identifier: MIT
#include <lanes/backends/serial.hpp>
#include <lanes/backends/simd.hpp>
#include <lanes/verify/matmul.hpp>
#include <lanes/verify/monte_carlo.hpp>
#include <lanes/verify/recurrence.hpp>
#include <lanes/verify/reduce.hpp>
#include <lanes/verify/window.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

int main() {
    std::size_t different = 0;
    const auto check = [&](const char* name, const auto& where) {
        std::size_t results = 0;
        const auto visit = [&](const std::string& what, std::uint64_t expected, std::uint64_t actual) {
            ++results;
            different += actual != expected;
            if (actual != expected) std::printf("%s, %s: other bits\n", name, what.c_str());
        };
        lanes::golden::matmul(where, visit);
        lanes::golden::monte_carlo(where, visit);
        lanes::golden::recurrence(where, visit);
        lanes::golden::reduce(where, visit);
        lanes::golden::window(where, visit);
        std::printf("%s (%s): %zu results\n", name, lanes::isa(), results);
    };
    check("serial", lanes::serial);
    check("simd", lanes::simd);
    return different == 0 ? 0 : 1;
}
