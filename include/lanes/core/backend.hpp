// lanes/core/backend.hpp: what a backend is, and which one serves a call that names none.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/memory.hpp>

#include <type_traits>

namespace lanes {

/// Base of every backend. A backend is a value that knows the verbs `reduce`, `window`, `recurrence` and `matmul`;
/// it chooses where and how fast they run, never what they return. `operands` is where the data of its
/// calls lies: host_memory, device_memory or any_memory.
struct backend_base {
    using operands = host_memory;

    /// Whether `reduce` takes a source that is not prepared yet (kernels/monte_carlo.hpp).
    static constexpr bool takes_unprepared = false;

    /// Refuses, when it is compiled, a model that the backend cannot run.
    template <class Model>
    static constexpr void check_model() {}
};

template <class Where>
concept backend = std::is_base_of_v<backend_base, std::remove_cvref_t<Where>>;

/// The backend of a call on `Argument` that names none. Defined beside `automatic`, so that a kernel needs to know no
/// backend.
template <class Argument>
struct default_backend;

/// The object of type `Where` that calls without a backend use. A constant, so that compilers know its members.
template <class Where>
inline constexpr Where backend_by_default{};

} // namespace lanes
