/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of one request: allocations are bump pointers into chunks and are all dropped at once
 * when the reply has left.  Never fails; the bytes are zeroed. */
#pragma once

#include "base/span.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    uint8_t *at, *end;          /* free part of the newest chunk */
};

/* An arena that owns nothing yet; the first allocation takes a chunk. */
static inline void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

void arena_fini(struct arena *a);

/* 16-byte aligned, zeroed. */
void *arena_alloc(struct arena *a, size_t bytes) MUST_USE __attribute__((returns_nonnull));
void *arena_memdup(struct arena *a, const void *p, size_t bytes) MUST_USE;
char *arena_strndup(struct arena *a, const char *s, size_t n) MUST_USE;
char *arena_printf(struct arena *a, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))
