/* SPDX-License-Identifier: Apache-2.0
 *
 * Stacks and switches.  fiber_swap (fiber_swap.S, or ucontext on machines it does not know) saves
 * the callee-saved registers on the old stack and takes them from the new one; floating point
 * control words are the same for all of Braid and are not saved. */
#include "task/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"

#if defined(FIBER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if defined(FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
#define STACK_BYTES (4 * LIMIT_TASK_STACK_BYTES)
#else
#define STACK_BYTES LIMIT_TASK_STACK_BYTES
#endif
#define GUARD_BYTES ((size_t)4096)
#define GUARD_INSTALL 102 /* MADV_GUARD_INSTALL of Linux 6.13: a guard that costs no mapping */
/* Stacks start at different offsets, lest the hot ends of all of them share a few cache sets. */
#define COLOURS 8u
#define COLOUR_BYTES 192u

int fiber_init(struct fiber *f)
{
    size_t guard = MAX(GUARD_BYTES, (size_t)sysconf(_SC_PAGESIZE));
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    uint8_t *base = mmap(NULL, guard + STACK_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED)
        return -errno;
    if (madvise(base, guard, GUARD_INSTALL) != 0 && mprotect(base, guard, PROT_NONE) != 0) {
        int err = -errno;
        munmap(base, guard + STACK_BYTES);
        return err;
    }
    *f = (struct fiber){.stack = base + guard, .stack_bytes = STACK_BYTES};
#if defined(FIBER_ASAN)
    __lsan_register_root_region(f->stack, f->stack_bytes);
#endif
#if defined(FIBER_TSAN)
    f->shadow = __tsan_create_fiber(0);
#endif
    return 0;
}

void fiber_fini(struct fiber *f)
{
#if defined(FIBER_ASAN)
    __lsan_unregister_root_region(f->stack, f->stack_bytes);
    ASAN_UNPOISON_MEMORY_REGION(f->stack, f->stack_bytes);
#endif
#if defined(FIBER_TSAN)
    __tsan_destroy_fiber(f->shadow);
#endif
    size_t guard = MAX(GUARD_BYTES, (size_t)sysconf(_SC_PAGESIZE));
    munmap((uint8_t *)f->stack - guard, guard + f->stack_bytes);
    *f = (struct fiber){0};
}

void fiber_cool(struct fiber *f)
{
    (void)madvise(f->stack, f->stack_bytes, MADV_DONTNEED);
}

void fiber_init_thread(struct fiber *f)
{
    *f = (struct fiber){0};
#if defined(FIBER_TSAN)
    f->shadow = __tsan_get_current_fiber();
#endif
}

/* Tells AddressSanitizer that the switch to `self` is complete and learns the bounds of the stack
 * it came from, which for a thread's own are not known otherwise. */
FIBER_NO_TSAN __attribute__((always_inline)) static inline void arrived(struct fiber *self)
{
#if defined(FIBER_ASAN)
    const void *bottom = NULL;
    size_t bytes = 0;
    __sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &bytes);
    self->fake_stack = NULL;
    if (!self->came_from->stack) {
        self->came_from->stack = (void *)(uintptr_t)bottom;
        self->came_from->stack_bytes = bytes;
    }
#else
    (void)self;
#endif
}

FIBER_NO_TSAN __attribute__((always_inline)) static inline void
departs(struct fiber *from, struct fiber *to, bool for_good)
{
    to->came_from = from;
#if defined(FIBER_ASAN)
    __sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack, to->stack,
                                   to->stack_bytes);
#endif
    (void)for_good;
#if defined(FIBER_TSAN)
    __tsan_switch_to_fiber(to->shadow, 0);
#endif
}

/* Where a fiber begins: called by the first switch to it. */
void fiber_begin(struct fiber *f);
FIBER_NO_TSAN void fiber_begin(struct fiber *f)
{
    arrived(f);
    f->fn(f);
    abort();
}

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(BRAID_FIBER_UCONTEXT)

void fiber_swap(void **ret_sp, void *sp);
void fiber_entry(void);

#if defined(__x86_64__)
enum { FRAME_WORDS = 9, FRAME_SELF = 4, FRAME_PC = 6 }; /* r15 r14 r13 r12 rbx rbp rip, 2 of 0 */
#else
enum { FRAME_WORDS = 20, FRAME_SELF = 0, FRAME_PC = 11 }; /* x19..x30, d8..d15 */
#endif

void fiber_prepare(struct fiber *f, fiber_fn *fn)
{
#if defined(FIBER_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(f->stack, f->stack_bytes);
#endif
    f->fn = fn;
    uintptr_t colour = ((uintptr_t)f->stack / f->stack_bytes) % COLOURS * COLOUR_BYTES;
    uintptr_t top = ((uintptr_t)f->stack + f->stack_bytes - colour) & ~(uintptr_t)63;
    uintptr_t *frame = (uintptr_t *)top - FRAME_WORDS;
    memset(frame, 0, FRAME_WORDS * sizeof(*frame));
    frame[FRAME_SELF] = (uintptr_t)f;
    frame[FRAME_PC] = (uintptr_t)fiber_entry;
    f->sp = frame;
}

FIBER_NO_TSAN __attribute__((always_inline)) static inline void
swap(struct fiber *from, struct fiber *to)
{
    fiber_swap(&from->sp, to->sp);
}

#else /* any other machine */

#include <ucontext.h>

/* A context lies at the low end of its stack, which nothing reaches before the stack is full; a
 * thread's own lies on that thread's stack while it is away. */
FIBER_NO_TSAN static void entry(unsigned high, unsigned low)
{
    fiber_begin((struct fiber *)(((uintptr_t)high << 16 << 16) | low));
}

void fiber_prepare(struct fiber *f, fiber_fn *fn)
{
#if defined(FIBER_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(f->stack, f->stack_bytes);
#endif
    f->fn = fn;
    ucontext_t *context = f->stack;
    (void)getcontext(context);
    context->uc_link = NULL;
    context->uc_stack.ss_sp = (uint8_t *)f->stack + sizeof(*context);
    context->uc_stack.ss_size = f->stack_bytes - sizeof(*context);
    uintptr_t self = (uintptr_t)f;
    makecontext(context, (void (*)(void))entry, 2, (unsigned)(self >> 16 >> 16), (unsigned)self);
    f->sp = context;
}

FIBER_NO_TSAN __attribute__((always_inline)) static inline void
swap(struct fiber *from, struct fiber *to)
{
    ucontext_t here;
    from->sp = &here;
    (void)swapcontext(&here, to->sp);
}

#endif

FIBER_NO_TSAN void fiber_switch(struct fiber *from, struct fiber *to)
{
    departs(from, to, false);
    swap(from, to);
    arrived(from);
}

FIBER_NO_TSAN void fiber_leave(struct fiber *from, struct fiber *to)
{
    departs(from, to, true);
    swap(from, to);
    abort();
}
