// cuda/emulation/fiber.hpp: switching between stacks inside one thread of the host, without a call of the system.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#if defined(__x86_64__)
// What the System V ABI lets a function keep: rbx, rbp, r12 to r15 and the stack. The control words are one for all.
asm(R"(
.pushsection .text
.weak lanes_switch_stack
.type lanes_switch_stack, @function
.p2align 4
lanes_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size lanes_switch_stack, . - lanes_switch_stack
.popsection
)");
#elif defined(__aarch64__)
// x19 to x30, d8 to d15 and the stack.
asm(R"(
.pushsection .text
.weak lanes_switch_stack
.type lanes_switch_stack, %function
.p2align 4
lanes_switch_stack:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size lanes_switch_stack, . - lanes_switch_stack
.popsection
)");
#else
#error "lanes: the emulation of a device knows how to switch stacks on x86-64 and AArch64 only"
#endif

/// Keeps this stack in *from and goes on with the one that was kept in `to`.
extern "C" void lanes_switch_stack(void** from, void* to);

namespace lanes::emulation {

/// Memory for stacks, kept for the next launch. Only pages that are touched cost anything.
class stack_pool {
public:
    static constexpr std::size_t bytes = std::size_t{256} << 10;

    stack_pool() = default;
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool() {
        for (std::byte* memory : all_) munmap(memory, bytes);
    }

    std::byte* take() {
        if (!free_.empty()) {
            std::byte* memory = free_.back();
            free_.pop_back();
            return memory;
        }
        void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        mprotect(memory, 4096, PROT_NONE); // an overflow faults
        all_.push_back(static_cast<std::byte*>(memory));
        return all_.back();
    }
    void give_back(std::byte* memory) { free_.push_back(memory); }

private:
    std::vector<std::byte*> all_, free_;
};

/// What lanes_switch_stack takes to start `entry`, which never returns, on a fresh stack.
inline void* fresh_stack(std::byte* memory, void (*entry)()) {
    auto* top = reinterpret_cast<std::uintptr_t*>(memory + stack_pool::bytes);
#if defined(__x86_64__)
    top -= 10;
    for (int i = 0; i < 10; ++i) top[i] = 0;
    top[6] = reinterpret_cast<std::uintptr_t>(entry); // returned to with the stack 8 bytes off 16, as after a call
#else
    top -= 20;
    for (int i = 0; i < 20; ++i) top[i] = 0;
    top[11] = reinterpret_cast<std::uintptr_t>(entry); // x30
#endif
    return top;
}

} // namespace lanes::emulation
