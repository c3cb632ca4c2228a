/* SPDX-License-Identifier: Apache-2.0
 *
 * The object store of [MS-FSA] on a POSIX file system: opens with access masks and share modes,
 * oplocks and leases, byte-range locks, delete-pending, names, attributes, security descriptors,
 * streams, notifications.  Speaks ntstatus; knows nothing of SMB and could serve another protocol.
 *
 * Ownership: an nt_volume is one share's store, used by all reactors.  An nt_open belongs to the
 * reactor of its client and is touched by that thread alone.  What opens of several clients share
 * is the nt_node, one per open file (device, inode), in a sharded table; its lock is held briefly
 * and never across a suspension.  Breaks for an open of another reactor travel as messages. */
#pragma once

#include "base/arena.h"
#include "nt/volume.h"
#include "wire/guid.h"

struct nt_open;

/* A client holding caching rights: how a break reaches it.  Filled in by the protocol layer; the
 * callback runs on the open's own reactor, must not suspend, and answers with nt_oplock_ack or
 * nt_lease_ack later, or never (then the time-out of 35 s breaks it to none). */
enum nt_oplock_level {
    NT_OPLOCK_NONE,
    NT_OPLOCK_LEVEL_II,
    NT_OPLOCK_EXCLUSIVE,
    NT_OPLOCK_BATCH,
    NT_OPLOCK_LEASE,
};
#define NT_LEASE_READ 1u
#define NT_LEASE_HANDLE 2u
#define NT_LEASE_WRITE 4u
#define NT_BREAK_TIMEOUT_US 35000000ull

struct nt_lease_key {
    struct guid client; /* ClientGuid: keys are per client */
    struct guid key;
};

struct nt_break {
    enum nt_oplock_level level;   /* new level, for oplocks */
    struct nt_lease_key lease;    /* for leases */
    uint32_t lease_from, lease_to;
    uint16_t epoch;
    bool ack_required;
};
typedef void nt_break_fn(struct nt_open *open, const struct nt_break *b, void *arg);

/* Create, [MS-FSA] 2.1.5.1. */
enum nt_disposition { NT_SUPERSEDE, NT_OPEN, NT_CREATE, NT_OPEN_IF, NT_OVERWRITE, NT_OVERWRITE_IF };
enum nt_create_action { NT_SUPERSEDED, NT_OPENED, NT_CREATED, NT_OVERWRITTEN };

struct nt_create_args {
    struct reactor *reactor;      /* the client's home */
    struct arena *arena;          /* for what the result points to */
    const char *name;             /* UTF-8, '\\' separated, relative, ":stream" suffix allowed */
    uint32_t desired_access, share_access, options, attributes;
    enum nt_disposition disposition;
    enum nt_oplock_level oplock;
    bool has_lease;
    struct nt_lease_key lease;
    uint32_t lease_state;         /* NT_LEASE_* requested */
    bool lease_v2, has_parent_lease;
    bool lease_directory;         /* a directory may have it, too */
    uint16_t lease_epoch;
    struct guid parent_lease_key;
    uint64_t allocation_size;
    struct span ea;               /* FILE_FULL_EA_INFORMATION chain or empty */
    struct span sd;               /* self-relative descriptor or empty */
    uint64_t snapshot_filetime;   /* TWrp, 0: the present */
    bool want_maximal;            /* compute maximal_access */
    nt_break_fn *on_break;
    void *break_arg;              /* the protocol layer's own open; valid until nt_close returns */
};

/* What CREATE and CLOSE answer with: [MS-FSCC] 2.4.29 and the file's identity. */
struct nt_times {
    uint64_t creation, last_access, last_write, change; /* FILETIME; 0: leave alone when setting */
};
struct nt_net_open {
    struct nt_times times;
    uint64_t allocation_size, end_of_file;
    uint32_t attributes;
};
struct nt_create_result {
    struct nt_open *open;
    enum nt_create_action action;
    struct nt_net_open info;
    enum nt_oplock_level oplock;  /* granted */
    uint32_t lease_state;
    uint16_t lease_epoch;
    bool lease_v2;                /* of the lease, which may be older than this open */
    bool lease_breaking;          /* SMB2_LEASE_FLAG_BREAK_IN_PROGRESS */
    uint32_t granted_access, maximal_access; /* maximal: when wanted */
    ntstatus maximal_status;      /* of computing maximal_access */
    uint64_t file_id, volume_id;  /* QFid */
    bool is_directory;
    const char *symlink_target;   /* with STATUS_STOPPED_ON_SYMLINK, in args->arena */
    uint32_t symlink_unparsed_bytes;
};
/* With STOPPED_ON_SYMLINK only the symlink fields of *ret_result are set. */
ntstatus nt_create(struct task *t, struct nt_volume *v, const struct nt_caller *caller,
                   const struct nt_create_args *args, struct nt_create_result *ret_result) MUST_USE;
