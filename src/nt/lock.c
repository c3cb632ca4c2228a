/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte-range locks, [MS-FSA] 2.1.5.8 to 2.1.5.10 and 2.1.4.10.  A node's locks are a list in the
 * order they were granted; each belongs to one open.  A lock waits as a suspended task on the node
 * and asks again whenever the node is stirred.  A range of no bytes conflicts only strictly inside
 * another; ranges may reach 2^64 but not wrap. */
#include "base/limits.h"
#include "nt/state.h"

struct nt_range_lock {
    struct list link;
    struct nt_open *open;
    struct nt_lock_range range;
};

static bool overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
    if (a > b)
        return a - b < b_len;
    if (b > a)
        return b - a < a_len;
    return a_len && b_len;
}

/* Does a lock held stand in the way of another open, or of the same one?  Exclusive ranges exclude
 * everybody; of shared ones any number may lie over each other, and over one's own exclusive. */
static bool lock_conflicts(const struct nt_range_lock *held, const struct nt_open *o,
                           const struct nt_lock_range *wanted)
{
    if (!overlap(held->range.offset, held->range.length, wanted->offset, wanted->length))
        return false;
    if (wanted->exclusive)
        return true;
    return held->range.exclusive && held->open != o;
}

static ntstatus lock_try_locked(struct nt_node *n, struct nt_open *o,
                                const struct nt_lock_range *wanted)
{
    uint32_t own = 0;
    list_each(&n->locks, struct nt_range_lock, link, held) {
        ASSERT(held->open->magic == NT_MAGIC_OPEN);
        if (lock_conflicts(held, o, wanted))
            return STATUS_LOCK_NOT_GRANTED;
        own += held->open == o;
    }
    if (own >= LIMIT_LOCKS_PER_OPEN_MAX)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct nt_range_lock *l = NEW(struct nt_range_lock);
    l->open = o;
    l->range = *wanted;
    list_push_back(&n->locks, &l->link);
    n->lock_count++;
    return STATUS_SUCCESS;
}

static void lock_free_locked(struct nt_node *n, struct nt_range_lock *l)
{
    ASSERT(n->lock_count > 0);
    list_remove(&l->link);
    n->lock_count--;
    free(l);
}

static ntstatus lock_check(const struct nt_open *o, const struct nt_lock_range *range)
{
    if (o->is_directory)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_any(o, FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE));
    if (range->length && range->length - 1 > UINT64_MAX - range->offset)
        return STATUS_INVALID_LOCK_RANGE;
    return STATUS_SUCCESS;
}

ntstatus nt_lock(struct task *t, struct nt_open *o, const struct nt_lock_range *range, bool wait)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    ASSERT(task_reactor(t) == o->reactor);
    NT_TRY(lock_check(o, range));
    struct nt_node *n = o->node;
    CLEANUP(nt_open_unref) struct nt_open *held = nt_open_ref(o);
    nt_break_for_write(t, o);
    for (;;) {
        if (held->state != NT_OPEN_LIVE)
            return STATUS_RANGE_NOT_LOCKED;
        struct nt_waiter *w = NULL;
        nt_node_lock(n);
        ntstatus status = lock_try_locked(n, o, range);
        if (wait && nt_is(status, STATUS_LOCK_NOT_GRANTED))
            w = nt_waiter_new_locked(&n->waiters, o->reactor);
        nt_node_unlock(n);
        if (!w)
            return status;
        int err = nt_waiter_wait(t, &n->lock, w, EVENT_NO_TIMEOUT);
        NT_TRY(nt_from_errno(err, NT_SITE_DATA));
    }
}

ntstatus nt_unlock(struct task *t, struct nt_open *o, uint64_t offset, uint64_t length)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    struct nt_node *n = o->node;
    ntstatus status = STATUS_RANGE_NOT_LOCKED;
    nt_node_lock(n);
    list_each(&n->locks, struct nt_range_lock, link, l) {
        if (l->open != o || l->range.offset != offset || l->range.length != length)
            continue;
        lock_free_locked(n, l);
        nt_node_stir_locked(n);
        status = STATUS_SUCCESS;
        break;
    }
    nt_node_unlock(n);
    return status;
}

void nt_locks_release_locked(struct nt_node *n, struct nt_open *o)
{
    if (n->lock_count == 0)
        return;
    list_each(&n->locks, struct nt_range_lock, link, l) {
        if (l->open == o)
            lock_free_locked(n, l);
    }
}

/* Reading minds exclusive ranges of others; writing minds all ranges but one's own exclusive. */
static bool io_conflicts(const struct nt_range_lock *l, const struct nt_open *o, bool write)
{
    if (l->open == o)
        return write && !l->range.exclusive;
    return write || l->range.exclusive;
}

ntstatus nt_lock_check_io(struct nt_open *o, uint64_t offset, uint64_t len, bool write)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    struct nt_node *n = o->node;
    if (n->lock_count == 0 || len == 0)
        return STATUS_SUCCESS;
    ntstatus status = STATUS_SUCCESS;
    nt_node_lock(n);
    list_each(&n->locks, struct nt_range_lock, link, l) {
        if (io_conflicts(l, o, write) && overlap(l->range.offset, l->range.length, offset, len))
            status = STATUS_FILE_LOCK_CONFLICT;
    }
    nt_node_unlock(n);
    return status;
}
