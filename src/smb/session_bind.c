/* SPDX-License-Identifier: Apache-2.0
 *
 * Binding a session to one connection more, [MS-SMB2] 3.3.5.5.2.  Until that has succeeded the
 * session is only read: who fails to bind must not be able to harm it. */
#include "smb/dispatch.h"
#include "smb/setup.h"
#include "smb/shard.h"

static void take(struct setup_step *step, struct smb_session *s, struct smb_channel *ch)
{
    step->session = smb_session_ref(s);
    step->channel = smb_channel_use(ch);
}

/* The connection must be of the same kind as the session's first one. */
static ntstatus check_connection(const struct smb_conn *conn, const struct smb_session *s)
{
    if (!guid_equal(conn->client_guid, s->client_guid))
        return STATUS_USER_SESSION_DELETED;
    if (conn->dialect != s->dialect)
        return STATUS_INVALID_PARAMETER;
    if (conn->signing != s->signing)
        return conn->signing == SIGN_AES_GMAC || s->signing == SIGN_AES_GMAC
                   ? STATUS_REQUEST_OUT_OF_SEQUENCE
                   : STATUS_INVALID_PARAMETER;
    if (conn->cipher != s->cipher)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

ntstatus smb_setup_bind_check(struct setup_step *step)
{
    struct smb_request *req = step->req;
    struct smb_conn *conn = req->conn;
    struct smb_session *s = smb_session_find(req->shard, req->header.session_id);
    if (!s)
        return STATUS_USER_SESSION_DELETED;
    NT_TRY(check_connection(conn, s));
    if (smb_session_is(s, SMB_SESSION_IN_PROGRESS))
        return STATUS_REQUEST_NOT_ACCEPTED;
    smb_session_check_expiry(s);
    if (smb_session_is(s, SMB_SESSION_EXPIRED))
        return STATUS_NETWORK_SESSION_EXPIRED;
    if (!s->signer)
        return STATUS_NOT_SUPPORTED;
    struct smb_channel *ch = smb_session_channel(s, conn);
    if (ch && ch->valid)
        return STATUS_REQUEST_NOT_ACCEPTED;
    if (!(req->header.flags & SMB2_FLAG_SIGNED))
        return STATUS_INVALID_PARAMETER;
    NT_TRY(smb_dispatch_verify(req, s->signer));
    bool begins = !ch;
    if (begins)
        ch = smb_channel_new(s, conn);
    if (!ch)
        return STATUS_INSUFFICIENT_RESOURCES;
    req->signer = s->signer;
    take(step, s, ch);
    if (begins)
        smb_setup_begin(step, SMB_SETUP_BIND);
    return STATUS_SUCCESS;
}

ntstatus smb_setup_bind_finish(struct setup_step *step, const struct auth_identity *identity)
{
    struct smb_session *s = step->session;
    struct smb_conn *conn = step->req->conn;
    if (!smb_session_is(s, SMB_SESSION_VALID))
        return STATUS_USER_SESSION_DELETED;
    if (!smb_session_same_user(s, identity) || identity->session_key_len == 0)
        return STATUS_ACCESS_DENIED;
    struct smb3_keys keys;
    smb_setup_derive(conn, step->channel->setup->preauth, identity, &keys);
    step->channel->signer = smb_setup_signer(conn, &keys, identity);
    wipe(&keys, sizeof(keys));
    smb_channel_validate(step->channel);
    step->req->signer = step->channel->signer;
    return STATUS_SUCCESS;
}
