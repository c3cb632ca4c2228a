/* SPDX-License-Identifier: Apache-2.0
 *
 * The only door to network, disk, clock and random.  Two fillings: the ring (io_uring, task/ring.c)
 * and memory (task/simio.c: sockets are in-memory pairs with faults, time is virtual, random comes
 * from a seed).  Every function that takes a task may suspend it; results are >= 0 or -errno;
 * cancellation returns -ECANCELED only after the kernel has given the buffers back. */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "task/task.h"

uint64_t io_now_us(const struct io *io);                 /* monotonic; cached per turn */
struct timespec io_realtime(const struct io *io);        /* wall clock */
void io_random(struct io *io, void *buf, size_t len);

/* Memory for I/O from the reactor's pool; idle connections own none.  Reference counted, same
 * reactor only; dropping the last reference recycles it. */
struct iobuf {
    uint8_t *data;
    uint32_t len;      /* bytes in use, as its user sets it */
    uint32_t capacity;
    uint32_t refs;
    uint32_t kind;     /* of the pool it came from */
    struct io *io;
    struct iobuf *next_free;
};
/* At least `capacity` bytes (not zeroed), 64-byte aligned, len 0: warm memory for large requests
 * and replies, which malloc would map and unmap each time. */
struct iobuf *iobuf_new(struct io *io, size_t capacity) MUST_USE __attribute__((returns_nonnull));
struct iobuf *iobuf_ref(struct iobuf *b);
void iobuf_unref(struct iobuf *b);
DEFINE_CLEANUP(struct iobuf *, iobuf_unref);

/* Sockets.  fds of the simulation are its own numbers.  An operation the kernel completed although
 * it was cancelled returns its real result: nothing received or accepted is lost. */
int io_socket(struct io *io, int family) MUST_USE; /* a stream socket to connect */
int io_accept(struct task *t, int listen_fd) MUST_USE;
int io_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len) MUST_USE;
/* Waits for data and gets what is there, at most max_bytes (0: as much as a buffer takes), in one
 * pooled buffer: 0 with *ret_buf NULL at the end of the stream. */
ssize_t io_recv_pooled(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf) MUST_USE;
/* Receives exactly len bytes; fewer means the stream ended (the count is returned). */
ssize_t io_recv_exact(struct task *t, int fd, void *buf, size_t len) MUST_USE;
/* Sends all of it; iov is consumed. */
ssize_t io_send_all(struct task *t, int fd, struct iovec *iov, int count) MUST_USE;
/* Moves an iovec past `bytes` that have been sent; returns the number of entries used up. */
int iov_consume(struct iovec *iov, int count, size_t bytes);
/* One attempt without waiting; -EAGAIN when the socket is full. */
ssize_t io_send_try(struct io *io, int fd, const struct iovec *iov, int count) MUST_USE;
/* Bytes sent that the peer's transport has not acknowledged yet, or -errno. */
ssize_t io_unacked(struct io *io, int fd) MUST_USE;
int io_socket_names(struct io *io, int fd, struct sockaddr_storage *ret_local,
                    struct sockaddr_storage *ret_peer) MUST_USE;
void io_shutdown(struct io *io, int fd);
void io_close(struct io *io, int fd);

/* Files: real file descriptors under both fillings.  Short results as of pread and pwrite. */
ssize_t io_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset) MUST_USE;
ssize_t io_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset) MUST_USE;
int io_fsync(struct task *t, int fd, bool data_only) MUST_USE;
/* Waits until fd is readable (inotify, eventfd, signalfd). */
int io_poll_in(struct task *t, int fd) MUST_USE;
