/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of an element to its handler.  Every element of a compound walks it from the start, so
 * that a chain that changes session or tree on the way, or whose session ends meanwhile, finds
 * what is true now. */
#include "smb/dispatch.h"

#include "base/upcase.h"
#include "proto/simple.h"
#include "smb/commands.h"

/* A related element works on what its predecessors worked on; the first one cannot be related,
 * [MS-SMB2] 3.3.5.2.7.2. */
static ntstatus check_relation(struct smb_request *req)
{
    struct smb_chain *chain = &req->chain;
    if (!smb_request_is_related(req)) {
        *chain = (struct smb_chain){0};
        return STATUS_SUCCESS;
    }
    if (!chain->has_session)
        return STATUS_INVALID_PARAMETER;
    req->header.session_id = chain->session_id;
    if (req->command && (req->command->flags & SMB_COMMAND_TREE)) {
        if (!chain->has_tree)
            return STATUS_INVALID_PARAMETER;
        req->header.tree_id = chain->tree_id;
    }
    return STATUS_SUCCESS;
}

ntstatus smb_dispatch_verify(struct smb_request *req, const struct signer *signer)
{
    if (!(req->header.flags & SMB2_FLAG_SIGNED))
        return STATUS_ACCESS_DENIED;
    struct sign_nonce nonce = {.message_id = req->header.message_id};
    struct iovec iov = {(void *)(uintptr_t)req->element.p, req->element.len};
    if (!signer_check(signer, nonce, &iov, 1))
        return STATUS_ACCESS_DENIED;
    req->was_signed = true;
    return STATUS_SUCCESS;
}

/* Signature and encryption of an element on a valid channel, [MS-SMB2] 3.3.5.2.4, 3.3.5.2.9. */
static ntstatus check_protection(struct smb_request *req)
{
    struct smb_session *s = req->session;
    if (req->sealer) {
        if (req->sealed_session != s) {
            smb_conn_close(req->conn, "sealed for another session");
            return STATUS_ACCESS_DENIED;
        }
        return STATUS_SUCCESS;
    }
    bool sets_up = req->header.command == SMB2_CMD_SESSION_SETUP;
    bool tells = sets_up && smb_session_refusable(s->signing, s->binds);
    const struct signer *signer = req->channel->signer;
    if (signer && ((req->header.flags & SMB2_FLAG_SIGNED) || s->signing_required)) {
        ntstatus status = smb_dispatch_verify(req, signer);
        if (nt_ok(status))
            req->signer = req->channel->signer;
        else if (tells && nt_ok(smb_dispatch_verify(req, s->signer)))
            req->signer = s->signer; /* the session's key, though not the channel's */
        NT_TRY(status);
    }
    if (s->encrypt_required && !(sets_up && req->was_signed))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

/* A client that binds one session may mix up others of its own, too: it has proved to be that user
 * on this connection. */
static bool refusable(const struct smb_conn *conn, const struct smb_session *s)
{
    if (smb_session_refusable(s->signing, s->binds))
        return true;
    list_each(&conn->channels, struct smb_channel, conn_link, ch) {
        if (ch->valid && ch->session->binds && s->user &&
            name_equal_folded(ch->session->user, s->user))
            return true;
    }
    return false;
}

/* The session has gone, or is there but not on this connection: who has its key is told by it. */
static void sign_refusal(struct smb_request *req, struct smb_session *s)
{
    ASSERT(!req->signer_kept);
    if (s && s->signer && refusable(req->conn, s))
        req->signer_kept = signer_new(s->signing, s->keys.signing);
    else if (!s)
        req->signer_kept = smb_session_past_signer(req->conn, req->header.session_id);
    if (req->signer_kept && nt_ok(smb_dispatch_verify(req, req->signer_kept)))
        req->signer = req->signer_kept;
}

static ntstatus check_session(struct smb_request *req)
{
    bool needed = req->command->flags & SMB_COMMAND_SESSION;
    struct smb_session *s = smb_session_find(req->shard, req->header.session_id);
    struct smb_channel *ch = s ? smb_session_channel(s, req->conn) : NULL;
    if (!ch || !ch->valid || smb_session_is(s, SMB_SESSION_IN_PROGRESS)) {
        if (needed && (req->header.flags & SMB2_FLAG_SIGNED))
            sign_refusal(req, s);
        return needed ? STATUS_USER_SESSION_DELETED : STATUS_SUCCESS;
    }
    smb_request_set_session(req, s, ch);
    NT_TRY(check_protection(req));
    smb_session_check_expiry(s);
    if (needed && smb_session_is(s, SMB_SESSION_EXPIRED) &&
        !(req->command->flags & SMB_COMMAND_EXPIRED_OK))
        return STATUS_NETWORK_SESSION_EXPIRED;
    req->chain.has_session = true;
    req->chain.session_id = s->id;
    return STATUS_SUCCESS;
}

static ntstatus check_tree(struct smb_request *req)
{
    if (!(req->command->flags & SMB_COMMAND_TREE))
        return STATUS_SUCCESS;
    struct smb_tree *tree = smb_tree_find(req->session, req->header.tree_id);
    if (!tree)
        return STATUS_NETWORK_NAME_DELETED;
    NT_TRY(smb_tree_admits(tree, req));
    req->tree = smb_tree_ref(tree);
    req->chain.has_tree = true;
    req->chain.tree_id = tree->id;
    return STATUS_SUCCESS;
}

ntstatus smb_dispatch(struct task *t, struct smb_request *req)
{
    NT_TRY(check_relation(req));
    if (req->underpaid)
        return STATUS_INVALID_PARAMETER;
    if (!req->command)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(check_session(req));
    NT_TRY(check_tree(req));
    if (!req->command->handler)
        return STATUS_NOT_SUPPORTED;
    bool creates = req->header.command == SMB2_CMD_CREATE;
    if (creates) {
        req->chain.has_file = false;
        req->chain.failed = STATUS_SUCCESS;
    }
    ntstatus status = req->command->handler(t, req);
    if (creates && !req->chain.has_file)
        req->chain.failed = status;
    return status;
}

ntstatus smb_cmd_echo(struct task *t, struct smb_request *req)
{
    (void)t;
    if (!simple_msg_read(&req->in))
        return STATUS_INVALID_PARAMETER;
    simple_msg_write(&req->out);
    return STATUS_SUCCESS;
}
