/* SPDX-License-Identifier: Apache-2.0
 *
 * Security descriptors of files and what follows from them.  A file has a stored descriptor
 * (security.NTACL; user.NTACL where the server may not write that) or, as long as nobody set one,
 * the one its owner and mode amount to.
 *
 * A stored descriptor can only take away: the kernel still asks the mode when data is opened and
 * names change.  POSIX gives the right to delete with the directory, so DELETE is granted by the
 * object's descriptor or by FILE_DELETE_CHILD on its directory. */
#include "nt/security.h"

#include <unistd.h>

/* ---- stored and synthesised --------------------------------------------------------------- */

bool nt_sd_stored(struct task *t, const struct nt_volume *v, struct vfs_file *file,
                  struct arena *a, struct sd *ret_sd)
{
    if (!nt_volume_has_xattr(v))
        return false;
    uint8_t small[1024];
    struct mspan buf = mspan_of(small, sizeof(small));
    const char *name = NT_XATTR_NTACL;
    ssize_t n = vfs_xattr_get(t, file, name, buf);
    if (n == -ENODATA && !v->root->may_security_xattr) {
        name = NT_XATTR_NTACL_USER;
        n = vfs_xattr_get(t, file, name, buf);
    }
    if (n == -ERANGE) {
        buf = mspan_of(arena_alloc(a, NT_NTACL_BYTES_MAX), NT_NTACL_BYTES_MAX);
        n = vfs_xattr_get(t, file, name, buf);
    }
    return n > 0 && nt_ntacl_read(span_of(arena_memdup(a, buf.p, (size_t)n), (size_t)n), a, ret_sd);
}

ntstatus nt_sd_store(struct task *t, const struct nt_target *f, const struct sd *sd)
{
    if (!nt_volume_has_xattr(f->volume))
        return STATUS_NOT_SUPPORTED;
    size_t size = nt_ntacl_size(sd);
    if (size > NT_NTACL_BYTES_MAX)
        return STATUS_INVALID_SECURITY_DESCR;
    CLEANUP(free) void *bytes = xmalloc(size);
    struct wr w = wr_of(mspan_of(bytes, size));
    nt_ntacl_write(&w, sd);
    if (!wr_done(&w))
        return STATUS_INVALID_SECURITY_DESCR;
    const char *name = f->volume->root->may_security_xattr ? NT_XATTR_NTACL : NT_XATTR_NTACL_USER;
    return nt_from_errno(vfs_xattr_set(t, f->file, name, wr_written(&w)), NT_SITE_META);
}

static void ace_allow(struct acl *acl, struct sid sid, uint32_t mask)
{
    acl->aces[acl->count++] = (struct ace){.type = ACE_ALLOWED, .mask = mask, .sid = sid};
}

void nt_sd_of_mode(const struct vfs_stat *st, struct arena *a, struct sd *ret_sd)
{
    bool directory = S_ISDIR(st->mode);
    struct acl *acl = ARENA_NEW(a, struct acl);
    acl->revision = ACL_REVISION;
    acl->aces = ARENA_ARRAY(a, struct ace, 3);
    struct sid owner = sid_of_uid(st->uid);
    struct sid group = sid_of_gid(st->gid);
    ace_allow(acl, owner,
              nt_access_of_mode(st->mode >> 6 & 7, directory) | NT_ACCESS_OF_OWNER | ACCESS_DELETE);
    ace_allow(acl, group, nt_access_of_mode(st->mode >> 3 & 7, directory));
    ace_allow(acl, sid_everyone, nt_access_of_mode(st->mode & 7, directory));
    *ret_sd = (struct sd){
        .control = SD_DACL_PRESENT | SD_SELF_RELATIVE,
        .has_owner = true,
        .has_group = true,
        .owner = owner,
        .group = group,
        .dacl = acl,
    };
}

/* A stored descriptor without owner or group gets those of the file. */
void nt_sd_get(struct task *t, const struct nt_target *f, struct arena *a, struct sd *ret_sd)
{
    if (!nt_sd_stored(t, f->volume, f->file, a, ret_sd)) {
        nt_sd_of_mode(f->stat, a, ret_sd);
        return;
    }
    if (!ret_sd->has_owner)
        ret_sd->owner = sid_of_uid(f->stat->uid);
    if (!ret_sd->has_group)
        ret_sd->group = sid_of_gid(f->stat->gid);
    ret_sd->has_owner = ret_sd->has_group = true;
}

