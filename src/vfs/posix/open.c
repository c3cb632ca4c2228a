/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening: every path is walked by the kernel with RESOLVE_BENEATH, so neither "..", nor a
 * symlink, nor a component swapped by somebody while we walk leads outside of the directory we
 * start from. */
#include "vfs/posix/posix.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A rename elsewhere that crosses a ".." of a symlink makes the kernel ask for another try. */
#define TRIES_MAX 32

int posix_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        long fd = syscall(SYS_openat2, dirfd, path[0] ? path : ".", &how, sizeof(how));
        if (fd >= 0)
            return (int)fd;
        if (errno != EAGAIN && errno != EINTR)
            break;
    }
    return errno == EXDEV ? -ENOENT : -errno;
}

int posix_parent_open(struct vfs_root *root, const char *path, struct posix_parent *ret_parent)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        *ret_parent = (struct posix_parent){root->fd, false, path};
        return 0;
    }
    CLEANUP(free_str) char *parent = xstrndup(path, (size_t)(slash - path));
    int fd = posix_open_beneath(root->fd, parent, O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    *ret_parent = (struct posix_parent){fd, true, slash + 1};
    return 0;
}

void posix_parent_close(struct posix_parent *p)
{
    if (p->owned)
        close(p->fd);
}

/* O_NONBLOCK keeps FIFOs from holding the reactor; on regular files it would forbid the ring to
 * wait for the disk, so data_settle takes it away again. */
static int kernel_flags(uint32_t flags)
{
    int f = flags & VFS_OPEN_DIRECTORY ? O_DIRECTORY : 0;
    /* openat2 refuses O_PATH together with anything that is about data. */
    if (flags & VFS_OPEN_METADATA)
        return f | O_PATH | (flags & VFS_OPEN_NOFOLLOW ? O_NOFOLLOW : 0);
    f |= O_NOCTTY;
    bool reading = flags & VFS_OPEN_READ;
    bool writing = flags & VFS_OPEN_WRITE;
    f |= reading && writing ? O_RDWR : writing ? O_WRONLY : O_RDONLY;
    if (flags & VFS_OPEN_NOFOLLOW)
        f |= O_NOFOLLOW;
    if (flags & VFS_OPEN_CREATE)
        f |= O_CREAT;
    if (flags & VFS_OPEN_EXCLUSIVE)
        f |= O_EXCL;
    if (flags & VFS_OPEN_SYNC)
        f |= O_DSYNC;
    if (!(flags & (VFS_OPEN_DIRECTORY | VFS_OPEN_EXCLUSIVE)))
        f |= O_NONBLOCK;
    return f;
}

static int data_settle(int fd, int flags)
{
    if (!(flags & O_NONBLOCK))
        return fd;
    if (fcntl(fd, F_SETFL, flags & O_DSYNC) == 0)
        return fd;
    int rc = -errno;
    close(fd);
    return rc;
}

static struct vfs_file *file_new(struct vfs_root *root, int fd, uint32_t flags)
{
    struct vfs_file *file = NEW(struct vfs_file);
    *file = (struct vfs_file){root, fd, flags};
    return file;
}

int posix_open(struct task *t, const struct vfs_cred *cred, const struct vfs_open_args *args,
               struct vfs_file **ret_file)
{
    ERR_TRY(posix_become(cred));
    int flags = kernel_flags(args->flags);
    int dirfd = args->dir ? args->dir->fd : args->root->fd;
    int fd = posix_open_beneath(dirfd, args->path, flags, args->mode & 07777);
    if (fd >= 0)
        fd = data_settle(fd, flags);
    if (fd < 0)
        return fd;
    *ret_file = file_new(args->root, fd, args->flags);
    return 0;
}

int posix_reopen(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uint32_t flags,
                 struct vfs_file **ret_file)
{
    ERR_TRY(posix_become(cred));
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, path);
    int how = kernel_flags(flags & ~VFS_OPEN_NOFOLLOW);
    int fd = open(path, how | O_CLOEXEC);
    fd = fd < 0 ? -errno : data_settle(fd, how);
    if (fd < 0)
        return fd;
    *ret_file = file_new(file->root, fd, flags);
    return 0;
}

void posix_close(struct vfs_file *file)
{
    close(file->fd);
    free(file);
}
