/* SPDX-License-Identifier: Apache-2.0
 *
 * Security descriptors and SIDs. */
#include "pairs.h"
#include "proto/sd.h"

static bool sid_again(struct rd *r, struct wr *w)
{
    struct sid sid;
    if (!sid_read(r, &sid))
        return false;
    char text[SID_TEXT_SIZE];
    struct sid parsed;
    bool same = sid_parse(sid_text(&sid, text), &parsed) && sid_equal(&sid, &parsed);
    ASSERT(same);
    sid_write(w, &sid);
    return true;
}

static void sid_sample(struct wr *w)
{
    sid_write(w, &sid_administrators);
}

static void sid_sample_long(struct wr *w)
{
    struct sid sid = sid_of_uid(1000);
    sid.authority = 0xABCDEF012345;
    while (sid.count < SID_SUB_AUTHORITIES_MAX)
        sid = sid_append(&sid, 0xFFFFFFFF);
    sid_write(w, &sid);
}

static bool sd_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct sd sd;
    bool good = sd_read(rd_span(r, rd_left(r)), &a, &sd);
    if (good) {
        size_t begin = wr_pos(w);
        sd_write(w, &sd);
        ASSERT(w->full || wr_pos(w) - begin == sd_size(&sd));
    }
    arena_fini(&a);
    return good;
}

static void sd_sample(struct wr *w)
{
    struct ace aces[] = {
        {.type = ACE_DENIED, .mask = ACCESS_DELETE, .sid = sid_guests},
        {.type = ACE_ALLOWED, .flags = ACE_FLAG_OBJECT_INHERIT | ACE_FLAG_CONTAINER_INHERIT,
         .mask = FILE_ALL_ACCESS, .sid = sid_everyone},
        {.type = ACE_ALLOWED_OBJECT, .mask = 1, .sid = sid_system,
         .object_flags = ACE_INHERITED_OBJECT_TYPE_PRESENT, .inherited_object_type = {{7}}},
        {.type = 0x55, .tail = BYTES("unknown!")},
        {.type = ACE_ALLOWED_CALLBACK, .mask = 2, .sid = sid_users, .tail = BYTES("artx")},
    };
    struct ace label[] = {{.type = ACE_MANDATORY_LABEL, .mask = 1, .sid = {16, 1, {8192}}}};
    struct acl dacl = {ACL_REVISION_DS, ARRAY_LEN(aces), aces};
    struct acl sacl = {ACL_REVISION, 1, label};
    struct sd sd = {.control = SD_SELF_RELATIVE | SD_DACL_PRESENT | SD_SACL_PRESENT,
                    .has_owner = true, .has_group = true, .owner = sid_of_uid(1000),
                    .group = sid_of_gid(1000), .sacl = &sacl, .dacl = &dacl};
    sd_write(w, &sd);
}

static void sd_sample_null_dacl(struct wr *w)
{
    sd_write(w, &(struct sd){.control = SD_SELF_RELATIVE | SD_DACL_PRESENT});
}

const struct proto_pair pairs_of_security[] = {
    {"sid", 0, {sid_sample, sid_sample_long}, sid_again},
    {"sd", 0, {sd_sample, sd_sample_null_dacl}, sd_again},
    {0},
};
