/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: their life from the pool and back, parking and resuming, cancellation, events.  A task
 * owns its stack for good; both wait in the reactor's pool between two lives, the last used on top.
 * Beyond WARM_MAX waiting stacks give their memory back to the system, beyond COLD_MAX they go. */
#include "base/limits.h"
#include "task/core.h"

#define WARM_MAX 256u
#define COLD_MAX 4096u

#if defined(FIBER_TSAN)
#define TASKS_MAX (LIMIT_ASYNC_PER_CONNECTION_MAX + 128u) /* each has a megabyte of shadow */
#else
#define TASKS_MAX LIMIT_TASKS_PER_REACTOR_MAX
#endif

/* Continues `t` from wherever the reactor is now, until it parks or ends. */
static void resume(struct task *t)
{
    struct reactor *r = t->reactor;
    struct fiber *from = r->here;
    struct task *outer = r->current;
    t->state = TASK_RUNNING;
    t->back = from;
    r->here = &t->fiber;
    r->current = t;
    count(r, COUNTER_TASK_SWITCHES, 1);
    fiber_switch(from, &t->fiber);
    r->here = from;
    r->current = outer;
}

static void retire(struct task *t)
{
    struct reactor *r = t->reactor;
    list_remove(&t->live);
    count(r, COUNTER_TASKS_LIVE, (uint64_t)-1);
    if (r->warm_count < WARM_MAX) {
        r->warm_count++;
        list_push_front(&r->warm, &t->link);
    } else if (r->cold_count < COLD_MAX) {
        fiber_cool(&t->fiber);
        r->cold_count++;
        list_push_front(&r->cold, &t->link);
    } else {
        fiber_fini(&t->fiber);
        free(t);
    }
}

/* Resumes and, if that was the last of the task, puts it away: never on its own stack. */
static void resume_and_retire(struct task *t)
{
    resume(t);
    if (t->state == TASK_IDLE)
        retire(t);
}

FIBER_NO_TSAN static void task_main(struct fiber *f)
{
    struct task *t = (struct task *)f;
    t->fn(t, t->arg);
    ASSERT(t->shields == 0);
    ASSERT(task_locks_held() == 0);
    t->state = TASK_IDLE;
    fiber_leave(f, t->back);
}

static struct task *task_from_pool(struct reactor *r)
{
    struct list *pool = r->warm_count ? &r->warm : &r->cold;
    if (!list_empty(pool)) {
        struct task *t = list_entry(pool->next, struct task, link);
        list_remove(&t->link);
        r->warm_count -= pool == &r->warm;
        r->cold_count -= pool == &r->cold;
        return t;
    }
    struct task *t = NEW(struct task);
    if (fiber_init(&t->fiber) < 0) {
        free(t);
        return NULL;
    }
    t->reactor = r;
    list_init(&t->link);
    list_init(&t->live);
    timer_init(&t->timeout, r, NULL, NULL, t);
    return t;
}

static struct task *task_new(struct reactor *r, const char *name, task_fn *fn, void *arg)
{
    uint32_t max = r->config.tasks_max ? r->config.tasks_max : TASKS_MAX;
    uint64_t live = atomic_load_explicit(&r->counters[COUNTER_TASKS_LIVE], memory_order_relaxed);
    if (live >= MIN(max, TASKS_MAX))
        return NULL;
    struct task *t = task_from_pool(r);
    if (!t)
        return NULL;
    t->fn = fn;
    t->arg = arg;
    t->name = name;
    t->cancelled = r->stop_seen;
    fiber_prepare(&t->fiber, task_main);
    list_push_back(&r->live, &t->live);
    count(r, COUNTER_TASKS_STARTED, 1);
    count(r, COUNTER_TASKS_LIVE, 1);
    uint64_t peak = atomic_load_explicit(&r->counters[COUNTER_TASKS_PEAK], memory_order_relaxed);
    if (live + 1 > peak)
        count(r, COUNTER_TASKS_PEAK, 1);
    return t;
}

struct task *task_spawn(struct reactor *r, const char *name, task_fn *fn, void *arg)
{
    struct task *t = task_new(r, name, fn, arg);
    if (t)
        task_queue(t);
    return t;
}

