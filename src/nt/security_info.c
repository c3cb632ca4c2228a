/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors asked for and set through an open, [MS-FSA] 2.1.5.13 and 2.1.5.16. */
#include "nt/security.h"

#define OWNER_KNOWN (SECINFO_OWNER | SECINFO_GROUP)
#define IN_SACL (SECINFO_SACL | SECINFO_LABEL | SECINFO_ATTRIBUTE | SECINFO_SCOPE)

static uint32_t access_to_query(uint32_t info)
{
    uint32_t access = 0;
    if (info & ~SECINFO_SACL)
        access |= ACCESS_READ_CONTROL;
    if (info & SECINFO_SACL)
        access |= ACCESS_SYSTEM_SECURITY;
    return access;
}

static uint32_t access_to_set(uint32_t info)
{
    uint32_t access = 0;
    if (info & (OWNER_KNOWN | SECINFO_LABEL))
        access |= ACCESS_WRITE_OWNER;
    if (info & (SECINFO_DACL | SECINFO_ATTRIBUTE))
        access |= ACCESS_WRITE_DAC;
    if (info & (SECINFO_SACL | SECINFO_SCOPE))
        access |= ACCESS_SYSTEM_SECURITY;
    return access;
}

ntstatus nt_query_security(struct task *t, struct nt_open *o, uint32_t security_information,
                           struct arena *a, struct span *ret_sd)
{
    NT_TRY(nt_require_access(o, access_to_query(security_information)));
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    struct sd sd = {0};
    nt_sd_get(t, &f, a, &sd);
    struct sd part = sd_select(&sd, security_information, a);
    size_t size = sd_size(&part);
    struct wr w = wr_of(mspan_of(arena_alloc(a, size), size));
    sd_write(&w, &part);
    if (!wr_done(&w))
        return STATUS_INTERNAL_ERROR;
    *ret_sd = wr_written(&w);
    return STATUS_SUCCESS;
}

/* The POSIX id a SID names: of its own kind, or the caller himself. */
static bool uid_of(const struct nt_caller *caller, const struct sid *sid, uid_t *ret_uid)
{
    struct sid unix_user = sid_of_uid(0);
    bool is_unix = sid->authority == unix_user.authority && sid->count == unix_user.count &&
                   sid->sub[0] == unix_user.sub[0];
    if (!is_unix && !(caller->user_sid.count && sid_equal(sid, &caller->user_sid)))
        return false;
    *ret_uid = is_unix ? (uid_t)sid->sub[1] : caller->cred->uid;
    return true;
}

static bool gid_of(const struct sid *sid, gid_t *ret_gid)
{
    struct sid unix_group = sid_of_gid(0);
    *ret_gid = (gid_t)sid->sub[1];
    return sid->authority == unix_group.authority && sid->count == unix_group.count &&
           sid->sub[0] == unix_group.sub[0];
}

/* Owner and group become those of the file as well, where a POSIX user or group stands behind them.
 * Another owner may be named if it stands for the caller (Everyone, say), any other group always:
 * they are kept in the descriptor alone. */
static ntstatus owner_apply(struct task *t, const struct nt_target *f, const struct sd *sd,
                            uint32_t info)
{
    uid_t uid = f->stat->uid;
    gid_t gid = f->stat->gid;
    uid_t other_uid;
    gid_t other_gid;
    if ((info & SECINFO_OWNER) && !sd->has_owner)
        return STATUS_INVALID_OWNER;
    if ((info & SECINFO_GROUP) && !sd->has_group)
        return STATUS_INVALID_PRIMARY_GROUP;
    if ((info & SECINFO_OWNER) && uid_of(f->caller, &sd->owner, &other_uid))
        uid = other_uid;
    else if ((info & SECINFO_OWNER) && !nt_caller_is(f->caller, &sd->owner))
        return STATUS_INVALID_OWNER;
    if ((info & SECINFO_GROUP) && gid_of(&sd->group, &other_gid))
        gid = other_gid;
    if (uid == f->stat->uid && gid == f->stat->gid)
        return STATUS_SUCCESS;
    int rc = vfs_set_owner(t, f->caller->cred, f->file, uid, gid);
    return rc == -EPERM ? STATUS_INVALID_OWNER : nt_from_errno(rc, NT_SITE_META);
}

/* Puts the parts of `from` that info names into `to`. */
static void merge(struct sd *to, const struct sd *from, uint32_t info)
{
    uint16_t of_dacl = SD_DACL_PRESENT | SD_DACL_DEFAULTED | SD_DACL_AUTO_INHERIT_REQ |
                       SD_DACL_AUTO_INHERITED | SD_DACL_PROTECTED;
    uint16_t of_sacl = SD_SACL_PRESENT | SD_SACL_DEFAULTED | SD_SACL_AUTO_INHERIT_REQ |
                       SD_SACL_AUTO_INHERITED | SD_SACL_PROTECTED;
    if (info & SECINFO_OWNER)
        to->owner = from->owner;
    if (info & SECINFO_GROUP)
        to->group = from->group;
    if (info & SECINFO_DACL) {
        to->dacl = from->dacl;
        to->control = (uint16_t)((to->control & ~of_dacl) | (from->control & of_dacl));
        to->control |= SD_DACL_PRESENT; /* no DACL where one is set: everything to everybody */
    }
    if (info & IN_SACL) {
        to->sacl = from->sacl;
        to->control = (uint16_t)((to->control & ~of_sacl) | (from->control & of_sacl));
    }
    to->control |= SD_SELF_RELATIVE;
}

static ntstatus set_security(struct task *t, const struct nt_target *f, uint32_t info,
                             const struct sd *wanted)
{
    struct arena a;
    arena_init(&a);
    struct sd sd = {0};
    nt_sd_get(t, f, &a, &sd);
    ntstatus status = STATUS_SUCCESS;
    if (info & OWNER_KNOWN)
        status = owner_apply(t, f, wanted, info);
    if (nt_ok(status)) {
        merge(&sd, wanted, info);
        status = nt_sd_store(t, f, &sd);
    }
    arena_fini(&a);
    return status;
}

ntstatus nt_set_security(struct task *t, struct nt_open *o, uint32_t security_information,
                         struct span sd)
{
    if (access_to_set(security_information) == 0)
        return STATUS_SUCCESS; /* names nothing to be set: then nothing is stored either */
    NT_TRY(nt_require_access(o, access_to_set(security_information)));
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    struct arena a;
    arena_init(&a);
    struct sd wanted = {0};
    ntstatus status = STATUS_INVALID_SECURITY_DESCR;
    if (sd_read(sd, &a, &wanted)) {
        nt_sd_settle(&wanted);
        status = set_security(t, &f, security_information, &wanted);
    }
    arena_fini(&a);
    if (nt_ok(status))
        nt_node_changed(t, o, NT_NOTIFY_SECURITY);
    return status;
}