/* ---- checks ------------------------------------------------------------------------------- */

/* POSIX ACLs grant what the mode does not show: the kernel knows. */
static uint32_t allowed_by_kernel(struct task *t, const struct nt_target *f, uint32_t missing)
{
    static const int how[] = {R_OK, W_OK, X_OK};
    bool directory = S_ISDIR(f->stat->mode);
    uint32_t allowed = 0;
    for (size_t i = 0; i < ARRAY_LEN(how); i++) {
        uint32_t mask = nt_access_of_mode((uint32_t)how[i], directory);
        if ((mask & missing) && vfs_access(t, f->caller->cred, f->file, how[i]) == 0)
            allowed |= mask;
    }
    return allowed;
}

static uint32_t allowed_on(struct task *t, const struct nt_target *f, uint32_t wanted)
{
    struct arena a;
    arena_init(&a);
    struct sd sd = {0};
    uint32_t allowed;
    if (f->caller->cred->uid == 0 && !f->caller->cred->ambient) {
        allowed = FILE_ALL_ACCESS;
    } else if (nt_sd_stored(t, f->volume, f->file, &a, &sd)) {
        allowed = nt_access_by_sd(f->caller, &sd) | FILE_READ_ATTRIBUTES; /* as stat(2) */
    } else {
        allowed = nt_access_by_mode(f->caller, f->stat);
        if (wanted & ~allowed & ~ACCESS_DELETE)
            allowed |= allowed_by_kernel(t, f, wanted & ~allowed);
    }
    arena_fini(&a);
    return allowed;
}

/* Rights on a directory by its path; 0 when it cannot even be looked at. */
static uint32_t allowed_on_directory(struct task *t, struct nt_volume *v,
                                     const struct nt_caller *caller, const char *path,
                                     struct vfs_stat *ret_stat)
{
    struct vfs_open_args args = {
        .root = v->root,
        .path = path,
        .flags = VFS_OPEN_METADATA | VFS_OPEN_DIRECTORY,
    };
    CLEANUP(vfs_close) struct vfs_file *dir = NULL;
    if (vfs_open(t, caller->cred, &args, &dir) < 0 || vfs_stat(t, dir, ret_stat) < 0)
        return 0;
    struct nt_target f = {v, caller, dir, ret_stat, path, NULL};
    return allowed_on(t, &f, FILE_ADD_FILE | FILE_DELETE_CHILD | FILE_TRAVERSE);
}

/* Who may write to the directory may delete in it, but for the sticky bit.  The root, which nobody
 * deletes, counts as its own directory: clients ask for the right without meaning it. */
static bool parent_lets_delete(struct task *t, const struct nt_target *f)
{
    CLEANUP(free_str) char *parent = nt_path_parent(f->path);
    struct vfs_stat st = {0};
    uint32_t needed = FILE_DELETE_CHILD | FILE_TRAVERSE;
    if ((allowed_on_directory(t, f->volume, f->caller, parent, &st) & needed) != needed)
        return false;
    uid_t uid = f->caller->cred->uid;
    return !(st.mode & S_ISVTX) || uid == 0 || uid == st.uid || uid == f->stat->uid;
}

ntstatus nt_security_check(struct task *t, const struct nt_target *f, uint32_t desired,
                           uint32_t *ret_granted, uint32_t *ret_maximal)
{
    bool maximum = desired & ACCESS_MAXIMUM_ALLOWED;
    uint32_t wanted = access_map_generic(desired) & ~ACCESS_MAXIMUM_ALLOWED;
    bool all = maximum || ret_maximal;
    uint32_t allowed = allowed_on(t, f, all ? FILE_ALL_ACCESS : wanted);
    if (((wanted & ACCESS_DELETE) || all) && !(allowed & ACCESS_DELETE) &&
        parent_lets_delete(t, f))
        allowed |= ACCESS_DELETE;
    if (wanted & ~allowed)
        return STATUS_ACCESS_DENIED;
    *ret_granted = maximum ? allowed : wanted;
    if (ret_maximal)
        *ret_maximal = allowed;
    return STATUS_SUCCESS;
}

