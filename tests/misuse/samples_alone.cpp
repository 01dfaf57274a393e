// tests/misuse/samples_alone.cpp: the number of samples, not as one of the options.
// SPDX-License-Identifier: MIT
// expect: monte_carlo(model, {.samples = 1
#include <lanes/lanes.hpp>

int main() {
#ifdef CORRECTED
    return lanes::monte_carlo(lanes::models::pi{}, {.samples = 1000}).mean > 0;
#else
    return lanes::monte_carlo(lanes::models::pi{}, 1000).mean > 0;
#endif
}
