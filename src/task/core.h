/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/task: what tasks and reactors are made of, and the table a filling of struct io
 * provides.  A task is in one of five states:
 *
 *     idle (in its reactor's pool) -> queued -> running -> parked -> queued ... running -> idle
 *
 * A parked task waits for exactly one thing: an event or a point in time (it is in `link` lists and
 * the timer heap, and cancellation takes it out at once), an operation of the io filling (which
 * is asked to cancel and completes in its own time), or an offloaded call (never cancelled). */
#pragma once

#include <stdatomic.h>

#include "task/fiber.h"
#include "task/io.h"
#include "task/task.h"

enum task_state {
    TASK_IDLE,
    TASK_QUEUED,
    TASK_RUNNING,
    TASK_PARKED_EVENT,
    TASK_PARKED_IO,
    TASK_PARKED_OFFLOAD,
};

struct task {
    struct fiber fiber; /* first: a fiber of a task is a task */
    struct list link;   /* the run queue, an event's waiters, or the pool */
    struct list live;
    struct reactor *reactor;
    struct fiber *back; /* who resumed it, and goes on when it parks */
    task_fn *fn;
    void *arg;
    const char *name;
    enum task_state state;
    int result; /* of the await it is in */
    uint32_t shields;
    bool cancelled;
    bool cancel_sent; /* the operation it is parked on has been asked to cancel */
    void *op;         /* the operation it is parked on, as its filling knows it */
    struct timer timeout;
};

struct timer_entry {
    uint64_t at_us, seq;
    struct timer *timer;
};

/* A 4-ary heap; slot 0 is unused so that 0 means "not armed". */
struct timer_heap {
    struct timer_entry *slots;
    uint32_t used, size;
    uint64_t seq;
};

enum counter {
    COUNTER_TURNS, COUNTER_TASKS_STARTED, COUNTER_TASK_SWITCHES, COUNTER_SQES, COUNTER_WAKEUPS,
    COUNTER_OFFLOADS, COUNTER_POSTS, COUNTER_TASKS_LIVE, COUNTER_TASKS_PEAK, COUNTER_COUNT
};

struct reactor {
    struct io *io;
    struct fiber own;     /* of the thread that runs it */
    struct fiber *here;   /* running now: `own` or a task's */
    struct task *current; /* NULL: the reactor itself */
    struct list runnable, live, warm, cold;
    uint32_t warm_count, cold_count;
    struct list turn_ends;
    struct timer_heap timers;
    struct reactor_config config;
    _Atomic uint64_t counters[COUNTER_COUNT]; /* written by the reactor's thread alone */
    bool stop_seen;
    /* What other threads touch. */
    alignas(64) _Atomic(struct reactor_message *) inbox; /* newest first */
    atomic_bool asleep;
    atomic_bool stopping;
};

static inline void count(struct reactor *r, enum counter which, uint64_t delta)
{
    uint64_t now = atomic_load_explicit(&r->counters[which], memory_order_relaxed);
    atomic_store_explicit(&r->counters[which], now + delta, memory_order_relaxed);
}

/* A filling of struct io. */
struct io_ops {
    void (*free)(struct io *io);
    /* Called on the reactor's thread before its first and after its last turn. */
    int (*run_begin)(struct io *io);
    void (*run_end)(struct io *io);
    /* Submits and collects; waits up to wait_us for something to happen when nothing has. */
    void (*turn)(struct io *io, uint64_t wait_us);
    void (*wake)(struct io *io);                  /* any thread: ends a wait */
    void (*op_cancel)(struct task *t, void *op);  /* the operation completes soon, either way */
    bool offload_inline;                          /* task_offload calls at once: simulation */
    void (*iobuf_recycle)(struct iobuf *b);       /* buffers of kind IOBUF_OF_FILLING */
    struct timespec (*realtime)(const struct io *io);
    void (*random)(struct io *io, void *buf, size_t len);
    int (*socket)(struct io *io, int family);
    int (*accept)(struct task *t, int listen_fd);
    int (*connect)(struct task *t, int fd, const struct sockaddr *addr, socklen_t len);
    ssize_t (*recv_pooled)(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf);
    ssize_t (*recv_exact)(struct task *t, int fd, void *buf, size_t len);
    ssize_t (*send_all)(struct task *t, int fd, struct iovec *iov, int count);
    ssize_t (*send_try)(struct io *io, int fd, const struct iovec *iov, int count);
    ssize_t (*unacked)(struct io *io, int fd);
    int (*socket_names)(struct io *io, int fd, struct sockaddr_storage *ret_local,
                        struct sockaddr_storage *ret_peer);
    void (*shutdown)(struct io *io, int fd);
    void (*close)(struct io *io, int fd);
    ssize_t (*pread)(struct task *t, int fd, void *buf, size_t len, uint64_t offset);
    ssize_t (*pwrite)(struct task *t, int fd, const void *buf, size_t len, uint64_t offset);
    int (*fsync)(struct task *t, int fd, bool data_only);
    int (*poll_in)(struct task *t, int fd);
};

#define IOBUF_CLASS_MIN_BITS 14 /* 16 KiB, then doubling */
#define IOBUF_CLASSES 11        /* up to 16 MiB */
#define IOBUF_OF_HEAP 100u      /* too large for a class */
#define IOBUF_OF_FILLING 101u

struct io {
    const struct io_ops *ops;
    struct reactor *reactor;
    uint64_t now_us;
    struct iobuf *free_bufs[IOBUF_CLASSES];
    size_t free_bytes; /* kept in free_bufs */
    uint32_t bufs_out; /* not yet given back */
};

void iobuf_pool_fini(struct io *io);

/* A reactor on a given filling, which it owns. */
struct reactor *reactor_new_on(const struct reactor_config *config, struct io *io);
/* Runs everything that can run now: messages, timers, tasks, turn ends. */
void reactor_turn(struct reactor *r);
bool reactor_busy(const struct reactor *r); /* there is something to do at once */
/* Time until the earliest timer, or UINT64_MAX. */
uint64_t reactor_idle_us(const struct reactor *r);
/* After reactor_stop: cancels what lives.  True when everything has ended. */
bool reactor_stopped(struct reactor *r);
bool reactor_inbox_empty(const struct reactor *r);
/* Another thread wants something: a filling looks at this after setting `asleep`. */
bool reactor_called(const struct reactor *r);

int task_locks_held(void); /* by this thread */
bool task_stops(const struct task *t); /* cancelled and not shielded */
/* Parks until task_complete; its result.  `op` is handed to op_cancel if the task is cancelled. */
int task_await_op(struct task *t, void *op);
void task_complete(struct task *t, int result);
void task_expire(struct task *t); /* its timeout */
void task_park(struct task *t, enum task_state state);
void task_queue(struct task *t);
/* The pool of a reactor that ends. */
void tasks_fini(struct reactor *r);
void tasks_run(struct reactor *r);

/* A heap of timers that belongs to no reactor: whoever takes one knows what it is in. */
void timer_heap_put(struct timer_heap *h, struct timer *tm, uint64_t at_us);
void timer_heap_remove(struct timer_heap *h, struct timer *tm); /* harmless when not in it */
struct timer *timer_heap_take(struct timer_heap *h, uint64_t now_us); /* NULL: none is due */
uint64_t timers_next_us(const struct timer_heap *h);
void timers_fire(struct reactor *r);
void timers_fini(struct timer_heap *h);

/* The pool of threads lives while a reactor does. */
void offload_ref(unsigned threads);
void offload_unref(void);