struct task *task_start(struct reactor *r, const char *name, task_fn *fn, void *arg)
{
    struct task *t = task_new(r, name, fn, arg);
    if (t)
        resume_and_retire(t);
    return t;
}

void tasks_run(struct reactor *r)
{
    /* What these make runnable belongs to the same turn, up to a bound that keeps I/O alive. */
    for (unsigned budget = 1024; budget && !list_empty(&r->runnable); budget--) {
        struct task *t = list_entry(r->runnable.next, struct task, link);
        list_remove(&t->link);
        resume_and_retire(t);
    }
}

void tasks_fini(struct reactor *r)
{
    ASSERT(list_empty(&r->live));
    list_splice_back(&r->warm, &r->cold);
    list_each(&r->warm, struct task, link, t) {
        fiber_fini(&t->fiber);
        free(t);
    }
}

void task_queue(struct task *t)
{
    t->state = TASK_QUEUED;
    list_push_back(&t->reactor->runnable, &t->link);
}

void task_park(struct task *t, enum task_state state)
{
    struct reactor *r = t->reactor;
    ASSERT(r->current == t);
    ASSERT(task_locks_held() == 0);
    t->state = state;
    fiber_switch(&t->fiber, t->back);
}

bool task_stops(const struct task *t)
{
    return t->cancelled && t->shields == 0;
}

int task_await_op(struct task *t, void *op)
{
    t->op = op;
    t->cancel_sent = false;
    task_park(t, TASK_PARKED_IO);
    t->op = NULL;
    return t->result;
}

void task_complete(struct task *t, int result)
{
    ASSERT(t->state == TASK_PARKED_IO || t->state == TASK_PARKED_OFFLOAD);
    t->result = result;
    task_queue(t);
}

/* Ends the wait of a task that is parked on an event or on time alone. */
static void task_unpark(struct task *t, int result)
{
    ASSERT(t->state == TASK_PARKED_EVENT);
    list_remove(&t->link);
    timer_cancel(&t->timeout);
    t->result = result;
    task_queue(t);
}

void task_expire(struct task *t)
{
    task_unpark(t, -ETIMEDOUT);
}

struct reactor *task_reactor(const struct task *t)
{
    return t->reactor;
}

struct io *task_io(const struct task *t)
{
    return t->reactor->io;
}

const char *task_name(const struct task *t)
{
    return t->name;
}

void task_cancel(struct task *t)
{
    ASSERT(t->state != TASK_IDLE);
    t->cancelled = true;
    if (t->shields)
        return;
    if (t->state == TASK_PARKED_EVENT) {
        task_unpark(t, -ECANCELED);
    } else if (t->state == TASK_PARKED_IO && !t->cancel_sent) {
        t->cancel_sent = true;
        t->reactor->io->ops->op_cancel(t, t->op);
    }
}

bool task_cancelled(const struct task *t)
{
    return t->cancelled;
}

void task_shield_begin(struct task *t)
{
    t->shields++;
}

void task_shield_end(struct task *t)
{
    ASSERT(t->shields > 0);
    t->shields--;
}

void task_yield(struct task *t)
{
    struct reactor *r = t->reactor;
    list_push_back(&r->runnable, &t->link);
    task_park(t, TASK_QUEUED);
}

int task_sleep_us(struct task *t, uint64_t us)
{
    struct event never;
    event_init(&never);
    int err = event_wait(t, &never, us);
    return err == -ETIMEDOUT ? 0 : err;
}

void event_init(struct event *e)
{
    list_init(&e->waiters);
}

int event_wait(struct task *t, struct event *e, uint64_t timeout_us)
{
    if (task_stops(t))
        return -ECANCELED;
    if (timeout_us == 0)
        return -ETIMEDOUT;
    if (timeout_us != EVENT_NO_TIMEOUT)
        timer_arm(&t->timeout, timeout_us);
    list_push_back(&e->waiters, &t->link);
    task_park(t, TASK_PARKED_EVENT);
    return t->result;
}

void event_signal_one(struct event *e)
{
    if (!list_empty(&e->waiters))
        task_unpark(list_entry(e->waiters.next, struct task, link), 0);
}

void event_signal(struct event *e)
{
    while (!list_empty(&e->waiters))
        event_signal_one(e);
}
