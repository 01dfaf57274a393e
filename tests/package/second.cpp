// tests/package/second.cpp: the other file of consumer.cpp, so that every header is in two files of one program.
// SPDX-License-Identifier: MIT
#include <lanes/lanes.hpp>

#include <cstdint>
#include <vector>

std::uint64_t bits_in_the_other_file(const std::vector<double>& x) {
    return lanes::golden::bits(lanes::sum_of_squares(x));
}
