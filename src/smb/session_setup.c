/* SPDX-License-Identifier: Apache-2.0
 *
 * SESSION_SETUP and LOGOFF, [MS-SMB2] 3.3.5.5, 3.3.5.6.  An exchange has one to several legs; what
 * it has reached is kept in the channel's setup.  Three kinds of exchange end differently:
 *
 *     NEW     a session comes to life, or is forgotten
 *     REAUTH  the session goes on with the keys it has, or ends
 *     BIND    the session has one channel more, or nothing has happened
 *
 * Nothing a step finds out is used before the whole exchange has succeeded. */
#include "proto/simple.h"
#include "smb/commands.h"
#include "smb/setup.h"
#include "smb/shard.h"

static struct smb_conn *conn_of(const struct setup_step *step)
{
    return step->req->conn;
}

static const struct smb_server_config *config_of(const struct setup_step *step)
{
    return &step->req->shard->server->config;
}

void smb_setup_begin(struct setup_step *step, enum smb_setup_kind kind)
{
    ASSERT(!step->channel->setup);
    struct smb_setup *setup = NEW(struct smb_setup);
    setup->kind = kind;
    setup->auth = auth_server_new(&step->req->shard->server->auth);
    setup->previous_session_id = step->in.previous_session_id;
    memcpy(setup->preauth, conn_of(step)->preauth, sizeof(setup->preauth));
    step->channel->setup = setup;
}

static void step_take(struct setup_step *step, struct smb_session *s, struct smb_channel *ch)
{
    step->session = smb_session_ref(s);
    step->channel = smb_channel_use(ch);
    step->req->header.session_id = s->id;
}

static void step_fini(struct setup_step *step)
{
    if (step->channel)
        smb_channel_release(TAKE(step->channel));
    smb_session_unref(TAKE(step->session));
}