/* Always closes; delete-on-close is carried out by the last open.  ret_info may be NULL.  Ends the
 * waits of nt_lock and nt_notify; all other calls on the open must have returned. */
ntstatus nt_close(struct task *t, struct nt_open *o, struct nt_net_open *ret_info);

uint32_t nt_open_access(const struct nt_open *o);   /* granted */
bool nt_open_is_directory(const struct nt_open *o);
/* The present name, '\\' separated, UTF-8; valid until the next call for this open. */
const char *nt_open_name(struct nt_open *o);
void *nt_open_break_arg(const struct nt_open *o);

/* Data.  *ret_len 0 at or past the end comes with STATUS_END_OF_FILE. */
ntstatus nt_read(struct task *t, struct nt_open *o, uint64_t offset, struct mspan to,
                 size_t *ret_len) MUST_USE;
ntstatus nt_write(struct task *t, struct nt_open *o, uint64_t offset, struct span from,
                  bool write_through) MUST_USE;
ntstatus nt_flush(struct task *t, struct nt_open *o) MUST_USE;

/* Everything about a file at once; the protocol layer encodes the class it was asked for. */
struct nt_info {
    struct nt_net_open net;
    uint64_t index_number; /* stable 64-bit id */
    uint64_t volume_id;
    uint32_t links, ea_size, granted_access, mode, reparse_tag;
    uint64_t position;
    bool delete_pending, directory;
    const char *name;      /* as nt_open_name, behind a leading '\\' */
};
ntstatus nt_query_info(struct task *t, struct nt_open *o, struct nt_info *ret_info) MUST_USE;

struct nt_stream {
    const char *name; /* "::$DATA", ":zone:$DATA" */
    uint64_t size, allocation_size;
};
ntstatus nt_query_streams(struct task *t, struct nt_open *o, struct arena *a,
                          struct nt_stream **ret_streams, size_t *ret_count) MUST_USE;
/* EA chains in the wire format of FILE_FULL_EA_INFORMATION. */
ntstatus nt_query_ea(struct task *t, struct nt_open *o, struct arena *a,
                     struct span *ret_chain) MUST_USE;
ntstatus nt_set_ea(struct task *t, struct nt_open *o, struct span chain) MUST_USE;
ntstatus nt_query_security(struct task *t, struct nt_open *o, uint32_t security_information,
                           struct arena *a, struct span *ret_sd) MUST_USE;
ntstatus nt_set_security(struct task *t, struct nt_open *o, uint32_t security_information,
                         struct span sd) MUST_USE;

/* attributes 0: leave alone. Times: 0 leave alone, -1, -2 the sticky rules, [MS-FSA] 2.1.5.14.2. */
ntstatus nt_set_basic(struct task *t, struct nt_open *o, const struct nt_times *times,
                      uint32_t attributes) MUST_USE;
ntstatus nt_set_end_of_file(struct task *t, struct nt_open *o, uint64_t size) MUST_USE;
ntstatus nt_set_allocation(struct task *t, struct nt_open *o, uint64_t size) MUST_USE;
ntstatus nt_set_valid_data_length(struct task *t, struct nt_open *o, uint64_t size) MUST_USE;
ntstatus nt_set_position(struct nt_open *o, uint64_t position) MUST_USE;
ntstatus nt_set_mode(struct nt_open *o, uint32_t mode) MUST_USE;
#define NT_DISPOSITION_DELETE 1u
#define NT_DISPOSITION_POSIX 2u
#define NT_DISPOSITION_ON_CLOSE 8u
#define NT_DISPOSITION_IGNORE_READONLY 0x10u
ntstatus nt_set_disposition(struct task *t, struct nt_open *o, uint32_t flags) MUST_USE;
#define NT_RENAME_REPLACE 1u
#define NT_RENAME_POSIX 2u
ntstatus nt_rename(struct task *t, struct nt_open *o, const char *new_name,
                   uint32_t flags) MUST_USE;
