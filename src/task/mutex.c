/* SPDX-License-Identifier: Apache-2.0
 *
 * mutex.h over pthread, and the one thing a thread knows that is not passed to functions: which
 * locks it holds.  A task may not park while it holds one, so this never travels with a task. */
#include "task/mutex.h"

#include "task/core.h"

static _Thread_local struct {
    uint64_t ranks; /* a bit for each, judged in debug builds */
    int count;
} held;

void task_lock_count(int delta)
{
    held.count += delta;
    ASSERT(held.count >= 0);
}

int task_locks_held(void)
{
    return held.count;
}

static void rank_take(uint32_t rank)
{
    DCHECK(held.ranks >> rank == 0);
    held.ranks |= UINT64_C(1) << rank;
}

static void rank_drop(uint32_t rank)
{
    DCHECK((held.ranks >> rank) & 1);
    held.ranks &= ~(UINT64_C(1) << rank);
}

void mutex_init(struct mutex *m, uint32_t rank)
{
    ASSERT(rank >= 1 && rank <= LOCK_RANK_MAX);
    m->rank = rank;
    int err = pthread_mutex_init(&m->lock, NULL);
    ASSERT(err == 0);
}

void mutex_fini(struct mutex *m)
{
    int err = pthread_mutex_destroy(&m->lock);
    ASSERT(err == 0);
}

void mutex_lock(struct mutex *m)
{
    rank_take(m->rank);
    int err = pthread_mutex_lock(&m->lock);
    ASSERT(err == 0);
    task_lock_count(1);
}

void mutex_unlock(struct mutex *m)
{
    task_lock_count(-1);
    int err = pthread_mutex_unlock(&m->lock);
    ASSERT(err == 0);
    rank_drop(m->rank);
}
