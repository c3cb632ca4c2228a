/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict UTF-8 decoder and encoder. */
#include "base/utf8.h"

int32_t utf8_next(const char **s)
{
    const uint8_t *p = (const uint8_t *)*s;
    if (p[0] < 0x80) {
        *s += p[0] != 0;
        return p[0];
    }
    unsigned more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return -1;
    uint32_t v = p[0] & (0x3fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return -1;
        v = v << 6 | (p[i] & 0x3fu);
    }
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (v < smallest[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return -1;
    *s += more + 1;
    return (int32_t)v;
}

unsigned utf8_put(char out[4], uint32_t v)
{
    ASSERT(v <= 0x10ffff);
    if (v < 0x80) {
        out[0] = (char)v;
        return 1;
    }
    unsigned more = v < 0x800 ? 1 : v < 0x10000 ? 2 : 3;
    for (unsigned i = more; i > 0; i--, v >>= 6)
        out[i] = (char)(0x80 | (v & 0x3f));
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[more] | v);
    return more + 1;
}
