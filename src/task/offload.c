/* SPDX-License-Identifier: Apache-2.0
 *
 * The process-wide pool of threads that take calls which block.  It lives as long as a reactor
 * does; a thread starts when a job finds no idle one and the pool has room, and stays until the
 * last reactor is gone.  A job lies on the stack of the task that waits for it. */
#include <pthread.h>
#include <signal.h>

#include "task/core.h"

#define THREADS_MAX 64u
#define THREADS_DEFAULT 4u

struct job {
    struct list link;
    struct task *task;
    int (*fn)(void *arg);
    void *arg;
    struct reactor_message done;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct list jobs;
    unsigned refs, max, count, idle, waiting;
    bool stopping;
    pthread_t threads[THREADS_MAX];
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .more = PTHREAD_COND_INITIALIZER,
    .jobs = LIST_INIT(pool.jobs),
};

static void *worker(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&pool.lock);
    while (!pool.stopping) {
        if (list_empty(&pool.jobs)) {
            pool.idle++;
            pthread_cond_wait(&pool.more, &pool.lock);
            pool.idle--;
            continue;
        }
        struct job *j = list_entry(pool.jobs.next, struct job, link);
        list_remove(&j->link);
        pool.waiting--;
        pthread_mutex_unlock(&pool.lock);
        j->task->result = j->fn(j->arg);
        reactor_post(j->task->reactor, &j->done);
        pthread_mutex_lock(&pool.lock);
    }
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

void offload_ref(unsigned threads)
{
    pthread_mutex_lock(&pool.lock);
    pool.refs++;
    pool.max = MAX(pool.max, MIN(threads, THREADS_MAX));
    pthread_mutex_unlock(&pool.lock);
}

void offload_unref(void)
{
    pthread_mutex_lock(&pool.lock);
    ASSERT(pool.refs > 0);
    if (--pool.refs == 0) {
        ASSERT(list_empty(&pool.jobs));
        pool.stopping = true;
        pthread_cond_broadcast(&pool.more);
        while (pool.count) {
            pthread_t thread = pool.threads[--pool.count];
            pthread_mutex_unlock(&pool.lock);
            pthread_join(thread, NULL);
            pthread_mutex_lock(&pool.lock);
        }
        pool.stopping = false;
        pool.max = 0;
    }
    pthread_mutex_unlock(&pool.lock);
}

/* Signals are for the threads that want them. */
static int thread_start(pthread_t *ret_thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(ret_thread, NULL, worker, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -err;
}

static int job_submit(struct job *j)
{
    int err = 0;
    pthread_mutex_lock(&pool.lock);
    unsigned max = pool.max ? pool.max : THREADS_DEFAULT;
    if (pool.waiting >= pool.idle && pool.count < max) {
        err = thread_start(&pool.threads[pool.count]);
        pool.count += err == 0;
    }
    if (pool.count) {
        err = 0;
        list_push_back(&pool.jobs, &j->link);
        pool.waiting++;
        pthread_cond_signal(&pool.more);
    }
    pthread_mutex_unlock(&pool.lock);
    return err;
}

int task_offload(struct task *t, int (*fn)(void *arg), void *arg)
{
    if (task_stops(t))
        return -ECANCELED;
    count(t->reactor, COUNTER_OFFLOADS, 1);
    if (t->reactor->io->ops->offload_inline) {
        task_yield(t);
        return fn(arg);
    }
    struct job j = {.task = t, .fn = fn, .arg = arg, .done = {.arg = t}};
    list_init(&j.link);
    ERR_TRY(job_submit(&j));
    task_park(t, TASK_PARKED_OFFLOAD);
    return t->result;
}
