// tests/misuse/own_model_on_cuda.cpp: a model of the user's own on the GPU, in a file that nvcc does not compile.
// SPDX-License-Identifier: MIT
// expect: `cuda` runs a model of your own where nvcc compiles it
#include <lanes/lanes.hpp>

int main() {
    const auto model = [](auto& draws) { return draws.uniform(); };
#ifdef CORRECTED
    return lanes::monte_carlo(lanes::threads, model).mean > 0 &&
           lanes::monte_carlo(lanes::cuda, lanes::models::pi{}).mean > 0;
#else
    return lanes::monte_carlo(lanes::cuda, model).mean > 0;
#endif
}
