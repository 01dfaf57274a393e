// examples/sum_array.cpp: the shortest program: numbers in a vector, their sum and their spread.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cstdio>
#include <vector>

int main() {
    // Anything contiguous of float or double will do: std::vector, std::array, std::span, a C array, an Eigen vector.
    std::vector<double> x(1'000'000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1;

    // No backend is named, so lanes chooses the fastest. The result does not depend on that choice.
    std::printf("sum                 %.17g\n", lanes::sum(x));
    std::printf("sum of squares      %.17g\n", lanes::sum_of_squares(x));
    std::printf("mean                %.17g\n", lanes::mean(x));
    std::printf("standard deviation  %.17g\n", lanes::standard_deviation(x));

    // The loop that everyone writes first adds one after the other, and its rounding errors pile up.
    double naive = 0;
    for (const double value : x) naive += value;
    std::printf("naive sum           %.17g\n", naive);
}
