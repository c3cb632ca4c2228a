/* SPDX-License-Identifier: Apache-2.0
 *
 * A mutex for what reactors share.  Short critical sections, no I/O; a task that holds one may not
 * suspend (task_park asserts it), and debug builds assert that a thread takes locks in ascending
 * rank. */
#pragma once

#include <pthread.h>

#include "base/base.h"

struct mutex {
    pthread_mutex_t lock;
    uint32_t rank; /* 1.. LOCK_RANK_MAX; two locks of one rank are never held together */
};

#define LOCK_RANK_MAX 63u

void mutex_init(struct mutex *m, uint32_t rank);
void mutex_fini(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
