/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may cache, [MS-FSA] 2.1.4.12 and 2.1.5.18.  Oplocks and leases are one thing here: a set of
 * rights out of Read, Write and Handle.  Level II is R, exclusive RW, batch RWH; an oplock belongs
 * to one open, a lease to all opens with its key.
 *
 *    right   lost when another ...
 *    W       opens the file for more than its attributes
 *    H       would have to close it: a sharing violation, a rename, a delete
 *    R       changes its data, locks a range, overwrites it
 *
 * Going down from more than R takes the holder's acknowledgement; until then the caching is
 * "breaking" and what is needed meanwhile gathers in break_want.  R alone is taken at once. */
#include "nt/state.h"

#define R NT_LEASE_READ
#define H NT_LEASE_HANDLE
#define W NT_LEASE_WRITE

struct nt_caching *nt_caching_of(struct nt_open *o)
{
    return o->lease ? &o->lease->caching : &o->oplock;
}

void nt_caching_set_locked(struct nt_node *n, struct nt_caching *c, uint32_t state)
{
    ASSERT((state & ~(R | H | W)) == 0);
    ASSERT(state == 0 || (state & R));
    if (c->state && !state) {
        ASSERT(n->caching_holders > 0);
        n->caching_holders--;
    } else if (!c->state && state) {
        n->caching_holders++;
    }
    c->state = state;
}

/* The most of `state` a holder keeps when only `keep` is allowed, in rights that can be named. */
static uint32_t reduce(const struct nt_open *o, uint32_t state, uint32_t keep)
{
    if ((state & ~keep) == 0)
        return state;
    uint32_t to = o->lease ? state & keep : state & keep & R;
    return to & R ? to : 0;
}

static enum nt_oplock_level level_of(uint32_t state)
{
    if ((state & (R | W)) == (R | W))
        return state & H ? NT_OPLOCK_BATCH : NT_OPLOCK_EXCLUSIVE;
    return state & R ? NT_OPLOCK_LEVEL_II : NT_OPLOCK_NONE;
}

static void break_start(struct nt_node *n, struct nt_open *o, uint32_t to, uint64_t now_us,
                        struct nt_breaks *breaks)
{
    struct nt_caching *c = nt_caching_of(o);
    ASSERT(!c->breaking);
    ASSERT(to != c->state && (to & ~c->state) == 0);
    struct nt_break b = {.lease_from = c->state,
                         .lease_to = to,
                         .epoch = o->lease && o->lease->version_2 ? c->epoch : 0,
                         .ack_required = (c->state & ~R) != 0,
                         .level = o->lease ? NT_OPLOCK_LEASE : level_of(to)};
    if (o->lease)
        b.lease = o->lease->key;
    if (b.ack_required) {
        c->breaking = true;
        c->break_to = c->break_want = to;
        c->deadline_us = now_us + NT_BREAK_TIMEOUT_US;
    } else {
        nt_caching_set_locked(n, c, to);
    }
    nt_breaks_add_locked(breaks, o, &b);
}

/* Is this open's caching to be looked at?  A lease is, once, through its first open. */
static bool holder(struct nt_open *o, const struct nt_intent *in)
{
    if (nt_caching_of(o)->state == 0)
        return false;
    if (!o->lease)
        return o != in->self;
    if (in->spares_leases)
        return false;
    if (in->lease && nt_lease_key_equal(&o->lease->key, in->lease))
        return false;
    return list_first(&o->lease->opens, struct nt_open, lease_link) == o;
}

bool nt_caching_break_locked(struct nt_node *n, const struct nt_intent *in, uint64_t now_us,
                             struct nt_breaks *breaks)
{
    ASSERT(n->magic == NT_MAGIC_NODE);
    bool wait = false;
    if (n->caching_holders == 0)
        return false;
    list_each(&n->opens, struct nt_open, node_link, o) {
        if (!holder(o, in))
            continue;
        struct nt_caching *c = nt_caching_of(o);
        uint32_t to = reduce(o, c->state, in->keep);
        if (c->breaking) {
            c->break_want &= to;
        } else if (to != c->state) {
            c->epoch++;
            break_start(n, o, to, now_us, breaks);
        }
        if (c->breaking)
            wait |= in->again || (c->state & in->delay);
    }
    return wait;
}

void nt_caching_acked_locked(struct nt_node *n, struct nt_open *o, uint32_t state,
                             struct nt_breaks *breaks)
{
    struct nt_caching *c = nt_caching_of(o);
    ASSERT(c->breaking);
    uint32_t want = c->break_want;
    nt_caching_set_locked(n, c, state);
    c->breaking = false;
    uint32_t next = reduce(o, state, want);
    if (next != state) {
        /* A handle lease goes to none by way of R, as Windows clients are used to; the last step
         * is no change of its own. */
        if (next == 0 && (state & H))
            next = R;
        if (state & ~R)
            c->epoch++;
        break_start(n, o, next, nt_now_us(o->reactor), breaks);
        if (c->breaking)
            c->break_want = want;
    }
    nt_node_stir_locked(n);
}

void nt_caching_release_locked(struct nt_node *n, struct nt_open *o)
{
    if (o->lease) {
        nt_lease_leave_locked(n, o);
        return;
    }
    nt_caching_set_locked(n, &o->oplock, 0);
    o->oplock.breaking = false;
}

