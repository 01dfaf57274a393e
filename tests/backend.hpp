// tests/backend.hpp: the backend that this build of the suite is about. Tests name `where` and no backend.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/lanes.hpp>

#include <cstddef>
#include <vector>

namespace {

// LANES_TEST_BACKEND is set by tests/CMakeLists.txt: serial, simd, threads or automatic.
constexpr auto where = lanes::LANES_TEST_BACKEND;

/// Sanitizers slow a program down 10 to 100 times: the longest cases of a grid are then thinned out, no kind is dropped.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
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

} // namespace