ntstatus nt_link(struct task *t, struct nt_open *o, const char *new_name, uint32_t flags) MUST_USE;

/* Enumeration, [MS-FSA] 2.1.5.6.3.  The pattern is fixed by the first call of a scan. */
struct nt_dir_entry {
    const char *name; /* valid until the next call */
    char short_name[13];
    struct nt_net_open net;
    uint64_t file_id;
    uint32_t ea_size, reparse_tag;
    uint64_t index;
};
#define NT_DIR_RESTART 1u
#define NT_DIR_REOPEN 2u
ntstatus nt_dir_begin(struct task *t, struct nt_open *o, const char *pattern,
                      uint32_t flags) MUST_USE;
/* STATUS_SUCCESS with an entry, NO_SUCH_FILE when a scan matched nothing, NO_MORE_FILES at end. */
ntstatus nt_dir_next(struct task *t, struct nt_open *o, struct nt_dir_entry *ret_entry) MUST_USE;
/* The last entry did not fit: the next nt_dir_next returns it again. */
void nt_dir_push_back(struct nt_open *o);

/* Byte-range locks, [MS-FSA] 2.1.5.8.  Without `wait`: LOCK_NOT_GRANTED at once.  A waiting lock
 * suspends the task until granted, cancelled (STATUS_CANCELLED) or the open closes. */
struct nt_lock_range {
    uint64_t offset, length;
    bool exclusive;
};
ntstatus nt_lock(struct task *t, struct nt_open *o, const struct nt_lock_range *range,
                 bool wait) MUST_USE;
ntstatus nt_unlock(struct task *t, struct nt_open *o, uint64_t offset, uint64_t length) MUST_USE;

/* Caching rights come back. */
ntstatus nt_oplock_ack(struct nt_open *o, enum nt_oplock_level level) MUST_USE;
ntstatus nt_lease_ack(const struct nt_lease_key *key, uint32_t state) MUST_USE;

/* Changes below a directory: waits for the first batch.  STATUS_NOTIFY_ENUM_DIR when what gathered
 * takes more than bytes_max as FILE_NOTIFY_INFORMATION, NOTIFY_CLEANUP when the handle closes,
 * CANCELLED, DELETE_PENDING.  The first call of a handle fixes filter and tree. */
struct nt_notify_args {
    uint32_t filter; /* NT_NOTIFY_* */
    bool watch_tree;
    uint32_t bytes_max;
    struct arena *arena; /* for the result */
};
struct nt_change {
    uint32_t action;  /* NT_ACTION_* */
    const char *name; /* relative to the directory, '\\' separated, UTF-8 */
};
ntstatus nt_notify(struct task *t, struct nt_open *o, const struct nt_notify_args *args,
                   struct nt_change **ret_changes, size_t *ret_count) MUST_USE;

struct nt_fs_info {
    uint64_t unit_total, unit_free_caller, unit_free_actual; /* in allocation units */
    uint32_t sectors_per_unit, bytes_per_sector;
    uint64_t creation_time, serial;
    const char *label;
    uint32_t attributes, name_length_max;
    struct guid object_id;
};
ntstatus nt_query_fs(struct task *t, struct nt_open *o, struct nt_fs_info *ret_info) MUST_USE;

/* File system controls, [MS-FSA] 2.1.5.10. */
ntstatus nt_set_sparse(struct task *t, struct nt_open *o, bool sparse) MUST_USE;
ntstatus nt_zero_data(struct task *t, struct nt_open *o, uint64_t from, uint64_t to) MUST_USE;
struct nt_range {
    uint64_t offset, length;
};
/* BUFFER_OVERFLOW with the first `max` when there are more. */
struct nt_ranges {
    struct nt_range *ranges; /* room for `max` */
    size_t max, count;
};
ntstatus nt_allocated_ranges(struct task *t, struct nt_open *o, struct nt_range within,
                             struct nt_ranges *ranges) MUST_USE;
/* Copies within the server; ranges of locks and ends of files as for read and write. */
struct nt_copy_args {
    struct nt_open *from;
    uint64_t from_offset, to_offset;
    uint32_t length;
};
ntstatus nt_copy(struct task *t, struct nt_open *to, const struct nt_copy_args *args) MUST_USE;