static ntstatus begin_new(struct setup_step *step)
{
    struct smb_session *s = smb_session_new(step->req->shard);
    if (!s)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct smb_channel *ch = smb_channel_new(s, conn_of(step));
    if (!ch) {
        sm_move(&s->state, SMB_SESSION_CLOSED);
        idtable_remove(&s->shard->sessions, s->table_id);
        smb_session_unref(s);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    s->dialect = conn_of(step)->dialect;
    s->client_guid = conn_of(step)->client_guid;
    s->signing = conn_of(step)->signing;
    s->cipher = conn_of(step)->cipher;
    step_take(step, s, ch);
    smb_setup_begin(step, SMB_SETUP_NEW);
    return STATUS_SUCCESS;
}

/* A session this connection knows already: the next leg of a new one, or a reauthentication, whose
 * first leg finds no setup under way. */
static ntstatus begin_known(struct task *t, struct setup_step *step)
{
    struct smb_session *s = smb_session_find(step->req->shard, step->req->header.session_id);
    struct smb_channel *ch = s ? smb_session_channel(s, conn_of(step)) : NULL;
    if (!ch)
        return smb_setup_foreign(t, step);
    if (!smb_session_is(s, SMB_SESSION_IN_PROGRESS) && !ch->valid)
        return STATUS_REQUEST_NOT_ACCEPTED; /* a binding goes on with the BINDING flag */
    step_take(step, s, ch);
    if (!ch->setup)
        smb_setup_begin(step, SMB_SETUP_REAUTH);
    return STATUS_SUCCESS;
}

static ntstatus begin(struct task *t, struct setup_step *step)
{
    const struct smb_server_config *config = config_of(step);
    if (config->encryption == SMB_ENCRYPT_REQUIRED && conn_of(step)->cipher == CIPHER_NONE)
        return STATUS_ACCESS_DENIED;
    if (step->in.flags & SMB2_SESSION_SETUP_BINDING)
        return smb_setup_bind_check(t, step);
    return step->req->header.session_id == 0 ? begin_new(step) : begin_known(t, step);
}

/* auth_server_step() where it may block. */
struct blocking_step {
    struct auth_server *auth;
    struct span token;
    struct auth_output *out;
};

static int run_step(void *arg)
{
    struct blocking_step *b = arg;
    return auth_server_step(b->auth, b->token, b->out);
}

static int take_step(struct task *t, struct setup_step *step, struct auth_output *ret_out)
{
    struct smb_setup *setup = step->channel->setup;
    if (conn_of(step)->dialect == SMB2_DIALECT_311)
        preauth_update(setup->preauth, step->req->element);
    if (!auth_server_may_block(setup->auth))
        return auth_server_step(setup->auth, step->in.token, ret_out);
    struct blocking_step b = {setup->auth, step->in.token, ret_out};
    task_shield_begin(t);
    int rc = task_offload(t, run_step, &b);
    task_shield_end(t);
    return rc;
}

static void answer(struct setup_step *step, struct span token)
{
    const struct smb_session *s = step->session;
    struct session_setup_rsp rsp = {.token = token};
    if (!smb_session_is(s, SMB_SESSION_IN_PROGRESS)) {
        rsp.session_flags |= s->is_guest ? SMB2_SESSION_IS_GUEST : 0;
        rsp.session_flags |= s->is_anonymous ? SMB2_SESSION_IS_NULL : 0;
        rsp.session_flags |= s->encrypt_required ? SMB2_SESSION_ENCRYPT_DATA : 0;
    }
    session_setup_rsp_write(&step->req->out, &rsp);
}

/* What a logon that proved itself may do here. */
static ntstatus check_policy(const struct setup_step *step, const struct auth_identity *identity)
{
    const struct smb_server_config *config = config_of(step);
    if (identity->is_guest && !config->allow_guest)
        return STATUS_LOGON_FAILURE;
    if (identity->is_anonymous && !config->allow_anonymous)
        return STATUS_ACCESS_DENIED;
    if (identity->session_key_len == 0 && config->encryption == SMB_ENCRYPT_REQUIRED)
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static void set_keys(struct setup_step *step, const struct auth_identity *identity)
{
    struct smb_session *s = step->session;
    const struct smb_conn *conn = conn_of(step);
    if (identity->session_key_len == 0)
        return;
    smb_setup_derive(conn, step->channel->setup->preauth, identity, &s->keys);
    s->signer = signer_new(conn->signing, s->keys.signing);
    smb_channel_set_key(step->channel, s->keys.signing);
    s->signing_required = config_of(step)->signing_required ||
                          (step->in.security_mode & SMB2_SIGNING_REQUIRED);
    if (conn->cipher == CIPHER_NONE)
        return;
    s->seal_out = sealer_new(conn->cipher, s->keys.encrypt);
    s->seal_in = sealer_new(conn->cipher, s->keys.decrypt);
    s->encrypt_required = config_of(step)->encryption >= SMB_ENCRYPT_DESIRED;
}

/* A new session comes to life, [MS-SMB2] 3.3.5.5.3. */
static ntstatus finish_new(struct task *t, struct setup_step *step,
                           const struct auth_identity *identity)
{
    struct smb_session *s = step->session;
    NT_TRY(check_policy(step, identity));
    struct smb_user user;
    NT_TRY(smb_setup_user(t, step->req->shard->server, identity, &user));
    if (!smb_session_is(s, SMB_SESSION_IN_PROGRESS) || !step->channel->setup) {
        vfs_cred_unref(user.cred);
        return STATUS_USER_SESSION_DELETED;
    }
    smb_setup_adopt(s, identity, user);
    set_keys(step, identity);
    uint64_t previous = step->channel->setup->previous_session_id;
    if (previous != 0 && previous != s->id)
        smb_setup_previous(t, s, previous);
    if (!smb_session_is(s, SMB_SESSION_IN_PROGRESS))
        return STATUS_USER_SESSION_DELETED;
    sm_move(&s->state, SMB_SESSION_VALID);
    smb_channel_validate(step->channel);
    step->req->signer = step->channel->signer;
    return STATUS_SUCCESS;
}

/* The keys stay.  What is opened from now on is opened as whoever the session has become; opens
 * keep the access they were granted. */
static ntstatus finish_reauth(struct task *t, struct setup_step *step,
                              const struct auth_identity *identity)
{
    struct smb_session *s = step->session;
    NT_TRY(check_policy(step, identity));
    if (!smb_session_same_user(s, identity)) {
        struct smb_user user;
        NT_TRY(smb_setup_user(t, step->req->shard->server, identity, &user));
        smb_setup_adopt(s, identity, user);
    }
    if (smb_session_is(s, SMB_SESSION_CLOSED))
        return STATUS_USER_SESSION_DELETED;
    if (smb_session_is(s, SMB_SESSION_EXPIRED))
        sm_move(&s->state, SMB_SESSION_VALID);
    return STATUS_SUCCESS;
}

static ntstatus status_of_step(int rc, enum auth_reason reason)
{
    switch (rc) {
    case -EBADMSG:
        return STATUS_INVALID_PARAMETER;
    default:
        return reason == AUTH_DISABLED ? STATUS_ACCOUNT_DISABLED : STATUS_LOGON_FAILURE;
    }
}

static ntstatus finish(struct task *t, struct setup_step *step, const struct smb_setup *setup)
{
    const struct auth_identity *identity = auth_server_identity(setup->auth);
    switch (setup->kind) {
    case SMB_SETUP_NEW:
        return finish_new(t, step, identity);
    case SMB_SETUP_REAUTH:
        return finish_reauth(t, step, identity);
    case SMB_SETUP_BIND:
        return smb_setup_bind_finish(step, identity);
    }
    return STATUS_INTERNAL_ERROR;
}

/* One token in, one out.  The setup is busy and stays, even if its channel goes meanwhile. */
static ntstatus take_leg(struct task *t, struct setup_step *step, struct smb_setup *setup)
{
    struct auth_output out = {0};
    int rc = take_step(t, step, &out);
    if (setup->orphan)
        return STATUS_USER_SESSION_DELETED;
    if (rc < 0)
        return status_of_step(rc, out.reason);
    ntstatus status = STATUS_MORE_PROCESSING_REQUIRED;
    if (rc == 0)
        NT_TRY(status = finish(t, step, setup));
    answer(step, out.token);
    if (rc == 1) {
        step->req->body_stands = true;
        if (conn_of(step)->dialect == SMB2_DIALECT_311)
            step->req->preauth = setup->preauth;
    }
    return status;
}

static ntstatus advance(struct task *t, struct setup_step *step)
{
    struct smb_setup *setup = step->channel->setup;
    if (setup->busy)
        return STATUS_REQUEST_NOT_ACCEPTED;
    enum smb_setup_kind kind = setup->kind;
    setup->busy = true;
    ntstatus status = take_leg(t, step, setup);
    setup->busy = false;
    bool orphan = setup->orphan;
    if (orphan)
        smb_setup_free(setup);
    if (orphan && kind != SMB_SETUP_NEW)
        return status; /* its channel went; the session may have others and goes on */
    if (nt_is(status, STATUS_MORE_PROCESSING_REQUIRED))
        return status;
    if (nt_ok(status))
        smb_channel_setup_end(step->channel);
    else if (kind == SMB_SETUP_BIND)
        smb_channel_detach(step->channel); /* the session does not notice */
    else
        smb_session_close(t, step->session, step->req);
    return status;
}

static ntstatus session_setup(struct task *t, struct smb_request *req)
{
    struct setup_step step = {.req = req};
    if (!session_setup_req_read(&req->in, &step.in))
        return STATUS_INVALID_PARAMETER;
    /* The hash of 3.1.1 takes in the response as it leaves, which a following one would change. */
    if (!req->last && req->conn->dialect == SMB2_DIALECT_311)
        return STATUS_INVALID_PARAMETER;
    ntstatus status = begin(t, &step);
    if (nt_ok(status))
        status = advance(t, &step);
    if (nt_ok(status)) {
        req->chain.has_session = true;
        req->chain.session_id = step.session->id;
    }
    if (!req->session && step.session) {
        req->session = smb_session_ref(step.session);
        req->channel = smb_channel_use(step.channel);
    }
    step_fini(&step);
    return status;
}

ntstatus smb_cmd_session_setup(struct task *t, struct smb_request *req)
{
    struct smb_conn *conn = req->conn;
    conn->setups++;
    ntstatus status = session_setup(t, req);
    conn->setups--;
    event_signal(&conn->setup_done);
    return status;
}

ntstatus smb_cmd_logoff(struct task *t, struct smb_request *req)
{
    if (!simple_msg_read(&req->in))
        return STATUS_INVALID_PARAMETER;
    smb_session_close(t, req->session, req);
    req->chain.has_session = false;
    simple_msg_write(&req->out);
    return STATUS_SUCCESS;
}
