/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom the calling thread acts as on the file system.  The kernel keeps the fs uid, fs gid and
 * groups per thread; the raw system calls change them for this thread alone (the C library's
 * setgroups would change the whole process).  Leaving fs uid 0 the kernel takes the file-related
 * capabilities (DAC_OVERRIDE, CHOWN, FOWNER …) out of the effective set, coming back it returns
 * them.  CAP_SETUID and CAP_SETGID stay, so the way back is always open.
 *
 * A switch costs up to four calls, so it is lazy: the thread stays whom it last served, and a
 * record says who that is.  The record mirrors a fact the kernel keeps about the thread, so it
 * hangs on the thread: a record per reactor would be wrong the day another thread runs that
 * reactor, and wrong here means acting as somebody else.  A new thread inherits what its maker
 * happened to be: its record begins as "unknown", which equals nobody. */
#include "vfs/posix/posix.h"

#include <linux/capability.h>
#include <pthread.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SERIAL_SERVER UINT64_MAX

struct identity {
    bool known;
    uid_t uid;
    gid_t gid;
    uint64_t groups_serial; /* vfs_cred.serial, or SERIAL_SERVER */
};
static pthread_key_t identity_key;

/* The process as it was when first asked: what "the server itself" means. */
static struct {
    pthread_once_t once;
    uid_t uid;
    gid_t gid;
    bool may_switch, may_security_xattr;
    int group_count;
    gid_t *groups;
} server = {.once = PTHREAD_ONCE_INIT};

static bool capability_effective(const struct __user_cap_data_struct *data, unsigned cap)
{
    return data[cap / 32].effective & (1u << (cap % 32));
}

static void server_learn(void)
{
    int rc = pthread_key_create(&identity_key, free);
    ASSERT(rc == 0);
    server.uid = geteuid();
    server.gid = getegid();
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    if (syscall(SYS_capget, &header, data) == 0) {
        server.may_switch = server.uid == 0 && capability_effective(data, CAP_SETUID) &&
                            capability_effective(data, CAP_SETGID);
        server.may_security_xattr = capability_effective(data, CAP_SYS_ADMIN);
    }
    int count = getgroups(0, NULL);
    server.groups = xcalloc(count > 0 ? (size_t)count : 1, sizeof(gid_t));
    count = count > 0 ? getgroups(count, server.groups) : 0;
    server.group_count = MAX(count, 0);
}

bool posix_may_security_xattr(void)
{
    pthread_once(&server.once, server_learn);
    return server.may_security_xattr;
}

/* The calling thread's record. */
static struct identity *identity_get(void)
{
    pthread_once(&server.once, server_learn);
    struct identity *now = pthread_getspecific(identity_key);
    if (UNLIKELY(!now)) {
        now = NEW(struct identity);
        int rc = pthread_setspecific(identity_key, now);
        ASSERT(rc == 0);
    }
    return now;
}

/* setfsuid reports no failure: asking again does. */
static bool set_uid(struct identity *now, uid_t uid)
{
    if (now->known && now->uid == uid)
        return true;
    now->known = false;
    syscall(SYS_setfsuid, uid);
    if ((uid_t)syscall(SYS_setfsuid, (uid_t)-1) != uid)
        return false;
    now->uid = uid;
    return true;
}

static bool set_gid(struct identity *now, gid_t gid)
{
    if (now->known && now->gid == gid)
        return true;
    now->known = false;
    syscall(SYS_setfsgid, gid);
    if ((gid_t)syscall(SYS_setfsgid, (gid_t)-1) != gid)
        return false;
    now->gid = gid;
    return true;
}

static bool set_groups(struct identity *now, const struct vfs_cred *cred)
{
    uint64_t serial = cred ? cred->serial : SERIAL_SERVER;
    if (now->known && now->groups_serial == serial)
        return true;
    now->known = false;
    const gid_t *groups = cred ? cred->groups : server.groups;
    size_t count = cred ? cred->group_count : (size_t)server.group_count;
    if (syscall(SYS_setgroups, count, groups) != 0)
        return false;
    now->groups_serial = serial;
    return true;
}

/* `cred` NULL: the server as a whole, gid and groups too, so that what it creates is its own.
 * Each step that changes something unsets `known`; the next one then does not trust the record, so
 * its own part is set anew as well.  Known again only when all three are as wished. */
static int become(struct identity *now, const struct vfs_cred *cred)
{
    bool done = set_groups(now, cred) && set_gid(now, cred ? cred->gid : server.gid) &&
                set_uid(now, cred ? cred->uid : server.uid);
    now->known = done;
    return done ? 0 : -EPERM;
}

int posix_become(const struct vfs_cred *cred)
{
    struct identity *now = identity_get();
    if (!server.may_switch)
        return cred->ambient || cred->uid == server.uid ? 0 : -EPERM;
    return become(now, cred->ambient ? NULL : cred);
}

/* The uid alone is enough for the server's own rights; gid and groups stay those of the user, who
 * is likely to come back. */
bool posix_become_server(void)
{
    struct identity *now = identity_get();
    if (!server.may_switch || (now->known && now->uid == server.uid))
        return false;
    bool was_known = now->known;
    bool done = set_uid(now, server.uid);
    ASSERT(done);
    now->known = was_known;
    return true;
}

void vfs_identity_restore(void)
{
    struct identity *now = identity_get();
    int rc = server.may_switch ? become(now, NULL) : 0;
    ASSERT(rc == 0);
}
