/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes whose last one is followed by a page that may not be touched, so that a reader which goes
 * one byte too far dies of it in every build. */
#pragma once

#include "base/span.h"

#include <sys/mman.h>
#include <unistd.h>

struct guarded {
    uint8_t *map;
    size_t room; /* before the forbidden page */
};

static inline struct guarded guarded_new(size_t bytes_max)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guarded g = {.room = (size_t)align_up(bytes_max + 1, page)};
    g.map = mmap(NULL, g.room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT(g.map != MAP_FAILED);
    int err = mprotect(g.map + g.room, page, PROT_NONE);
    ASSERT(err == 0);
    return g;
}

static inline void guarded_free(struct guarded *g)
{
    munmap(g->map, g->room + (size_t)sysconf(_SC_PAGESIZE));
}

/* The bytes, copied to the very end. */
static inline struct mspan guarded_copy(struct guarded *g, struct span bytes)
{
    ASSERT(bytes.len <= g->room);
    uint8_t *p = g->map + g->room - bytes.len;
    if (bytes.len)
        memcpy(p, bytes.p, bytes.len);
    return mspan_of(p, bytes.len);
}
