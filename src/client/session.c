/* SPDX-License-Identifier: Apache-2.0
 *
 * Connecting and logging on: transport, NEGOTIATE, SESSION_SETUP, keys.  [MS-SMB2] 3.2.4.2. */
#include <stdio.h>

#include "auth/auth.h"
#include "client/call.h"
#include "crypto/preauth.h"
#include "proto/session_setup.h"
#include "proto/simple.h"
#include "task/io.h"

#define TIMEOUT_MS_DEFAULT 60000u

static void keys_install(struct client_conn *c, struct span session_key, const uint8_t *preauth)
{
    if (c->dialect < SMB2_DIALECT_300) {
        uint8_t key[SIGN_KEY_BYTES];
        smb2_signing_key(session_key, key);
        c->signer = signer_new(c->sign_alg, key);
        wipe(key, sizeof(key));
        return;
    }
    struct smb3_kdf_args args = {.dialect = c->dialect,
                                 .cipher = c->cipher,
                                 .session_key = session_key,
                                 .preauth_hash = preauth};
    struct smb3_keys keys;
    smb3_keys_derive(&args, &keys);
    c->signer = signer_new(c->sign_alg, keys.signing);
    if (c->cipher != CIPHER_NONE) {
        c->seal_out = sealer_new(c->cipher, keys.decrypt);
        c->seal_in = sealer_new(c->cipher, keys.encrypt);
    }
    wipe(&keys, sizeof(keys));
}

/* The final answer is the first signed message: it proves that the server knows the key too. */
static bool final_answer_proven(const struct client_conn *c, const struct client_call *call)
{
    struct iovec iov = {(void *)(uintptr_t)call->message.p, call->message.len};
    struct sign_nonce nonce = {.message_id = call->header.message_id, .from_server = true};
    return (call->header.flags & SMB2_FLAG_SIGNED) && signer_check(c->signer, nonce, &iov, 1);
}

/* What the last leg left behind. */
struct logon {
    const struct client_call *call;
    uint16_t session_flags;
    struct span session_key;
    const uint8_t *preauth;
};

static ntstatus session_establish(struct client_conn *c, const struct client_options *o,
                                  const struct logon *l)
{
    bool keyless = l->session_flags & (SMB2_SESSION_IS_GUEST | SMB2_SESSION_IS_NULL);
    if (keyless && o->encrypt)
        return STATUS_ACCESS_DENIED;
    if (!keyless) {
        if (l->session_key.len == 0)
            return STATUS_ACCESS_DENIED;
        keys_install(c, l->session_key, l->preauth);
        if (!final_answer_proven(c, l->call))
            return STATUS_INVALID_SIGNATURE;
        c->sign = true;
        c->encrypt = o->encrypt || (l->session_flags & SMB2_SESSION_ENCRYPT_DATA);
        if (c->encrypt && c->cipher == CIPHER_NONE)
            return STATUS_NOT_SUPPORTED;
    }
    c->established = true;
    const char *how = c->encrypt ? cipher_name(c->cipher) : sign_alg_name(c->sign_alg);
    snprintf(c->protection, sizeof(c->protection), "%u.%u.%u %s%s%s", (c->dialect >> 8) & 0xF,
             (c->dialect >> 4) & 0xF, c->dialect & 0xF,
             keyless ? "guest, unsigned" : (c->encrypt ? "sealed" : "signed"), keyless ? "" : " ",
             keyless ? "" : how);
    return STATUS_SUCCESS;
}

static ntstatus legs_run(struct task *t, struct client_conn *c, const struct client_options *o,
                         struct auth_client *auth, struct span token)
{
    uint8_t preauth[PREAUTH_HASH_BYTES];
    memcpy(preauth, c->preauth, sizeof(preauth));
    struct client_call *call CLEANUP(call_free) = NULL;
    struct session_setup_rsp rsp = {.token = token};
    for (;;) {
        struct span mine;
        int step = auth_client_step(auth, rsp.token, &mine);
        if (step < 0)
            return step == -EACCES ? STATUS_LOGON_FAILURE : STATUS_INVALID_PARAMETER;
        if (step == 0 && call && nt_ok(call->status))
            break;
        call_free(TAKE(call));
        call = call_new(c, NULL, SMB2_CMD_SESSION_SETUP, CALL_BODY_BYTES + mine.len, 0);
        struct session_setup_req req = {
            .security_mode = SMB2_SIGNING_ENABLED | SMB2_SIGNING_REQUIRED, .token = mine};
        session_setup_req_write(&call->wr, &req);
        call->preauth = preauth;
        ntstatus status = call_run(t, call);
        bool more = nt_is(status, STATUS_MORE_PROCESSING_REQUIRED);
        if (!nt_ok(status) && !more)
            return status;
        if (!session_setup_rsp_read(&call->body, &rsp))
            return STATUS_INVALID_PARAMETER;
        c->session_id = call->header.session_id;
        if (more)
            preauth_update(preauth, call->message);
        else if (rsp.token.len == 0)
            break;
    }
    struct logon logon = {call, rsp.session_flags, auth_client_session_key(auth), preauth};
    return session_establish(c, o, &logon);
}

