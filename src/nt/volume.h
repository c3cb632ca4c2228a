/* SPDX-License-Identifier: Apache-2.0
 *
 * A share's store and whom requests on it act for.  A volume is used by all reactors and lives as
 * long as it has references: the share list's and one for each open. */
#pragma once

#include "base/ntstatus.h"
#include "proto/sd.h"
#include "vfs/vfs.h"

struct nt_volume;

struct nt_volume_config {
    const char *path;
    const char *name;      /* of the share, for volume labels and messages */
    bool read_only;
    bool case_sensitive;
    bool hide_dot_files;   /* files beginning with '.' get FILE_ATTRIBUTE_HIDDEN */
    bool store_dos_attributes;
    mode_t create_mask, directory_mask;
    bool oplocks, leases;
    bool strict_sync;
};
/* 0 or -errno of opening the path. */
int nt_volume_new(const struct nt_volume_config *config, struct nt_volume **ret_volume) MUST_USE;
struct nt_volume *nt_volume_ref(struct nt_volume *v);
void nt_volume_unref(struct nt_volume *v);
DEFINE_CLEANUP(struct nt_volume *, nt_volume_unref);

/* Whom a request acts for. */
struct nt_caller {
    struct vfs_cred *cred;
    struct sid user_sid;
    bool read_only;          /* the tree connect granted reading only */
    uint32_t maximal_access; /* the most the share grants; 0: no limit beyond read_only */
};