ntstatus nt_security_check_add(struct task *t, struct nt_volume *v, const struct nt_caller *caller,
                               const char *parent, bool directory)
{
    struct vfs_stat st = {0};
    uint32_t needed = directory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
    uint32_t allowed = allowed_on_directory(t, v, caller, parent, &st);
    return allowed & needed ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

/* ---- new files ---------------------------------------------------------------------------- */

/* What the directory of a new object hands down: false when nothing. */
static bool inherited(struct task *t, const struct nt_target *f, struct arena *a, struct sd *sd)
{
    CLEANUP(free_str) char *parent = nt_path_parent(f->path);
    struct vfs_open_args args = {
        .root = f->volume->root,
        .path = parent,
        .flags = VFS_OPEN_METADATA | VFS_OPEN_DIRECTORY,
    };
    CLEANUP(vfs_close) struct vfs_file *dir = NULL;
    struct sd from = {0};
    if (vfs_open(t, f->caller->cred, &args, &dir) < 0 ||
        !nt_sd_stored(t, f->volume, dir, a, &from) || !from.dacl)
        return false;
    bool automatic = from.control & SD_DACL_AUTO_INHERITED;
    struct nt_heir heir = {S_ISDIR(f->stat->mode), automatic, sid_of_uid(f->stat->uid),
                           sid_of_gid(f->stat->gid)};
    struct acl *acl = nt_acl_inherit(from.dacl, &heir, a);
    if (!acl)
        return false;
    *sd = (struct sd){
        .control = (uint16_t)(SD_DACL_PRESENT | SD_SELF_RELATIVE |
                              (automatic ? SD_DACL_AUTO_INHERITED : 0)),
        .has_owner = true,
        .has_group = true,
        .owner = heir.owner,
        .group = heir.group,
        .dacl = acl,
    };
    return true;
}

void nt_sd_settle(struct sd *sd)
{
    uint16_t both = SD_DACL_AUTO_INHERITED | SD_DACL_AUTO_INHERIT_REQ;
    uint16_t drop = (sd->control & both) == both ? SD_DACL_AUTO_INHERIT_REQ : both;
    sd->control = (uint16_t)((sd->control & ~drop) | SD_SELF_RELATIVE);
    for (size_t i = 0; sd->dacl && i < sd->dacl->count; i++)
        if (!(sd->dacl->aces[i].flags & ACE_FLAG_INHERIT_ONLY))
            sd->dacl->aces[i].mask = access_map_generic(sd->dacl->aces[i].mask);
}

/* Parts that are not given come from the directory, or are what the mode says. */
static ntstatus init_given(struct task *t, const struct nt_target *f, struct span bytes,
                           struct arena *a)
{
    struct sd sd = {0};
    struct sd other = {0};
    if (!sd_read(bytes, a, &sd))
        return STATUS_INVALID_SECURITY_DESCR;
    if (sd.has_owner && !nt_caller_is(f->caller, &sd.owner) && f->caller->cred->uid != 0)
        return STATUS_INVALID_OWNER;
    nt_sd_settle(&sd);
    if (!inherited(t, f, a, &other))
        nt_sd_of_mode(f->stat, a, &other);
    if (!sd.has_owner)
        sd.owner = other.owner;
    if (!sd.has_group)
        sd.group = other.group;
    if (!(sd.control & SD_DACL_PRESENT)) {
        sd.control |= other.control;
        sd.dacl = other.dacl;
    }
    sd.has_owner = sd.has_group = true;
    return nt_sd_store(t, f, &sd);
}

ntstatus nt_security_init(struct task *t, const struct nt_target *f, struct span sd)
{
    struct arena a;
    arena_init(&a);
    struct sd from_parent = {0};
    ntstatus status = STATUS_SUCCESS;
    if (sd.len)
        status = init_given(t, f, sd, &a);
    else if (nt_volume_has_xattr(f->volume) && inherited(t, f, &a, &from_parent))
        status = nt_sd_store(t, f, &from_parent);
    arena_fini(&a);
    return status;
}
