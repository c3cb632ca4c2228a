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

/* A received piece from the reactor's shared buffer pool; idle connections own none.  Reference
 * counted, same reactor only; freeing the last reference recycles it. */
struct iobuf {
    uint8_t *data;
    uint32_t len;      /* received */
    uint32_t capacity;
    uint32_t refs;
    struct io *io;
};
struct iobuf *iobuf_ref(struct iobuf *b);
void iobuf_unref(struct iobuf *b);
DEFINE_CLEANUP(struct iobuf *, iobuf_unref);

/* Sockets.  fds of the simulation are its own numbers. */
int io_accept(struct task *t, int listen_fd) MUST_USE;
int io_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len) MUST_USE;
/* Waits for data and gets what is there in one pooled buffer: 0 with *ret_buf NULL at the end of the
 * stream. */
ssize_t io_recv_pooled(struct task *t, int fd, struct iobuf **ret_buf) MUST_USE;
/* Receives exactly len bytes; fewer means the stream ended (the count is returned). */
ssize_t io_recv_exact(struct task *t, int fd, void *buf, size_t len) MUST_USE;
/* Sends all of it; iov is consumed. */
ssize_t io_send_all(struct task *t, int fd, struct iovec *iov, int count) MUST_USE;
/* One attempt without waiting; -EAGAIN when the socket is full. */
ssize_t io_send_try(struct io *io, int fd, const struct iovec *iov, int count) MUST_USE;
void io_shutdown(struct io *io, int fd);
void io_close(struct io *io, int fd);

/* Files.  `personality` 0 is the reactor thread's own credentials. */
ssize_t io_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset) MUST_USE;
ssize_t io_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset) MUST_USE;
int io_fsync(struct task *t, int fd, bool data_only) MUST_USE;
/* Waits until fd is readable (inotify, eventfd, signalfd). */
int io_poll_in(struct task *t, int fd) MUST_USE;
