/* SPDX-License-Identifier: Apache-2.0
 *
 * The seam: every call of io.h is checked here once and goes to the filling of the reactor.  And
 * the pool of buffers, which both fillings share: classes of doubling size, the last used on top,
 * a bounded number of bytes kept. */
#include "task/core.h"

#define KEEP_BYTES_MAX ((size_t)64 << 20)
#define CLASS_HEADROOM 4096u /* a class holds a power of two and the headers around it */

uint64_t io_now_us(const struct io *io)
{
    return io->now_us;
}

struct timespec io_realtime(const struct io *io)
{
    return io->ops->realtime(io);
}

void io_random(struct io *io, void *buf, size_t len)
{
    io->ops->random(io, buf, len);
}

static uint32_t class_of(size_t capacity)
{
    uint32_t kind = 0;
    while (kind < IOBUF_CLASSES &&
           ((size_t)1 << (IOBUF_CLASS_MIN_BITS + kind)) + CLASS_HEADROOM < capacity)
        kind++;
    return kind < IOBUF_CLASSES ? kind : IOBUF_OF_HEAP;
}

struct iobuf *iobuf_new(struct io *io, size_t capacity)
{
    uint32_t kind = class_of(capacity);
    struct iobuf *b = kind < IOBUF_CLASSES ? io->free_bufs[kind] : NULL;
    if (b) {
        io->free_bufs[kind] = b->next_free;
        io->free_bytes -= b->capacity;
    } else {
        if (kind < IOBUF_CLASSES)
            capacity = ((size_t)1 << (IOBUF_CLASS_MIN_BITS + kind)) + CLASS_HEADROOM;
        ASSERT(capacity <= UINT32_MAX - 128);
        size_t header = align_up(sizeof(struct iobuf), 64);
        b = aligned_alloc(64, align_up(header + capacity, 64));
        ASSERT(b);
        *b = (struct iobuf){.data = (uint8_t *)b + header,
                            .capacity = (uint32_t)capacity,
                            .kind = kind,
                            .io = io};
    }
    b->len = 0;
    b->refs = 1;
    io->bufs_out++;
    return b;
}

struct iobuf *iobuf_ref(struct iobuf *b)
{
    ASSERT(b->refs > 0);
    b->refs++;
    return b;
}

void iobuf_unref(struct iobuf *b)
{
    if (!b)
        return;
    ASSERT(b->refs > 0);
    if (--b->refs > 0)
        return;
    struct io *io = b->io;
    io->bufs_out--;
    if (b->kind == IOBUF_OF_FILLING) {
        io->ops->iobuf_recycle(b);
    } else if (b->kind == IOBUF_OF_HEAP || io->free_bytes + b->capacity > KEEP_BYTES_MAX) {
        free(b);
    } else {
        b->next_free = io->free_bufs[b->kind];
        io->free_bufs[b->kind] = b;
        io->free_bytes += b->capacity;
    }
}

void iobuf_pool_fini(struct io *io)
{
    ASSERT(io->bufs_out == 0);
    for (unsigned i = 0; i < IOBUF_CLASSES; i++) {
        while (io->free_bufs[i]) {
            struct iobuf *b = io->free_bufs[i];
            io->free_bufs[i] = b->next_free;
            free(b);
        }
    }
}

/* The filling that serves a running task. */
static const struct io_ops *ops_of(const struct task *t)
{
    ASSERT(t->state == TASK_RUNNING);
    return t->reactor->io->ops;
}

int io_socket(struct io *io, int family)
{
    return io->ops->socket(io, family);
}

int io_accept(struct task *t, int listen_fd)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->accept(t, listen_fd);
}

int io_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->connect(t, fd, addr, len);
}

ssize_t io_recv_pooled(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf)
{
    *ret_buf = NULL;
    if (task_stops(t))
        return -ECANCELED;
    ssize_t n = ops_of(t)->recv_pooled(t, fd, max_bytes, ret_buf);
    ASSERT((n > 0) == (*ret_buf != NULL));
    return n;
}

ssize_t io_recv_exact(struct task *t, int fd, void *buf, size_t len)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->recv_exact(t, fd, buf, len);
}

ssize_t io_send_all(struct task *t, int fd, struct iovec *iov, int count)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->send_all(t, fd, iov, count);
}

ssize_t io_send_try(struct io *io, int fd, const struct iovec *iov, int count)
{
    return io->ops->send_try(io, fd, iov, count);
}

ssize_t io_unacked(struct io *io, int fd)
{
    return io->ops->unacked(io, fd);
}

int io_socket_names(struct io *io, int fd, struct sockaddr_storage *ret_local,
                    struct sockaddr_storage *ret_peer)
{
    return io->ops->socket_names(io, fd, ret_local, ret_peer);
}

void io_shutdown(struct io *io, int fd)
{
    io->ops->shutdown(io, fd);
}

void io_close(struct io *io, int fd)
{
    io->ops->close(io, fd);
}

ssize_t io_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->pread(t, fd, buf, len, offset);
}

ssize_t io_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->pwrite(t, fd, buf, len, offset);
}

int io_fsync(struct task *t, int fd, bool data_only)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->fsync(t, fd, data_only);
}

int io_poll_in(struct task *t, int fd)
{
    return task_stops(t) ? -ECANCELED : ops_of(t)->poll_in(t, fd);
}

int iov_consume(struct iovec *iov, int count, size_t bytes)
{
    int i = 0;
    while (i < count && bytes >= iov[i].iov_len)
        bytes -= iov[i++].iov_len;
    if (i < count) {
        iov[i].iov_base = (uint8_t *)iov[i].iov_base + bytes;
        iov[i].iov_len -= bytes;
    }
    return i;
}
