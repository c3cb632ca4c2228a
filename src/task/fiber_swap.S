/* SPDX-License-Identifier: Apache-2.0
 *
 * void fiber_swap(void **ret_sp, void *sp): saves what a callee must preserve on the running stack,
 * stores the stack pointer in *ret_sp, and continues on `sp`, a stack saved the same way.
 * fiber_entry is the first return address of a fresh fiber: it calls fiber_begin(struct fiber *).
 * The layouts are known to fiber_prepare and to tools/braid-gdb.py. */
#if !defined(BRAID_FIBER_UCONTEXT)
#if defined(__x86_64__)
    .text
    .p2align 4
    .globl fiber_swap
    .hidden fiber_swap
    .type fiber_swap, @function
fiber_swap:
    .cfi_startproc
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
    popq %rcx
    jmpq *%rcx
    .cfi_endproc
    .size fiber_swap, . - fiber_swap

    .p2align 4
    .globl fiber_entry
    .hidden fiber_entry
    .type fiber_entry, @function
fiber_entry:
    .cfi_startproc
    .cfi_undefined rip
    movq %rbx, %rdi
    callq fiber_begin
    ud2
    .cfi_endproc
    .size fiber_entry, . - fiber_entry
#elif defined(__aarch64__)
    .text
    .p2align 4
    .globl fiber_swap
    .hidden fiber_swap
    .type fiber_swap, %function
fiber_swap:
    .cfi_startproc
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
    br x30
    .cfi_endproc
    .size fiber_swap, . - fiber_swap

    .p2align 4
    .globl fiber_entry
    .hidden fiber_entry
    .type fiber_entry, %function
fiber_entry:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x19
    bl fiber_begin
    brk #1
    .cfi_endproc
    .size fiber_entry, . - fiber_entry
#endif
#endif
    .section .note.GNU-stack, "", %progbits
