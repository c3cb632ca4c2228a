/* SPDX-License-Identifier: Apache-2.0
 *
 * What the state-side files of src/nt (nodes, opens, sharing, caching, locks, delete, rename)
 * offer each other.  Functions ending in _locked want the node's lock held. */
#pragma once

#include "nt/internal.h"
#include "task/io.h"

/* ---- node.c ------------------------------------------------------------------------------- */

/* The node of a file, made when there is none; a reference.  `file` is the file's node when key
 * names a stream (the new node takes a reference of its own), NULL otherwise. */
struct nt_node *nt_node_get(const struct nt_node_key *key, struct nt_node *file) MUST_USE;
/* The same, but NULL when nobody has the file open. */
struct nt_node *nt_node_find(const struct nt_node_key *key) MUST_USE;
struct nt_node *nt_node_ref(struct nt_node *n);
void nt_node_unref(struct nt_node *n);
DEFINE_CLEANUP(struct nt_node *, nt_node_unref);

static inline void nt_node_lock(struct nt_node *n)
{
    ASSERT(n->magic == NT_MAGIC_NODE);
    mutex_lock(&n->lock);
}
static inline void nt_node_unlock(struct nt_node *n)
{
    ASSERT(n->magic == NT_MAGIC_NODE);
    mutex_unlock(&n->lock);
}
static inline struct nt_node_key nt_node_key_of(const struct vfs_stat *st)
{
    return (struct nt_node_key){st->device, st->inode, 0};
}
/* References to the nodes open at or below a directory, to be dropped one by one; malloc'd. */
struct nt_node **nt_nodes_below(struct nt_volume *v, const char *path, const struct nt_node *except,
                                size_t *ret_count) MUST_USE;
/* The node that name and deletion of the whole file concern. */
static inline struct nt_node *nt_node_of_file(struct nt_node *n)
{
    return n->file ? n->file : n;
}
/* A node together with that of its file. */
static inline void nt_node_lock_both(struct nt_node *n)
{
    if (n->file)
        nt_node_lock(n->file);
    nt_node_lock(n);
}
static inline void nt_node_unlock_both(struct nt_node *n)
{
    nt_node_unlock(n);
    if (n->file)
        nt_node_unlock(n->file);
}
/* Is `path` the directory `top` or below it? */
bool nt_path_below(const char *path, const char *top) MUST_USE;

/* ---- wait.c: waiting for what a lock guards ----------------------------------------------- */

/* One task waiting on a list until it is stirred: a node (a break to end, a range lock to go) or a
 * watch.  The list's lock is held by those marked so and taken by nt_waiter_wait. */
struct nt_waiter;
struct nt_waiter *nt_waiter_new_locked(struct list *waiters, struct reactor *r) MUST_USE;
/* Waits and frees the waiter: 0 when stirred, -ETIMEDOUT, -ECANCELED. */
int nt_waiter_wait(struct task *t, struct mutex *lock, struct nt_waiter *w,
                   uint64_t timeout_us) MUST_USE;
void nt_waiters_stir_locked(struct list *waiters);
static inline void nt_node_stir_locked(struct nt_node *n)
{
    nt_waiters_stir_locked(&n->waiters);
}

/* ---- breaks.c: telling holders ------------------------------------------------------------ */

/* Breaks decided on under a node's lock, told after it is released. */
struct nt_breaks {
    struct list list;
};
void nt_breaks_init(struct nt_breaks *b);
void nt_breaks_add_locked(struct nt_breaks *b, struct nt_open *o, const struct nt_break *what);
/* Delivers at once to opens of this task's reactor and posts the others; `t` may be NULL. */
void nt_breaks_tell(struct task *t, struct nt_breaks *b);

/* ---- share.c ------------------------------------------------------------------------------ */

/* [MS-FSA] 2.1.5.1.2: may an open with this access and sharing join the others? */
bool nt_share_allows_locked(const struct nt_node *n, uint32_t access, uint32_t share) MUST_USE;
/* And those of the file's streams, or of the stream's file?  With both nodes' locks. */
bool nt_share_allows_streams_locked(const struct nt_node *n, uint32_t access,
                                    uint32_t share) MUST_USE;
/* Does such an open of a stream keep the file from being opened for deletion? */
bool nt_share_keeps_stream(uint32_t access, uint32_t share) MUST_USE;
/* The rule between two opens; symmetric. */
bool nt_share_compatible(uint32_t access_a, uint32_t share_a, uint32_t access_b,
                         uint32_t share_b) MUST_USE;

/* ---- oplock.c: rights to cache ------------------------------------------------------------ */

struct nt_caching *nt_caching_of(struct nt_open *o) MUST_USE;
/* What somebody is about to do to a node, as far as it concerns who caches. */
struct nt_intent {
    const struct nt_lease_key *lease; /* NULL: none; holders with this key are not disturbed */
    const struct nt_open *self;       /* whose own oplock is left alone, may be NULL */
    uint32_t delay;                   /* NT_LEASE_*: holders of these are waited for */
    uint32_t keep;                    /* NT_LEASE_*: what holders may keep */
    bool spares_leases;               /* only oplocks mind */
    bool again; /* not the first attempt: waits until every break is over */
};
/* Starts the breaks the intent needs.  True: wait until the node is stirred, then ask again. */
bool nt_caching_break_locked(struct nt_node *n, const struct nt_intent *in, uint64_t now_us,
                             struct nt_breaks *breaks) MUST_USE;
/* Waits for the breaks of a node; holders that let their time pass lose everything.  0 or
 * -ECANCELED. */
int nt_caching_wait(struct task *t, struct nt_node *n, struct nt_waiter *w) MUST_USE;
/* Grants an oplock to an open that is on the node's list. */
enum nt_oplock_level nt_oplock_grant_locked(struct nt_node *n, struct nt_open *o,
                                            enum nt_oplock_level wanted);