ntstatus conn_session_setup(struct task *t, struct client_conn *c, const struct client_options *o,
                            struct span token)
{
    char target[300];
    snprintf(target, sizeof(target), "cifs/%s", o->host);
    struct auth_client_config config = {.user = o->user,
                                        .domain = o->domain,
                                        .password = o->password ? o->password : "",
                                        .target_name = target};
    struct auth_client *auth CLEANUP(auth_client_free) = NULL;
    if (auth_client_new(&config, &auth) < 0)
        return STATUS_INVALID_PARAMETER;
    return legs_run(t, c, o, auth, token);
}

static void conn_free(struct client_conn *c)
{
    ASSERT(!c->receiving);
    signer_free(c->signer);
    sealer_free(c->seal_out);
    sealer_free(c->seal_in);
    hash_fini(&c->pending);
    transport_free(c->transport);
    free(c);
}

static void conn_close(struct task *t, struct client_conn *c)
{
    conn_break(c, STATUS_CONNECTION_DISCONNECTED);
    task_shield_begin(t);
    while (c->receiving)
        IGNORE(event_wait(t, &c->receiver_ended, EVENT_NO_TIMEOUT));
    task_shield_end(t);
    conn_free(c);
}

static ntstatus failure(struct client_error *e, ntstatus status, const char *what, const char *why)
{
    e->status = status;
    snprintf(e->text, sizeof(e->text), "%s: %s", what, why);
    return status;
}

static struct client_conn *conn_new(struct task *t, const struct client_options *o,
                                    struct transport *transport)
{
    struct client_conn *c = NEW(struct client_conn);
    c->transport = transport;
    c->reactor = task_reactor(t);
    c->timeout_us = 1000ull * (o->timeout_ms ? o->timeout_ms : TIMEOUT_MS_DEFAULT);
    c->credits = 1;
    io_random(task_io(t), c->client_guid.b, sizeof(c->client_guid.b));
    event_init(&c->credits_changed);
    event_init(&c->receiver_ended);
    hash_init(&c->pending);
    snprintf(c->host, sizeof(c->host), "%s", o->host);
    c->receiving = true;
    if (!task_spawn(c->reactor, "client-receive", conn_receive_task, c))
        c->receiving = false;
    return c;
}

ntstatus client_connect(struct task *t, const struct client_options *o,
                        struct client_conn **ret_conn, struct client_error *ret_error)
{
    struct transport *transport;
    int err = transport_tcp_connect(t, o->host, o->port ? o->port : 445, &transport);
    if (err < 0)
        return failure(ret_error, STATUS_BAD_NETWORK_PATH, "cannot connect", strerror(-err));
    struct client_conn *c = conn_new(t, o, transport);
    struct arena arena;
    arena_init(&arena);
    struct span token = {0};
    ntstatus status = c->receiving ? conn_negotiate(t, c, o, &arena, &token) : STATUS_NO_MEMORY;
    if (!nt_ok(status)) {
        failure(ret_error, status, "the server refused to negotiate", client_status_text(status));
    } else {
        status = conn_session_setup(t, c, o, token);
        if (!nt_ok(status))
            failure(ret_error, status, "cannot log on", client_status_text(status));
    }
    arena_fini(&arena);
    if (!nt_ok(status)) {
        conn_close(t, c);
        return status;
    }
    *ret_conn = c;
    return STATUS_SUCCESS;
}

void client_disconnect(struct task *t, struct client_conn *c)
{
    if (!c)
        return;
    if (nt_ok(c->broken) && c->established) {
        struct client_call *call CLEANUP(call_free) =
            call_new(c, NULL, SMB2_CMD_LOGOFF, CALL_BODY_BYTES, 0);
        simple_msg_write(&call->wr);
        IGNORE(call_run(t, call));
    }
    conn_close(t, c);
}

uint16_t client_dialect(const struct client_conn *c)
{
    return c->dialect;
}

const char *client_protection(const struct client_conn *c)
{
    return c->protection;
}
