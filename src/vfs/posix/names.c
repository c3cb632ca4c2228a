/* SPDX-License-Identifier: Apache-2.0
 *
 * What changes names: the directory is opened beneath the root first, then the one last component
 * is given to the *at() call, which follows no symlink in it. */
#include "vfs/posix/posix.h"

#include <fcntl.h>
#include <unistd.h>

#define CLEANUP_PARENT __attribute__((cleanup(posix_parent_close)))

int posix_mkdir(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                const char *path, mode_t mode)
{
    ERR_TRY(posix_become(cred));
    CLEANUP_PARENT struct posix_parent parent = {0};
    ERR_TRY(posix_parent_open(root, path, &parent));
    return mkdirat(parent.fd, parent.leaf, mode & 07777) < 0 ? -errno : 0;
}

int posix_remove(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                 const char *path, const struct vfs_stat *expected)
{
    ERR_TRY(posix_become(cred));
    CLEANUP_PARENT struct posix_parent parent = {0};
    ERR_TRY(posix_parent_open(root, path, &parent));
    struct vfs_stat st = {0};
    ERR_TRY(posix_stat_fd(parent.fd, parent.leaf, &st));
    if (st.device != expected->device || st.inode != expected->inode)
        return -ESTALE;
    int flags = S_ISDIR(st.mode) ? AT_REMOVEDIR : 0;
    return unlinkat(parent.fd, parent.leaf, flags) < 0 ? -errno : 0;
}

/* For file systems without RENAME_NOREPLACE: looks first, so that a target made in between by a
 * local process is replaced. */
static int rename_after_look(const struct posix_parent *from, const struct posix_parent *to)
{
    struct vfs_stat st = {0};
    int rc = posix_stat_fd(to->fd, to->leaf, &st);
    if (rc != -ENOENT)
        return rc < 0 ? rc : -EEXIST;
    return renameat(from->fd, from->leaf, to->fd, to->leaf) < 0 ? -errno : 0;
}

int posix_rename(struct task *t, const struct vfs_cred *cred, const struct vfs_rename_args *args)
{
    ERR_TRY(posix_become(cred));
    CLEANUP_PARENT struct posix_parent from = {0};
    CLEANUP_PARENT struct posix_parent to = {0};
    ERR_TRY(posix_parent_open(args->root, args->from, &from));
    ERR_TRY(posix_parent_open(args->root, args->to, &to));
    unsigned how = args->flags & VFS_RENAME_REPLACE ? 0 : RENAME_NOREPLACE;
    if (renameat2(from.fd, from.leaf, to.fd, to.leaf, how) == 0)
        return 0;
    /* EINVAL also means a directory moved into itself; the plain call then says so once more. */
    if (how && errno == EINVAL)
        return rename_after_look(&from, &to);
    return -errno;
}

int posix_link(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, const char *to)
{
    ERR_TRY(posix_become(cred));
    CLEANUP_PARENT struct posix_parent parent = {0};
    ERR_TRY(posix_parent_open(file->root, to, &parent));
    char from[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, from);
    return linkat(AT_FDCWD, from, parent.fd, parent.leaf, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int posix_symlink(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                  const char *target, const char *path)
{
    ERR_TRY(posix_become(cred));
    CLEANUP_PARENT struct posix_parent parent = {0};
    ERR_TRY(posix_parent_open(root, path, &parent));
    return symlinkat(target, parent.fd, parent.leaf) < 0 ? -errno : 0;
}

ssize_t posix_readlink(struct task *t, struct vfs_file *file, char *buf, size_t size)
{
    ssize_t n = readlinkat(file->fd, "", buf, size);
    return n < 0 ? -errno : n;
}
