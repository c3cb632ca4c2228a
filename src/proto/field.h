/* SPDX-License-Identifier: Apache-2.0
 *
 * Idioms the writers of src/proto share. */
#pragma once

#include "wire/wr.h"

/* A length field; what does not fit its width cannot be said and counts as "no room". */
static inline void wr_len16(struct wr *w, size_t len)
{
    if (len > UINT16_MAX)
        w->full = true;
    wr_u16(w, (uint16_t)len);
}

static inline void wr_len32(struct wr *w, size_t len)
{
    if (len > UINT32_MAX)
        w->full = true;
    wr_u32(w, (uint32_t)len);
}

/* The variable part of a request whose StructureSize is odd: peers insist on at least a byte. */
static inline void wr_span_or_zero(struct wr *w, struct span s)
{
    if (s.len)
        wr_span(w, s);
    else
        wr_u8(w, 0);
}

/* Bytes written since the position `from`. */
static inline uint32_t wr_since(const struct wr *w, size_t from)
{
    return (uint32_t)(wr_pos(w) - from);
}
