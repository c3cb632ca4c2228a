/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside libbraid: a connection is a thread with a reactor.  An operation is a request that the
 * calling thread posts there, where it runs as a task; then it either wakes the caller or calls
 * back.  Whatever is not said to be otherwise is touched by the connection's thread alone. */
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "braid/braid.h"
#include "client/client.h"
#include "wire/filetime.h"

struct braid {
    pthread_t thread;        /* set before the first request */
    struct reactor *reactor; /* the same */
    struct client_conn *conn;
    atomic_uint ops;         /* begun and not done; any thread */
    atomic_uint owners;      /* the program and the thread; the last one frees */
    bool closing;
    unsigned running;        /* requests that have started */
    struct event settled;    /* running went down while closing */
    struct list shares, files;
};

struct braid_share {
    struct list link;
    struct braid *braid; /* constant */
    struct client_tree *tree;
    unsigned busy;  /* operations that use it */
    unsigned files; /* open */
    struct event idle;
};

struct braid_file {
    struct list link;
    struct braid *braid; /* constant */
    struct braid_share *share;
    struct client_file *file;
    unsigned busy;
    struct event idle;
};

struct request {
    struct reactor_message message;
    struct braid *braid;
    ssize_t (*run)(struct task *t, struct request *r);
    ssize_t result;
    braid_done_fn *done; /* NULL: somebody waits for `ended` */
    void *arg;
    sem_t ended;
};

/* Runs a request, which is the caller's, and waits for its result; -EDEADLK on the connection's
 * own thread. */
ssize_t request_wait(struct braid *b, struct request *r) MUST_USE;
/* Starts a request from malloc, which is freed before done() is called. 0 or -EAGAIN. */
int request_start(struct braid *b, struct request *r) MUST_USE;

/* Waits until nothing uses the object but the caller; cancellation does not end it. */
void busy_wait(struct task *t, const unsigned *busy, struct event *idle);

/* Closes and frees; 0 or -errno. */
int share_close(struct task *t, struct braid_share *s);
int file_close(struct task *t, struct braid_file *f);

/* FILETIME 0, "not known", stays 0. */
static inline struct timespec time_of(uint64_t filetime)
{
    return filetime ? filetime_to_timespec(filetime) : (struct timespec){0};
}
