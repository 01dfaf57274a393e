// lanes/core/environment.hpp: the floating-point environment that a result may depend on, fixed for one call.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/target.hpp>

#include <cstdint>
#include <type_traits>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace lanes::inline LANES_TARGET {

/// While one of these lives, the calling thread rounds to nearest and keeps subnormals, whatever the process set
/// (-ffast-math in another library turns on flush-to-zero for all). Costs one read of the control word when nothing
/// has to change. Every kernel opens one, and so does every task that a backend hands to another thread.
class default_environment {
public:
    default_environment() : saved_(read()) {
        if ((saved_ & relevant) != 0) write(saved_ & ~relevant);
        asm volatile("" : : : "memory");
    }
    ~default_environment() {
        asm volatile("" : : : "memory"); // what the call writes is written before
        if ((saved_ & relevant) != 0) write(saved_);
    }
    default_environment(const default_environment&) = delete;
    default_environment& operator=(const default_environment&) = delete;

    /// Pins the computation of `value`, or what is computed from it, to where this stands: compilers think that
    /// arithmetic is the same in every environment and move what is in registers across the borders of this one.
    template <class Value>
    static void pin(Value& value) {
        if constexpr (std::is_floating_point_v<Value>) {
#if defined(__x86_64__) || defined(_M_X64)
            asm volatile("" : "+x"(value));
#elif defined(__aarch64__)
            asm volatile("" : "+w"(value));
#else
            asm volatile("" : "+m"(value));
#endif
        } else asm volatile("" : "+m"(value));
    }
    /// `value`, computed in this environment.
    template <class Value>
    static Value here(Value value) {
        pin(value);
        return value;
    }

private:
#if defined(__x86_64__) || defined(_M_X64)
    using word = std::uint32_t;
    static constexpr word relevant = 0x8000 | 0x6000 | 0x0040; // flush to zero, rounding mode, denormals are zero
    static word read() {
        return _mm_getcsr();
    }
    static void write(word value) {
        _mm_setcsr(value);
    }
#elif defined(__aarch64__)
    using word = std::uint64_t;
    static constexpr word relevant = (word{1} << 24) | (word{3} << 22) | (word{1} << 19); // FZ, RMode, FZ16
    static word read() {
        word value;
        asm volatile("mrs %0, fpcr" : "=r"(value));
        return value;
    }
    static void write(word value) {
        asm volatile("msr fpcr, %0" : : "r"(value) : "memory");
    }
#else
    using word = std::uint32_t; // no control word that lanes knows: verify() tells whether the environment is sound
    static constexpr word relevant = 0;
    static word read() {
        return 0;
    }
    static void write(word) {}
#endif
    word saved_;
};

} // namespace lanes::inline LANES_TARGET
