/* SPDX-License-Identifier: Apache-2.0
 *
 * Tree connects, [MS-SMB2] 3.3.1.9.  References count users: requests in work, opens, and one for
 * being in the session's table, which ends with TREE_DISCONNECT or with the session. */
#pragma once

#include "smb/session.h"

#define SMB_TREE_MAGIC 0x74726565u

struct smb_tree {
    uint32_t magic;
    uint32_t refs;
    uint32_t id;
    uint64_t table_id;       /* in session->trees */
    struct smb_session *session;
    struct smb_share *share;
    struct nt_caller caller; /* whom requests on this tree act for */
    bool encrypt_required;
    bool disconnected;
    uint32_t open_count;
    uint64_t created;        /* FILETIME */
};

struct smb_tree *smb_tree_ref(struct smb_tree *tree);
void smb_tree_unref(struct smb_tree *tree);
DEFINE_CLEANUP(struct smb_tree *, smb_tree_unref);

/* The TreeId of an id of session->trees. */
uint32_t smb_tree_wire_id(uint64_t table_id) MUST_USE;
/* By TreeId; no reference is taken. */
struct smb_tree *smb_tree_find(const struct smb_session *s, uint32_t id) MUST_USE;

static inline bool smb_tree_is_pipe(const struct smb_tree *tree)
{
    return tree->share->config.kind == SMB_SHARE_PIPE;
}

/* Takes the tree out of its session, cancels and awaits its requests (`self` excepted), closes its
 * opens, [MS-SMB2] 3.3.5.8. */
void smb_tree_close(struct task *t, struct smb_tree *tree, const struct smb_request *self);
