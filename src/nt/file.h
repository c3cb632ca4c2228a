/* SPDX-License-Identifier: Apache-2.0
 *
 * What the file side of src/nt (names, attributes, data, streams, descriptors) keeps to itself:
 * codecs of extended attributes, pattern matching, the index of folded names. */
#pragma once

#include "base/limits.h"
#include "nt/internal.h"

/* ---- name.c ------------------------------------------------------------------------------- */

/* A component between the wire's spelling and the disk's (see name.c); malloc'd. */
char *nt_component_to_disk(const char *wire) MUST_USE;
char *nt_component_from_disk(const char *disk) MUST_USE;

/* "" for a path in the root; malloc'd. */
char *nt_path_parent(const char *path) MUST_USE;
const char *nt_path_leaf(const char *path) MUST_USE;
/* parent + "/" + leaf; malloc'd. */
char *nt_path_join(const char *parent, const char *leaf) MUST_USE;

/* ---- wildcard.c --------------------------------------------------------------------------- */

/* [MS-FSA] 2.1.4.4: does the name match?  Case is ignored; both are UTF-8. */
bool nt_wildcard_match(const char *pattern, const char *name) MUST_USE;
/* Does the pattern hold any of * ? < > " ? */
bool nt_wildcard_present(const char *pattern) MUST_USE;

/* ---- dirindex.c --------------------------------------------------------------------------- */

/* The name in an open directory that equals `name` but for case: 0 with a malloc'd *ret_name,
 * -ENOENT, or why the directory cannot be read.  May suspend. */
struct nt_dirindex_query {
    struct nt_volume *volume;
    const struct vfs_cred *cred;
    struct vfs_file *dir;
    const struct vfs_stat *dir_stat; /* taken just before */
    const char *name;
};
int nt_dirindex_find(struct task *t, const struct nt_dirindex_query *q, char **ret_name) MUST_USE;

/* ---- dosattrib.c -------------------------------------------------------------------------- */

#define NT_XATTR_DOSATTRIB "user.DOSATTRIB"
#define NT_DOSATTRIB_BYTES_MAX 256u

struct nt_dosattrib {
    bool has_attributes, has_creation, has_change;
    uint32_t attributes;
    uint64_t creation;              /* FILETIME */
    uint64_t change, change_set_at; /* FILETIMEs: what was set, and when */
};
/* False when malformed: treat the attribute as absent. */
bool nt_dosattrib_read(struct span bytes, struct nt_dosattrib *ret_attrib) MUST_USE;
void nt_dosattrib_write(struct wr *w, const struct nt_dosattrib *attrib);

/* ---- attrs.c ------------------------------------------------------------------------------ */

/* What is stored for a file; all absent when nothing (valid) is. */
void nt_dosattrib_get(struct task *t, const struct nt_volume *v, struct vfs_file *file,
                      struct nt_dosattrib *ret_attrib);
/* The same of a name in an open directory, without following it. */
void nt_dosattrib_get_at(struct task *t, const struct nt_volume *v, struct vfs_file *dir,
                         const char *name, struct nt_dosattrib *ret_attrib);
ntstatus nt_dosattrib_set(struct task *t, const struct nt_target *f,
                          const struct nt_dosattrib *attrib) MUST_USE;
/* The answer from its parts, for a file without stream. */
struct nt_attrs_source {
    const struct nt_volume *volume;
    const struct vfs_stat *stat;
    const struct nt_dosattrib *stored;
    const char *leaf;
};
struct nt_net_open nt_attrs_of(const struct nt_attrs_source *s) MUST_USE;

/* ---- info.c ------------------------------------------------------------------------------- */

/* The open's present stat, with the times it keeps put back first. */
ntstatus nt_open_stat(struct task *t, struct nt_open *o, struct vfs_stat *ret_stat) MUST_USE;

/* ---- data.c ------------------------------------------------------------------------------- */

/* Can contents be had through this open: a stream, or a descriptor opened with VFS_OPEN_*? */
bool nt_open_has_data(const struct nt_open *o, uint32_t vfs_flag) MUST_USE;
/* To be called after contents (or also the size) changed through this open. */
void nt_data_changed(struct task *t, struct nt_open *o, bool size);

/* ---- ea.c --------------------------------------------------------------------------------- */

/* What FILE_EA_INFORMATION tells: bytes of the EAs as a full chain, 0 when there are none. */
uint32_t nt_ea_size(struct task *t, const struct nt_target *f);
/* The same of a name in an open directory. */
uint32_t nt_ea_size_at(struct task *t, struct vfs_file *dir, const char *name);

/* ---- ntacl.c ------------------------------------------------------------------------------ */

#define NT_XATTR_NTACL "security.NTACL"
#define NT_XATTR_NTACL_USER "user.NTACL" /* where security.* may not be written */
#define NT_NTACL_BYTES_MAX (64u << 10)

/* The descriptor stored in an attribute of version 1 to 4; false when malformed. */
bool nt_ntacl_read(struct span bytes, struct arena *a, struct sd *ret_sd) MUST_USE;
/* Version 1, which counts whatever the mode says by now. */
void nt_ntacl_write(struct wr *w, const struct sd *sd);
size_t nt_ntacl_size(const struct sd *sd) MUST_USE;

/* ---- streams.c ---------------------------------------------------------------------------- */

#define NT_XATTR_STREAM_PREFIX "user.DosStream."
/* True for attributes that hold our own (or another server's) metadata, not EAs. */
bool nt_xattr_is_internal(const char *name) MUST_USE;

/* All names of extended attributes, each zero-terminated, malloc'd: their bytes, or -errno. */
ssize_t nt_xattr_names(struct task *t, struct vfs_file *file, char **ret_names) MUST_USE;
/* Data of a stream through its open. */
ntstatus nt_stream_read(struct task *t, struct nt_open *o, uint64_t offset, struct mspan to,
                        size_t *ret_len) MUST_USE;
ntstatus nt_stream_write(struct task *t, struct nt_open *o, uint64_t offset,
                         struct span from) MUST_USE;