/* Of `wanted`, what the other opens leave to `o`. */
uint32_t nt_caching_allowed_locked(struct nt_node *n, const struct nt_open *o, uint32_t wanted,
                                   bool lease) MUST_USE;
void nt_caching_set_locked(struct nt_node *n, struct nt_caching *c, uint32_t state);
/* An acknowledgement brought the holder down to `state`; goes on breaking when that is too much. */
void nt_caching_acked_locked(struct nt_node *n, struct nt_open *holder, uint32_t state,
                             struct nt_breaks *breaks);
/* The open gives its rights back. */
void nt_caching_release_locked(struct nt_node *n, struct nt_open *o);
/* Others must not rely on their handles (rename, delete): breaks H and waits.  `self` may be NULL.
 * 0 or -ECANCELED. */
int nt_caching_break_handles(struct task *t, struct nt_node *n,
                             const struct nt_open *self) MUST_USE;
static inline uint64_t nt_now_us(struct reactor *r)
{
    return io_now_us(reactor_io(r));
}

/* ---- lease.c ------------------------------------------------------------------------------ */

/* INVALID_PARAMETER when the client uses the key for another file than n (NULL: a new one),
 * [MS-SMB2] 3.3.5.9.8. */
ntstatus nt_lease_check(const struct nt_lease_key *key, const struct nt_node *n) MUST_USE;
struct nt_lease_request {
    struct nt_lease_key key;
    uint32_t state;
    uint16_t epoch;
    bool version_2, has_parent;
    struct guid parent_key;
};
/* Joins or makes the lease and grants what can be. */
ntstatus nt_lease_join_locked(struct nt_node *n, struct nt_open *o,
                              const struct nt_lease_request *req) MUST_USE;
void nt_lease_leave_locked(struct nt_node *n, struct nt_open *o);

/* ---- create.c and its parts --------------------------------------------------------------- */

/* One CREATE under way.  What a retry must find again is dropped by nt_creation_drop. */
struct nt_creation {
    struct task *t;
    struct nt_volume *v;
    const struct nt_caller *caller;
    const struct nt_create_args *args;
    struct nt_name name;
    const char *path;      /* the best spelling known */
    struct nt_dir_version parent;
    uint32_t desired;      /* generic bits mapped */
    uint32_t added;        /* what the disposition takes beyond, [MS-FSA] 2.1.5.1.2 */
    uint32_t limit;        /* what the share lets anybody have */
    bool again;            /* waited for a break already */
    struct vfs_file *file;
    struct vfs_stat stat;
    struct nt_net_open info;
    bool is_directory, looked_again, made_file;
    uint32_t granted;
    struct nt_create_result result;
};
/* [MS-FSA] 2.1.5.1, the checks of the arguments alone. */
ntstatus nt_create_check(const struct nt_create_args *args) MUST_USE;
static inline MUST_USE bool nt_disposition_overwrites(enum nt_disposition d)
{
    return d == NT_SUPERSEDE || d == NT_OVERWRITE || d == NT_OVERWRITE_IF;
}
/* [MS-FSA] 2.1.5.1.2: what attributes and rights of an existing object forbid; the latter sets
 * c->granted. */
ntstatus nt_creation_attributes_check(const struct nt_creation *c) MUST_USE;
ntstatus nt_creation_access_check(struct nt_creation *c) MUST_USE;
ntstatus nt_create_stream(struct nt_creation *c, struct nt_open **ret_open) MUST_USE;
/* VFS_OPEN_* flags that this access takes. */
uint32_t nt_creation_flags(uint32_t access, bool directory) MUST_USE;
struct nt_target nt_creation_target(const struct nt_creation *c) MUST_USE;
/* Opens what c->path names: 0, -ENOENT when it is to be made (c->path spelled as on disk as far as
 * it exists), or the status. */
ntstatus nt_creation_look(struct nt_creation *c, bool *ret_found) MUST_USE;
/* Makes file or directory with its first metadata; STATUS_RETRY when somebody was faster. */
ntstatus nt_creation_make(struct nt_creation *c) MUST_USE;
/* Removes what nt_creation_make made. */
void nt_creation_unmake(struct nt_creation *c);
ntstatus nt_creation_overwrite(struct nt_creation *c, struct nt_open *o) MUST_USE;
void nt_creation_drop(struct nt_creation *c);
/* Puts a new open on its node: sharing, breaks, rights to cache.  STATUS_RETRY: begin again. */
ntstatus nt_creation_join(struct nt_creation *c, struct nt_open **ret_open) MUST_USE;

/* ---- open.c ------------------------------------------------------------------------------- */

struct nt_open *nt_open_new(const struct nt_creation *c, struct nt_node *n) MUST_USE;

/* ---- lock.c, delete.c, notify.c: ends of an open ------------------------------------------ */

void nt_locks_release_locked(struct nt_node *n, struct nt_open *o);
/* `o` marks its name for removal, [MS-FSA] 2.1.5.14.3. */
void nt_delete_mark_locked(struct nt_node *n, const struct nt_open *o);
void nt_delete_unmark_locked(struct nt_node *n);
/* Removes what is marked, the node's name or stream; nobody can open the node until it is done.
 * `last` is the open that leaves, its file still open. */
ntstatus nt_delete_execute(struct task *t, struct nt_node *n, const struct nt_open *last);
void nt_watch_end(struct nt_open *o);
/* The directory is to be deleted: who watches it is told. */
void nt_watch_doomed(struct nt_volume *v, const char *path);
/* What was called `from` (and all below it) is called `to` now. */
void nt_watch_moved(struct nt_volume *v, const char *from, const char *to);
