// cuda/place.cuh: where the launches of a call go, and where they get memory beside the arrays.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <cstddef>

namespace lanes::device {

/// Where a call runs. Allocate(bytes) returns an owner of device memory with data(), in the order of the stream.
template <class Allocate>
struct place {
    cudaStream_t stream;
    Allocate allocate;
    unsigned multiprocessors;
    std::size_t shared_bytes = shared_bytes_of_block(); // that a block may have
};

} // namespace lanes::device
