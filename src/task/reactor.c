/* SPDX-License-Identifier: Apache-2.0
 *
 * The turns of a reactor: messages of other threads, timers that are due, tasks that can run, what
 * was asked for at the end of the turn, then the io filling, which submits what the tasks asked
 * for and waits when there is nothing to do.
 *
 * Messages come through a stack that any thread pushes to and the reactor empties in one exchange.
 * A sender wakes the reactor only when `asleep` says so: it pushes, then looks at the flag; the
 * reactor sets the flag, then looks at the stack; both orders are sequentially consistent, so one
 * of the two sees the other. */
#include <pthread.h>
#include <stdio.h>

#include "task/core.h"

struct reactor *reactor_new_on(const struct reactor_config *config, struct io *io)
{
    struct reactor *r = aligned_alloc(alignof(struct reactor), sizeof(struct reactor));
    ASSERT(r);
    memset(r, 0, sizeof(*r));
    r->config = *config;
    r->io = io;
    r->here = &r->own;
    io->reactor = r;
    list_init(&r->runnable);
    list_init(&r->live);
    list_init(&r->warm);
    list_init(&r->cold);
    list_init(&r->turn_ends);
    fiber_init_thread(&r->own);
    offload_ref(config->offload_threads);
    return r;
}

void reactor_free(struct reactor *r)
{
    if (!r)
        return;
    ASSERT(!r->current);
    offload_unref();
    tasks_fini(r);
    timers_fini(&r->timers);
    r->io->ops->free(r->io);
    free(r);
}

unsigned reactor_index(const struct reactor *r)
{
    return r->config.index;
}

struct io *reactor_io(struct reactor *r)
{
    return r->io;
}

void reactor_counters_read(const struct reactor *r, struct reactor_counters *ret_counters)
{
    uint64_t c[COUNTER_COUNT];
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        c[i] = atomic_load_explicit(&r->counters[i], memory_order_relaxed);
    *ret_counters = (struct reactor_counters){
        .turns = c[COUNTER_TURNS],
        .tasks_started = c[COUNTER_TASKS_STARTED],
        .task_switches = c[COUNTER_TASK_SWITCHES],
        .sqes = c[COUNTER_SQES],
        .wakeups = c[COUNTER_WAKEUPS],
        .offloads = c[COUNTER_OFFLOADS],
        .posts = c[COUNTER_POSTS],
        .tasks_live = (uint32_t)c[COUNTER_TASKS_LIVE],
        .tasks_peak = (uint32_t)c[COUNTER_TASKS_PEAK],
    };
}

static void wake_if_asleep(struct reactor *r)
{
    if (atomic_load(&r->asleep) && atomic_exchange(&r->asleep, false))
        r->io->ops->wake(r->io);
}

void reactor_post(struct reactor *r, struct reactor_message *m)
{
    struct reactor_message *head = atomic_load(&r->inbox);
    do
        m->next = head;
    while (!atomic_compare_exchange_weak(&r->inbox, &head, m));
    wake_if_asleep(r);
}

void reactor_stop(struct reactor *r)
{
    atomic_store(&r->stopping, true);
    wake_if_asleep(r);
}

bool reactor_inbox_empty(const struct reactor *r)
{
    return atomic_load(&r->inbox) == NULL;
}

bool reactor_called(const struct reactor *r)
{
    return !reactor_inbox_empty(r) || (atomic_load(&r->stopping) && !r->stop_seen);
}

/* A message without a function is the end of an offloaded call, `arg` its task. */
static bool message_take(struct reactor *r, struct reactor_message *m)
{
    if (!m->fn) {
        struct task *t = m->arg;
        task_complete(t, t->result);
        return true;
    }
    return task_spawn(r, m->name, m->fn, m->arg) != NULL;
}

static void inbox_take(struct reactor *r)
{
    if (reactor_inbox_empty(r))
        return;
    struct reactor_message *oldest = NULL;
    struct reactor_message *m = atomic_exchange(&r->inbox, NULL);
    while (m) {
        struct reactor_message *next = m->next;
        m->next = oldest;
        oldest = m;
        m = next;
    }
    while (oldest) {
        struct reactor_message *next = oldest->next;
        count(r, COUNTER_POSTS, 1);
        if (!message_take(r, oldest))
            reactor_post(r, oldest); /* no task free: in a later turn */
        oldest = next;
    }
}

void turn_end_init(struct turn_end *te, void (*fn)(struct turn_end *te))
{
    list_init(&te->link);
    te->fn = fn;
}

void turn_end_ask(struct reactor *r, struct turn_end *te)
{
    if (list_empty(&te->link))
        list_push_back(&r->turn_ends, &te->link);
}

void turn_end_cancel(struct turn_end *te)
{
    list_remove(&te->link);
}

static void turn_ends_run(struct reactor *r)
{
    struct list due = LIST_INIT(due);
    list_splice_back(&due, &r->turn_ends);
    while (!list_empty(&due)) {
        struct turn_end *te = list_entry(due.next, struct turn_end, link);
        list_remove(&te->link);
        te->fn(te);
    }
}

bool reactor_busy(const struct reactor *r)
{
    return !list_empty(&r->runnable) || !list_empty(&r->turn_ends) || reactor_called(r) ||
           reactor_idle_us(r) == 0;
}

void reactor_turn(struct reactor *r)
{
    count(r, COUNTER_TURNS, 1);
    inbox_take(r);
    timers_fire(r);
    tasks_run(r);
    turn_ends_run(r);
}

uint64_t reactor_idle_us(const struct reactor *r)
{
    uint64_t next = timers_next_us(&r->timers), now = io_now_us(r->io);
    return next == UINT64_MAX ? UINT64_MAX : next > now ? next - now : 0;
}

bool reactor_stopped(struct reactor *r)
{
    if (!atomic_load(&r->stopping))
        return false;
    if (!r->stop_seen) {
        r->stop_seen = true;
        list_each(&r->live, struct task, live, t)
            task_cancel(t);
    }
    return list_empty(&r->live) && reactor_inbox_empty(r);
}

void reactor_run(struct reactor *r)
{
    char name[16];
    snprintf(name, sizeof(name), "braid-%u", r->config.index);
    pthread_setname_np(pthread_self(), name);
    fiber_init_thread(&r->own);
    int err = r->io->ops->run_begin(r->io);
    ASSERT(err == 0);
    while (!reactor_stopped(r)) {
        reactor_turn(r);
        bool busy = reactor_busy(r) || (r->stop_seen && list_empty(&r->live));
        r->io->ops->turn(r->io, busy ? 0 : reactor_idle_us(r));
    }
    r->io->ops->run_end(r->io);
}
