/* SPDX-License-Identifier: Apache-2.0
 *
 * A fiber is a stack and the place where it stopped.  Nothing here schedules: who switches to whom
 * and when is task.c's.  A fiber stays on the thread that first ran it.  The sanitizers are told of
 * every switch. */
#pragma once

#include "base/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif

/* Of functions that a switch enters or leaves in the middle: ThreadSanitizer counts calls and
 * returns per fiber. */
#define FIBER_NO_TSAN __attribute__((no_sanitize("thread")))

struct fiber;
typedef void fiber_fn(struct fiber *f);

struct fiber {
    void *sp;    /* where the registers were saved; tools/braid-gdb.py reads it */
    void *stack; /* lowest usable byte; NULL for a thread's own stack until it is known */
    size_t stack_bytes;
    fiber_fn *fn;
    struct fiber *came_from; /* who switched to it last */
    void *fake_stack;        /* of AddressSanitizer */
    void *shadow;            /* of ThreadSanitizer */
};

/* Maps a stack of LIMIT_TASK_STACK_BYTES (more under sanitizers) with a guard page below; 0 or
 * -errno. */
int fiber_init(struct fiber *f) MUST_USE;
void fiber_fini(struct fiber *f);
/* Gives the stack's memory back to the system but keeps the addresses. */
void fiber_cool(struct fiber *f);

/* Makes `f` stand for the calling thread's own stack. */
void fiber_init_thread(struct fiber *f);

/* The next switch to f calls fn(f) on its empty stack; fn must not return but fiber_leave. */
void fiber_prepare(struct fiber *f, fiber_fn *fn);

void fiber_switch(struct fiber *from, struct fiber *to);
/* As fiber_switch, from a fiber that will not be continued. */
NORETURN void fiber_leave(struct fiber *from, struct fiber *to);
