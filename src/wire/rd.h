/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading cursor: the only code that looks at bytes a peer sent.  Little-endian.  The first
 * overrun sets `bad`, which sticks; from then on every read yields zero and every view is empty,
 * so a parser reads like the schema and asks once, at its end, with rd_done().
 *
 * Offsets of SMB2 count from the message header, not from the field: rd_at() gives a child cursor
 * over [offset, offset + len) of the whole buffer and refuses what overlaps the part already
 * read (`at` of the parent).  A child's failure is the parent's: use rd_fold(). */
#pragma once

#include "base/span.h"

#include <assert.h>

struct rd {
    const uint8_t *base; /* offsets count from here */
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static inline struct rd rd_of(struct span s)
{
    return (struct rd){s.p, s.p, s.len ? s.p + s.len : s.p, false};
}

static inline size_t rd_left(const struct rd *r)
{
    return (size_t)(r->end - r->at);
}

static inline size_t rd_pos(const struct rd *r)
{
    return (size_t)(r->at - r->base);
}

static inline void rd_fail(struct rd *r)
{
    r->bad = true;
    r->at = r->end;
}

/* True when nothing has been overrun or refused. */
static inline MUST_USE bool rd_done(const struct rd *r)
{
    return !r->bad;
}

static inline void rd_fold(struct rd *parent, const struct rd *child)
{
    if (child->bad)
        rd_fail(parent);
}

/* A view of the next n bytes. */
static inline struct span rd_span(struct rd *r, size_t n)
{
    if (UNLIKELY(r->bad || n > rd_left(r))) {
        rd_fail(r);
        return (struct span){r->end, 0};
    }
    struct span s = {r->at, n};
    if (n) /* an empty buffer may have no address to add to */
        r->at += n;
    return s;
}

static inline void rd_skip(struct rd *r, size_t n)
{
    (void)rd_span(r, n);
}

static inline uint8_t rd_u8(struct rd *r)
{
    struct span s = rd_span(r, 1);
    return s.len ? s.p[0] : 0;
}

#define RD_DEFINE_(bits)                                                                           \
    static inline uint##bits##_t rd_u##bits(struct rd *r)                                          \
    {                                                                                              \
        struct span s = rd_span(r, bits / 8);                                                      \
        uint##bits##_t v = 0;                                                                      \
        if (LIKELY(s.len))                                                                         \
            memcpy(&v, s.p, sizeof(v));                                                            \
        return v;                                                                                  \
    }
RD_DEFINE_(16)
RD_DEFINE_(32)
RD_DEFINE_(64)
#undef RD_DEFINE_
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "cursors copy little-endian words as is");

/* Copies n bytes out; zeros when there are not that many. */
static inline void rd_bytes(struct rd *r, void *out, size_t n)
{
    struct span s = rd_span(r, n);
    if (n == 0)
        return;
    if (s.len == n)
        memcpy(out, s.p, n);
    else
        memset(out, 0, n);
}

/* A field with one allowed value, such as StructureSize. */
static inline void rd_expect_u16(struct rd *r, uint16_t expected)
{
    if (rd_u16(r) != expected)
        rd_fail(r);
}

/* A child cursor over [offset, offset + len) counted from base.  len 0 gives an empty child
 * whatever the offset says.  Refused: beyond the end, or overlapping what was read already. */
static inline struct rd rd_at(struct rd *r, size_t offset, size_t len)
{
    if (len == 0)
        return (struct rd){r->base, r->end, r->end, r->bad};
    size_t total = (size_t)(r->end - r->base);
    if (UNLIKELY(r->bad || offset > total || len > total - offset || offset < rd_pos(r))) {
        rd_fail(r);
        return (struct rd){r->base, r->end, r->end, true};
    }
    return (struct rd){r->base, r->base + offset, r->base + offset + len, false};
}

/* The same bytes as a view. */
static inline struct span rd_span_at(struct rd *r, size_t offset, size_t len)
{
    struct rd child = rd_at(r, offset, len);
    return rd_span(&child, rd_left(&child));
}

/* Iterates over a chain of entries, each beginning with a u32 NextEntryOffset (0 ends it) at the
 * entry's start.  `entry` becomes a cursor over exactly one entry with its own base at the entry.
 * Forward only, aligned to `alignment`, at most count_max entries.
 *     struct rd_chain c = rd_chain_of(r, 8, 32);
 *     struct rd e;
 *     while (rd_chain_next(&c, &e)) { (void)rd_u32(&e); … }          the offset is still unread
 *     rd_fold(r, &c.rest);                                                                      */
struct rd_chain {
    struct rd rest;
    size_t alignment;
    unsigned left;
    bool ended;
};

static inline struct rd_chain rd_chain_of(struct rd r, size_t alignment, unsigned count_max)
{
    return (struct rd_chain){r, alignment, count_max, r.bad || rd_left(&r) == 0};
}

bool rd_chain_next(struct rd_chain *c, struct rd *entry) MUST_USE;
