// cuda/matmul_check.cuh: whether the tensor cores multiply doubles as a chain of fma does, found out on the device.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/place.cuh>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace lanes::device {

inline constexpr unsigned check_threads = 256;

/// Numbers that show in which order and with how many roundings they were added: of like size and opposite signs, of
/// exponents far apart, subnormal, zeros of both signs, and now and then infinite or NaN.
__device__ inline double telling_number(std::uint64_t seed, unsigned kind) {
    std::uint64_t bits = seed * 0x9E3779B97F4A7C15u; // mixed as in SplitMix64
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    bits ^= bits >> 31;
    const std::uint64_t mantissa_and_sign = bits & 0x800fffffffffffffu, choice = bits >> 52 & 0x7ff;
    const auto with_exponent = [&](std::uint64_t biased) {
        return number<double>::from_bits(mantissa_and_sign | biased << 52);
    };
    switch (kind % 6) {
    case 0: return with_exponent(1023 + choice % 2);        // cancels
    case 1: return with_exponent(1023 - 30 + choice % 60);  // loses low parts
    case 2: return with_exponent(1023 - 520 + choice % 16); // products near the least numbers
    case 3: return with_exponent(choice % 3);               // subnormal
    case 4:                                                 // zeros
        return choice % 4 == 0 ? number<double>::from_bits(bits & (std::uint64_t{1} << 63)) : with_exponent(1023);
    default:
        if (choice % 64 == 0) return std::numeric_limits<double>::infinity();
        if (choice % 64 == 1) return -std::numeric_limits<double>::infinity();
        if (choice % 64 == 2) return std::numeric_limits<double>::quiet_NaN();
        return with_exponent(2046 - choice % 1100); // overflows
    }
}

/// Adds to *differences how many results of `tiles` products for each warp are not those of four fma, k ascending,
/// from c. A template so that it may stand in a header.
template <class Count>
__global__ void __launch_bounds__(check_threads)
    compare_with_fma(Count tiles, std::uint64_t seed, std::uint32_t* differences) {
    using N = device_number<double>;
    const unsigned lane = lane_index(), row = lane / 4, col = lane % 4;
    const std::uint64_t warp = block_index() * (check_threads / warp_size) + warp_index();
    std::uint32_t wrong = 0;
    for (Count t = 0; t < tiles; ++t) {
        const std::uint64_t at = seed + ((warp * tiles + t) * warp_size + lane) * 8;
        const unsigned kind = t % 36; // of a and b, and c
        double a[2], c[4];
        for (unsigned i = 0; i < 2; ++i) a[i] = telling_number(at + i, kind);
        const double b = telling_number(at + 2, kind / 6);
        for (unsigned i = 0; i < 4; ++i) c[i] = telling_number(at + 3 + i, kind + i / 2 * (kind / 6));
        // Half of the c are what the first product leaves, turned: all of the sum then depends on later steps.
        for (unsigned i = 0; i < 4; ++i) {
            const double first_a = shuffle(a[i / 2], row * 4), first_b = shuffle(b, (2 * col + i % 2) * 4);
            if ((t / 36 & 1) != 0) c[i] = -(N(first_a) * N(first_b)).value;
        }
        double by_tensor[4] = {c[0], c[1], c[2], c[3]};
        multiply_tile(by_tensor, a, b);
        for (unsigned i = 0; i < 4; ++i) {
            N chain(c[i]);
            for (unsigned k = 0; k < 4; ++k)
                chain =
                    number<N>::fma(N(shuffle(a[i / 2], row * 4 + k)), N(shuffle(b, (2 * col + i % 2) * 4 + k)), chain);
            const double expected = chain.value, found = by_tensor[i];
            wrong +=
                expected != expected ? found == found : number<double>::bits(expected) != number<double>::bits(found);
        }
    }
    for (unsigned bits = 1; bits < warp_size; bits *= 2) wrong += shuffle_xor(wrong, bits);
    if (lane == 0 && wrong != 0) fetch_add(differences, wrong);
}

/// Whether all of `warps` x 720 products agree: 10^7 of them with 16 384 warps, in some milliseconds. Waits.
template <class Allocate>
bool tensor_cores_chain_fma(const place<Allocate>& where, unsigned warps) {
    const auto memory = where.allocate(sizeof(std::uint32_t));
    auto* const differences = static_cast<std::uint32_t*>(memory.data());
    fill_bytes(differences, 0, sizeof(std::uint32_t), where.stream);
    launch({warps / (check_threads / warp_size), check_threads}, where.stream, compare_with_fma<unsigned>, 720u,
           std::uint64_t{1}, differences);
    std::uint32_t found = 1;
    bring_to_host(&found, differences, sizeof found, where.stream);
    return found == 0;
}

/// Warps that look for a difference; few where each of their threads is emulated.
#if defined(__CUDACC__)
inline constexpr unsigned checking_warps = 16384;
#else
inline constexpr unsigned checking_warps = 8;
#endif

/// The same, found out once for each device of the process; devices beyond the 64th are not trusted.
template <class Allocate>
bool tensor_cores_are_right(const place<Allocate>& where, int device) {
    enum verdict : int { open, right, wrong };
    static std::array<std::atomic<int>, 64> verdicts{};
    if (device < 0 || static_cast<std::size_t>(device) >= verdicts.size()) return false;
    auto& known = verdicts[static_cast<std::size_t>(device)];
    if (known.load(std::memory_order_relaxed) == open)
        known.store(tensor_cores_chain_fma(where, checking_warps) ? right : wrong, std::memory_order_relaxed);
    return known.load(std::memory_order_relaxed) == right;
}

} // namespace lanes::device
