// lanes/lanes.hpp: every kernel and every backend.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/automatic.hpp>
#include <lanes/backends/cuda.hpp>
#include <lanes/backends/serial.hpp>
#include <lanes/backends/simd.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/core/elementary.hpp>
#include <lanes/kernels/matmul.hpp>
#include <lanes/kernels/monte_carlo.hpp>
#include <lanes/kernels/recurrence.hpp>
#include <lanes/kernels/reduce.hpp>
#include <lanes/kernels/window.hpp>
#include <lanes/verify/verify.hpp>
