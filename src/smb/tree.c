/* SPDX-License-Identifier: Apache-2.0
 *
 * Tree connects: ids, references, the end. */
#include "smb/tree.h"

#include "smb/request.h"

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
    if (tree->caller.cred)
        vfs_cred_unref(tree->caller.cred);
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
