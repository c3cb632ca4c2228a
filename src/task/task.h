/* SPDX-License-Identifier: Apache-2.0
 *
 * Reactors and tasks.  A reactor is one thread with one struct io (io.h) and everything pinned to
 * it; a task is a stackful fiber on a reactor that reads top to bottom and suspends only in
 * functions that take `struct task *`.  Whoever holds no task runs to completion.
 *
 * Rules: no lock is held across a suspension (task_lock_count asserts it); after a suspension what
 * other tasks may have changed is looked up again; unbounded waits are parked records that start a
 * fresh task, not sleeping stacks.  Objects belong to one reactor; other threads talk to it with
 * reactor_post. */
#pragma once

#include "base/list.h"

struct io;
struct reactor;
struct task;

typedef void task_fn(struct task *t, void *arg);

struct reactor_config {
    unsigned index;         /* 0.., names the thread "braid-0" */
    unsigned spin_us;       /* poll this long after work before sleeping */
    unsigned offload_threads; /* pool for library calls that block; shared by all reactors */
    unsigned tasks_max;     /* 0: LIMIT_TASKS_PER_REACTOR_MAX */
};

/* Makes a reactor on an io_uring of its own; 0 or -errno. */
int reactor_new(const struct reactor_config *config, struct reactor **ret_reactor) MUST_USE;
void reactor_free(struct reactor *r);
/* Runs on the calling thread until reactor_stop, then until its tasks have ended (they see
 * cancellation). */
void reactor_run(struct reactor *r);
void reactor_stop(struct reactor *r);      /* any thread, async-signal-safe */
unsigned reactor_index(const struct reactor *r);
struct io *reactor_io(struct reactor *r);

/* Work sent to another reactor: `fn` starts there as a fresh task.  The record is the sender's
 * memory until fn starts; fn owns it from then on. */
struct reactor_message {
    struct reactor_message *next;
    const char *name;
    task_fn *fn;
    void *arg;
};
void reactor_post(struct reactor *r, struct reactor_message *m); /* any thread */

/* Counters of one reactor; read without locks by the status report. */
struct reactor_counters {
    uint64_t turns, tasks_started, task_switches, sqes, wakeups, offloads, posts;
    uint32_t tasks_live, tasks_peak;
};
void reactor_counters_read(const struct reactor *r, struct reactor_counters *ret_counters);

/* Starts a task.  task_spawn queues it; task_start runs it at once up to its first suspension
 * (callable from a task or from the reactor's own thread).  NULL when the reactor is at its limit
 * of tasks.  The pointer is valid until the task ends: keep it only where its end is known. */
struct task *task_spawn(struct reactor *r, const char *name, task_fn *fn, void *arg);
struct task *task_start(struct reactor *r, const char *name, task_fn *fn, void *arg);

struct reactor *task_reactor(const struct task *t);
struct io *task_io(const struct task *t);
const char *task_name(const struct task *t);

/* Asks a task to stop: its present and later awaits return -ECANCELED (unless shielded) once the
 * kernel has let go of its buffers. Same reactor only. */
void task_cancel(struct task *t);
bool task_cancelled(const struct task *t) MUST_USE;
/* Between begin and end awaits ignore cancellation: commit points. Nestable. */
void task_shield_begin(struct task *t);
void task_shield_end(struct task *t);

void task_yield(struct task *t);
/* 0 or -ECANCELED. */
int task_sleep_us(struct task *t, uint64_t us);

/* Runs fn(arg) on the offload pool; its return value.  Not cancellable while it runs; of a task
 * that is cancelled already fn does not run: -ECANCELED. */
int task_offload(struct task *t, int (*fn)(void *arg), void *arg);

/* Something tasks of one reactor wait for. */
struct event {
    struct list waiters;
};
void event_init(struct event *e);
#define EVENT_NO_TIMEOUT UINT64_MAX
/* 0 when signalled, -ETIMEDOUT, -ECANCELED. */
int event_wait(struct task *t, struct event *e, uint64_t timeout_us) MUST_USE;
void event_signal(struct event *e);     /* wakes every waiter; same reactor */
void event_signal_one(struct event *e); /* wakes the oldest */

/* At its time a timer starts a task.  Embedded by its owner; same reactor only.  When timer_cancel
 * returns, the task either has run up to its first suspension or never will. */
struct timer {
    struct reactor *reactor;
    task_fn *fn;
    void *arg;
    const char *name;
    uint64_t at_us;     /* monotonic */
    uint32_t heap_slot; /* 0: not armed */
};
void timer_init(struct timer *tm, struct reactor *r, const char *name, task_fn *fn, void *arg);
void timer_arm(struct timer *tm, uint64_t in_us); /* re-arms */
void timer_cancel(struct timer *tm);              /* harmless when not armed */
bool timer_armed(const struct timer *tm) MUST_USE;

/* Work to be done at the end of this turn of the reactor, once however often it is asked for: how
 * responses of one turn are coalesced into one send.  Must not suspend. */
struct turn_end {
    struct list link;
    void (*fn)(struct turn_end *te);
};
void turn_end_init(struct turn_end *te, void (*fn)(struct turn_end *te));
void turn_end_ask(struct reactor *r, struct turn_end *te);
void turn_end_cancel(struct turn_end *te);

/* Lock discipline: called by the mutex wrappers of base users; await asserts the count is 0. */
void task_lock_count(int delta);
