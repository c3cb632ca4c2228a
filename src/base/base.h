/* SPDX-License-Identifier: Apache-2.0
 *
 * The few words every file of Braid uses: ownership (CLEANUP, TAKE), assertions (ASSERT, DCHECK),
 * sizes and the macros of the language we miss.  Nothing here allocates or knows of SMB.
 *
 * ASSERT stays on in release builds and guards our own invariants; it never judges peer input.
 * DCHECK is for checks too dear for release builds. */
#pragma once

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define MIN(a, b)                                                                                  \
    ({                                                                                             \
        typeof(a) min_a_ = (a);                                                                    \
        typeof(b) min_b_ = (b);                                                                    \
        min_a_ < min_b_ ? min_a_ : min_b_;                                                         \
    })
#define MAX(a, b)                                                                                  \
    ({                                                                                             \
        typeof(a) max_a_ = (a);                                                                    \
        typeof(b) max_b_ = (b);                                                                    \
        max_a_ > max_b_ ? max_a_ : max_b_;                                                         \
    })

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Runs fn(&variable) when the variable leaves its scope.  By convention fn is one of the
 * `*_cleanup` functions defined with DEFINE_CLEANUP. */
#define CLEANUP(fn) __attribute__((cleanup(fn##_cleanup)))

/* Makes CLEANUP(fn) usable on variables of pointer type `type`; fn must accept NULL. */
#define DEFINE_CLEANUP(type, fn)                                                                   \
    static inline UNUSED void fn##_cleanup(type *p)                                                \
    {                                                                                              \
        if (*p)                                                                                    \
            fn(*p);                                                                                \
    }                                                                                              \
    struct allow_trailing_semicolon_

/* Hands a pointer over to a new owner: yields its value and leaves NULL behind. */
#define TAKE(p)                                                                                    \
    ({                                                                                             \
        typeof(p) taken_ = (p);                                                                    \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

DEFINE_CLEANUP(void *, free);
static inline UNUSED void free_str_cleanup(char **p)
{
    free(*p);
}
static inline UNUSED void free_bytes_cleanup(uint8_t **p)
{
    free(*p);
}

/* Prints where and what, then aborts.  A crash is survivable; a broken invariant is not. */
NORETURN void assert_failed(const char *expr, const char *file, int line);

#define ASSERT(x)                                                                                  \
    do {                                                                                           \
        if (UNLIKELY(!(x)))                                                                        \
            assert_failed(#x, __FILE__, __LINE__);                                                 \
    } while (0)

#ifdef BRAID_DEBUG
#define DCHECK(x) ASSERT(x)
#else
#define DCHECK(x)                                                                                  \
    do {                                                                                           \
        if (0)                                                                                     \
            (void)(x);                                                                             \
    } while (0)
#endif

/* Allocation that cannot fail: memory exhaustion aborts the process, which the keeper restarts.
 * Anything a peer can make grow is bounded by limits.h before it gets here. */
void *xmalloc(size_t bytes) MUST_USE __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t bytes) MUST_USE __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t bytes) MUST_USE __attribute__((returns_nonnull));
char *xstrdup(const char *s) MUST_USE __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) MUST_USE __attribute__((malloc, returns_nonnull));
void *xmemdup(const void *p, size_t bytes) MUST_USE __attribute__((returns_nonnull));
char *xasprintf(const char *fmt, ...) MUST_USE PRINTF_LIKE(1, 2) __attribute__((returns_nonnull));

#define NEW(type) ((type *)xcalloc(1, sizeof(type)))

/* Runs an expression that returns 0 or -errno; on failure returns that from this function. */
#define ERR_TRY(expr)                                                                              \
    do {                                                                                           \
        int err_try_ = (expr);                                                                     \
        if (UNLIKELY(err_try_ < 0))                                                                \
            return err_try_;                                                                       \
    } while (0)

/* Says that a result that must be used is ignored on purpose. */
#define IGNORE(expr)                                                                               \
    do {                                                                                           \
        typeof(expr) ignored_ UNUSED = (expr);                                                     \
    } while (0)

/* Rounds up to a multiple of a power of two. */
static inline uint64_t align_up(uint64_t v, uint64_t alignment)
{
    return (v + alignment - 1) & ~(alignment - 1);
}

/* Compares two byte strings in a time that depends on len alone. */
bool equal_constant_time(const void *a, const void *b, size_t len) MUST_USE;

/* Overwrites a secret; the compiler may not remove it. */
void wipe(void *p, size_t len);
