/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the simulation: simio.c has the world, its clock, its files and the table of struct io;
 * simnet.c the sockets. */
#pragma once

#include "task/core.h"
#include "task/simio.h"

struct sim_wait {
    struct task *task;
    struct sim_wait **slot; /* where whoever completes it finds it */
};

struct sim_socket;

struct sim {
    uint64_t now_us;
    uint64_t random_state;
    uint64_t trace;
    struct list reactors; /* of sim_io */
    struct list pollers;  /* real file descriptors waited for */
    struct timer_heap arrivals;
    struct sim_socket **sockets; /* by fd - SIM_FD_FIRST; never reused */
    size_t socket_count;
    struct sim_link link;
    struct sim_disk disk;
    bool shuffle;
};

struct sim_io {
    struct io io; /* first */
    struct sim *sim;
    struct list link;
};

static inline struct sim *sim_of(const struct io *io)
{
    return ((const struct sim_io *)io)->sim;
}

void sim_note(struct sim *s, uint64_t what);
bool sim_chance(struct sim *s, uint32_t ppm);
uint64_t sim_between(struct sim *s, uint64_t min, uint64_t max);

/* Parks the task in *slot until sim_wake(slot): its result. */
int sim_park(struct task *t, struct sim_wait **slot);
void sim_wake(struct sim_wait **slot, int result);

/* simnet.c */
void sim_arrive(struct sim *s, struct timer *tm); /* what was sent is there */
void sim_sockets_fini(struct sim *s);
bool sim_socket_readable(struct sim *s, int fd);
int sim_socket_poll(struct task *t, int fd);
int sim_socket_new(struct io *io, int family);
int sim_accept(struct task *t, int listen_fd);
int sim_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len);
ssize_t sim_recv_pooled(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf);
ssize_t sim_recv_exact(struct task *t, int fd, void *buf, size_t len);
ssize_t sim_send_all(struct task *t, int fd, struct iovec *iov, int count);
ssize_t sim_send_try(struct io *io, int fd, const struct iovec *iov, int count);
ssize_t sim_unacked(struct io *io, int fd);
int sim_socket_names(struct io *io, int fd, struct sockaddr_storage *ret_local,
                     struct sockaddr_storage *ret_peer);
void sim_shutdown(struct io *io, int fd);
void sim_socket_close(struct sim *s, int fd);
