/* SPDX-License-Identifier: Apache-2.0
 *
 * Tree connects, [MS-SMB2] 3.3.1.9.  References count users: requests in work, opens, and one for
 * being in the session's table, which ends with TREE_DISCONNECT or with the session. */
#pragma once

#include "smb/session.h"

/* Whom requests act for, as it was when they began: a reauthentication as somebody else gives the
 * trees of the session new ones. */
struct smb_caller {
    uint32_t refs;
    struct nt_caller nt;
};
void smb_caller_unref(struct smb_caller *caller);

#define SMB_TREE_MAGIC 0x74726565u

struct smb_tree {
    uint32_t magic;
    uint32_t refs;
    uint32_t id;
    uint64_t table_id;       /* in session->trees */
    struct smb_session *session;
    struct smb_share *share;
    struct smb_caller *caller; /* reference */
    bool encrypt_required;
    bool refused;            /* the session has become somebody who may not use the share */
    bool disconnected;
    uint32_t open_count;
    uint64_t created;        /* FILETIME */
};

/* Takes over what the session's identity has become. */
void smb_tree_set_caller(struct smb_tree *tree);
/* Whether the session's user may use the share at all. */
bool smb_tree_may_use(const struct smb_session *s, const struct smb_share *share) MUST_USE;
/* ACCESS_DENIED when the request may not reach into the tree: it opens something and the share is
 * refused to the user (what is open already keeps the access it was granted), or the tree is
 * encrypted and the request is not. */
ntstatus smb_tree_admits(const struct smb_tree *tree, const struct smb_request *req) MUST_USE;

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
