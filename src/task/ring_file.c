/* SPDX-License-Identifier: Apache-2.0
 *
 * Files.  What the page cache can serve at once is served by a direct call that may not wait
 * (RWF_NOWAIT): it costs less than a trip through the ring.  The rest goes through the ring, where
 * a thread of the kernel waits for the disk.
 *
 * Filesystems differ in what they offer: ext4 refuses NOWAIT for writes and tmpfs for everything,
 * which a thread of the kernel would make ten times dearer.  So small writes that are refused go
 * directly (into the page cache, as a rule), and so does everything in memory filesystems.  What
 * refused is remembered by file descriptor until it is closed; a stale note costs time, never
 * correctness. */
#include "task/ring.h"

#include <linux/magic.h>
#include <poll.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DIRECT_WRITE_BYTES_MAX ((size_t)64 << 10)

static bool noted(const uint64_t *notes, int fd)
{
    return (unsigned)fd < NOTED_FDS && ((notes[fd / 64] >> (fd % 64)) & 1);
}

static void note(uint64_t *notes, int fd, bool is)
{
    if ((unsigned)fd >= NOTED_FDS)
        return;
    uint64_t bit = UINT64_C(1) << (fd % 64);
    notes[fd / 64] = (notes[fd / 64] & ~bit) | (is ? bit : 0);
}

/* NOWAIT was refused. */
static void note_refusal(struct ring_io *ri, enum ring_note side, int fd)
{
    struct statfs fs;
    note(ri->notes[side], fd, true);
    if (fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC))
        note(ri->notes[NOTE_IN_MEMORY], fd, true);
}

void ring_close(struct io *io, int fd)
{
    struct ring_io *ri = (struct ring_io *)io;
    for (unsigned i = 0; i < NOTE_COUNT; i++)
        note(ri->notes[i], fd, false);
    (void)close(fd);
}

/* A direct call as far as it goes without waiting: bytes done, and *ret_complete when there is
 * nothing left to do (all of it, the end of the file, or an error). */
static ssize_t read_now(struct ring_io *ri, int fd, struct iovec iov, off_t offset,
                        bool *ret_complete)
{
    size_t done = 0;
    *ret_complete = true;
    while (done < iov.iov_len) {
        struct iovec rest = {(uint8_t *)iov.iov_base + done, iov.iov_len - done};
        ssize_t n = preadv2(fd, &rest, 1, offset + (off_t)done, RWF_NOWAIT);
        if (n < 0) {
            int err = errno;
            if (err == EOPNOTSUPP)
                note_refusal(ri, NOTE_REFUSES_READ, fd);
            *ret_complete = err != EOPNOTSUPP && err != EAGAIN && err != EINTR;
            return *ret_complete && done == 0 ? -err : (ssize_t)done;
        }
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static ssize_t read_rest(struct task *t, int fd, struct iovec iov, off_t offset)
{
    if (noted(ring_of(t)->notes[NOTE_IN_MEMORY], fd)) {
        ssize_t n = pread(fd, iov.iov_base, iov.iov_len, offset);
        return n < 0 ? -errno : n;
    }
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_read(sqe, fd, iov.iov_base, (unsigned)iov.iov_len, (uint64_t)offset);
    return ring_await(t, sqe, NULL);
}

ssize_t ring_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset)
{
    struct ring_io *ri = ring_of(t);
    size_t done = 0;
    bool complete = len == 0;
    if (!noted(ri->notes[NOTE_REFUSES_READ], fd)) {
        ssize_t n = read_now(ri, fd, (struct iovec){buf, len}, (off_t)offset, &complete);
        if (complete || n < 0)
            return n;
        done = (size_t)n;
    }
    while (done < len) {
        struct iovec rest = {(uint8_t *)buf + done, len - done};
        ssize_t n = read_rest(t, fd, rest, (off_t)(offset + done));
        if (n <= 0)
            return n < 0 && done == 0 ? n : (ssize_t)done;
        done += (size_t)n;
        if (task_stops(t))
            break;
    }
    return (ssize_t)done;
}

/* -EAGAIN: through the ring. */
static ssize_t write_now(struct ring_io *ri, int fd, struct iovec iov, off_t offset)
{
    ssize_t n = -1;
    if (!noted(ri->notes[NOTE_REFUSES_WRITE], fd)) {
        n = pwritev2(fd, &iov, 1, offset, RWF_NOWAIT);
        if (n >= 0 || errno != EOPNOTSUPP)
            return n < 0 ? -errno : n;
        note_refusal(ri, NOTE_REFUSES_WRITE, fd);
    }
    if (iov.iov_len > DIRECT_WRITE_BYTES_MAX && !noted(ri->notes[NOTE_IN_MEMORY], fd))
        return -EAGAIN;
    n = pwrite(fd, iov.iov_base, iov.iov_len, offset);
    return n < 0 ? -errno : n;
}

ssize_t ring_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset)
{
    struct ring_io *ri = ring_of(t);
    size_t done = 0;
    while (done < len) {
        struct iovec rest = {(uint8_t *)(uintptr_t)buf + done, len - done};
        ssize_t n = write_now(ri, fd, rest, (off_t)(offset + done));
        if (n == -EAGAIN || n == -EINTR) {
            struct io_uring_sqe *sqe = ring_sqe(ri);
            io_uring_prep_write(sqe, fd, rest.iov_base, (unsigned)rest.iov_len, offset + done);
            n = ring_await(t, sqe, NULL);
        }
        if (n <= 0)
            return done ? (ssize_t)done : n;
        done += (size_t)n;
        if (task_stops(t))
            break;
    }
    return (ssize_t)done;
}

int ring_fsync(struct task *t, int fd, bool data_only)
{
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_fsync(sqe, fd, data_only ? IORING_FSYNC_DATASYNC : 0);
    return ring_await(t, sqe, NULL);
}

int ring_poll_in(struct task *t, int fd)
{
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_poll_add(sqe, fd, POLLIN);
    int res = ring_await(t, sqe, NULL);
    return res < 0 ? res : 0;
}