/* Time left until the first holder's time is over. */
static uint64_t break_time_left_locked(struct nt_node *n, uint64_t now_us)
{
    uint64_t left = NT_BREAK_TIMEOUT_US;
    list_each(&n->opens, struct nt_open, node_link, o) {
        struct nt_caching *c = nt_caching_of(o);
        if (c->breaking)
            left = MIN(left, c->deadline_us > now_us ? c->deadline_us - now_us : 0);
    }
    return left;
}

static void caching_expire_locked(struct nt_node *n, uint64_t now_us)
{
    list_each(&n->opens, struct nt_open, node_link, o) {
        struct nt_caching *c = nt_caching_of(o);
        if (c->breaking && c->deadline_us <= now_us) {
            nt_caching_set_locked(n, c, 0);
            c->breaking = false;
            nt_node_stir_locked(n);
        }
    }
}

int nt_caching_wait(struct task *t, struct nt_node *n, struct nt_waiter *w)
{
    struct reactor *r = task_reactor(t);
    nt_node_lock(n);
    uint64_t left = break_time_left_locked(n, nt_now_us(r));
    nt_node_unlock(n);
    int err = nt_waiter_wait(t, &n->lock, w, left);
    if (err != -ETIMEDOUT)
        return err;
    nt_node_lock(n);
    caching_expire_locked(n, nt_now_us(r));
    nt_node_unlock(n);
    return 0;
}

uint32_t nt_caching_allowed_locked(struct nt_node *n, const struct nt_open *o, uint32_t wanted,
                                   bool lease)
{
    if (n->lock_count || n->delete_pending)
        wanted &= ~(R | H | W);
    list_each(&n->opens, struct nt_open, node_link, other) {
        if (other == o || (o->lease && other->lease == o->lease))
            continue;
        uint32_t state = nt_caching_of(other)->state;
        if (other->access & ~NT_ACCESS_STAT)
            wanted &= ~W;
        if (state & W)
            wanted = 0;
        if (state)
            wanted &= ~W;
        if (state && !other->lease)
            wanted &= ~H;
        if (!lease && other->lease && (state & H))
            wanted = 0;
    }
    return wanted & R ? wanted : 0;
}

enum nt_oplock_level nt_oplock_grant_locked(struct nt_node *n, struct nt_open *o,
                                            enum nt_oplock_level wanted)
{
    static const uint32_t rights[] = {[NT_OPLOCK_NONE] = 0,
                                      [NT_OPLOCK_LEVEL_II] = R,
                                      [NT_OPLOCK_EXCLUSIVE] = R | W,
                                      [NT_OPLOCK_BATCH] = R | W | H,
                                      [NT_OPLOCK_LEASE] = 0};
    ASSERT((size_t)wanted < ARRAY_LEN(rights));
    ASSERT(!o->lease);
    if (!o->volume->config.oplocks || o->is_directory || rights[wanted] == 0)
        return NT_OPLOCK_NONE;
    uint32_t state = nt_caching_allowed_locked(n, o, rights[wanted], false);
    if (!(state & W))
        state &= R;
    nt_caching_set_locked(n, &o->oplock, state);
    return level_of(state);
}

void nt_break_for_write(struct task *t, struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    struct nt_node *n = o->node;
    if (n->caching_holders == 0)
        return;
    struct nt_breaks breaks;
    nt_breaks_init(&breaks);
    nt_node_lock(n);
    struct nt_intent in = {.lease = o->lease ? &o->lease->key : NULL,
                           .self = o->oplock.state & W ? o : NULL};
    bool wait = nt_caching_break_locked(n, &in, nt_now_us(o->reactor), &breaks);
    ASSERT(!wait);
    nt_node_unlock(n);
    nt_breaks_tell(t, &breaks);
}

int nt_caching_break_handles(struct task *t, struct nt_node *n, const struct nt_open *self)
{
    struct nt_intent in = {.self = self, .delay = H, .keep = R | W};
    for (;;) {
        struct nt_breaks breaks;
        nt_breaks_init(&breaks);
        nt_node_lock(n);
        in.lease = self && self->lease ? &self->lease->key : NULL;
        struct nt_waiter *w = NULL;
        if (nt_caching_break_locked(n, &in, nt_now_us(task_reactor(t)), &breaks))
            w = nt_waiter_new_locked(&n->waiters, task_reactor(t));
        nt_node_unlock(n);
        nt_breaks_tell(t, &breaks);
        if (!w)
            return 0;
        ERR_TRY(nt_caching_wait(t, n, w));
        in.again = true;
    }
}

ntstatus nt_oplock_ack(struct nt_open *o, enum nt_oplock_level level)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    struct nt_node *n = o->node;
    struct nt_breaks breaks;
    ntstatus status = STATUS_SUCCESS;
    nt_breaks_init(&breaks);
    nt_node_lock(n);
    if (o->lease || !o->oplock.breaking) {
        nt_node_unlock(n);
        return STATUS_INVALID_OPLOCK_PROTOCOL;
    }
    uint32_t state = level == NT_OPLOCK_LEVEL_II ? R : 0;
    if ((level != NT_OPLOCK_LEVEL_II && level != NT_OPLOCK_NONE) || (state & ~o->oplock.break_to)) {
        state = 0;
        status = STATUS_INVALID_OPLOCK_PROTOCOL;
    }
    nt_caching_acked_locked(n, o, state, &breaks);
    nt_node_unlock(n);
    nt_breaks_tell(NULL, &breaks);
    return status;
}
