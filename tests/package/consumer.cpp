// tests/package/consumer.cpp: a program of a stranger: prints one result from each of its two files.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

std::uint64_t bits_in_the_other_file(const std::vector<double>& x);

std::uint64_t bits_in_this_file(const std::vector<double>& x) {
    return lanes::golden::bits(lanes::sum_of_squares(lanes::threads, x));
}

int main() {
    std::vector<double> x(100'000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1.0 / static_cast<double>(i + 1);
    const std::uint64_t here = bits_in_this_file(x), there = bits_in_the_other_file(x);
    std::printf("%016llx %016llx\n", static_cast<unsigned long long>(here), static_cast<unsigned long long>(there));
    return here == there ? 0 : 1;
}
