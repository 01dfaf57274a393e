// lanes/core/coefficients.hpp: the numbers behind the elementary functions.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

namespace lanes {

/// Minimax polynomials, coefficient k of power k: own fits (Remez exchange in 60 digits), rounded to the type. And
/// constants split in two, so that the high part times a small integer is exact or is made so by fma.
template <class T>
struct coefficients;

template <>
struct coefficients<double> {
    /// log((1 + s) / (1 - s)) = 2 s + s z R(z), z = s s, for |s| <= (sqrt 2 - 1) / (sqrt 2 + 1)
    static constexpr std::array<double, 7> log{0x1.5555555555558p-1, 0x1.999999999522fp-2, 0x1.2492492e02a9cp-2,
                                               0x1.c71c62d1ccb69p-3, 0x1.7462b9b6f6c64p-3, 0x1.39fdc7ebbd547p-3,
                                               0x1.2b5f0a346457dp-3};
    static constexpr double log_hi = 0x1.62e42feep-1, log_lo = 0x1.a39ef35793c76p-33; // ln 2
    static constexpr std::uint64_t log_pivot = 0x3fe6a09e667f3bcd;                    // the bits of sqrt(1/2)

    /// exp(r) = 1 + r + r r Q(r) for |r| <= ln 2 / 2
    static constexpr std::array<double, 11> exp{0x1.0p-1,
                                                0x1.5555555555557p-3,
                                                0x1.5555555555558p-5,
                                                0x1.11111111100dbp-7,
                                                0x1.6c16c16c151fap-10,
                                                0x1.a01a01abe8228p-13,
                                                0x1.a01a01acfb134p-16,
                                                0x1.71de02313675ep-19,
                                                0x1.27e4ccce00c64p-22,
                                                0x1.af4dea2b0662ap-26,
                                                0x1.1f8b4b233e912p-29};
    static constexpr double exp_hi = 0x1.62e42fefa39efp-1, exp_lo = 0x1.abc9e3b39803fp-56; // ln 2
    static constexpr double log2_e = 0x1.71547652b82fep0;

    /// sin(2 pi r) = r S(r r) and cos(2 pi r) = C(r r) for |r| <= 1/8
    static constexpr std::array<double, 8> sine{0x1.921fb54442d18p2,  -0x1.4abbce625be53p5, 0x1.466bc6775aad9p6,
                                                -0x1.32d2cce62abbdp6, 0x1.50783485c2d68p5,  -0x1.e3074b42c3e68p3,
                                                0x1.e8eec79c4cf98p1,  -0x1.6c58cc2e40192p-1};
    static constexpr std::array<double, 8> cosine{0x1.0p0,
                                                  -0x1.3bd3cc9be45dep4,
                                                  0x1.03c1f081b5aacp6,
                                                  -0x1.55d3c7e3c90fdp6,
                                                  0x1.e1f50683565a7p5,
                                                  -0x1.a6d1ec795f90bp4,
                                                  0x1.f9cc41549f948p2,
                                                  -0x1.b264cc87db52dp0};
    static constexpr double two_pi_lo = 0x1.1a62633145c07p-52; // 2 pi - sine[0]

