// lanes/verify/verify.hpp: proof on the user's machine that every backend returns the golden bits.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/automatic.hpp>
#include <lanes/backends/serial.hpp>
#include <lanes/verify/device.hpp>
#include <lanes/verify/matmul.hpp>
#include <lanes/verify/monte_carlo.hpp>
#include <lanes/verify/recurrence.hpp>
#include <lanes/verify/reduce.hpp>
#include <lanes/verify/window.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>

namespace lanes {

/// What verify() found: `ok` if nothing differs; `text` has a line for each backend and one for each difference.
struct report {
    bool ok = true;
    std::string text;
};

/// Runs every kernel on every backend compiled in and compares with built-in golden bits, in some milliseconds. It
/// catches what a build can do to arithmetic: reassociation, flushed subnormals, a library fma that rounds twice, a
/// broken compiler. Works whatever the caller's floating-point environment is, as the kernels do.
template <class Arch = architecture, class Device = device_in_use>
report verify() {
    report all;
    const auto check = [&](const std::string& name, const auto& where) {
        std::size_t results = 0, different = 0;
        std::string lines;
        const auto visit = [&](const std::string& what, std::uint64_t expected, std::uint64_t actual) {
            ++results;
            if (actual == expected) return;
            char bits[80];
            std::snprintf(bits, sizeof bits, ": %016llx, must be %016llx\n", static_cast<unsigned long long>(actual),
                          static_cast<unsigned long long>(expected));
            lines += "    " + what + bits;
            ++different;
        };
        golden::matmul(where, visit);
        golden::recurrence(where, visit);
        golden::reduce(where, visit);
        golden::monte_carlo(where, visit);
        golden::window(where, visit);
        all.ok = all.ok && different == 0;
        all.text += name + ": " + std::to_string(results) + " results, " +
                    (different == 0 ? "all bits equal" : std::to_string(different) + " DIFFERENT") + "\n" + lines;
    };
    check("serial", serial);
    check(std::string("simd (") + Arch::name() + ")", simd_backend<Arch>{});
    check("threads", threads_backend<Arch>{}.limit(3).eager());
    check("automatic", automatic_backend<Arch, Device>{});
    if constexpr (std::is_same_v<Device, cuda_backend>) {
        if (const char* why = cuda.why_unavailable()) all.text += std::string("cuda: not checked: ") + why + "\n";
        else {
            check(std::string("cuda (") + cuda_runtime::device_name() + ")", through_device<device_copy>{});
            const bool is_exact = cuda_runtime::arithmetic_is_exact();
            all.ok = all.ok && is_exact;
            all.text += std::string("cuda: device code rounds ") + (is_exact ? "exactly" : "WRONGLY") + "\n";
        }
    }
    return all;
}

} // namespace lanes
