// bench/limits.hpp: what this machine can do: read, copy, multiply and add. Measured beside the kernels, in the same rounds.
// SPDX-License-Identifier: MIT
#pragma once

#include "contest.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace bench {

/// Reading one array or two of `size` bytes, of which nothing but their exclusive or is used, on one core and on all.
template <std::size_t Arrays>
void add_read_limits(contest& c, std::array<const std::byte*, Arrays> from, std::size_t size);

/// Copying `from` into `to` (as many bytes as the shorter has), on one core and on all: by memcpy, and beyond the L2
/// cache also by stores that do not read the target first. Its work counts each byte read and each byte written.
void add_copy_limits(contest& c, std::span<const std::byte> from, std::span<std::byte> to);

/// Fused multiply-adds of T on registers, on one core and on all.
template <class T>
void add_fma_limits(contest& c);

} // namespace bench
