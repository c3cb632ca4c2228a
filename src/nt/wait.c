/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting for what opens of several reactors share.  A waiter is on the list until somebody stirs
 * it, which may happen on any thread: it is then taken off and a message to its reactor signals its
 * event.  Two references: the waiting task and whoever has it on the list or under way. */
#include "nt/state.h"

struct nt_waiter {
    struct list link; /* by the list's lock */
    _Atomic uint32_t refs;
    bool stirred; /* by the waiter's reactor alone */
    struct reactor *reactor;
    struct event event;
    struct reactor_message message;
};

static void waiter_unref(struct nt_waiter *w)
{
    uint32_t was = w->refs--;
    ASSERT(was > 0);
    if (was == 1)
        free(w);
}

static void waiter_arrive(struct task *t, void *arg)
{
    struct nt_waiter *w = arg;
    ASSERT(task_reactor(t) == w->reactor);
    w->stirred = true;
    event_signal(&w->event);
    waiter_unref(w);
}

struct nt_waiter *nt_waiter_new_locked(struct list *waiters, struct reactor *r)
{
    struct nt_waiter *w = NEW(struct nt_waiter);
    w->refs = 2;
    w->reactor = r;
    w->message = (struct reactor_message){.name = "nt-stir", .fn = waiter_arrive, .arg = w};
    event_init(&w->event);
    list_push_back(waiters, &w->link);
    return w;
}

int nt_waiter_wait(struct task *t, struct mutex *lock, struct nt_waiter *w, uint64_t timeout_us)
{
    ASSERT(task_reactor(t) == w->reactor);
    int err = w->stirred ? 0 : event_wait(t, &w->event, timeout_us);
    mutex_lock(lock);
    bool listed = !list_empty(&w->link);
    list_remove(&w->link);
    mutex_unlock(lock);
    if (listed)
        waiter_unref(w);
    waiter_unref(w);
    return err;
}

void nt_waiters_stir_locked(struct list *waiters)
{
    list_each(waiters, struct nt_waiter, link, w) {
        list_remove(&w->link);
        reactor_post(w->reactor, &w->message);
    }
}
