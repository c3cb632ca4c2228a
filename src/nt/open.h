/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects of the store and how they hold each other.  Solid arrows are counted references,
 * dotted ones weak links that the object's end removes.
 *
 *    protocol layer ──▶ nt_open ──▶ nt_node ◀── nt_lease ◀┄┄ lease table (client, key)
 *                        │  ▲  │       ┊  ▲        ▲
 *                        │  ┊  └───────┊──┊────────┘        opens with one lease key share it
 *                        ▼  ┊          ┊  └┄┄┄┄┄┄┄┄┄┄┄┄┄┄ node table (device, inode, stream)
 *                 nt_volume └┄┄┄┄┄┄┄┄┄┄┘
 *                                 opens, byte-range locks, waiters
 *
 * An nt_open moves  NEW ──▶ LIVE ──▶ CLOSING  and is freed with its last reference:
 *    NEW      nt_create owns it; in no table, on no list
 *    LIVE     on its node's list: its access, share access and caching rights count for others
 *    CLOSING  off the list; what still refers to it (a break under way to its reactor) finds the
 *             state and goes home
 * The count has one reference of the protocol layer (dropped by nt_close) and one for each break
 * message under way.  It does not count the node's list.
 *
 * Who may touch what: an open's fields belong to its reactor, except those marked (N), which are
 * the node's and are read and written with the node's lock held, by any thread.  Everything in a
 * node or lease is (N) unless it never changes.  The tables have locks of their own.
 *
 * Lock order, outermost first; none is held across a suspension:
 *    1 node of a file   2 node of a stream of it   3 watches of a volume   4 lease table
 *    5 shards of the node table */
#pragma once

#include "base/hash.h"
#include "base/list.h"
#include "nt/fsa.h"
#include "nt/nt.h"
#include "task/mutex.h"

#define NT_MAGIC_OPEN 0x4e704f21u
#define NT_MAGIC_NODE 0x4e4f6421u
#define NT_MAGIC_LEASE 0x4c656121u
#define NT_MAGIC_VOLUME 0x566f6c21u

/* Ranks of the locks above (task/mutex.h). */
enum nt_rank {
    NT_RANK_NODE = 20,
    NT_RANK_STREAM_NODE,
    NT_RANK_WATCHES,
    NT_RANK_LEASES,
    NT_RANK_SHARD,
    NT_RANK_DIRINDEX,    /* nothing else is locked with it */
    NT_RANK_STREAM_DATA, /* the same */
};

struct nt_dirindex_table; /* folded-name indexes of this volume's directories (dirindex.c) */
struct nt_scan;           /* an enumeration (dir.c) */
struct nt_watch;          /* change notification of a directory (notify.c) */

struct nt_volume {
    uint32_t magic;
    _Atomic uint32_t refs;
    struct nt_volume_config config; /* strings are the volume's own copies */
    struct vfs_root *root;
    uint64_t volume_id;
    struct nt_dirindex_table *dirindex; /* made by nt_dirindex_table_new, freed by _free */
    struct mutex notify_lock;
    struct list watches;           /* of struct nt_watch, by notify_lock */
    _Atomic uint32_t watch_count;  /* lets a change without watchers pass without the lock */
};

/* A path as opens share it: POSIX, relative to the volume's root, in the spelling on disk. */
struct nt_path {
    _Atomic uint32_t refs;
    char text[];
};

/* Rights to cache: an oplock (of one open) or a lease (of all opens with its key), both in the
 * terms of leases: LEVEL_II is R, EXCLUSIVE is RW, BATCH is RHW.  All (N). */
struct nt_caching {
    uint32_t state;     /* NT_LEASE_* held now */
    uint32_t break_to;  /* while breaking: what the holder was told to go down to */
    uint32_t break_want; /* while breaking: what is needed by now, subset of break_to */
    bool breaking;
    uint16_t epoch;
    uint64_t deadline_us; /* while breaking: when the holder's time is over */
};

