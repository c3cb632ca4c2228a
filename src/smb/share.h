/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of shares as smb_server keeps it; what callers see is in server.h. */
#pragma once

#include <pthread.h>

#include "smb/server.h"

struct smb_shares {
    pthread_rwlock_t lock; /* guards the list; entries are immutable */
    struct list shares;
    unsigned count;
};

void smb_shares_init(struct smb_shares *list);
void smb_shares_fini(struct smb_shares *list);

/* The meaning of smb_server_share_add, _remove, _find and smb_server_shares. */
int smb_shares_add(struct smb_shares *list, const struct smb_share_config *config) MUST_USE;
int smb_shares_remove(struct smb_shares *list, const char *name) MUST_USE;
struct smb_share *smb_shares_find(struct smb_shares *list, const char *name) MUST_USE;
struct smb_share **smb_shares_all(struct smb_shares *list, unsigned *ret_count) MUST_USE;
