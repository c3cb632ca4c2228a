/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding of names on top of the generated table upcase_table.c. */
#include "base/upcase.h"

#include "base/hash.h"
#include "base/upcase_table.h"
#include "base/utf8.h"

#define FOLD_UNITS 252u

uint16_t upcase_unit(uint16_t unit)
{
    return upcase_page[upcase_page_of[unit >> 8]][unit & 0xff] ^ unit;
}

/* What stands at *s, folded, as one or two units in the low and high half; advances *s.  0 at the
 * end.  Stray bytes become lone low surrogates, which no valid UTF-8 yields. */
static uint32_t fold_next(const char **s)
{
    uint8_t byte = (uint8_t)**s;
    int32_t c = utf8_next(s);
    if (c < 0) {
        (*s)++;
        return 0xdc00u | byte;
    }
    if (c < 0x10000)
        return upcase_unit((uint16_t)c);
    uint32_t v = (uint32_t)c - 0x10000;
    return (0xdc00u | (v & 0x3ff)) << 16 | 0xd800u | v >> 10;
}

uint64_t name_hash_folded(const char *utf8)
{
    struct {
        uint64_t before; /* hash of the part that did not fit, 0 at first */
        uint32_t units[FOLD_UNITS];
    } part = {0};
    size_t n = 0;
    uint32_t u;
    while ((u = fold_next(&utf8)) != 0) {
        if (n == FOLD_UNITS) {
            part.before = hash_bytes(span_of(&part, sizeof(part)));
            n = 0;
        }
        part.units[n++] = u;
    }
    return hash_bytes(span_of(&part, sizeof(part.before) + n * sizeof(part.units[0])));
}

bool name_equal_folded(const char *a, const char *b)
{
    uint32_t u;
    do {
        u = fold_next(&a);
        if (u != fold_next(&b))
            return false;
    } while (u);
    return true;
}
