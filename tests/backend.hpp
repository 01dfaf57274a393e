// tests/backend.hpp: the backend that this build of the suite is about. Tests name `where` and no backend.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/lanes.hpp>

#if defined(LANES_TEST_DEVICE)
#include "device.hpp"
#endif

#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// LANES_TEST_BACKEND or LANES_TEST_DEVICE is set by tests/CMakeLists.txt, the first to serial, simd, threads or automatic.
#if defined(LANES_TEST_DEVICE)
constexpr bool is_device = true;
constexpr device_of_suite where{};
#else
constexpr bool is_device = false;
constexpr auto where = lanes::LANES_TEST_BACKEND;
#endif

/// Sanitizers and the emulated device are 10 to 100 times as slow: the longest cases of a grid are then thinned out, no
/// kind is dropped. On a GPU the environment says whether one of NVIDIA's looks on.
#if defined(LANES_TEST_DEVICE) && !defined(LANES_EMULATED_DEVICE)
const bool is_slow = std::getenv("LANES_TEST_THINNED") != nullptr;
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(LANES_EMULATED_DEVICE)
constexpr bool is_slow = true;
#else
constexpr bool is_slow = false;
#endif

/// The backend, and for threads also forced splits of even small work, so that every border between two parts is met.
template <class Where>
std::vector<Where> variants_of(const Where& backend) {
    std::vector<Where> all{backend};
    if constexpr (requires { backend.eager(); })
        for (std::size_t most : {1, 2, 3, 7, 16}) all.push_back(backend.limit(most).eager());
    return all;
}
inline auto variants() {
    return variants_of(where);
}

/// What a call says of its arguments where it refuses them.
std::string message_of(auto call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "no exception";
}

} // namespace
