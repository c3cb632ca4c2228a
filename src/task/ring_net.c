/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets on the ring.  A receive without a buffer of its own takes one from a ring of buffers that
 * the kernel picks from when data is there, so that connections which wait own none.  The ring
 * starts with few buffers, which stay in the processor's cache, and grows when it runs dry; beyond
 * its end a receive polls and then reads into a buffer of the common pool. */
#include "task/ring.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static void recv_ring_put(struct ring_io *ri, struct iobuf *b)
{
    uint32_t index = (uint32_t)(b - ri->recv_bufs);
    io_uring_buf_ring_add(ri->recv_ring, b->data, RECV_BUF_BYTES, (uint16_t)index,
                          io_uring_buf_ring_mask(RECV_BUFS_MAX), 0);
    io_uring_buf_ring_advance(ri->recv_ring, 1);
}

/* False when all buffers are in the ring already or in use. */
static bool recv_ring_grow(struct ring_io *ri)
{
    if (ri->recv_count == RECV_BUFS_MAX)
        return false;
    for (uint32_t i = 0; i < RECV_CHUNK_BUFS; i++) {
        struct iobuf *b = &ri->recv_bufs[ri->recv_count];
        *b = (struct iobuf){.data = ri->recv_memory + (size_t)ri->recv_count * RECV_BUF_BYTES,
                            .capacity = RECV_BUF_BYTES,
                            .kind = IOBUF_OF_FILLING,
                            .io = &ri->io};
        recv_ring_put(ri, b);
        ri->recv_count++;
    }
    return true;
}

static void *map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

int ring_recv_init(struct ring_io *ri)
{
    ri->recv_bufs = xcalloc(RECV_BUFS_MAX, sizeof(*ri->recv_bufs));
    ri->recv_memory = map((size_t)RECV_BUFS_MAX * RECV_BUF_BYTES);
    ri->recv_ring = map(RECV_BUFS_MAX * sizeof(struct io_uring_buf));
    if (!ri->recv_memory || !ri->recv_ring)
        return -ENOMEM;
    struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)ri->recv_ring,
                                   .ring_entries = RECV_BUFS_MAX,
                                   .bgid = RECV_GROUP};
    ERR_TRY(io_uring_register_buf_ring(&ri->ring, &reg, 0));
    (void)recv_ring_grow(ri);
    return 0;
}

void ring_recv_fini(struct ring_io *ri)
{
    if (ri->recv_memory)
        munmap(ri->recv_memory, (size_t)RECV_BUFS_MAX * RECV_BUF_BYTES);
    if (ri->recv_ring)
        munmap(ri->recv_ring, RECV_BUFS_MAX * sizeof(struct io_uring_buf));
    free(ri->recv_bufs);
}

void ring_iobuf_recycle(struct iobuf *b)
{
    recv_ring_put((struct ring_io *)b->io, b);
}

int ring_socket(struct io *io, int family)
{
    (void)io;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

int ring_accept(struct task *t, int listen_fd)
{
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_accept(sqe, listen_fd, NULL, NULL, SOCK_CLOEXEC);
    return ring_await(t, sqe, NULL);
}

int ring_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len)
{
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_connect(sqe, fd, addr, len);
    return ring_await(t, sqe, NULL);
}

/* When the ring of buffers is dry and at its maximum. */
static ssize_t recv_heap(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf)
{
    for (;;) {
        ERR_TRY(ring_poll_in(t, fd));
        struct iobuf *b = iobuf_new(task_io(t), RECV_BUF_BYTES);
        ssize_t n = recv(fd, b->data, max_bytes, MSG_DONTWAIT);
        int err = -errno;
        if (n > 0) {
            b->len = (uint32_t)n;
            *ret_buf = b;
            return n;
        }
        iobuf_unref(b);
        if (n == 0 || err != -EAGAIN)
            return n == 0 ? 0 : err;
        if (task_stops(t))
            return -ECANCELED;
    }
}

ssize_t ring_recv_pooled(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf)
{
    struct ring_io *ri = ring_of(t);
    max_bytes = max_bytes ? MIN(max_bytes, (size_t)RECV_BUF_BYTES) : RECV_BUF_BYTES;
    for (;;) {
        struct io_uring_sqe *sqe = ring_sqe(ri);
        uint32_t flags;
        io_uring_prep_recv(sqe, fd, NULL, max_bytes, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = RECV_GROUP;
        int n = ring_await(t, sqe, &flags);
        if (n == -ENOBUFS) {
            if (!recv_ring_grow(ri))
                return recv_heap(t, fd, max_bytes, ret_buf);
            continue;
        }
        if (flags & IORING_CQE_F_BUFFER) {
            struct iobuf *b = &ri->recv_bufs[flags >> IORING_CQE_BUFFER_SHIFT];
            ASSERT(b->refs == 0);
            if (n > 0) {
                b->refs = 1;
                b->len = (uint32_t)n;
                ri->io.bufs_out++;
                *ret_buf = b;
            } else {
                recv_ring_put(ri, b);
            }
        }
        return n;
    }
}

ssize_t ring_recv_exact(struct task *t, int fd, void *buf, size_t len)
{
    size_t done = 0;
    while (done < len) {
        struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
        io_uring_prep_recv(sqe, fd, (uint8_t *)buf + done, len - done, MSG_WAITALL);
        int n = ring_await(t, sqe, NULL);
        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
        if (done < len && task_stops(t))
            return -ECANCELED;
    }
    return (ssize_t)done;
}

ssize_t ring_send_all(struct task *t, int fd, struct iovec *iov, int count)
{
    size_t done = 0;
    while (count > 0) {
        struct msghdr msg = {.msg_iov = iov, .msg_iovlen = (size_t)count};
        struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
        io_uring_prep_sendmsg(sqe, fd, &msg, MSG_NOSIGNAL | MSG_WAITALL);
        int n = ring_await(t, sqe, NULL);
        if (n < 0)
            return n;
        done += (size_t)n;
        int used = iov_consume(iov, count, (size_t)n);
        iov += used;
        count -= used;
        if (count > 0 && task_stops(t))
            return -ECANCELED;
    }
    return (ssize_t)done;
}

ssize_t ring_send_try(struct io *io, int fd, const struct iovec *iov, int count)
{
    (void)io;
    struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
    ssize_t n;
    do
        n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

ssize_t ring_unacked(struct io *io, int fd)
{
    (void)io;
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

int ring_socket_names(struct io *io, int fd, struct sockaddr_storage *ret_local,
                      struct sockaddr_storage *ret_peer)
{
    (void)io;
    socklen_t local = sizeof(*ret_local), peer = sizeof(*ret_peer);
    if (getsockname(fd, (struct sockaddr *)ret_local, &local) < 0 ||
        getpeername(fd, (struct sockaddr *)ret_peer, &peer) < 0)
        return -errno;
    return 0;
}

void ring_shutdown(struct io *io, int fd)
{
    (void)io;
    (void)shutdown(fd, SHUT_RDWR);
}
