/* SPDX-License-Identifier: Apache-2.0
 *
 * SIDs: on the wire, as text, and the well-known ones, [MS-DTYP] 2.4.2. */
#include "proto/sd.h"

#include <stdio.h>

#define SID_REVISION 1u
#define AUTHORITY_MAX 0xFFFFFFFFFFFFull
#define AUTHORITY_DECIMAL_MAX 0xFFFFFFFFull /* above, text has the authority in hexadecimal */

#define SID(authority_, ...)                                                                       \
    {                                                                                              \
        .authority = authority_, .count = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),    \
        .sub = {__VA_ARGS__}                                                                       \
    }

const struct sid sid_everyone = SID(1, 0);
const struct sid sid_creator_owner = SID(3, 0);
const struct sid sid_creator_group = SID(3, 1);
const struct sid sid_owner_rights = SID(3, 4);
const struct sid sid_network = SID(5, 2);
const struct sid sid_anonymous = SID(5, 7);
const struct sid sid_authenticated_users = SID(5, 11);
const struct sid sid_system = SID(5, 18);
const struct sid sid_administrators = SID(5, 32, 544);
const struct sid sid_users = SID(5, 32, 545);
const struct sid sid_guests = SID(5, 32, 546);

bool sid_read(struct rd *r, struct sid *ret_sid)
{
    struct sid sid = {0};
    uint8_t revision = rd_u8(r);
    sid.count = rd_u8(r);
    for (int i = 0; i < 6; i++)
        sid.authority = sid.authority << 8 | rd_u8(r);
    if (revision != SID_REVISION || sid.count == 0 || sid.count > SID_SUB_AUTHORITIES_MAX) {
        rd_fail(r);
        return false;
    }
    for (unsigned i = 0; i < sid.count; i++)
        sid.sub[i] = rd_u32(r);
    if (!rd_done(r))
        return false;
    *ret_sid = sid;
    return true;
}

void sid_write(struct wr *w, const struct sid *sid)
{
    ASSERT(sid->count <= SID_SUB_AUTHORITIES_MAX);
    wr_u8(w, SID_REVISION);
    wr_u8(w, sid->count);
    for (int shift = 40; shift >= 0; shift -= 8)
        wr_u8(w, (uint8_t)(sid->authority >> shift));
    for (unsigned i = 0; i < sid->count; i++)
        wr_u32(w, sid->sub[i]);
}

size_t sid_size(const struct sid *sid)
{
    return 8u + 4u * sid->count;
}

bool sid_equal(const struct sid *a, const struct sid *b)
{
    return a->authority == b->authority && a->count == b->count &&
           memcmp(a->sub, b->sub, sizeof(a->sub[0]) * a->count) == 0;
}

const char *sid_text(const struct sid *sid, char buf[SID_TEXT_SIZE])
{
    bool decimal = sid->authority <= AUTHORITY_DECIMAL_MAX;
    int at = snprintf(buf, SID_TEXT_SIZE, decimal ? "S-1-%llu" : "S-1-0x%012llx",
                      (unsigned long long)sid->authority);
    for (unsigned i = 0; i < sid->count && i < SID_SUB_AUTHORITIES_MAX; i++)
        at += snprintf(buf + at, SID_TEXT_SIZE - (size_t)at, "-%u", sid->sub[i]);
    return buf;
}

/* A number of at most `max` at *s, which moves behind it. */
static bool number_parse(const char **s, uint64_t max, uint64_t *ret)
{
    bool hex = (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X');
    const char *begin = *s + (hex ? 2 : 0);
    if (!strchr(hex ? "0123456789abcdefABCDEF" : "0123456789", *begin) || *begin == 0)
        return false;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(begin, &end, hex ? 16 : 10);
    if (errno || v > max)
        return false;
    *s = end;
    *ret = v;
    return true;
}

bool sid_parse(const char *text, struct sid *ret_sid)
{
    struct sid sid = {0};
    if (strncmp(text, "S-1-", 4) != 0)
        return false;
    text += 4;
    if (!number_parse(&text, AUTHORITY_MAX, &sid.authority))
        return false;
    while (*text == '-') {
        uint64_t sub;
        text++;
        if (sid.count == SID_SUB_AUTHORITIES_MAX || !number_parse(&text, UINT32_MAX, &sub))
            return false;
        sid.sub[sid.count++] = (uint32_t)sub;
    }
    if (*text || sid.count == 0)
        return false;
    *ret_sid = sid;
    return true;
}

struct sid sid_append(const struct sid *sid, uint32_t rid)
{
    ASSERT(sid->count < SID_SUB_AUTHORITIES_MAX);
    struct sid longer = *sid;
    longer.sub[longer.count++] = rid;
    return longer;
}

struct sid sid_of_uid(uint32_t uid)
{
    return (struct sid)SID(22, 1, uid);
}

struct sid sid_of_gid(uint32_t gid)
{
    return (struct sid)SID(22, 2, gid);
}

struct sid sid_of_nfs(uint32_t kind, uint32_t value)
{
    return (struct sid)SID(5, 88, kind, value);
}
