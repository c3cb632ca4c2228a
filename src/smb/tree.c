/* SPDX-License-Identifier: Apache-2.0
 *
 * Tree connects: ids, references, the end. */
#include "smb/tree.h"

#include "base/upcase.h"
#include "proto/sd.h"
#include "smb/request.h"

void smb_caller_unref(struct smb_caller *caller)
{
    if (!caller || --caller->refs > 0)
        return;
    vfs_cred_unref(caller->nt.cred);
    free(caller);
}

bool smb_tree_may_use(const struct smb_session *s, const struct smb_share *share)
{
    const struct smb_share_config *config = &share->config;
    if (s->is_guest || s->is_anonymous)
        return config->guest_ok;
    if (config->kind == SMB_SHARE_PIPE)
        return true;
    for (unsigned i = 0; i < config->valid_user_count; i++)
        if (name_equal_folded(config->valid_users[i], s->user))
            return true;
    return config->valid_user_count == 0;
}

ntstatus smb_tree_admits(const struct smb_tree *tree, const struct smb_request *req)
{
    bool refused = tree->refused && req->header.command == SMB2_CMD_CREATE;
    bool admits = !refused && (req->sealer || !tree->encrypt_required);
    return admits ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

void smb_tree_set_caller(struct smb_tree *tree)
{
    const struct smb_session *s = tree->session;
    bool reads_only = tree->share->config.read_only;
    const struct smb_user *forced = &tree->share->config.force_user;
    const struct smb_user *user = forced->cred ? forced : &s->identity;
    struct smb_caller *caller = NEW(struct smb_caller);
    caller->refs = 1;
    caller->nt = (struct nt_caller){
        .cred = vfs_cred_ref(user->cred),
        .user_sid = user->sid,
        .read_only = reads_only,
        .maximal_access =
            reads_only ? FILE_GENERIC_READ | FILE_GENERIC_EXECUTE : FILE_ALL_ACCESS,
    };
    smb_caller_unref(tree->caller);
    tree->caller = caller;
    tree->refused = !smb_tree_may_use(s, tree->share);
}

struct smb_tree *smb_tree_ref(struct smb_tree *tree)
{
    ASSERT(tree->magic == SMB_TREE_MAGIC);
    tree->refs++;
    return tree;
}

void smb_tree_unref(struct smb_tree *tree)
{
    if (!tree)
        return;
    ASSERT(tree->magic == SMB_TREE_MAGIC && tree->refs > 0);
    if (--tree->refs > 0)
        return;
    ASSERT(tree->disconnected);
    smb_caller_unref(tree->caller);
    smb_share_unref(tree->share);
    smb_session_unref(tree->session);
    tree->magic = 0;
    free(tree);
}

/* A TreeId is the low half of the table's id with generations folded in, so that a stale one misses
 * until 65536 connects later. */
uint32_t smb_tree_wire_id(uint64_t table_id)
{
    return (uint32_t)(table_id & 0xFFFF) | (uint32_t)(table_id >> 32) << 16;
}

struct smb_tree *smb_tree_find(const struct smb_session *s, uint32_t id)
{
    uint32_t slot = (id & 0xFFFF) - 1;
    if (slot >= s->trees.size)
        return NULL;
    struct smb_tree *tree = s->trees.slots[slot].object;
    return tree && tree->id == id ? tree : NULL;
}

void smb_tree_close(struct task *t, struct smb_tree *tree, const struct smb_request *self)
{
    struct smb_session *s = tree->session;
    if (!idtable_remove(&s->trees, tree->table_id))
        return;
    tree->disconnected = true;
    task_shield_begin(t);
    smb_opens_mark_closing(s, tree);
    list_each(&s->requests, struct smb_request, session_link, req) {
        if (req != self && req->tree == tree)
            task_cancel(req->task);
    }
    smb_opens_close(t, s, tree);
    task_shield_end(t);
    smb_tree_unref(tree);
}
