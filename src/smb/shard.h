/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's inside: its shards, its shares, and the steps of a shard's life. */
#pragma once

#include "smb/conn.h"
#include "smb/share.h"

#define SMB_SHARDS_MAX 255u /* a session id names its shard in 8 bits */

struct smb_server {
    struct smb_server_config config;
    struct auth_server_config auth;
    struct smb_shares shares;
    struct smb_shard *shards;
    unsigned shard_count;
    _Atomic uint32_t conn_count;
    _Atomic uint64_t conn_next_id;
};

void smb_shard_init(struct smb_shard *shard, struct smb_server *server, unsigned index);
void smb_shard_fini(struct smb_shard *shard);

/* A function run on a shard's reactor as a task, for somebody who waits on another reactor. */
struct smb_errand {
    void (*fn)(struct task *t, struct smb_shard *shard, void *arg);
    void *arg;
};
/* Runs it on the shard and returns when it is done: 0, or -ETIMEDOUT after some seconds; then `arg`
 * may still be used and has to stay: arg_free is called on it when fn has returned at last.  On
 * success arg is the caller's again. */
int smb_shard_run(struct task *t, struct smb_shard *shard, const struct smb_errand *errand,
                  void (*arg_free)(void *arg)) MUST_USE;
