/* SPDX-License-Identifier: Apache-2.0
 *
 * The few words of NDR 2.0 that the server's interfaces and the client's calls need, over the wire
 * cursors: numbers aligned to their size counted from the stub's start, unique pointers as
 * referents, conformant varying strings of UTF-16, [C706] 14. */
#pragma once

#include "wire/utf16.h"

static inline void ndr_rd_align(struct rd *r, size_t alignment)
{
    rd_skip(r, (size_t)(align_up(rd_pos(r), alignment) - rd_pos(r)));
}

static inline uint32_t ndr_rd_u32(struct rd *r)
{
    ndr_rd_align(r, 4);
    return rd_u32(r);
}

/* True when a unique pointer is not null; what it points to follows later. */
static inline MUST_USE bool ndr_rd_pointer(struct rd *r)
{
    return ndr_rd_u32(r) != 0;
}

/* [string] wchar_t: UTF-16LE without its terminator; empty with r failed. */
static inline struct span ndr_rd_wstring(struct rd *r)
{
    uint32_t max = ndr_rd_u32(r);
    uint32_t offset = ndr_rd_u32(r);
    uint32_t units = ndr_rd_u32(r);
    struct span s = rd_span(r, (size_t)units * 2);
    if (offset != 0 || units > max || s.len == 0 || s.p[s.len - 1] != 0 || s.p[s.len - 2] != 0) {
        rd_fail(r);
        return (struct span){0};
    }
    return span_of(s.p, s.len - 2);
}

/* The same in UTF-8 in the arena, or NULL with r failed. */
static inline char *ndr_rd_string(struct rd *r, struct arena *a)
{
    struct span s = ndr_rd_wstring(r);
    char *text = rd_done(r) ? utf16_to_utf8(a, s) : NULL;
    if (!text)
        rd_fail(r);
    return text;
}

/* The count in front of a conformant array: refused when the rest of the stub could not hold that
 * many elements of at least element_bytes_min bytes. */
static inline uint32_t ndr_rd_count(struct rd *r, size_t element_bytes_min)
{
    uint32_t count = ndr_rd_u32(r);
    if (count > rd_left(r) / element_bytes_min) {
        rd_fail(r);
        return 0;
    }
    return count;
}

/* The [unique] server name in front of most calls; nobody looks at it. */
static inline void ndr_rd_skip_unique_string(struct rd *r, struct arena *a)
{
    if (ndr_rd_pointer(r))
        (void)ndr_rd_string(r, a);
}

/* A writer hands out referents, each pointer its own. */
struct ndr_out {
    struct wr *w;
    uint32_t referents;
};

static inline struct ndr_out ndr_out_of(struct wr *w)
{
    return (struct ndr_out){w, 0};
}

static inline void ndr_wr_u32(struct ndr_out *o, uint32_t v)
{
    wr_align(o->w, 4);
    wr_u32(o->w, v);
}

static inline void ndr_wr_pointer(struct ndr_out *o)
{
    ndr_wr_u32(o, 0x00020000u + 4 * o->referents++);
}

static inline void ndr_wr_null(struct ndr_out *o)
{
    ndr_wr_u32(o, 0);
}

/* A string that is not UTF-8 is written as an empty one. */
static inline void ndr_wr_string(struct ndr_out *o, const char *s)
{
    ssize_t bytes = utf16_size(s);
    uint32_t units = bytes < 0 ? 1 : (uint32_t)bytes / 2 + 1;
    ndr_wr_u32(o, units);
    ndr_wr_u32(o, 0);
    ndr_wr_u32(o, units);
    bool valid = bytes <= 0 || wr_utf16(o->w, s);
    ASSERT(valid);
    wr_u16(o->w, 0);
}

/* Win32 codes that calls return at their end. */
#define WERR_OK 0u
#define WERR_NOT_SUPPORTED 50u
#define WERR_INVALID_PARAMETER 87u
#define WERR_INVALID_NAME 123u
#define WERR_INVALID_LEVEL 124u
#define WERR_NET_NAME_NOT_FOUND 2310u