    /// normal quantile of u over 2 u - 1: in w - 3.125 for w = -log(4 u (1 - u)) < 6.25
    static constexpr std::array<double, 24> normal_centre{
        0x1.2b57ec65a8009p1,    0x1.5bc94440cc7eap-2,   -0x1.179b25740607cp-7,  -0x1.12994fbb8354dp-10,
        0x1.14e8fc429eaa7p-12,  -0x1.496276034d7bcp-16, -0x1.032ee3b874367p-19, 0x1.4186bea1d8f6fp-21,
        -0x1.6125a641086a4p-25, -0x1.8faf5ca5b24dbp-28, 0x1.98a581313a7fdp-30,  -0x1.50c0eb80526aap-34,
        -0x1.42daeaef25d5bp-36, 0x1.05c37507c79ep-38,   -0x1.027cfddfa9acap-43, -0x1.fd64db40cb025p-45,
        0x1.5004113a148cbp-47,  -0x1.179023309317bp-54, -0x1.a80d2cd99c947p-53, 0x1.9b2274c4580f8p-56,
        0x1.ddadef1c40acbp-60,  -0x1.2a7bb251f6493p-61, -0x1.af496c96c6c8cp-70, 0x1.68b6a55a58122p-68};
    /// beyond, in sqrt(w) - 3.25 for sqrt(w) < 4
    static constexpr std::array<double, 20> normal_tail{
        0x1.171f182e77876p2,    0x1.6bf14fa6fc34ap0,    0x1.f1c95c5e79dcfp-8,   -0x1.5bab4c3aef8f5p-8,
        0x1.cdd2bb93c4fc8p-9,   -0x1.38f1f69105021p-9,  0x1.6169222da165bp-10,  -0x1.073ea11d9a813p-11,
        0x1.1d16f5495fb16p-15,  0x1.950e345038a6p-14,   -0x1.18adefdcfa255p-14, 0x1.27bcfacb366cp-16,
        0x1.15add5a16fbc2p-18,  -0x1.7a1d2940d08b3p-18, 0x1.1c715ce164e13p-19,  -0x1.6faadd4e9ea32p-25,
        -0x1.9bcc0b610a7ffp-22, 0x1.96c837bed4f9ep-23,  0x1.ed2827251e9e4p-31,  -0x1.8949bd5b235bap-26};
    /// beyond that, in sqrt(w) - 5
    static constexpr std::array<double, 19> normal_far_tail{
        0x1.b6f6a292f51bfp2,   0x1.6dc49111d6ddap0,    -0x1.9b6aa8e9f53b5p-13, -0x1.3eded29af4a61p-12,
        0x1.c2c6d94ca566p-14,  -0x1.d2fb1862bd804p-16, 0x1.ad8cfbe5b87d9p-18,  -0x1.78fa8c72bca06p-20,
        0x1.5bd19e0f5d4b5p-22, -0x1.9a57f4d512c9dp-24, 0x1.607860f40bbb8p-25,  -0x1.7295bb269c0bbp-26,
        0x1.7c64c533fa371p-27, -0x1.51928b1f236cep-28, 0x1.fce22676ab49bp-30,  -0x1.5342843f2bfecp-31,
        0x1.c7fe023dd5825p-34, 0x1.08f65a3e4c1b9p-34,  -0x1.0821e5ddd2445p-35};
};

template <>
struct coefficients<float> {
    /// log((1 + s) / (1 - s)) = 2 s + s z R(z), z = s s, for |s| <= (sqrt 2 - 1) / (sqrt 2 + 1)
    static constexpr std::array<float, 4> log{0x1.555556p-1f, 0x1.9999ecp-2f, 0x1.245c0ep-2f, 0x1.ddd848p-3f};
    static constexpr float log_hi = 0x1.62e4p-1f, log_lo = 0x1.7f7d1cp-20f; // ln 2
    static constexpr std::uint32_t log_pivot = 0x3f3504f3;                  // the bits of sqrt(1/2)

    /// exp(r) = 1 + r + r r Q(r) for |r| <= ln 2 / 2
    static constexpr std::array<float, 6> exp{0x1.0p-1f,      0x1.555556p-3f,  0x1.5554eap-5f,
                                              0x1.1110acp-7f, 0x1.6d432ap-10f, 0x1.a17dd6p-13f};
    static constexpr float exp_hi = 0x1.62e43p-1f, exp_lo = -0x1.05c61p-29f; // ln 2
    static constexpr float log2_e = 0x1.715476p0f;

    /// sin(2 pi r) = r S(r r) and cos(2 pi r) = C(r r) for |r| <= 1/8
    static constexpr std::array<float, 5> sine{0x1.921fb6p2f, -0x1.4abbcep5f, 0x1.466bbap6f, -0x1.32ca86p6f,
                                               0x1.4bc256p5f};
    static constexpr std::array<float, 5> cosine{0x1.0p0f, -0x1.3bd3ccp4f, 0x1.03c1dcp6f, -0x1.55c57cp6f,
                                                 0x1.d9c364p5f};
    static constexpr float two_pi_lo = -0x1.777a5cp-23f; // 2 pi - sine[0]

    /// normal quantile of u over 2 u - 1: in w - 3.125 for w = -log(4 u (1 - u)) < 6.25
    static constexpr std::array<float, 11> normal_centre{
        0x1.2b57ecp1f,    0x1.5bc944p-2f,  -0x1.179bdap-7f,  -0x1.1297e8p-10f, 0x1.1501d4p-12f, -0x1.4998b8p-16f,
        -0x1.0835aap-19f, 0x1.43ad02p-21f, -0x1.26175ep-25f, -0x1.c2cce8p-28f, 0x1.efd9d6p-31f};
    /// beyond, in sqrt(w) - 3.25
    static constexpr std::array<float, 9> normal_tail{0x1.171f18p2f,   0x1.6bf14ap0f,    0x1.f1e0fp-8f,
                                                      -0x1.5b13bap-8f, 0x1.cbc59cp-9f,   -0x1.4090f8p-9f,
                                                      0x1.71db3cp-10f, -0x1.805e9ap-12f, -0x1.2d5fe8p-14f};
};

} // namespace lanes
