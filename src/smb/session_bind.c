/* SPDX-License-Identifier: Apache-2.0
 *
 * Binding a session to one connection more, [MS-SMB2] 3.3.5.5.2.  Until that has succeeded the
 * session is only read: who fails to bind must not be able to harm it. */
#include "smb/dispatch.h"
#include "smb/setup.h"
#include "smb/shard.h"

/* What the checks look at.  The session of a client with another ClientGuid lives on another shard
 * and cannot be bound; but who can sign with its key is told why, signed with that key. */
struct view {
    uint64_t session_id;
    bool found, in_progress, expired, has_key, binds;
    uint16_t dialect;
    enum sign_alg signing;
    enum cipher cipher;
    struct guid client_guid;
    uint8_t key[SIGN_KEY_BYTES];
};

static void look(struct task *t, struct smb_shard *shard, void *arg)
{
    (void)t;
    struct view *v = arg;
    struct smb_session *s = smb_session_find(shard, v->session_id);
    if (!s)
        return;
    smb_session_check_expiry(s);
    v->found = true;
    v->in_progress = smb_session_is(s, SMB_SESSION_IN_PROGRESS);
    v->expired = smb_session_is(s, SMB_SESSION_EXPIRED);
    v->has_key = s->signer != NULL;
    v->binds = s->binds;
    v->dialect = s->dialect;
    v->signing = s->signing;
    v->cipher = s->cipher;
    v->client_guid = s->client_guid;
    memcpy(v->key, s->keys.signing, sizeof(v->key));
}

static void view_free(void *arg)
{
    wipe(arg, sizeof(struct view));
    free(arg);
}
DEFINE_CLEANUP(struct view *, view_free);

/* Who asks must have the key; from here on answers are signed with it. */
static ntstatus check_signature(struct smb_request *req, const struct view *v)
{
    if (!v->has_key)
        return v->in_progress ? STATUS_REQUEST_NOT_ACCEPTED : STATUS_NOT_SUPPORTED;
    if (!(req->header.flags & SMB2_FLAG_SIGNED))
        return STATUS_INVALID_PARAMETER;
    ASSERT(!req->signer_kept);
    req->signer_kept = signer_new(v->signing, v->key);
    NT_TRY(smb_dispatch_verify(req, req->signer_kept));
    req->signer = req->signer_kept;
    return STATUS_SUCCESS;
}

/* The connection must be of the same kind as the session's first one.  HMAC-SHA256 and AES-CMAC
 * mix, as keys of one derivation; AES-GMAC stays by itself. */
static ntstatus check_connection(const struct smb_conn *conn, const struct view *v)
{
    if (conn->signing != v->signing && v->signing == SIGN_AES_GMAC)
        return STATUS_REQUEST_OUT_OF_SEQUENCE;
    if (conn->signing != v->signing && conn->signing == SIGN_AES_GMAC)
        return STATUS_NOT_SUPPORTED;
    if (!smb_conn_is_smb3(conn) || !conn->shard->server->config.multichannel)
        return STATUS_REQUEST_NOT_ACCEPTED;
    if (conn->dialect != v->dialect || conn->cipher != v->cipher)
        return STATUS_INVALID_PARAMETER;
    if (!guid_equal(conn->client_guid, v->client_guid))
        return STATUS_USER_SESSION_DELETED;
    return STATUS_SUCCESS;
}

/* The session of the request's id, wherever it lives; NULL if there is none. */
static struct view *find(struct task *t, struct smb_request *req)
{
    struct smb_shard *home = smb_session_shard(req->shard->server, req->header.session_id);
    if (!home)
        return NULL;
    struct view *v = NEW(struct view);
    v->session_id = req->header.session_id;
    struct smb_errand errand = {.fn = look, .arg = v};
    if (smb_shard_run(t, home, &errand, view_free) < 0)
        return NULL;
    if (v->found)
        return v;
    view_free(v);
    return NULL;
}

ntstatus smb_setup_foreign(struct task *t, struct setup_step *step)
{
    if (!(step->req->header.flags & SMB2_FLAG_SIGNED))
        return STATUS_USER_SESSION_DELETED;
    struct view *v CLEANUP(view_free) = find(t, step->req);
    if (v && smb_session_refusable(v->signing, v->binds))
        NT_TRY(check_signature(step->req, v));
    return STATUS_USER_SESSION_DELETED;
}

static void mark(struct task *t, struct smb_shard *shard, void *arg)
{
    (void)t;
    const uint64_t *id = arg;
    struct smb_session *s = smb_session_find(shard, *id);
    if (s)
        s->binds = true;
}

/* The client has signed a binding of this session. */
static void session_mark(struct task *t, struct smb_request *req)
{
    struct smb_shard *home = smb_session_shard(req->shard->server, req->header.session_id);
    uint64_t *id = xmemdup(&req->header.session_id, sizeof(*id));
    struct smb_errand errand = {.fn = mark, .arg = id};
    if (smb_shard_run(t, home, &errand, free) == 0)
        free(id);
}

static ntstatus check(struct task *t, struct smb_request *req)
{
    struct view *v CLEANUP(view_free) = find(t, req);
    if (!v)
        return STATUS_USER_SESSION_DELETED;
    NT_TRY(check_signature(req, v));
    if (!v->binds)
        session_mark(t, req);
    NT_TRY(check_connection(req->conn, v));
    if (v->in_progress)
        return STATUS_REQUEST_NOT_ACCEPTED;
    return v->expired ? STATUS_NETWORK_SESSION_EXPIRED : STATUS_SUCCESS;
}

ntstatus smb_setup_bind_check(struct task *t, struct setup_step *step)
{
    struct smb_request *req = step->req;
    NT_TRY(check(t, req));
    struct smb_session *s = smb_session_find(req->shard, req->header.session_id);
    if (!s)
        return STATUS_USER_SESSION_DELETED;
    struct smb_channel *ch = smb_session_channel(s, req->conn);
    if (ch && ch->valid)
        return STATUS_REQUEST_NOT_ACCEPTED;
    bool begins = !ch;
    if (begins)
        ch = smb_channel_new(s, req->conn);
    if (!ch)
        return STATUS_INSUFFICIENT_RESOURCES;
    step->session = smb_session_ref(s);
    step->channel = smb_channel_use(ch);
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
    smb_channel_set_key(step->channel, keys.signing);
    wipe(&keys, sizeof(keys));
    smb_channel_validate(step->channel);
    step->req->signer = step->channel->signer;
    return STATUS_SUCCESS;
}
