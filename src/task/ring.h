/* SPDX-License-Identifier: Apache-2.0
 *
 * The io_uring filling of struct io: ring.c owns the ring and its turns, ring_net.c the sockets and
 * their receive buffers, ring_file.c the files. */
#pragma once

#include <liburing.h>

#include "task/core.h"

/* Receive buffers: handed to the kernel in chunks, a further one whenever it runs out. */
#define RECV_BUF_BYTES 16384u
#define RECV_CHUNK_BUFS 32u
#define RECV_BUFS_MAX 512u
#define RECV_GROUP 1

#define NOTED_FDS 65536u

/* What is remembered of a file descriptor's filesystem. */
enum ring_note { NOTE_REFUSES_READ, NOTE_REFUSES_WRITE, NOTE_IN_MEMORY, NOTE_COUNT };

struct ring_io {
    struct io io; /* first */
    struct io_uring ring;
    int event_fd;
    bool wake_armed;
    uint32_t spin_score, spin_skipped;
    struct io_uring_buf_ring *recv_ring;
    struct iobuf *recv_bufs; /* RECV_BUFS_MAX headers */
    uint8_t *recv_memory;
    uint32_t recv_count;     /* handed out so far */
    uint64_t notes[NOTE_COUNT][NOTED_FDS / 64]; /* a bit for each file descriptor */
};

/* One operation in flight, on the stack of the task that waits for it; user_data is its address. */
struct ring_op {
    uint32_t magic;
    uint32_t flags; /* of the completion */
    struct task *task;
};

/* A submission entry, never NULL. */
struct io_uring_sqe *ring_sqe(struct ring_io *ri);
/* Waits for the operation in `sqe`: its result and, through ret_flags (or NULL), its CQE flags. */
int ring_await(struct task *t, struct io_uring_sqe *sqe, uint32_t *ret_flags);

static inline struct ring_io *ring_of(const struct task *t)
{
    return (struct ring_io *)t->reactor->io;
}

/* ring_net.c */
int ring_recv_init(struct ring_io *ri) MUST_USE;
void ring_recv_fini(struct ring_io *ri);
void ring_iobuf_recycle(struct iobuf *b);
int ring_socket(struct io *io, int family);
int ring_accept(struct task *t, int listen_fd);
int ring_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len);
ssize_t ring_recv_pooled(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf);
ssize_t ring_recv_exact(struct task *t, int fd, void *buf, size_t len);
ssize_t ring_send_all(struct task *t, int fd, struct iovec *iov, int count);
ssize_t ring_send_try(struct io *io, int fd, const struct iovec *iov, int count);
ssize_t ring_unacked(struct io *io, int fd);
int ring_socket_names(struct io *io, int fd, struct sockaddr_storage *ret_local,
                      struct sockaddr_storage *ret_peer);
void ring_shutdown(struct io *io, int fd);

/* ring_file.c */
void ring_close(struct io *io, int fd);
ssize_t ring_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset);
ssize_t ring_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset);
int ring_fsync(struct task *t, int fd, bool data_only);
int ring_poll_in(struct task *t, int fd);
