// lanes/core/backend.hpp: what a backend is, and which one serves a call that names none.
// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

namespace lanes {

/// Base of every backend. A backend is a value that knows the verbs `reduce`, `window`, `recurrence` and `matmul`;
/// it chooses where and how fast they run, never what they return.
struct backend_base {};

template <class Where>
concept backend = std::is_base_of_v<backend_base, std::remove_cvref_t<Where>>;

/// The backend of a call on `Argument` that names none. Defined beside `automatic`, so that a kernel needs to know no
/// backend.
template <class Argument>
struct default_backend;

} // namespace lanes