struct nt_lease {
    uint32_t magic;
    uint32_t refs; /* (N) opens that hold it */
    struct hash_node table;
    struct nt_lease_key key;
    struct nt_node *node;
    struct nt_caching caching;
    struct list opens; /* nt_open.lease_link */
    bool version_2, has_parent;
    struct guid parent_key;
};

struct nt_node_key {
    uint64_t device, inode;
    uint64_t stream; /* 0: the file; otherwise the hash of the folded stream name */
};

struct nt_node {
    uint32_t magic;
    uint32_t refs; /* by the table's shard */
    struct hash_node table;
    struct nt_node_key key;
    struct nt_node *file; /* of a stream: the node of its file; never changes */
    struct mutex lock;
    struct list opens;   /* nt_open.node_link: LIVE opens */
    struct list locks;   /* nt_range_lock.link */
    struct list waiters; /* nt_waiter.link: for breaks to end or locks to go */
    uint32_t open_count; /* with those of its streams */
    uint32_t streams_keep; /* of those: opens of streams that do not bear its deletion */
    _Atomic uint32_t caching_holders; /* oplocks and leases with any right; read without the lock */
    _Atomic uint32_t lock_count;      /* byte-range locks; read without the lock */
    bool delete_pending;
    bool removed; /* a name of it went: who looked it up before must look again */
    struct {      /* while delete_pending: which name goes, and by whose right */
        struct nt_volume *volume;
        struct nt_path *path;
        struct vfs_cred *cred;
    } doom;
};

static inline MUST_USE bool nt_lease_key_equal(const struct nt_lease_key *a,
                                               const struct nt_lease_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

enum nt_open_state { NT_OPEN_NEW, NT_OPEN_LIVE, NT_OPEN_CLOSING };

struct nt_open {
    uint32_t magic;
    _Atomic uint32_t refs;
    enum nt_open_state state;
    struct reactor *reactor;
    struct nt_volume *volume;
    struct nt_node *node;
    struct vfs_file *file;   /* opened with as little as `access` needs; METADATA when no data */
    struct vfs_stat identity; /* device, inode and kind as of the open */
    struct nt_caller caller; /* cred is a reference of our own */
    uint32_t access;         /* granted, no generic bits */
    uint32_t options;
    uint32_t mode;           /* FileModeInformation */
    uint64_t position;
    bool is_directory;
    char *stream;            /* NULL: the unnamed one; otherwise its name without ":$DATA" */
    struct nt_scan *scan;    /* NULL until nt_dir_begin */
    struct nt_watch *watch;  /* NULL until nt_notify */
    nt_break_fn *on_break;
    void *break_arg;
    struct nt_path *shown;   /* the path nt_open_name made `name` of */
    char *name;              /* '\\' separated, with a leading one */

    /* Times this handle set or froze: later changes through it leave them alone,
     * [MS-FSA] 2.1.5.14.2.  Applied by nt_open_times_settle. */
    bool keep_access_time, keep_write_time, keep_change_time, keep_dirty;
    struct timespec kept_access_time, kept_write_time;
    uint64_t kept_change; /* FILETIME; only told, the kernel lets nobody set it */
    bool wrote; /* data changed through this handle */

    struct list node_link;    /* (N) */
    uint32_t share_access;    /* (N) */
    struct nt_path *path;     /* (N) */
    bool delete_on_close;     /* (N) marks the name when this open closes */
    bool delete_posix;        /* (N) and removes it at once, whoever else has it open */
    struct nt_caching oplock; /* (N) without a lease */
    struct nt_lease *lease;   /* (N) */
    struct list lease_link;   /* (N) */
};

/* How file-side functions name what they work on before there is an open. */
struct nt_target {
    struct nt_volume *volume;
    const struct nt_caller *caller;
    struct vfs_file *file;
    const struct vfs_stat *stat;
    const char *path;   /* POSIX, relative to the root */
    const char *stream; /* NULL: the unnamed one */
};
