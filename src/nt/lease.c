/* SPDX-License-Identifier: Apache-2.0
 *
 * Leases, [MS-SMB2] 3.3.1.4 and 3.3.5.9.8: rights to cache that all opens of one client with the
 * same key share.  A key names one file at a time.  The table finds a lease by client and key; it
 * holds no reference: a lease lives as long as one of its opens.  The lock of a lease's node guards
 * the lease; the table's lock, taken inside it, guards membership alone. */
#include "nt/state.h"

static struct {
    struct mutex lock;
    struct hash_table leases;
} table = {.lock = {PTHREAD_MUTEX_INITIALIZER, NT_RANK_LEASES}};

static uint64_t key_hash(const struct nt_lease_key *key)
{
    return hash_bytes(span_of(key, sizeof(*key)));
}

/* With the table's lock. */
static struct nt_lease *find(const struct nt_lease_key *key)
{
    for (struct hash_node *h = hash_find(&table.leases, key_hash(key)); h; h = hash_next(h)) {
        struct nt_lease *l = container_of(h, struct nt_lease, table);
        if (nt_lease_key_equal(&l->key, key))
            return l;
    }
    return NULL;
}

ntstatus nt_lease_check(const struct nt_lease_key *key, const struct nt_node *n)
{
    mutex_lock(&table.lock);
    const struct nt_lease *l = find(key);
    bool elsewhere = l && l->node != n;
    mutex_unlock(&table.lock);
    return elsewhere ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

static struct nt_lease *lease_new(struct nt_node *n, const struct nt_lease_request *req)
{
    struct nt_lease *l = NEW(struct nt_lease);
    l->magic = NT_MAGIC_LEASE;
    l->key = req->key;
    l->node = n;
    l->version_2 = req->version_2;
    l->has_parent = req->has_parent;
    l->parent_key = req->parent_key;
    l->caching.epoch = req->version_2 ? (uint16_t)(req->epoch + 1) : 0;
    list_init(&l->opens);
    return l;
}

/* A new lease gets what the others leave; one that exists is upgraded to all that is asked for, if
 * that covers what it has, or not at all: [MS-SMB2] 3.3.5.9.8. */
static void lease_grant_locked(struct nt_node *n, struct nt_open *o, uint32_t wanted)
{
    struct nt_caching *c = &o->lease->caching;
    uint32_t state = nt_caching_allowed_locked(n, o, wanted, true);
    if (o->lease->refs > 1) {
        if (c->breaking || state != wanted || state == c->state || (c->state & ~state))
            return;
        c->epoch++;
    }
    nt_caching_set_locked(n, c, state);
}

ntstatus nt_lease_join_locked(struct nt_node *n, struct nt_open *o,
                              const struct nt_lease_request *req)
{
    ASSERT(!o->lease);
    ASSERT(o->oplock.state == 0);
    mutex_lock(&table.lock);
    struct nt_lease *l = find(&req->key);
    if (l && l->node != n) {
        mutex_unlock(&table.lock);
        return STATUS_INVALID_PARAMETER;
    }
    if (!l) {
        l = lease_new(n, req);
        hash_insert(&table.leases, &l->table, key_hash(&l->key));
    }
    mutex_unlock(&table.lock);
    l->refs++;
    o->lease = l;
    list_push_back(&l->opens, &o->lease_link);
    lease_grant_locked(n, o, req->state & NT_LEASE_READ ? req->state : 0);
    return STATUS_SUCCESS;
}

void nt_lease_leave_locked(struct nt_node *n, struct nt_open *o)
{
    struct nt_lease *l = TAKE(o->lease);
    ASSERT(l->magic == NT_MAGIC_LEASE);
    ASSERT(l->node == n);
    ASSERT(l->refs > 0);
    list_remove(&o->lease_link);
    if (--l->refs > 0)
        return;
    ASSERT(list_empty(&l->opens));
    nt_caching_set_locked(n, &l->caching, 0);
    mutex_lock(&table.lock);
    hash_remove(&table.leases, &l->table);
    mutex_unlock(&table.lock);
    l->magic = 0;
    free(l);
}

/* With the lock of l's node: [MS-SMB2] 3.3.5.22.2. */
static ntstatus lease_acked_locked(struct nt_lease *l, uint32_t state, struct nt_breaks *breaks)
{
    struct nt_caching *c = &l->caching;
    if (!c->breaking)
        return STATUS_UNSUCCESSFUL;
    if (state & ~c->break_to)
        return STATUS_REQUEST_NOT_ACCEPTED;
    struct nt_open *o = list_first(&l->opens, struct nt_open, lease_link);
    ASSERT(o);
    nt_caching_acked_locked(l->node, o, state & NT_LEASE_READ ? state : 0, breaks);
    return STATUS_SUCCESS;
}

ntstatus nt_lease_ack(const struct nt_lease_key *key, uint32_t state)
{
    mutex_lock(&table.lock);
    struct nt_lease *l = find(key);
    CLEANUP(nt_node_unref) struct nt_node *n = l ? nt_node_ref(l->node) : NULL;
    mutex_unlock(&table.lock);
    if (!n)
        return STATUS_OBJECT_NAME_NOT_FOUND;

    struct nt_breaks breaks;
    ntstatus status = STATUS_OBJECT_NAME_NOT_FOUND;
    nt_breaks_init(&breaks);
    nt_node_lock(n);
    mutex_lock(&table.lock);
    l = find(key);
    mutex_unlock(&table.lock);
    if (l && l->node == n)
        status = lease_acked_locked(l, state, &breaks);
    nt_node_unlock(n);
    nt_breaks_tell(NULL, &breaks);
    return status;
}
