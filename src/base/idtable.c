/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots of the id table.  Free slots form a list through next_free; its links and free_head are
 * "slot + 1" as in the ids, so that 0 ends the list and a zeroed table is an empty one. */
#include "base/idtable.h"

#define IDTABLE_SLOTS_MIN 8u

void idtable_init(struct idtable *t, uint32_t max)
{
    ASSERT(max > 0 && max < UINT32_MAX);
    *t = (struct idtable){.max = max};
}

void idtable_fini(struct idtable *t)
{
    free(t->slots);
    *t = (struct idtable){0};
}

static void grow(struct idtable *t)
{
    uint32_t size = t->size ? (t->size > t->max / 2 ? t->max : t->size * 2) : IDTABLE_SLOTS_MIN;
    size = MIN(size, t->max);
    t->slots = xrealloc(t->slots, sizeof(*t->slots) * size);
    for (uint32_t i = size; i-- > t->size;) {
        t->slots[i] = (struct idtable_slot){.generation = 1, .next_free = t->free_head};
        t->free_head = i + 1;
    }
    t->size = size;
}

int idtable_add(struct idtable *t, void *object, uint64_t *ret_id)
{
    ASSERT(object);
    if (t->used == t->max)
        return -ENOSPC;
    if (!t->free_head)
        grow(t);
    uint32_t number = t->free_head;
    struct idtable_slot *slot = &t->slots[number - 1];
    t->free_head = slot->next_free;
    slot->object = object;
    t->used++;
    *ret_id = (uint64_t)slot->generation << 32 | number;
    return 0;
}

static struct idtable_slot *slot_of(const struct idtable *t, uint64_t id)
{
    uint32_t number = (uint32_t)id;
    if (number == 0 || number > t->size)
        return NULL;
    struct idtable_slot *slot = &t->slots[number - 1];
    return slot->object && slot->generation == id >> 32 ? slot : NULL;
}

void *idtable_get(const struct idtable *t, uint64_t id)
{
    struct idtable_slot *slot = slot_of(t, id);
    return slot ? slot->object : NULL;
}

void *idtable_remove(struct idtable *t, uint64_t id)
{
    struct idtable_slot *slot = slot_of(t, id);
    if (!slot)
        return NULL;
    void *object = TAKE(slot->object);
    slot->generation = slot->generation == UINT32_MAX ? 1 : slot->generation + 1;
    slot->next_free = t->free_head;
    t->free_head = (uint32_t)id;
    t->used--;
    return object;
}

void *idtable_walk(const struct idtable *t, uint32_t *cursor)
{
    while (*cursor < t->size) {
        void *object = t->slots[(*cursor)++].object;
        if (object)
            return object;
    }
    return NULL;
}
