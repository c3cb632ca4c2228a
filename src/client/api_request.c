/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of the library: from the caller's thread to the connection's and back. */
#include "client/api.h"

void busy_wait(struct task *t, const unsigned *busy, struct event *idle)
{
    task_shield_begin(t);
    while (*busy)
        IGNORE(event_wait(t, idle, EVENT_NO_TIMEOUT));
    task_shield_end(t);
}

/* Nothing of the request or, when somebody waits, of the connection is touched afterwards. */
static void request_end(struct request *r)
{
    braid_done_fn *done = r->done;
    if (!done) {
        sem_post(&r->ended);
        return;
    }
    void *arg = r->arg;
    ssize_t result = r->result;
    free(r);
    done(arg, result);
}

static void request_task(struct task *t, void *arg)
{
    struct request *r = arg;
    struct braid *b = r->braid;
    bool calls_back = r->done;
    b->running++;
    r->result = b->closing ? -ESHUTDOWN : r->run(t, r);
    if (calls_back)
        request_end(r); /* disconnecting waits for callbacks too */
    b->running--;
    atomic_fetch_sub(&b->ops, 1);
    if (b->closing)
        event_signal(&b->settled);
    if (!calls_back)
        request_end(r);
}

static int request_post(struct braid *b, struct request *r)
{
    if (atomic_fetch_add(&b->ops, 1) >= BRAID_OPS_MAX) {
        atomic_fetch_sub(&b->ops, 1);
        return -EAGAIN;
    }
    r->braid = b;
    r->message.name = "libbraid";
    r->message.fn = request_task;
    r->message.arg = r;
    reactor_post(b->reactor, &r->message);
    return 0;
}

int request_start(struct braid *b, struct request *r)
{
    ASSERT(r->done);
    return request_post(b, r);
}

ssize_t request_wait(struct braid *b, struct request *r)
{
    if (pthread_equal(pthread_self(), b->thread))
        return -EDEADLK;
    r->done = NULL;
    sem_init(&r->ended, 0, 0);
    ssize_t err = request_post(b, r);
    if (err == 0) {
        while (sem_wait(&r->ended) < 0)
            ASSERT(errno == EINTR);
        err = r->result;
    }
    sem_destroy(&r->ended);
    return err;
}
