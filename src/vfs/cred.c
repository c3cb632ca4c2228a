/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities: values made once at session set-up, shared by reference, never changed.  How a thread
 * takes one on is posix/identity.c. */
#include "vfs/vfs.h"

#include <grp.h>
#include <pwd.h>
#include <stdatomic.h>
#include <unistd.h>

#define GROUPS_MAX 65536 /* NGROUPS_MAX of the kernel */

static _Atomic uint64_t last_serial;

struct vfs_cred *vfs_cred_new(uid_t uid, gid_t gid, const gid_t *groups, uint32_t group_count)
{
    ASSERT(group_count <= GROUPS_MAX);
    struct vfs_cred *c = xcalloc(1, sizeof(*c) + group_count * sizeof(gid_t));
    c->refs = 1;
    c->uid = uid;
    c->gid = gid;
    c->serial = atomic_fetch_add_explicit(&last_serial, 1, memory_order_relaxed) + 1;
    c->group_count = group_count;
    if (group_count)
        memcpy(c->groups, groups, group_count * sizeof(gid_t));
    return c;
}

struct vfs_cred *vfs_cred_ambient(void)
{
    struct vfs_cred *c = vfs_cred_new(geteuid(), getegid(), NULL, 0);
    c->ambient = true;
    return c;
}

struct vfs_cred *vfs_cred_ref(struct vfs_cred *c)
{
    ASSERT(atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed) > 0);
    return c;
}

void vfs_cred_unref(struct vfs_cred *c)
{
    if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        free(c);
}

/* Group lists have no known length beforehand: the library says how many when there is no room. */
static struct vfs_cred *cred_of_passwd(const struct passwd *pw)
{
    int count = 64;
    CLEANUP(free) void *groups = xcalloc((size_t)count, sizeof(gid_t));
    while (getgrouplist(pw->pw_name, pw->pw_gid, groups, &count) < 0) {
        if (count > GROUPS_MAX)
            return NULL;
        groups = xrealloc(groups, (size_t)count * sizeof(gid_t));
    }
    return vfs_cred_new(pw->pw_uid, pw->pw_gid, groups, (uint32_t)count);
}

int vfs_cred_of_user(const char *name, struct vfs_cred **ret_cred)
{
    vfs_identity_restore(); /* NSS may read what only the server may */
    size_t size = 4096;
    CLEANUP(free) void *buf = xmalloc(size);
    struct passwd pw;
    struct passwd *found = NULL;
    int rc;
    while ((rc = getpwnam_r(name, &pw, buf, size, &found)) == ERANGE && size < (1u << 20)) {
        size *= 2;
        buf = xrealloc(buf, size);
    }
    if (rc != 0 && rc != ENOENT && rc != ESRCH)
        return -rc;
    if (!found)
        return -ENOENT;
    struct vfs_cred *c = cred_of_passwd(found);
    if (!c)
        return -E2BIG;
    *ret_cred = c;
    return 0;
}
