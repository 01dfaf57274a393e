// cuda/emulation/launch.hpp: starting a kernel on the emulated device, one launch after the other.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/emulation/words.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace lanes::device {

struct launch_shape {
    std::uint64_t blocks;
    unsigned threads;
    std::size_t shared_bytes = 0;
};

inline std::size_t shared_bytes_of_block() {
    return most_shared_bytes;
}

template <class... Parameters>
void launch(const launch_shape& shape, cudaStream_t, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
    if (shape.blocks == 0 || shape.blocks > 0x7fffffff || shape.threads == 0 || shape.threads > 1024 ||
        shape.shared_bytes > shared_bytes_of_block())
        throw std::runtime_error("lanes: a kernel could not be started: the device has no such blocks");
    emulation::grid(shape.blocks, shape.threads, shape.shared_bytes, [&] { kernel(arguments...); }).run();
}

template <class... Parameters>
void launch_early(const launch_shape& shape, cudaStream_t stream, void (*kernel)(Parameters...),
                  std::type_identity_t<Parameters>... arguments) {
    launch(shape, stream, kernel, arguments...);
}

inline void fill_bytes(void* memory, int value, std::size_t bytes, cudaStream_t) {
    std::memset(memory, value, bytes);
}
inline void bring_to_host(void* to, const void* from, std::size_t bytes, cudaStream_t) {
    std::memcpy(to, from, bytes);
}

} // namespace lanes::device
