/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns of enumerations, [MS-FSA] 2.1.4.4.  Beside * and ? there are the three that Windows
 * makes of old DOS patterns:
 *    <  DOS_STAR  any run of characters, but it does not pass the last full stop of the name
 *    >  DOS_QM    any one character; none before a full stop or at the end
 *    "  DOS_DOT   a full stop, or nothing at the end
 * The set of pattern positions that are reachable is carried along the name, so that no pattern
 * takes more than its length times that of the name. */
#include "base/upcase.h"
#include "base/utf8.h"
#include "nt/file.h"

#define END 0u /* no unit of a name is 0 */

struct units {
    size_t count;
    uint16_t u[LIMIT_NAME_UNITS_MAX];
};

static bool units_of(const char *s, struct units *out)
{
    out->count = 0;
    int32_t c;
    while ((c = utf8_next(&s)) > 0) {
        if (out->count + (c >= 0x10000 ? 2 : 1) > LIMIT_NAME_UNITS_MAX)
            return false;
        if (c >= 0x10000) {
            uint32_t v = (uint32_t)c - 0x10000;
            out->u[out->count++] = (uint16_t)(0xD800 | v >> 10);
            out->u[out->count++] = (uint16_t)(0xDC00 | (v & 0x3FF));
        } else {
            out->u[out->count++] = upcase_unit((uint16_t)c);
        }
    }
    return c == 0;
}

/* One position of the pattern facing unit c (END after the last). */
struct step {
    bool pass; /* goes on to the next position without taking c */
    bool stay; /* takes c and stays */
    bool take; /* takes c and goes on */
};

static struct step step_at(uint16_t pattern, uint16_t c, bool last_dot)
{
    switch (pattern) {
    case '*':
        return (struct step){.pass = true, .stay = c != END};
    case '<':
        return (struct step){.pass = true, .stay = c != END && !last_dot};
    case '>':
        return (struct step){.pass = c == END || c == '.', .take = c != END && c != '.'};
    case '"':
        return (struct step){.pass = c == END, .take = c == '.'};
    case '?':
        return (struct step){.take = c != END};
    default:
        return (struct step){.take = c != END && c == pattern};
    }
}

/* Positions reachable after unit c, from those in `from`; true at the end when the whole pattern is
 * used up. */
static bool advance(const struct units *pattern, bool *from, bool *to, uint16_t c, bool last_dot)
{
    memset(to, 0, pattern->count + 1);
    for (size_t p = 0; p < pattern->count; p++) {
        if (!from[p])
            continue;
        struct step s = step_at(pattern->u[p], c, last_dot);
        from[p + 1] |= s.pass;
        to[p] |= s.stay;
        to[p + 1] |= s.take;
    }
    return from[pattern->count];
}

static bool match_units(const struct units *pattern, const struct units *name)
{
    bool sets[2][LIMIT_NAME_UNITS_MAX + 1] = {{true}};
    size_t last_dot = name->count;
    for (size_t i = 0; i < name->count; i++)
        if (name->u[i] == '.')
            last_dot = i;
    for (size_t i = 0; i < name->count; i++)
        (void)advance(pattern, sets[i % 2], sets[(i + 1) % 2], name->u[i], i == last_dot);
    size_t n = name->count % 2;
    return advance(pattern, sets[n], sets[1 - n], END, false);
}

bool nt_wildcard_present(const char *pattern)
{
    return strpbrk(pattern, "*?<>\"") != NULL;
}

bool nt_wildcard_match(const char *pattern, const char *name)
{
    if (strcmp(pattern, "*") == 0)
        return true;
    struct units p;
    struct units n;
    return units_of(pattern, &p) && units_of(name, &n) && match_units(&p, &n);
}
