/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing cursor: little-endian into a buffer of fixed size.  What does not fit sets `full`,
 * which sticks; the caller asks once with wr_done().  Lengths known only later are holes
 * (wr_hole_u32, wr_fill_u32); every hole must be filled.  Padding is zeroed, so nothing of an
 * earlier tenant of the buffer can leave. */
#pragma once

#include "base/span.h"

struct wr {
    uint8_t *base; /* offsets and alignment count from here */
    uint8_t *at;
    uint8_t *end;
    bool full;
    int holes; /* opened and not filled yet */
};

static inline struct wr wr_of(struct mspan m)
{
    return (struct wr){m.p, m.p, m.len ? m.p + m.len : m.p, false, 0};
}

static inline size_t wr_pos(const struct wr *w)
{
    return (size_t)(w->at - w->base);
}

static inline size_t wr_left(const struct wr *w)
{
    return (size_t)(w->end - w->at);
}

/* What has been written so far. */
static inline struct span wr_written(const struct wr *w)
{
    return (struct span){w->base, wr_pos(w)};
}

static inline MUST_USE bool wr_done(const struct wr *w)
{
    ASSERT(w->full || w->holes == 0);
    return !w->full;
}

/* Space for n bytes that the caller fills; NULL (and full) when there is not that much. */
static inline uint8_t *wr_reserve(struct wr *w, size_t n)
{
    if (UNLIKELY(w->full || n > wr_left(w))) {
        w->full = true;
        return NULL;
    }
    uint8_t *p = w->at;
    if (n) /* a buffer without room may have no address to add to */
        w->at += n;
    return p;
}

static inline void wr_bytes(struct wr *w, const void *p, size_t n)
{
    uint8_t *to = wr_reserve(w, n);
    if (to && n)
        memcpy(to, p, n);
}

static inline void wr_span(struct wr *w, struct span s)
{
    wr_bytes(w, s.p, s.len);
}

static inline void wr_zero(struct wr *w, size_t n)
{
    uint8_t *to = wr_reserve(w, n);
    if (to && n)
        memset(to, 0, n);
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
    wr_bytes(w, &v, 1);
}
static inline void wr_u16(struct wr *w, uint16_t v)
{
    wr_bytes(w, &v, 2);
}
static inline void wr_u32(struct wr *w, uint32_t v)
{
    wr_bytes(w, &v, 4);
}
static inline void wr_u64(struct wr *w, uint64_t v)
{
    wr_bytes(w, &v, 8);
}

/* Zero bytes up to a multiple of `alignment` counted from base. */
static inline void wr_align(struct wr *w, size_t alignment)
{
    wr_zero(w, (size_t)(align_up(wr_pos(w), alignment) - wr_pos(w)));
}

/* A value to be filled later, named by its position. */
struct wr_hole {
    size_t pos;
};

static inline struct wr_hole wr_hole_(struct wr *w, size_t n)
{
    struct wr_hole h = {wr_pos(w)};
    wr_zero(w, n);
    w->holes++;
    return h;
}

static inline struct wr_hole wr_hole_u16(struct wr *w)
{
    return wr_hole_(w, 2);
}
static inline struct wr_hole wr_hole_u32(struct wr *w)
{
    return wr_hole_(w, 4);
}

static inline void wr_fill_(struct wr *w, struct wr_hole h, const void *v, size_t n)
{
    w->holes--;
    if (!w->full)
        memcpy(w->base + h.pos, v, n);
}

static inline void wr_fill_u16(struct wr *w, struct wr_hole h, uint16_t v)
{
    wr_fill_(w, h, &v, 2);
}
static inline void wr_fill_u32(struct wr *w, struct wr_hole h, uint32_t v)
{
    wr_fill_(w, h, &v, 4);
}

/* Overwrites a word written earlier: the link to an entry that came to be after all. */
static inline void wr_patch_u32(struct wr *w, size_t pos, uint32_t v)
{
    if (w->full)
        return;
    ASSERT(pos + sizeof(v) <= wr_pos(w));
    memcpy(w->base + pos, &v, sizeof(v));
}

/* A place to return to when an entry turns out not to fit: wr_rollback also forgives `full` and
 * the holes opened since. */
struct wr_mark {
    uint8_t *at;
    int holes;
    bool full;
};

static inline struct wr_mark wr_mark(const struct wr *w)
{
    return (struct wr_mark){w->at, w->holes, w->full};
}

static inline void wr_rollback(struct wr *w, struct wr_mark m)
{
    w->at = m.at;
    w->holes = m.holes;
    w->full = m.full;
}
