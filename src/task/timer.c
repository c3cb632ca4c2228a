/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers of one reactor in a 4-ary heap of (time, arming order, timer).  Equal times fire in the
 * order they were armed, so that a simulation repeats.  A timer without a function is the timeout
 * of the task it is embedded in. */
#include "task/core.h"

#define ARITY 4u
#define FIRST 1u

static uint32_t parent_of(uint32_t slot)
{
    return (slot - FIRST - 1) / ARITY + FIRST;
}

static uint32_t child_of(uint32_t slot)
{
    return (slot - FIRST) * ARITY + 1 + FIRST;
}

static bool before(const struct timer_entry *a, const struct timer_entry *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

static void put(struct timer_heap *h, uint32_t slot, struct timer_entry e)
{
    h->slots[slot] = e;
    e.timer->heap_slot = slot;
}

static void sift_up(struct timer_heap *h, uint32_t slot, struct timer_entry e)
{
    while (slot > FIRST && before(&e, &h->slots[parent_of(slot)])) {
        put(h, slot, h->slots[parent_of(slot)]);
        slot = parent_of(slot);
    }
    put(h, slot, e);
}

static void sift_down(struct timer_heap *h, uint32_t slot, struct timer_entry e)
{
    uint32_t end = FIRST + h->used;
    for (;;) {
        uint32_t child = child_of(slot), least = slot;
        const struct timer_entry *min = &e;
        for (uint32_t i = child; i < child + ARITY && i < end; i++) {
            if (before(&h->slots[i], min)) {
                min = &h->slots[i];
                least = i;
            }
        }
        if (least == slot)
            break;
        put(h, slot, *min);
        slot = least;
    }
    put(h, slot, e);
}

static void heap_remove(struct timer_heap *h, uint32_t slot)
{
    ASSERT(slot >= FIRST && slot < FIRST + h->used);
    h->slots[slot].timer->heap_slot = 0;
    h->used--;
    struct timer_entry last = h->slots[FIRST + h->used];
    if (slot == FIRST + h->used)
        return;
    if (slot > FIRST && before(&last, &h->slots[parent_of(slot)]))
        sift_up(h, slot, last);
    else
        sift_down(h, slot, last);
}

void timer_init(struct timer *tm, struct reactor *r, const char *name, task_fn *fn, void *arg)
{
    *tm = (struct timer){.reactor = r, .fn = fn, .arg = arg, .name = name};
}

void timer_heap_put(struct timer_heap *h, struct timer *tm, uint64_t at_us)
{
    ASSERT(tm->heap_slot == 0);
    if (FIRST + h->used >= h->size) {
        h->size = h->size ? 2 * h->size : 64;
        h->slots = xrealloc(h->slots, h->size * sizeof(*h->slots));
    }
    tm->at_us = at_us;
    h->used++;
    sift_up(h, FIRST + h->used - 1, (struct timer_entry){at_us, h->seq++, tm});
}

struct timer *timer_heap_take(struct timer_heap *h, uint64_t now_us)
{
    if (timers_next_us(h) > now_us || h->used == 0)
        return NULL;
    struct timer *tm = h->slots[FIRST].timer;
    heap_remove(h, FIRST);
    return tm;
}

void timer_heap_remove(struct timer_heap *h, struct timer *tm)
{
    if (tm->heap_slot)
        heap_remove(h, tm->heap_slot);
}

void timer_arm(struct timer *tm, uint64_t in_us)
{
    uint64_t now = io_now_us(tm->reactor->io);
    timer_cancel(tm);
    timer_heap_put(&tm->reactor->timers, tm, in_us > UINT64_MAX - now ? UINT64_MAX : now + in_us);
}

void timer_cancel(struct timer *tm)
{
    timer_heap_remove(&tm->reactor->timers, tm);
}

bool timer_armed(const struct timer *tm)
{
    return tm->heap_slot != 0;
}

uint64_t timers_next_us(const struct timer_heap *h)
{
    return h->used ? h->slots[FIRST].at_us : UINT64_MAX;
}

void timers_fire(struct reactor *r)
{
    uint64_t now = io_now_us(r->io);
    /* What is armed while these fire waits for the next turn, even with a time of zero. */
    uint64_t seq_end = r->timers.seq;
    while (r->timers.used && r->timers.slots[FIRST].at_us <= now &&
           r->timers.slots[FIRST].seq < seq_end) {
        struct timer *tm = timer_heap_take(&r->timers, now);
        /* Started, not queued: in the queue it could outlive its owner, who cancels and frees. */
        if (!tm->fn)
            task_expire(container_of(tm, struct task, timeout));
        else if (!task_start(r, tm->name, tm->fn, tm->arg)) {
            timer_arm(tm, 1000); /* no task free: a millisecond later, again */
            break;
        }
    }
}

void timers_fini(struct timer_heap *h)
{
    for (uint32_t i = FIRST; i < FIRST + h->used; i++)
        h->slots[i].timer->heap_slot = 0;
    free(h->slots);
    *h = (struct timer_heap){0};
}
