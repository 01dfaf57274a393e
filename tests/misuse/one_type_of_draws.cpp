// tests/misuse/one_type_of_draws.cpp: a model that takes one type of draws, where backends have several.
// SPDX-License-Identifier: MIT
// expect: a model is called as model(draws) on a const object
#include <lanes/lanes.hpp>

int main() {
#ifdef CORRECTED
    const auto model = [](auto& draws) { return draws.uniform(); };
#else
    const auto model = [](lanes::draws<double>& draws) { return draws.uniform(); };
#endif
    return lanes::monte_carlo(model).mean > 0;
}
