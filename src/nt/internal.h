/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of src/nt offer each other.  State (nodes, opens, sharing, caching, locks, delete,
 * rename, notify) and file (names, attributes, data, descriptors) meet here and nowhere else. */
#pragma once

#include "nt/open.h"

/* ---- errno_map.c -------------------------------------------------------------------------- */

/* What failed: the same errno means different things in different places. */
enum nt_site {
    NT_SITE_LEAF,   /* the object a name ends in */
    NT_SITE_PARENT, /* a directory on the way to it */
    NT_SITE_DATA,   /* reading, writing, sizes */
    NT_SITE_META,   /* attributes, times, EAs, descriptors of an open file */
    NT_SITE_REMOVE,
    NT_SITE_RENAME, /* and link */
    NT_SITE_COUNT,
};
/* err is 0 or -errno. */
ntstatus nt_from_errno(int err, enum nt_site site) MUST_USE;

/* ---- open.c ------------------------------------------------------------------------------- */

/* ACCESS_DENIED unless every bit of mask was granted (nt_require_any: at least one). */
ntstatus nt_require_access(const struct nt_open *o, uint32_t mask) MUST_USE;
ntstatus nt_require_any(const struct nt_open *o, uint32_t mask) MUST_USE;
/* The present POSIX path: a reference for the caller. */
struct nt_path *nt_open_path(const struct nt_open *o) MUST_USE;
struct nt_path *nt_path_new(const char *text) MUST_USE;
struct nt_path *nt_path_ref(struct nt_path *p);
void nt_path_unref(struct nt_path *p);
DEFINE_CLEANUP(struct nt_path *, nt_path_unref);
struct nt_open *nt_open_ref(struct nt_open *o);
void nt_open_unref(struct nt_open *o);
DEFINE_CLEANUP(struct nt_open *, nt_open_unref);
/* The open as a target; `path` must outlive its use. */
struct nt_target nt_open_target(const struct nt_open *o, const struct vfs_stat *st,
                                const struct nt_path *path) MUST_USE;
/* Sets times through an open that was granted FILE_WRITE_ATTRIBUTES or wrote (UTIME_OMIT: not). */
ntstatus nt_open_times_set(struct task *t, struct nt_open *o, struct timespec access,
                           struct timespec write) MUST_USE;
/* Puts back times this handle has set or frozen after data or attributes changed through it.
 * Cheap when there are none.  Called before times are reported and at close. */
ntstatus nt_open_times_settle(struct task *t, struct nt_open *o) MUST_USE;

/* ---- oplock.c, lock.c: to be called around changes of data -------------------------------- */

/* [MS-FSA] 2.1.4.12: what others cache of this file is told to go before its data (or size)
 * changes.  Never waits: opens for data have broken exclusive rights before. */
void nt_break_for_write(struct task *t, struct nt_open *o);
/* [MS-FSA] 2.1.4.10: FILE_LOCK_CONFLICT when another's range lock forbids this access. */
ntstatus nt_lock_check_io(struct nt_open *o, uint64_t offset, uint64_t len, bool write) MUST_USE;
bool nt_delete_pending(const struct nt_open *o) MUST_USE;

/* ---- notify.c ----------------------------------------------------------------------------- */

/* Something below the volume changed: `path` is POSIX, relative to the root.  For a rename call it
 * twice (RENAMED_OLD, RENAMED_NEW).  filter: whoever watches one of these bits is told. */
void nt_notify_post(struct task *t, struct nt_volume *v, const char *path, uint32_t action,
                    uint32_t filter);
/* An open file changed through its handle (MODIFIED): the same with its present path. */
void nt_node_changed(struct task *t, struct nt_open *o, uint32_t filter);

/* ---- name.c ------------------------------------------------------------------------------- */

/* A client's name taken apart without touching the disk.  Memory is the arena's. */
struct nt_name {
    char *path;         /* POSIX, relative to the root, "" for the root itself */
    const char *stream; /* NULL: the unnamed one */
    bool must_be_directory; /* ended in a separator or named a directory's $INDEX_ALLOCATION */
    bool must_be_file;      /* named the data stream, "::$DATA" */
};
/* OBJECT_NAME_INVALID, OBJECT_PATH_SYNTAX_BAD. */
ntstatus nt_name_parse(struct arena *a, const char *name, struct nt_name *ret_name) MUST_USE;
/* The '\\' separated spelling of a POSIX path; malloc'd. */
char *nt_name_from_path(const char *path) MUST_USE;

/* Finds what parsed.path means when the exact spelling does not exist: component by component
 * without regard to case (unless the volume is case sensitive).  PATH_NOT_FOUND when a directory on
 * the way is missing; a missing leaf is a success with found == false and the asked spelling.
 * Found or not is as of then: the caller's own operation on `path` decides. */
