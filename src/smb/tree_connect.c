/* SPDX-License-Identifier: Apache-2.0
 *
 * TREE_CONNECT and TREE_DISCONNECT: who may use which share, [MS-SMB2] 3.3.5.7, 3.3.5.8. */
#include "proto/simple.h"
#include "proto/tree.h"
#include "smb/commands.h"
#include "smb/shard.h"
#include "wire/filetime.h"
#include "wire/utf16.h"

#define SHARE_NAME_BYTES_MAX 320u /* 80 characters */

/* The last part of \\server\share; NULL if it is not of that shape. */
static const char *share_name_of(struct arena *a, struct span path)
{
    const char *s = utf16_to_utf8(a, path);
    if (!s || s[0] != '\\' || s[1] != '\\')
        return NULL;
    const char *name = strchr(s + 2, '\\');
    if (!name || name == s + 2 || strchr(name + 1, '\\') || strlen(name + 1) > SHARE_NAME_BYTES_MAX)
        return NULL;
    return name + 1;
}

static ntstatus check_access(const struct smb_request *req, const struct smb_share *share)
{
    const struct smb_conn *conn = req->conn;
    if (!smb_tree_may_use(req->session, share))
        return STATUS_ACCESS_DENIED;
    if (share->config.encrypt && (conn->cipher == CIPHER_NONE || !req->session->seal_out))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static struct smb_tree *tree_new(struct smb_session *s, struct smb_share *share)
{
    struct smb_tree *tree = NEW(struct smb_tree);
    if (idtable_add(&s->trees, tree, &tree->table_id) < 0) {
        free(tree);
        return NULL;
    }
    tree->magic = SMB_TREE_MAGIC;
    tree->refs = 1;
    tree->id = smb_tree_wire_id(tree->table_id);
    tree->session = smb_session_ref(s);
    tree->share = share;
    tree->encrypt_required = share->config.encrypt;
    smb_tree_set_caller(tree);
    tree->created = filetime_from_timespec(io_realtime(reactor_io(s->shard->reactor)));
    return tree;
}

static void answer(struct wr *out, const struct smb_tree *tree)
{
    bool pipe = smb_tree_is_pipe(tree);
    struct tree_connect_rsp rsp = {
        .share_type = pipe ? SMB2_SHARE_TYPE_PIPE : SMB2_SHARE_TYPE_DISK,
        .share_flags = pipe ? SMB2_SHARE_FLAG_NO_CACHING : SMB2_SHARE_FLAG_MANUAL_CACHING,
        .maximal_access = tree->caller->nt.maximal_access,
    };
    if (tree->encrypt_required)
        rsp.share_flags |= SMB2_SHARE_FLAG_ENCRYPT_DATA;
    tree_connect_rsp_write(out, &rsp);
}

ntstatus smb_cmd_tree_connect(struct task *t, struct smb_request *req)
{
    (void)t;
    struct smb_session *s = req->session;
    struct tree_connect_req in;
    if (!tree_connect_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    if (req->conn->dialect == SMB2_DIALECT_311 && s->signer && !req->was_signed && !req->sealer) {
        smb_conn_close(req->conn, "TREE_CONNECT neither signed nor sealed");
        return STATUS_ACCESS_DENIED;
    }
    const char *name = share_name_of(&req->arena, in.path);
    if (!name)
        return STATUS_BAD_NETWORK_NAME;
    struct smb_share *share CLEANUP(smb_share_unref) =
        smb_server_share_find(req->shard->server, name);
    if (!share)
        return STATUS_BAD_NETWORK_NAME;
    NT_TRY(check_access(req, share));
    struct smb_tree *tree = tree_new(s, share);
    if (!tree)
        return STATUS_INSUFFICIENT_RESOURCES;
    share = NULL;
    req->header.tree_id = tree->id;
    req->chain.has_tree = true;
    req->chain.tree_id = tree->id;
    answer(&req->out, tree);
    return STATUS_SUCCESS;
}

ntstatus smb_cmd_tree_disconnect(struct task *t, struct smb_request *req)
{
    if (!simple_msg_read(&req->in))
        return STATUS_INVALID_PARAMETER;
    smb_tree_close(t, req->tree, req);
    req->chain.has_tree = false;
    simple_msg_write(&req->out);
    return STATUS_SUCCESS;
}
