// tests/cuda/without_device.cpp: a program that links lanes::cuda where there is no GPU: it starts, says why, and computes.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

void expect(bool holds, const char* sentence) {
    if (holds) return;
    std::printf("not so: %s\n", sentence);
    std::exit(1);
}

template <class Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const lanes::backend_unavailable& error) {
        return error.what();
    }
    return "";
}

} // namespace

int main() {
    const std::vector<double> x(100000, 0.5);
    const char* const why = lanes::cuda.why_unavailable();
    expect(!lanes::cuda.available() && why != nullptr && std::strlen(why) > 10, "there is a reason");
    std::printf("%s\n", why);

    const std::string sentence = std::string("lanes::cuda: ") + why;
    expect(refusal([&] { lanes::to_device(x); }) == sentence, "to_device says it");
    expect(refusal([&] { lanes::device_array<float> y(7); }) == sentence, "device_array says it");
    expect(refusal([&] { lanes::pinned_array<float> y(7); }) == sentence, "pinned_array says it");
    expect(refusal([&] { lanes::monte_carlo(lanes::cuda, lanes::models::pi{}); }) == sentence, "monte_carlo says it");
    expect(refusal([&] { lanes::cuda.wait(); }) == sentence, "wait says it");
    const lanes::device_span<const double> nowhere(x.data(), x.size()); // not that it were device memory
    expect(refusal([&] { lanes::sum(lanes::cuda, nowhere); }) == sentence, "sum says it");
    expect(refusal([&] { lanes::sum(nowhere); }) == sentence, "and without a backend");
    expect(refusal([&] { lanes::ema(nowhere, 0.1); }) == sentence, "ema says it");

    expect(lanes::sum(x) == 50000, "without a backend, sums are computed");
    const lanes::sampling many{.samples = 40'000'000};
    std::string explained;
    explained = lanes::explain([&](auto where) { lanes::monte_carlo(where, lanes::models::pi{}, many); });
    std::printf("%s", explained.c_str());
    expect(explained.find(std::string("cuda was not considered: ") + why) != std::string::npos, "explain says it");
    const auto checked = lanes::verify();
    std::printf("%s", checked.text.c_str());
    expect(checked.ok, "the other backends are verified");
    expect(checked.text.find(std::string("cuda: not checked: ") + why) != std::string::npos, "verify says it");
}
