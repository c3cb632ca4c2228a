/* SPDX-License-Identifier: Apache-2.0
 *
 * How a new open joins those that have the file open already, [MS-FSA] 2.1.5.1.2: nothing pending
 * its deletion, share modes, breaks of what others cache, and the rights to cache it gets itself.
 * All of it is judged in one hold of the node's lock. */
#include "base/upcase.h"
#include "nt/state.h"

/* Holders of leases do not mind either that the descriptor is read. */
#define STAT_FOR_LEASES (NT_ACCESS_STAT | ACCESS_READ_CONTROL)

/* A name of the file went after we looked it up: was it ours? */
static ntstatus join_look_again(struct nt_creation *c, struct nt_node *n)
{
    nt_node_lock(n);
    bool removed = n->removed;
    nt_node_unlock(n);
    if (!removed)
        return STATUS_SUCCESS;
    struct vfs_stat st;
    NT_TRY(nt_from_errno(vfs_stat(c->t, c->file, &st), NT_SITE_META));
    c->looked_again = true;
    if (st.links == 0)
        return STATUS_RETRY;
    uint64_t size;
    struct nt_target f = nt_creation_target(c);
    bool gone = c->name.stream && !nt_ok(nt_stream_find(c->t, &f, &size));
    return gone ? STATUS_RETRY : STATUS_SUCCESS;
}

/* Breaks that have to happen before this open; true: wait for them. */
static bool join_breaks_locked(struct nt_creation *c, struct nt_node *n, bool shares,
                               struct nt_breaks *breaks)
{
    bool overwrites = nt_disposition_overwrites(c->args->disposition);
    if (!overwrites && (c->granted & ~NT_ACCESS_STAT) == 0)
        return false;
    struct nt_intent in = {.lease = c->args->has_lease ? &c->args->lease : NULL,
                           .again = c->again,
                           .spares_leases = !overwrites && !(c->granted & ~STAT_FOR_LEASES),
                           .delay = shares ? NT_LEASE_WRITE : NT_LEASE_HANDLE};
    if (!shares)
        in.keep = NT_LEASE_READ | NT_LEASE_WRITE;
    else if (!overwrites)
        in.keep = NT_LEASE_READ | NT_LEASE_HANDLE;
    return nt_caching_break_locked(n, &in, nt_now_us(c->args->reactor), breaks);
}

static ntstatus join_grant_locked(struct nt_creation *c, struct nt_node *n, struct nt_open *o)
{
    const struct nt_create_args *args = c->args;
    struct nt_create_result *r = &c->result;
    if (!args->has_lease) {
        r->oplock = nt_oplock_grant_locked(n, o, args->oplock);
        return STATUS_SUCCESS;
    }
    r->oplock = NT_OPLOCK_NONE;
    if ((o->is_directory && !args->lease_directory) || !o->volume->config.leases)
        return STATUS_SUCCESS;
    struct nt_lease_request req = {.key = args->lease,
                                   .state = args->lease_state,
                                   .epoch = args->lease_epoch,
                                   .version_2 = args->lease_v2,
                                   .has_parent = args->has_parent_lease,
                                   .parent_key = args->parent_lease_key};
    NT_TRY(nt_lease_join_locked(n, o, &req));
    r->oplock = NT_OPLOCK_LEASE;
    r->lease_state = o->lease->caching.state;
    r->lease_v2 = o->lease->version_2;
    r->lease_epoch = o->lease->version_2 ? o->lease->caching.epoch : 0;
    r->lease_breaking = o->lease->caching.breaking;
    return STATUS_SUCCESS;
}

struct joining {
    struct nt_breaks breaks;
    struct nt_waiter *waiter;
};

static ntstatus join_locked(struct nt_creation *c, struct nt_node *n, struct nt_open *o,
                            struct joining *j)
{
    if (n->removed && !c->looked_again)
        return STATUS_RETRY;
    if (n->delete_pending || nt_node_of_file(n)->delete_pending)
        return STATUS_DELETE_PENDING;
    uint32_t access = c->granted | c->added;
    bool shares = nt_share_allows_locked(n, access, c->args->share_access) &&
                  nt_share_allows_streams_locked(n, access, c->args->share_access);
    if (join_breaks_locked(c, n, shares, &j->breaks)) {
        j->waiter = nt_waiter_new_locked(&n->waiters, c->args->reactor);
        return STATUS_PENDING;
    }
    if (!shares)
        return STATUS_SHARING_VIOLATION;
    list_push_back(&n->opens, &o->node_link);
    ntstatus status = join_grant_locked(c, n, o);
    if (!nt_ok(status)) {
        list_remove(&o->node_link);
        return status;
    }
    n->open_count++;
    if (n->file) {
        n->file->open_count++;
        n->file->streams_keep += nt_share_keeps_stream(o->access, o->share_access);
    }
    o->state = NT_OPEN_LIVE;
    return STATUS_SUCCESS;
}

/* A reference to the node of what was found or made. */
static struct nt_node *join_node(const struct nt_creation *c)
{
    struct nt_node_key key = nt_node_key_of(&c->stat);
    struct nt_node *file = nt_node_get(&key, NULL);
    if (!c->name.stream)
        return file;
    key.stream = name_hash_folded(c->name.stream) | 1;
    struct nt_node *n = nt_node_get(&key, file);
    nt_node_unref(file);
    return n;
}

ntstatus nt_creation_join(struct nt_creation *c, struct nt_open **ret_open)
{
    ASSERT(c->file && c->granted);
    CLEANUP(nt_node_unref) struct nt_node *n = join_node(c);
    if (c->args->has_lease)
        NT_TRY(nt_lease_check(&c->args->lease, n));
    NT_TRY(join_look_again(c, n));
    CLEANUP(nt_open_unref) struct nt_open *o = nt_open_new(c, n);
    struct joining j = {.waiter = NULL};
    nt_breaks_init(&j.breaks);
    nt_node_lock_both(n);
    ntstatus status = join_locked(c, n, o, &j);
    nt_node_unlock_both(n);
    nt_breaks_tell(c->t, &j.breaks);
    if (j.waiter) {
        c->again = true;
        int err = nt_caching_wait(c->t, n, j.waiter);
        return err < 0 ? nt_from_errno(err, NT_SITE_LEAF) : STATUS_RETRY;
    }
    NT_TRY(status);
    o->file = TAKE(c->file);
    *ret_open = TAKE(o);
    return STATUS_SUCCESS;
}