struct nt_dir_version {
    uint64_t device, inode, version;
};
struct nt_resolved {
    char *path;       /* real spelling of all that exists; arena */
    const char *leaf; /* the last component within path */
    bool found;
    struct nt_dir_version parent; /* of the directory, for nt_name_change_begin */
};
struct nt_resolve_args {
    struct nt_volume *volume;
    const struct vfs_cred *cred;
    struct arena *arena;
    const char *path; /* as nt_name_parse gives it */
};
ntstatus nt_resolve(struct task *t, const struct nt_resolve_args *args,
                    struct nt_resolved *ret_resolved) MUST_USE;

/* ---- dirindex.c --------------------------------------------------------------------------- */

/* Brackets every operation of ours that adds or removes the name `path` (a rename: one for each
 * name), so that the index of the directory follows without another scan.  The caller sets the
 * first three members; `known` is what nt_resolve said of the directory, or NULL.  After begin,
 * end must be called: with NT_NAME_SAME when the operation failed. */
struct nt_name_change {
    struct nt_volume *volume;
    const struct vfs_cred *cred;
    const char *path;
    bool tracked;
    uint64_t index_serial;
    struct nt_dir_version parent;
};
enum nt_name_effect { NT_NAME_SAME, NT_NAME_ADDED, NT_NAME_REMOVED };
void nt_name_change_begin(struct task *t, struct nt_name_change *c,
                          const struct nt_dir_version *known);
void nt_name_change_end(struct task *t, struct nt_name_change *c, enum nt_name_effect effect);

struct nt_dirindex_table *nt_dirindex_table_new(void) MUST_USE;
void nt_dirindex_table_free(struct nt_dirindex_table *d);

/* ---- attrs.c ------------------------------------------------------------------------------ */

/* Attributes, times and sizes of a file or stream from its stat and its stored DOS attributes. */
ntstatus nt_attrs_get(struct task *t, const struct nt_target *f,
                      struct nt_net_open *ret_info) MUST_USE;
/* For a file just created or overwritten: stores settable attributes, and the creation time when
 * it is not 0 (else now or the file's own). */
ntstatus nt_attrs_init(struct task *t, const struct nt_target *f, uint32_t attributes,
                       uint64_t creation_time) MUST_USE;
/* The 64-bit id clients get for a file. */
uint64_t nt_file_id(const struct vfs_stat *st) MUST_USE;

/* ---- security.c --------------------------------------------------------------------------- */

/* [MS-FSA] 2.1.5.1.2.1: which of `desired` (generic bits mapped, MAXIMUM_ALLOWED possible) the
 * descriptor and the kernel grant.  *ret_granted has no MAXIMUM_ALLOWED; ACCESS_DENIED when an
 * explicitly asked bit is missing.  ret_maximal may be NULL. */
ntstatus nt_security_check(struct task *t, const struct nt_target *f, uint32_t desired,
                           uint32_t *ret_granted, uint32_t *ret_maximal) MUST_USE;
/* May the caller add a file (or directory) in the directory `parent` (POSIX path)? */
ntstatus nt_security_check_add(struct task *t, struct nt_volume *v, const struct nt_caller *caller,
                               const char *parent, bool directory) MUST_USE;
/* The descriptor given at create, or what is inherited from the parent when it is empty. */
ntstatus nt_security_init(struct task *t, const struct nt_target *f, struct span sd) MUST_USE;

/* ---- ea.c, streams.c, dir.c --------------------------------------------------------------- */

/* EAs given at create: a FILE_FULL_EA_INFORMATION chain. */
ntstatus nt_ea_init(struct task *t, const struct nt_target *f, struct span chain) MUST_USE;

/* Streams of an open file, by name (folded).  Found: *ret_size. */
ntstatus nt_stream_find(struct task *t, const struct nt_target *f, uint64_t *ret_size) MUST_USE;
/* The name as it is stored; as asked for when there is no such stream. */
const char *nt_stream_spelling(struct task *t, const struct nt_target *f,
                               struct arena *a) MUST_USE;
ntstatus nt_stream_create(struct task *t, const struct nt_target *f) MUST_USE;
ntstatus nt_stream_truncate(struct task *t, const struct nt_target *f, uint64_t size) MUST_USE;
ntstatus nt_stream_remove(struct task *t, const struct nt_target *f) MUST_USE;
ntstatus nt_stream_rename(struct task *t, const struct nt_target *f, const char *new_name,
                          bool replace) MUST_USE;

/* Ends an enumeration; called by nt_close. */
void nt_scan_free(struct nt_scan *s);
/* No entries but "." and ".."? */
ntstatus nt_dir_is_empty(struct task *t, const struct nt_target *f, bool *ret_empty) MUST_USE;

/* ---- volume.c ----------------------------------------------------------------------------- */

static inline MUST_USE bool nt_volume_has_xattr(const struct nt_volume *v)
{
    return v->root->has_xattr;
}
