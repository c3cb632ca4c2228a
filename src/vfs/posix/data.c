/* SPDX-License-Identifier: Apache-2.0
 *
 * The contents of files.  A read first takes what the page cache has (preadv2 with RWF_NOWAIT: one
 * call, no trip through the ring); what is missing waits in the ring.  Small buffered writes are a
 * copy into the page cache and are made in place: most file systems cannot write without a chance
 * of waiting, so the ring would give each to a worker thread, which costs more than the write.
 * What may take long (cutting, reserving, copying) runs on the offload pool. */
#include "vfs/posix/posix.h"
#include "task/io.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define WRITE_INLINE_MAX (64u << 10)
#define SPACE_INLINE_MAX (16u << 20) /* of truncating, allocating, punching */

/* What is cached, or less: any failure is left to the ring to repeat and report. */
static size_t read_cached(struct vfs_file *file, struct mspan to, uint64_t offset)
{
    struct vfs_root *root = file->root;
    if (!root->no_wait_read)
        return 0;
    struct iovec iov = {to.p, to.len};
    ssize_t n = preadv2(file->fd, &iov, 1, (off_t)offset, RWF_NOWAIT);
    if (n < 0 && (errno == EOPNOTSUPP || errno == EINVAL))
        root->no_wait_read = false;
    return n > 0 ? (size_t)n : 0;
}

ssize_t posix_read(struct task *t, struct vfs_file *file, struct mspan to, uint64_t offset)
{
    size_t done = read_cached(file, to, offset);
    while (done < to.len) {
        ssize_t n = io_pread(t, file->fd, to.p + done, to.len - done, offset + done);
        if (n == -EINTR)
            continue;
        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static ssize_t write_once(struct task *t, struct vfs_file *file, struct span from, uint64_t offset)
{
    if (from.len > WRITE_INLINE_MAX || (file->flags & VFS_OPEN_SYNC))
        return io_pwrite(t, file->fd, from.p, from.len, offset);
    ssize_t n = pwrite(file->fd, from.p, from.len, (off_t)offset);
    return n < 0 ? -errno : n;
}

ssize_t posix_write(struct task *t, struct vfs_file *file, struct span from, uint64_t offset)
{
    size_t done = 0;
    while (done < from.len) {
        struct span rest = {from.p + done, from.len - done};
        ssize_t n = write_once(t, file, rest, offset + done);
        if (n == -EINTR)
            continue;
        if (n < 0)
            return done ? (ssize_t)done : n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* One call on the size or the extents of a file, on this thread or on one of the pool. */
struct space_call {
    int fd;
    int mode; /* of fallocate; -1: ftruncate to `offset` */
    uint64_t offset, len;
};

static int space_run(void *arg)
{
    const struct space_call *c = arg;
    int rc;
    do {
        rc = c->mode < 0 ? ftruncate(c->fd, (off_t)c->offset)
                         : fallocate(c->fd, c->mode, (off_t)c->offset, (off_t)c->len);
    } while (rc < 0 && errno == EINTR);
    return rc < 0 ? -errno : 0;
}

static int space_call(struct task *t, struct space_call *c, uint64_t work_bytes)
{
    return work_bytes > SPACE_INLINE_MAX ? task_offload(t, space_run, c) : space_run(c);
}

/* Growing is a number in the inode; cutting gives back extents and pages. */
int posix_truncate(struct task *t, struct vfs_file *file, uint64_t size)
{
    struct vfs_stat st = {0};
    ERR_TRY(posix_stat_fd(file->fd, "", &st));
    struct space_call c = {file->fd, -1, size, 0};
    return space_call(t, &c, st.size_bytes > size ? st.size_bytes - size : 0);
}

int posix_allocate(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len)
{
    struct space_call c = {file->fd, FALLOC_FL_KEEP_SIZE, offset, len};
    return space_call(t, &c, len);
}

int posix_punch(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len)
{
    struct space_call c = {file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len};
    return space_call(t, &c, len);
}

int posix_sync(struct task *t, struct vfs_file *file)
{
    return io_fsync(t, file->fd, false);
}

int64_t posix_seek(struct task *t, struct vfs_file *file, uint64_t offset, int whence)
{
    off_t at = lseek(file->fd, (off_t)offset, whence);
    return at < 0 ? -errno : at;
}

struct copy_call {
    const struct vfs_copy_args *args;
    ssize_t result;
};

static int copy_run(void *arg)
{
    struct copy_call *c = arg;
    loff_t from = (loff_t)c->args->from_offset;
    loff_t to = (loff_t)c->args->to_offset;
    do {
        c->result = copy_file_range(c->args->from->fd, &from, c->args->to->fd, &to,
                                    (size_t)c->args->len, 0);
    } while (c->result < 0 && errno == EINTR);
    return c->result < 0 ? -errno : 0;
}

ssize_t posix_copy_range(struct task *t, const struct vfs_copy_args *args)
{
    struct copy_call c = {args, 0};
    ERR_TRY(task_offload(t, copy_run, &c));
    return c.result;
}

static int clone_run(void *arg)
{
    const struct vfs_copy_args *a = arg;
    struct file_clone_range range = {
        .src_fd = a->from->fd,
        .src_offset = a->from_offset,
        .src_length = a->len,
        .dest_offset = a->to_offset,
    };
    return ioctl(a->to->fd, FICLONERANGE, &range) < 0 ? -errno : 0;
}

int posix_clone_range(struct task *t, const struct vfs_copy_args *args)
{
    struct vfs_copy_args copy = *args;
    return task_offload(t, clone_run, &copy);
}
