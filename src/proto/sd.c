/* SPDX-License-Identifier: Apache-2.0
 *
 * Security descriptors, ACLs and ACEs, [MS-DTYP] 2.4.4 to 2.4.6.  Every ACE is read from a cursor
 * over exactly its own bytes, every ACL from one over exactly its own, so that no count or size can
 * lead out of what holds it. */
#include "proto/sd.h"

#define SD_REVISION 1u
#define SD_HEAD_SIZE 20u
#define ACL_HEAD_SIZE 8u
#define ACE_HEAD_SIZE 4u

enum ace_shape {
    ACE_SHAPE_UNKNOWN,
    ACE_SHAPE_PLAIN,  /* mask, SID, data of the application */
    ACE_SHAPE_OBJECT, /* mask, flags, up to two guids, SID, data of the application */
};

static enum ace_shape ace_shape_of(uint8_t type)
{
    switch (type) {
    case ACE_ALLOWED:
    case ACE_DENIED:
    case ACE_AUDIT:
    case ACE_ALLOWED_CALLBACK:
    case ACE_DENIED_CALLBACK:
    case ACE_AUDIT_CALLBACK:
    case ACE_MANDATORY_LABEL:
    case ACE_RESOURCE_ATTRIBUTE:
    case ACE_SCOPED_POLICY_ID: return ACE_SHAPE_PLAIN;
    case ACE_ALLOWED_OBJECT:
    case ACE_DENIED_OBJECT:
    case ACE_AUDIT_OBJECT:
    case ACE_ALLOWED_CALLBACK_OBJECT:
    case ACE_DENIED_CALLBACK_OBJECT:
    case ACE_AUDIT_CALLBACK_OBJECT: return ACE_SHAPE_OBJECT;
    default: return ACE_SHAPE_UNKNOWN;
    }
}

uint32_t access_map_generic(uint32_t mask)
{
    uint32_t generic = ACCESS_GENERIC_ALL | ACCESS_GENERIC_EXECUTE | ACCESS_GENERIC_WRITE |
                       ACCESS_GENERIC_READ;
    uint32_t mapped = mask & ~generic;
    if (mask & ACCESS_GENERIC_ALL)
        mapped |= FILE_ALL_ACCESS;
    if (mask & ACCESS_GENERIC_EXECUTE)
        mapped |= FILE_GENERIC_EXECUTE;
    if (mask & ACCESS_GENERIC_WRITE)
        mapped |= FILE_GENERIC_WRITE;
    if (mask & ACCESS_GENERIC_READ)
        mapped |= FILE_GENERIC_READ;
    return mapped;
}

static void ace_object_read(struct rd *r, struct ace *ace)
{
    ace->object_flags = rd_u32(r);
    if (ace->object_flags & ACE_OBJECT_TYPE_PRESENT)
        ace->object_type = rd_guid(r);
    if (ace->object_flags & ACE_INHERITED_OBJECT_TYPE_PRESENT)
        ace->inherited_object_type = rd_guid(r);
}

/* The next ACE of an ACL; fails the cursor when malformed. */
static void ace_read(struct rd *acl, struct ace *ace)
{
    ace->type = rd_u8(acl);
    ace->flags = rd_u8(acl);
    uint16_t size = rd_u16(acl);
    if (size < ACE_HEAD_SIZE || size % 4) {
        rd_fail(acl);
        return;
    }
    struct rd body = rd_of(rd_span(acl, size - ACE_HEAD_SIZE));
    enum ace_shape shape = ace_shape_of(ace->type);
    if (shape != ACE_SHAPE_UNKNOWN) {
        ace->mask = rd_u32(&body);
        if (shape == ACE_SHAPE_OBJECT)
            ace_object_read(&body, ace);
        if (!sid_read(&body, &ace->sid))
            rd_fail(acl);
    }
    ace->tail = rd_span(&body, rd_left(&body));
}

/* The ACL at the cursor, or NULL.  What its size holds beyond its ACEs is free space. */
static struct acl *acl_read(struct rd *r, struct arena *a)
{
    struct acl *acl = ARENA_NEW(a, struct acl);
    acl->revision = rd_u8(r);
    rd_skip(r, 1);
    uint16_t size = rd_u16(r);
    acl->count = rd_u16(r);
    rd_skip(r, 2);
    if (!rd_done(r) || size < ACL_HEAD_SIZE || acl->count > ACES_MAX ||
        (acl->revision != ACL_REVISION && acl->revision != ACL_REVISION_DS))
        return NULL;
    struct rd aces = rd_of(rd_span(r, size - ACL_HEAD_SIZE));
    if (!rd_done(r) || acl->count > rd_left(&aces) / ACE_HEAD_SIZE)
        return NULL;
    acl->aces = ARENA_ARRAY(a, struct ace, acl->count);
    for (unsigned i = 0; i < acl->count; i++)
        ace_read(&aces, &acl->aces[i]);
    return rd_done(&aces) ? acl : NULL;
}

