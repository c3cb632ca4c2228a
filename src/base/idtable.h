/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids handed to peers.  An id is (generation << 32 | slot + 1): a stale id finds nothing, never
 * the slot's next tenant; 0 and all-ones are never issued.  Not locked: one owner thread each. */
#pragma once

#include "base/base.h"

struct idtable_slot {
    void *object;        /* NULL when free */
    uint32_t generation; /* of the present or, when free, the next tenant; 1.. */
    uint32_t next_free;
};

struct idtable {
    struct idtable_slot *slots;
    uint32_t size, used, max, free_head;
};

/* `max` bounds the number of live objects (limits.h). */
void idtable_init(struct idtable *t, uint32_t max);
void idtable_fini(struct idtable *t);

/* 0 with *ret_id set, or -ENOSPC at the limit. */
int idtable_add(struct idtable *t, void *object, uint64_t *ret_id) MUST_USE;
void *idtable_get(const struct idtable *t, uint64_t id) MUST_USE;

/* Removes and returns what the id named; NULL if it names nothing. */
void *idtable_remove(struct idtable *t, uint64_t id);

/* Iteration: start with *cursor = 0; NULL ends it.  What it returned may be removed. */
void *idtable_walk(const struct idtable *t, uint32_t *cursor) MUST_USE;
