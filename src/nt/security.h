/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files about rights share: who somebody is (access.c), which descriptor a file has
 * (security.c), what children inherit of one (inherit.c). */
#pragma once

#include "nt/file.h"

/* ---- access.c ----------------------------------------------------------------------------- */

/* Does the SID stand for this caller? */
bool nt_caller_is(const struct nt_caller *caller, const struct sid *sid) MUST_USE;
/* [MS-DTYP] 2.5.3.2: the rights a descriptor leaves to the caller, without those by privilege. */
uint32_t nt_access_by_sd(const struct nt_caller *caller, const struct sd *sd) MUST_USE;
/* The rights of permission bits (0..7) of a mode, and those its owner has besides. */
uint32_t nt_access_of_mode(uint32_t rwx, bool directory) MUST_USE;
#define NT_ACCESS_OF_OWNER                                                                         \
    (FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | FILE_READ_EA | FILE_WRITE_EA |                 \
     ACCESS_READ_CONTROL | ACCESS_WRITE_DAC | ACCESS_WRITE_OWNER | ACCESS_SYNCHRONIZE)
/* What everybody may do who can name a file. */
#define NT_ACCESS_OF_ALL (FILE_READ_ATTRIBUTES | ACCESS_READ_CONTROL | ACCESS_SYNCHRONIZE)
uint32_t nt_access_by_mode(const struct nt_caller *caller, const struct vfs_stat *st) MUST_USE;

/* ---- security.c --------------------------------------------------------------------------- */

/* The descriptor kept with a file: false when there is none (or nothing readable). */
bool nt_sd_stored(struct task *t, const struct nt_volume *v, struct vfs_file *file,
                  struct arena *a, struct sd *ret_sd) MUST_USE;
ntstatus nt_sd_store(struct task *t, const struct nt_target *f, const struct sd *sd) MUST_USE;
/* What becomes of a DACL that a client gives: generic rights are spelled out, and AUTO_INHERITED
 * counts only together with the request for it, [MS-DTYP] 2.4.6 and 2.5.3.4. */
void nt_sd_settle(struct sd *sd);
/* The stored one or else the other, with owner and group in any case. */
void nt_sd_get(struct task *t, const struct nt_target *f, struct arena *a, struct sd *ret_sd);
/* The descriptor that says what the mode says. */
void nt_sd_of_mode(const struct vfs_stat *st, struct arena *a, struct sd *ret_sd);

/* ---- inherit.c ---------------------------------------------------------------------------- */

/* The ACL a new object gets from its container's, [MS-DTYP] 2.5.3.4.1; NULL when it inherits
 * nothing. */
struct nt_heir {
    bool directory;
    bool automatic; /* the container's ACL is AUTO_INHERITED: entries are marked as inherited */
    struct sid owner, group;
};
struct acl *nt_acl_inherit(const struct acl *parent, const struct nt_heir *heir,
                           struct arena *a) MUST_USE;