/* A cursor at one of the descriptor's parts, which may overlap others but not the head. */
static struct rd part_at(struct span bytes, uint32_t offset)
{
    struct rd r = rd_of(bytes);
    if (offset < SD_HEAD_SIZE)
        rd_fail(&r);
    rd_skip(&r, offset);
    return r;
}

static bool sid_part_read(struct span bytes, uint32_t offset, bool *ret_present,
                          struct sid *ret_sid)
{
    *ret_present = offset != 0;
    if (offset == 0)
        return true;
    struct rd r = part_at(bytes, offset);
    return sid_read(&r, ret_sid);
}

static bool acl_part_read(struct span bytes, uint32_t offset, struct arena *a, struct acl **ret_acl)
{
    *ret_acl = NULL;
    if (offset == 0)
        return true;
    struct rd r = part_at(bytes, offset);
    *ret_acl = acl_read(&r, a);
    return *ret_acl != NULL;
}

bool sd_read(struct span bytes, struct arena *a, struct sd *ret_sd)
{
    struct sd sd = {0};
    struct rd r = rd_of(bytes);
    uint8_t revision = rd_u8(&r);
    sd.rm_control = rd_u8(&r);
    sd.control = rd_u16(&r);
    uint32_t owner_at = rd_u32(&r);
    uint32_t group_at = rd_u32(&r);
    uint32_t sacl_at = rd_u32(&r);
    uint32_t dacl_at = rd_u32(&r);
    if (!rd_done(&r) || revision != SD_REVISION || !(sd.control & SD_SELF_RELATIVE))
        return false;
    if (!(sd.control & SD_SACL_PRESENT))
        sacl_at = 0;
    if (!(sd.control & SD_DACL_PRESENT))
        dacl_at = 0;
    if (!sid_part_read(bytes, owner_at, &sd.has_owner, &sd.owner) ||
        !sid_part_read(bytes, group_at, &sd.has_group, &sd.group) ||
        !acl_part_read(bytes, sacl_at, a, &sd.sacl) ||
        !acl_part_read(bytes, dacl_at, a, &sd.dacl))
        return false;
    *ret_sd = sd;
    return true;
}

static size_t ace_size(const struct ace *ace)
{
    enum ace_shape shape = ace_shape_of(ace->type);
    size_t size = ACE_HEAD_SIZE + ace->tail.len;
    if (shape == ACE_SHAPE_UNKNOWN)
        return size;
    size += 4 + sid_size(&ace->sid);
    if (shape == ACE_SHAPE_OBJECT) {
        size += 4;
        size += ace->object_flags & ACE_OBJECT_TYPE_PRESENT ? 16 : 0;
        size += ace->object_flags & ACE_INHERITED_OBJECT_TYPE_PRESENT ? 16 : 0;
    }
    return size;
}

static size_t acl_size(const struct acl *acl)
{
    size_t size = acl ? ACL_HEAD_SIZE : 0;
    for (unsigned i = 0; acl && i < acl->count; i++)
        size += ace_size(&acl->aces[i]);
    return size;
}

size_t sd_size(const struct sd *sd)
{
    return SD_HEAD_SIZE + acl_size(sd->sacl) + acl_size(sd->dacl) +
           (sd->has_owner ? sid_size(&sd->owner) : 0) + (sd->has_group ? sid_size(&sd->group) : 0);
}

static void ace_write(struct wr *w, const struct ace *ace)
{
    enum ace_shape shape = ace_shape_of(ace->type);
    wr_u8(w, ace->type);
    wr_u8(w, ace->flags);
    wr_u16(w, (uint16_t)ace_size(ace));
    if (shape != ACE_SHAPE_UNKNOWN)
        wr_u32(w, ace->mask);
    if (shape == ACE_SHAPE_OBJECT) {
        wr_u32(w, ace->object_flags);
        if (ace->object_flags & ACE_OBJECT_TYPE_PRESENT)
            wr_guid(w, ace->object_type);
        if (ace->object_flags & ACE_INHERITED_OBJECT_TYPE_PRESENT)
            wr_guid(w, ace->inherited_object_type);
    }
    if (shape != ACE_SHAPE_UNKNOWN)
        sid_write(w, &ace->sid);
    wr_span(w, ace->tail);
}

