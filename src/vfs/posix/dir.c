/* SPDX-License-Identifier: Apache-2.0
 *
 * Enumeration by getdents64 into one buffer of fixed size, allocated when the first entry is asked
 * for.  The kernel's records are read with memcpy at their fixed places: they come from the kernel,
 * not from a peer, yet a file system in user space may have made them: lengths are checked. */
#include "vfs/posix/posix.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BUFFER_BYTES (32u << 10)
#define NAME_AT offsetof(struct dirent64, d_name)

struct posix_dir {
    struct vfs_dir base;
    uint8_t *buf;
    size_t used, at;
    uint64_t position; /* of the next entry, for the kernel */
    bool moved;        /* the descriptor is not at `position` */
};

static struct posix_dir *posix_dir_of(struct vfs_dir *dir)
{
    return container_of(dir, struct posix_dir, base);
}

int posix_dir_open(struct task *t, struct vfs_file *file, struct vfs_dir **ret_dir)
{
    struct posix_dir *d = NEW(struct posix_dir);
    d->base.file = file;
    d->moved = true;
    *ret_dir = &d->base;
    return 0;
}

void posix_dir_close(struct vfs_dir *dir)
{
    struct posix_dir *d = posix_dir_of(dir);
    free(d->buf);
    free(d);
}

void posix_dir_seek(struct vfs_dir *dir, uint64_t cookie)
{
    struct posix_dir *d = posix_dir_of(dir);
    d->used = d->at = 0;
    d->position = cookie;
    d->moved = true;
}

/* 1 with a full buffer, 0 at the end. */
static int refill(struct posix_dir *d)
{
    int fd = d->base.file->fd;
    if (!d->buf)
        d->buf = xmalloc(BUFFER_BYTES);
    if (d->moved && lseek(fd, (off_t)d->position, SEEK_SET) < 0)
        return -errno;
    d->moved = false;
    long n = syscall(SYS_getdents64, fd, d->buf, BUFFER_BYTES);
    if (n < 0)
        return errno == ENOENT ? 0 : -errno; /* a directory removed meanwhile has no entries */
    d->used = (size_t)n;
    d->at = 0;
    return n > 0;
}

int posix_dir_next(struct task *t, struct vfs_dir *dir, struct vfs_dirent *ret_entry)
{
    struct posix_dir *d = posix_dir_of(dir);
    if (d->at == d->used) {
        int rc = refill(d);
        if (rc <= 0)
            return rc;
    }
    const uint8_t *p = d->buf + d->at;
    size_t left = d->used - d->at;
    uint16_t record = 0;
    if (left > NAME_AT)
        memcpy(&record, p + offsetof(struct dirent64, d_reclen), sizeof(record));
    if (record <= NAME_AT || record > left || !memchr(p + NAME_AT, 0, record - NAME_AT))
        return -EIO;
    uint64_t inode;
    uint64_t next;
    memcpy(&inode, p + offsetof(struct dirent64, d_ino), sizeof(inode));
    memcpy(&next, p + offsetof(struct dirent64, d_off), sizeof(next));
    *ret_entry = (struct vfs_dirent){
        .name = (const char *)p + NAME_AT,
        .inode = inode,
        .cookie = next,
        .type = p[offsetof(struct dirent64, d_type)],
    };
    d->at += record;
    d->position = next;
    return 1;
}
