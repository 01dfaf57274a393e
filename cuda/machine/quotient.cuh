// cuda/machine/quotient.cuh: the correctly rounded quotient of two numbers that are far from the ends of the range.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine/halves.cuh>
#include <cuda/machine/rounded.cuh>

#include <cstdint>

namespace lanes {

// The steps of __ddiv_rn, without its tests for operands and results at the ends of the range and the way around that these
// may lead to, which keep the quotients of several paths from being computed side by side. On an H200 (2026-11-27) no start
// of a reciprocal, of all high halves of b in [1, 4), was off by more than 2^-19.9, and 3 2^30 quotients f / (2 + f), with
// f + 1 in [sqrt(1/2), sqrt(2)) and 2^23 of them around f = 0, had the bits of __ddiv_rn. verify() asks the device that it
// runs on for some telling ones (cuda/arithmetic_check.cuh).

/// RN(1 / b) for 1 <= b < 4, where `high` is the high half of 1 / b to 19 bits.
///
/// r starts with an error |e| = |1 - b r| < 2^-19. r (1 + e + e e) is off by e^3 < 2^-57 and a rounding, by less than an ulp.
/// Then the fma has 1 - b r exactly, and r + r (1 - b r) is off by 2^-104 before it is rounded, which matters only where 1 / b
/// lies that close to the middle of two numbers: where all bits of b are ones (Markstein, IBM J. Res. Dev. 34, 1990). For that
/// b = 2 - 2^-52, 1 / b = (1 + 2^-53 + 2^-106 + ...) / 2 is RN(1 / b) = (1 + 2^-52) / 2 after rounding. From r = 1 / 2 no step
/// leaves 1 / 2, and from (1 + 2^-52) / 2 none leaves that: so the low half of the start is 1. For another b any would do.
__host__ __device__ inline double near_reciprocal(std::uint32_t high, double b) {
    using namespace rounded_operations;
    double r = halves::join(high, 1);
    double e = fma(-b, r, 1.0);
    e = fma(e, e, e);
    r = fma(r, e, r);
    return fma(r, fma(-b, r, 1.0), r);
}

/// a / b for 1 <= b < 4, and a = +0 or 2^-900 <= |a| < 4.   cost: 8 operations, one of them a start of a reciprocal
///
/// q = RN(a r) is within an ulp of a / b, and the fma has a - b q exactly, since a is too large for any part of it to be lost
/// below 2^-1074. With r = RN(1 / b), q + r (a - b q) rounds to RN(a / b) (Markstein's theorem). +0 gives +0, as would -0.
__host__ __device__ inline double near_quotient(double a, double b) {
    using namespace rounded_operations;
    const double r = near_reciprocal(halves::high_of_reciprocal(b), b), q = times(a, r);
    return fma(r, fma(-b, q, a), q);
}

} // namespace lanes
