// tests/levels/on_level.cpp: runs a program if this CPU has a level of x86-64 (or "level+avxvnni"), otherwise says what it
// lacks, exit 77.
// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdio>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>

namespace {

/// Compilers do not all know this feature by name: bit 4 of eax of subleaf 1 of leaf 7.
bool has_avx_vnni() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
}

/// The first feature of `level` that this CPU or its operating system lacks, or null. "native" and "x86-64" lack none.
const char* lacking(std::string_view level) {
    __builtin_cpu_init();
    const std::size_t plus = level.find('+');
    const std::string_view base = level.substr(0, plus), more = plus == level.npos ? "" : level.substr(plus + 1);
    const auto is = [&](std::string_view name) { return base == name; };
    const bool v4 = is("x86-64-v4"), v3 = v4 || is("x86-64-v3"), v2 = v3 || is("x86-64-v2");
    if (v2 && !__builtin_cpu_supports("sse4.2")) return "SSE4.2";
    if (v2 && !__builtin_cpu_supports("popcnt")) return "POPCNT";
    if (v3 && !__builtin_cpu_supports("avx2")) return "AVX2";
    if (v3 && !__builtin_cpu_supports("fma")) return "FMA";
    if (v3 && !__builtin_cpu_supports("bmi2")) return "BMI2";
    if (v4 && !__builtin_cpu_supports("avx512f")) return "AVX-512F";
    if (v4 && !__builtin_cpu_supports("avx512bw")) return "AVX-512BW";
    if (v4 && !__builtin_cpu_supports("avx512cd")) return "AVX-512CD";
    if (v4 && !__builtin_cpu_supports("avx512dq")) return "AVX-512DQ";
    if (v4 && !__builtin_cpu_supports("avx512vl")) return "AVX-512VL";
    if (more == "avxvnni" && !has_avx_vnni()) return "AVX-VNNI";
    return nullptr;
}

} // namespace
#else
namespace {
const char* lacking(std::string_view) {
    return nullptr;
}
} // namespace
#endif

int main(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: on_level x86-64-v4 program [arguments]\n");
        return 2;
    }
    if (const char* feature = lacking(arguments[1])) {
        std::printf("skipped: this CPU lacks %s, which %s asks for\n", feature, arguments[1]);
        return 77;
    }
    execv(arguments[2], arguments + 2);
    std::perror(arguments[2]);
    return 127;
}
