// bench/machine.cpp: what the system tells about itself.
// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include "contest.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>

namespace bench {
namespace {

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
    utsname system{};
    return uname(&system) == 0 ? system.machine : "unknown processor";
}

std::size_t cache(int level, std::size_t otherwise) {
    for (const auto& found : benchmark::CPUInfo::Get().caches)
        if (found.level == level && found.type != "Instruction" && found.size > 0)
            return static_cast<std::size_t>(found.size);
    return otherwise;
}

std::string compiler() {
#if defined(__clang__)
    return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
    return std::string("g++ ") + __VERSION__;
#else
    return "unknown";
#endif
}

std::string date() {
    char buffer[64];
    const std::time_t now = std::time(nullptr);
    std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
    return buffer;
}

} // namespace

const machine& this_machine() {
    static const machine found = [] {
        machine m;
        m.processor = processor_name();
        m.cores = static_cast<std::size_t>(benchmark::CPUInfo::Get().num_cpus);
        m.l1 = cache(1, 32u << 10);
        m.l2 = cache(2, 1u << 20);
        m.l3 = cache(3, 32u << 20);
        m.memory = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        return m;
    }();
    return found;
}

std::vector<work_size> cache_sizes() {
    constexpr std::size_t mega = 1u << 20;
    const machine& m = this_machine();
    // A shared L3 of hundreds of megabytes is nobody's own: 32 MiB stay in what one process gets of it, and 512 MiB
    // are beyond it.
    const std::size_t l3 = std::clamp(m.l3 / 2, std::min(4 * m.l2, 32 * mega), 32 * mega);
    const std::size_t dram = std::min(std::clamp(4 * m.l3, 128 * mega, 512 * mega), m.memory / 8);
    return {{"L1", m.l1 / 2}, {"L2", m.l2 / 2}, {"L3", l3}, {"DRAM", dram}};
}

std::string text_of_bytes(double bytes) {
    const char* units[] = {"B", "KiB", "MiB", "GiB"};
    int u = 0;
    for (; bytes >= 1024 && u < 3; ++u) bytes /= 1024;
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, bytes < 10 && bytes != static_cast<int>(bytes) ? "%.1f %s" : "%.0f %s", bytes,
                  units[u]);
    return buffer;
}

static std::vector<std::pair<std::string, std::string>> describe() {
    const machine& m = this_machine();
    double load[1] = {0};
    char busy[32] = "";
    if (getloadavg(load, 1) == 1) std::snprintf(busy, sizeof busy, ", load average %.1f", load[0]);
    std::string sizes;
    for (const work_size& size : cache_sizes())
        sizes += (sizes.empty() ? "" : ", ") + size.label + " " + text_of_bytes(static_cast<double>(size.bytes));
    sizes += " in all arrays of a call together (huge pages where granted)";
    return {
        {"machine", m.processor + ", " + std::to_string(m.cores) + (m.cores == 1 ? " core" : " cores") + ", L1 " +
                        text_of_bytes(static_cast<double>(m.l1)) + ", L2 " + text_of_bytes(static_cast<double>(m.l2)) +
                        ", L3 " + text_of_bytes(static_cast<double>(m.l3)) + ", memory " +
                        text_of_bytes(static_cast<double>(m.memory))},
        {"compiler", compiler() + ", " + LANES_BENCH_FLAGS_TEXT},
        {"naive loops", std::string("the same compiler: -O3 ") + LANES_BENCH_PLAIN_TEXT + " (naive) and -O3 " +
                            LANES_BENCH_NATIVE_TEXT + " (native)"},
        {"backends", std::string("simd is ") + xsimd::default_arch::name() + ", " +
                         std::to_string(xsimd::batch<double>::size) + " double or " +
                         std::to_string(xsimd::batch<float>::size) + " float at once; threads uses " +
                         std::to_string(all_cores()) + (all_cores() == 1 ? " core" : " cores")},
        {"sizes", sizes},
        {"date", date() + busy},
    };
}

std::vector<std::pair<std::string, std::string>>& description() {
    static auto lines = describe(); // before the bench itself loads the machine
    return lines;
}

} // namespace bench
