/* SPDX-License-Identifier: Apache-2.0
 *
 * Extended attributes.  They act as the server itself.  Whatever identity the thread has at the
 * moment is tried first, since what it may do the server may do too: the switch is needed only when
 * the mode of the file keeps the user out. */
#include "vfs/posix/posix.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static bool denied(ssize_t rc)
{
    return rc < 0 && (errno == EACCES || errno == EPERM);
}

static ssize_t get_once(struct vfs_file *file, const char *name, struct mspan to)
{
    if (!(file->flags & VFS_OPEN_METADATA))
        return fgetxattr(file->fd, name, to.p, to.len);
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, path);
    return getxattr(path, name, to.p, to.len);
}

ssize_t posix_xattr_get(struct task *t, struct vfs_file *file, const char *name, struct mspan to)
{
    ssize_t rc = get_once(file, name, to);
    if (denied(rc) && posix_become_server())
        rc = get_once(file, name, to);
    return rc < 0 ? -errno : rc;
}

/* getxattrat(2) and listxattrat(2), Linux 6.13: older headers know neither their numbers nor their
 * arguments. */
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#endif
struct getxattrat_args {
    alignas(8) uint64_t value;
    uint32_t size, flags;
};
static _Atomic bool xattrat_missing;

static ssize_t get_at_once(int dirfd, const char *name, const char *attr, struct mspan to)
{
    if (!xattrat_missing) {
        struct getxattrat_args args = {(uintptr_t)to.p, (uint32_t)to.len, 0};
        ssize_t rc = syscall(SYS_getxattrat, dirfd, name, AT_SYMLINK_NOFOLLOW, attr, &args,
                             sizeof(args));
        if (rc >= 0 || errno != ENOSYS)
            return rc;
        xattrat_missing = true;
    }
    CLEANUP(free_str) char *path = xasprintf("/proc/self/fd/%d/%s", dirfd, name);
    return lgetxattr(path, attr, to.p, to.len);
}

ssize_t posix_xattr_get_at(struct task *t, struct vfs_file *dir, const char *name,
                           const char *attr, struct mspan to)
{
    ssize_t rc = get_at_once(dir->fd, name, attr, to);
    if (denied(rc) && posix_become_server())
        rc = get_at_once(dir->fd, name, attr, to);
    return rc < 0 ? -errno : rc;
}

ssize_t posix_xattr_list_at(struct task *t, struct vfs_file *dir, const char *name,
                            struct mspan to)
{
    if (!xattrat_missing) {
        ssize_t rc = syscall(SYS_listxattrat, dir->fd, name, AT_SYMLINK_NOFOLLOW, to.p, to.len);
        if (rc >= 0 || errno != ENOSYS)
            return rc < 0 ? -errno : rc;
        xattrat_missing = true;
    }
    CLEANUP(free_str) char *path = xasprintf("/proc/self/fd/%d/%s", dir->fd, name);
    ssize_t rc = llistxattr(path, (char *)to.p, to.len);
    return rc < 0 ? -errno : rc;
}

static int set_once(struct vfs_file *file, const char *name, struct span value)
{
    if (!(file->flags & VFS_OPEN_METADATA))
        return fsetxattr(file->fd, name, value.p, value.len, 0);
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, path);
    return setxattr(path, name, value.p, value.len, 0);
}

int posix_xattr_set(struct task *t, struct vfs_file *file, const char *name, struct span value)
{
    int rc = set_once(file, name, value);
    if (denied(rc) && posix_become_server())
        rc = set_once(file, name, value);
    return rc < 0 ? -errno : 0;
}

static int remove_once(struct vfs_file *file, const char *name)
{
    if (!(file->flags & VFS_OPEN_METADATA))
        return fremovexattr(file->fd, name);
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, path);
    return removexattr(path, name);
}

int posix_xattr_remove(struct task *t, struct vfs_file *file, const char *name)
{
    int rc = remove_once(file, name);
    if (denied(rc) && posix_become_server())
        rc = remove_once(file, name);
    return rc < 0 ? -errno : 0;
}

/* Listing needs no right on the file; trusted names show only to the server, who is not asked. */
ssize_t posix_xattr_list(struct task *t, struct vfs_file *file, struct mspan to)
{
    ssize_t rc;
    if (file->flags & VFS_OPEN_METADATA) {
        char path[POSIX_FD_PATH_SIZE];
        posix_fd_path(file->fd, path);
        rc = listxattr(path, (char *)to.p, to.len);
    } else {
        rc = flistxattr(file->fd, (char *)to.p, to.len);
    }
    return rc < 0 ? -errno : rc;
}