/* An ACL above 64 KiB cannot be said: no room. */
static void acl_write(struct wr *w, const struct acl *acl)
{
    size_t size = acl_size(acl);
    if (size > UINT16_MAX)
        w->full = true;
    wr_u8(w, acl->revision);
    wr_u8(w, 0);
    wr_u16(w, (uint16_t)size);
    wr_u16(w, acl->count);
    wr_u16(w, 0);
    for (unsigned i = 0; i < acl->count; i++)
        ace_write(w, &acl->aces[i]);
}

/* Says in the hole that a part begins here, if it is there. */
static bool part_begin(struct wr *w, struct wr_hole hole, size_t begin, bool present)
{
    wr_fill_u32(w, hole, present ? (uint32_t)(wr_pos(w) - begin) : 0);
    return present;
}

void sd_write(struct wr *w, const struct sd *sd)
{
    size_t begin = wr_pos(w);
    wr_u8(w, SD_REVISION);
    wr_u8(w, sd->rm_control);
    wr_u16(w, sd->control | SD_SELF_RELATIVE);
    struct wr_hole owner_at = wr_hole_u32(w);
    struct wr_hole group_at = wr_hole_u32(w);
    struct wr_hole sacl_at = wr_hole_u32(w);
    struct wr_hole dacl_at = wr_hole_u32(w);
    if (part_begin(w, sacl_at, begin, sd->sacl != NULL))
        acl_write(w, sd->sacl);
    if (part_begin(w, dacl_at, begin, sd->dacl != NULL))
        acl_write(w, sd->dacl);
    if (part_begin(w, owner_at, begin, sd->has_owner))
        sid_write(w, &sd->owner);
    if (part_begin(w, group_at, begin, sd->has_group))
        sid_write(w, &sd->group);
}

static uint32_t ace_secinfo(const struct ace *ace)
{
    switch (ace->type) {
    case ACE_MANDATORY_LABEL: return SECINFO_LABEL;
    case ACE_RESOURCE_ATTRIBUTE: return SECINFO_ATTRIBUTE;
    case ACE_SCOPED_POLICY_ID: return SECINFO_SCOPE;
    default: return SECINFO_SACL;
    }
}

/* The ACEs of a SACL that the query asks for. */
static struct acl *sacl_select(const struct acl *sacl, uint32_t secinfo, struct arena *a)
{
    struct acl *some = ARENA_NEW(a, struct acl);
    *some = (struct acl){sacl->revision, 0, ARENA_ARRAY(a, struct ace, sacl->count)};
    for (unsigned i = 0; i < sacl->count; i++) {
        if (ace_secinfo(&sacl->aces[i]) & secinfo)
            some->aces[some->count++] = sacl->aces[i];
    }
    return some;
}

struct sd sd_select(const struct sd *sd, uint32_t secinfo, struct arena *a)
{
    const uint32_t sacl_parts = SECINFO_SACL | SECINFO_LABEL | SECINFO_ATTRIBUTE | SECINFO_SCOPE;
    struct sd some = {.rm_control = sd->rm_control, .control = sd->control};
    if (secinfo & SECINFO_OWNER) {
        some.has_owner = sd->has_owner;
        some.owner = sd->owner;
    }
    if (secinfo & SECINFO_GROUP) {
        some.has_group = sd->has_group;
        some.group = sd->group;
    }
    if (secinfo & SECINFO_DACL)
        some.dacl = sd->dacl;
    else
        some.control &= (uint16_t) ~(SD_DACL_PRESENT | SD_DACL_DEFAULTED | SD_DACL_AUTO_INHERITED |
                                     SD_DACL_AUTO_INHERIT_REQ | SD_DACL_PROTECTED);
    if (!(secinfo & sacl_parts))
        some.control &= (uint16_t) ~(SD_SACL_PRESENT | SD_SACL_DEFAULTED | SD_SACL_AUTO_INHERITED |
                                     SD_SACL_AUTO_INHERIT_REQ | SD_SACL_PROTECTED);
    else if (sd->sacl)
        some.sacl = sacl_select(sd->sacl, secinfo, a);
    return some;
}
