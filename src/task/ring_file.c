/* SPDX-License-Identifier: Apache-2.0
 *
 * Files.  What the page cache can serve at once is served by a direct call that may not wait
 * (RWF_NOWAIT): it costs less than a trip through the ring.  The rest goes through the ring, where
 * a thread of the kernel waits for the disk.  Filesystems that refuse NOWAIT are remembered by file
 * descriptor until it is closed; a stale note costs time, never correctness. */
#include "task/ring.h"

#include <poll.h>
#include <unistd.h>

#define DIRECT_WRITE_BYTES_MAX ((size_t)64 << 10)

enum direction { READ_SIDE, WRITE_SIDE };

static bool refuses(const struct ring_io *ri, enum direction d, int fd)
{
    return (unsigned)fd >= REFUSES_FDS || ((ri->refuses[d][fd / 64] >> (fd % 64)) & 1);
}

static void refuses_note(struct ring_io *ri, enum direction d, int fd, bool is)
{
    if ((unsigned)fd >= REFUSES_FDS)
        return;
    uint64_t bit = UINT64_C(1) << (fd % 64);
    ri->refuses[d][fd / 64] = (ri->refuses[d][fd / 64] & ~bit) | (is ? bit : 0);
}

void ring_close(struct io *io, int fd)
{
    struct ring_io *ri = (struct ring_io *)io;
    refuses_note(ri, READ_SIDE, fd, false);
    refuses_note(ri, WRITE_SIDE, fd, false);
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
                refuses_note(ri, READ_SIDE, fd, true);
            *ret_complete = err != EOPNOTSUPP && err != EAGAIN && err != EINTR;
            return *ret_complete && done == 0 ? -err : (ssize_t)done;
        }
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static ssize_t ring_read_rest(struct task *t, int fd, struct iovec iov, off_t offset)
{
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_read(sqe, fd, iov.iov_base, (unsigned)iov.iov_len, (uint64_t)offset);
    return ring_await(t, sqe, NULL);
}

ssize_t ring_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset)
{
    struct ring_io *ri = ring_of(t);
    size_t done = 0;
    bool complete = len == 0;
    if (!refuses(ri, READ_SIDE, fd)) {
        ssize_t n = read_now(ri, fd, (struct iovec){buf, len}, (off_t)offset, &complete);
        if (complete || n < 0)
            return n;
        done = (size_t)n;
    }
    while (done < len) {
        struct iovec rest = {(uint8_t *)buf + done, len - done};
        ssize_t n = ring_read_rest(t, fd, rest, (off_t)(offset + done));
        if (n <= 0)
            return n < 0 && done == 0 ? n : (ssize_t)done;
        done += (size_t)n;
        if (task_stops(t))
            break;
    }
    return (ssize_t)done;
}

static ssize_t write_now(struct ring_io *ri, int fd, struct iovec iov, off_t offset)
{
    if (!refuses(ri, WRITE_SIDE, fd)) {
        ssize_t n = pwritev2(fd, &iov, 1, offset, RWF_NOWAIT);
        if (n >= 0)
            return n;
        if (errno == EOPNOTSUPP)
            refuses_note(ri, WRITE_SIDE, fd, true);
        else if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    if (iov.iov_len <= DIRECT_WRITE_BYTES_MAX) {
        ssize_t n = pwrite(fd, iov.iov_base, iov.iov_len, offset);
        if (n >= 0 || errno != EINTR)
            return n >= 0 ? n : -errno;
    }
    return -EAGAIN;
}

ssize_t ring_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset)
{
    struct ring_io *ri = ring_of(t);
    size_t done = 0;
    while (done < len) {
        struct iovec rest = {(uint8_t *)(uintptr_t)buf + done, len - done};
        ssize_t n = write_now(ri, fd, rest, (off_t)(offset + done));
        if (n == -EAGAIN) {
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
