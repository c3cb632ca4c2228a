/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks of the request arena.  A request that fits one chunk costs one malloc; what is larger
 * than a chunk gets one of its own, linked behind the chunk in use so that its rest is not lost. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#define ARENA_ALIGNMENT 16u
#define ARENA_CHUNK_BYTES (4096u - 64u) /* with the header of malloc below one page */

struct arena_chunk {
    struct arena_chunk *older;
    alignas(ARENA_ALIGNMENT) uint8_t bytes[];
};

void arena_fini(struct arena *a)
{
    for (struct arena_chunk *c = a->chunks; c;) {
        struct arena_chunk *older = c->older;
        free(c);
        c = older;
    }
    arena_init(a);
}

static uint8_t *chunk_of_its_own(struct arena *a, size_t bytes)
{
    struct arena_chunk *c = xmalloc(sizeof(*c) + bytes);
    if (a->chunks) {
        c->older = a->chunks->older;
        a->chunks->older = c;
    } else {
        c->older = NULL;
        a->chunks = c;
    }
    return c->bytes;
}

static void chunk_begin(struct arena *a)
{
    struct arena_chunk *c = xmalloc(sizeof(*c) + ARENA_CHUNK_BYTES);
    c->older = a->chunks;
    a->chunks = c;
    a->at = c->bytes;
    a->end = c->bytes + ARENA_CHUNK_BYTES;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    ASSERT(bytes <= PTRDIFF_MAX - 4096);
    size_t rounded = (size_t)align_up(bytes ? bytes : 1, ARENA_ALIGNMENT);
    uint8_t *p;
    if (rounded > ARENA_CHUNK_BYTES) {
        p = chunk_of_its_own(a, rounded);
    } else {
        if (rounded > (size_t)(a->end - a->at))
            chunk_begin(a);
        p = a->at;
        a->at += rounded;
    }
    return memset(p, 0, rounded);
}

void *arena_memdup(struct arena *a, const void *p, size_t bytes)
{
    void *copy = arena_alloc(a, bytes);
    if (bytes)
        memcpy(copy, p, bytes);
    return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    ASSERT(fmt);
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    ASSERT(len >= 0);
    char *s = arena_alloc(a, (size_t)len + 1);
    vsnprintf(s, (size_t)len + 1, fmt, again);
    va_end(again);
    return s;
}
