/* SPDX-License-Identifier: Apache-2.0
 *
 * A view of bytes somebody else owns: `span` to read, `mspan` to write. */
#pragma once

#include "base/base.h"

struct span {
    const uint8_t *p;
    size_t len;
};

struct mspan {
    uint8_t *p;
    size_t len;
};

static inline struct span span_of(const void *p, size_t len)
{
    return (struct span){p, len};
}

static inline struct mspan mspan_of(void *p, size_t len)
{
    return (struct mspan){p, len};
}

static inline struct span span_str(const char *s)
{
    return (struct span){(const uint8_t *)s, strlen(s)};
}

static inline struct span span_ro(struct mspan m)
{
    return (struct span){m.p, m.len};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}
