/* SPDX-License-Identifier: Apache-2.0
 *
 * Names between the wire's UTF-16LE and our UTF-8. */
#include "wire/utf16.h"

static bool is_high(uint32_t unit)
{
    return (unit & 0xfc00) == 0xd800;
}

static bool is_low(uint32_t unit)
{
    return (unit & 0xfc00) == 0xdc00;
}

/* The next code point, or 0 for what no name may hold: NUL or an unpaired surrogate. */
static uint32_t code_point_next(struct rd *r)
{
    uint32_t unit = rd_u16(r);
    if (is_low(unit))
        return 0;
    if (!is_high(unit))
        return unit;
    uint32_t low = rd_u16(r);
    return is_low(low) ? 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff)) : 0;
}

char *utf16_to_utf8(struct arena *a, struct span utf16le)
{
    if (utf16le.len % 2)
        return NULL;
    char *s = arena_alloc(a, utf16le.len / 2 * 3 + 1);
    char *at = s;
    struct rd r = rd_of(utf16le);
    while (rd_left(&r)) {
        uint32_t c = code_point_next(&r);
        if (!c)
            return NULL;
        at += utf8_put(at, c);
    }
    return s;
}

ssize_t utf16_size(const char *s)
{
    ssize_t size = 0;
    int32_t c;
    while ((c = utf8_next(&s)) > 0)
        size += c >= 0x10000 ? 4 : 2;
    return c < 0 ? -1 : size;
}

bool wr_utf16(struct wr *w, const char *s)
{
    ssize_t size = utf16_size(s);
    if (size < 0)
        return false;
    if ((size_t)size > wr_left(w)) {
        w->full = true;
        return true;
    }
    int32_t c;
    while ((c = utf8_next(&s)) > 0) {
        uint32_t v = (uint32_t)c;
        if (v >= 0x10000) {
            wr_u16(w, (uint16_t)(0xd800 | (v - 0x10000) >> 10));
            v = 0xdc00 | (v & 0x3ff);
        }
        wr_u16(w, (uint16_t)v);
    }
    return true;
}
