// tests/dispatch/golden.cpp: verify() on the instruction set that is chosen; the argument says which that must be.
// Exit code 77 if LANES_ISA asks for one that this CPU lacks.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace {

// Before main(), where the order of files is open.
const double sum_before_main = [] {
    try {
        return lanes::sum(std::vector<double>(100'000, 0.25));
    } catch (const std::runtime_error&) {
        return 0.0; // main() says why
    }
}();

} // namespace

int main(int count, char** arguments) try {
    std::vector<std::thread> first_calls;
    for (int i = 0; i < 8; ++i)
        first_calls.emplace_back([] {
            try {
                static_cast<void>(lanes::isa());
            } catch (const std::runtime_error&) { // main() says why
            }
        });
    for (std::thread& thread : first_calls) thread.join();
    const lanes::report report = lanes::verify();
    std::printf("%s\n%s", lanes::isa(), report.text.c_str());
    if (count > 1 && std::string_view(lanes::isa()) != arguments[1]) return 2;
    return report.ok && sum_before_main == 25'000.0 ? 0 : 1;
} catch (const std::runtime_error& error) {
    std::printf("%s\n", error.what());
    return std::string_view(error.what()).find(" lacks;") != std::string_view::npos ? 77 : 3;
}
