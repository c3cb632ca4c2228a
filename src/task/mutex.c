/* SPDX-License-Identifier: Apache-2.0
 *
 * mutex.h over pthread.  The ranks a thread holds are one word of bits, its own. */
#include "task/mutex.h"

#include "task/task.h"

#ifdef BRAID_DEBUG
static _Thread_local uint64_t ranks_held;

static void rank_take(uint32_t rank)
{
    ASSERT(ranks_held >> rank == 0);
    ranks_held |= UINT64_C(1) << rank;
}

static void rank_drop(uint32_t rank)
{
    ASSERT((ranks_held >> rank) & 1);
    ranks_held &= ~(UINT64_C(1) << rank);
}
#else
static void rank_take(uint32_t rank)
{
    (void)rank;
}

static void rank_drop(uint32_t rank)
{
    (void)rank;
}
#endif

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
