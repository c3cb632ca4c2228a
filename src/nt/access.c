/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may do what: rights by a descriptor, [MS-DTYP] 2.5.3.2, and by a POSIX mode.  The kernel
 * judges besides whenever a file is opened or a name changes, as the user himself; what is granted
 * here only decides what a client is told and lets through what the kernel has no notion of. */
#include "nt/security.h"

#define SPECIFIC_READ (FILE_READ_DATA | FILE_READ_EA)
/* FILE_DELETE_CHILD means nothing on files, but full control comprises it there as well. */
#define SPECIFIC_WRITE                                                                             \
    (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES |                  \
     FILE_DELETE_CHILD)

static bool has_group(const struct vfs_cred *cred, gid_t gid)
{
    if (cred->gid == gid)
        return true;
    for (uint32_t i = 0; i < cred->group_count; i++)
        if (cred->groups[i] == gid)
            return true;
    return false;
}

static bool is_guest(const struct nt_caller *caller)
{
    return sid_equal(&caller->user_sid, &sid_anonymous) ||
           sid_equal(&caller->user_sid, &sid_guests);
}

bool nt_caller_is(const struct nt_caller *caller, const struct sid *sid)
{
    if (sid_equal(sid, &sid_everyone) || sid_equal(sid, &sid_network))
        return true;
    if (sid_equal(sid, &sid_authenticated_users))
        return !is_guest(caller);
    if (caller->user_sid.count && sid_equal(sid, &caller->user_sid))
        return true;
    struct sid user = sid_of_uid(caller->cred->uid);
    if (sid_equal(sid, &user))
        return true;
    struct sid group = sid_of_gid(0);
    if (sid->authority != group.authority || sid->count != group.count ||
        sid->sub[0] != group.sub[0])
        return false;
    return has_group(caller->cred, (gid_t)sid->sub[1]);
}

/* Deny and allow in the order of the list: what an earlier entry decided stays. */
static void walk(const struct nt_caller *caller, const struct sd *sd, bool owner,
                 uint32_t *allowed)
{
    uint32_t denied = 0;
    for (size_t i = 0; i < sd->dacl->count; i++) {
        const struct ace *ace = &sd->dacl->aces[i];
        if ((ace->flags & ACE_FLAG_INHERIT_ONLY) ||
            (ace->type != ACE_ALLOWED && ace->type != ACE_DENIED))
            continue;
        bool mine = sid_equal(&ace->sid, &sid_owner_rights) ? owner
                                                            : nt_caller_is(caller, &ace->sid);
        uint32_t mask = mine ? access_map_generic(ace->mask) : 0;
        if (ace->type == ACE_ALLOWED)
            *allowed |= mask & ~denied;
        else
            denied |= mask & ~*allowed;
    }
}

static bool names_owner_rights(const struct acl *dacl)
{
    for (size_t i = 0; i < dacl->count; i++)
        if (sid_equal(&dacl->aces[i].sid, &sid_owner_rights))
            return true;
    return false;
}

uint32_t nt_access_by_sd(const struct nt_caller *caller, const struct sd *sd)
{
    if (!(sd->control & SD_DACL_PRESENT) || !sd->dacl)
        return FILE_ALL_ACCESS;
    bool owner = sd->has_owner && nt_caller_is(caller, &sd->owner);
    uint32_t allowed = 0;
    walk(caller, sd, owner, &allowed);
    if (owner && !names_owner_rights(sd->dacl))
        allowed |= ACCESS_READ_CONTROL | ACCESS_WRITE_DAC;
    return allowed & FILE_ALL_ACCESS;
}

/* Reading a file implies executing it: who can read it can run a copy, and Windows asks for execute
 * rights where POSIX people never set them. */
uint32_t nt_access_of_mode(uint32_t rwx, bool directory)
{
    uint32_t mask = NT_ACCESS_OF_ALL;
    if (rwx & 4)
        mask |= SPECIFIC_READ | (directory ? 0 : FILE_EXECUTE);
    if (rwx & 2)
        mask |= SPECIFIC_WRITE;
    if (rwx & 1)
        mask |= FILE_EXECUTE;
    return mask;
}

uint32_t nt_access_by_mode(const struct nt_caller *caller, const struct vfs_stat *st)
{
    const struct vfs_cred *cred = caller->cred;
    bool directory = S_ISDIR(st->mode);
    if (cred->uid == 0)
        return FILE_ALL_ACCESS;
    if (cred->uid == st->uid)
        return nt_access_of_mode(st->mode >> 6 & 7, directory) | NT_ACCESS_OF_OWNER;
    if (has_group(cred, st->gid))
        return nt_access_of_mode(st->mode >> 3 & 7, directory);
    return nt_access_of_mode(st->mode & 7, directory);
}
