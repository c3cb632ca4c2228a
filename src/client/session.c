/* SPDX-License-Identifier: Apache-2.0
 *
 * Logging on: the legs of SESSION_SETUP, and the keys that come of them.  [MS-SMB2] 3.2.4.2.3,
 * 3.2.5.3. */
#include <stdio.h>

#include "auth/auth.h"
#include "client/call.h"
#include "crypto/preauth.h"
#include "proto/session_setup.h"

#define LEGS_MAX 8u

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
    if (keyless && (o->encrypt || (o->password && *o->password)))
        return STATUS_ACCESS_DENIED; /* else anybody on the way could make guests of users */
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

/* One request with a token of ours; the server's answer is in *ret_rsp, a view into *call. */
static ntstatus leg_run(struct task *t, struct client_call *call, struct span token,
                        struct session_setup_rsp *ret_rsp)
{
    struct client_conn *c = call->conn;
    struct session_setup_req req = {
        .security_mode = SMB2_SIGNING_ENABLED | SMB2_SIGNING_REQUIRED, .token = token};
    session_setup_req_write(&call->wr, &req);
    ntstatus status = call_run(t, call);
    if (!nt_ok(status) && !nt_is(status, STATUS_MORE_PROCESSING_REQUIRED))
        return status;
    uint64_t id = call->header.session_id;
    if (!session_setup_rsp_read(&call->body, ret_rsp) || id == 0 ||
        (c->session_id && c->session_id != id))
        return conn_offended(c);
    c->session_id = id;
    return status;
}

static ntstatus legs_run(struct task *t, struct client_conn *c, const struct client_options *o,
                         struct auth_client *auth, struct span token)
{
    uint8_t preauth[PREAUTH_HASH_BYTES];
    memcpy(preauth, c->preauth, sizeof(preauth));
    struct client_call *call CLEANUP(call_free) = NULL;
    struct session_setup_rsp rsp = {.token = token};
    bool more = true;
    for (unsigned legs = 0; more; legs++) {
        struct span mine;
        int step = auth_client_step(auth, rsp.token, &mine);
        if (step == -EACCES)
            return STATUS_LOGON_FAILURE;
        if (step == -ENOTSUP)
            return STATUS_NOT_SUPPORTED;
        if (step != 1 || legs == LEGS_MAX)
            return conn_offended(c);
        call_free(TAKE(call));
        call = call_new(c, NULL, SMB2_CMD_SESSION_SETUP, CALL_BODY_BYTES + mine.len, 0);
        call->preauth = preauth;
        ntstatus status = leg_run(t, call, mine, &rsp);
        more = nt_is(status, STATUS_MORE_PROCESSING_REQUIRED);
        if (!more)
            NT_TRY(status);
        else
            preauth_update(preauth, call->message);
    }
    struct span unused;
    if (rsp.token.len && auth_client_step(auth, rsp.token, &unused) != 0)
        return STATUS_LOGON_FAILURE;
    struct logon logon = {call, rsp.session_flags, auth_client_session_key(auth), preauth};
    return session_establish(c, o, &logon);
}

ntstatus conn_session_setup(struct task *t, struct client_conn *c, const struct client_options *o,
                            struct span token)
{
    if (o->encrypt && c->cipher == CIPHER_NONE)
        return STATUS_NOT_SUPPORTED; /* before the server learns anything of the password */
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
