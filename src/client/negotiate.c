/* SPDX-License-Identifier: Apache-2.0
 *
 * NEGOTIATE from the client's side, and the check of what was negotiated where the dialect has no
 * preauthentication integrity.  [MS-SMB2] 3.2.4.2.2, 3.2.5.2, 3.2.5.5. */
#include "base/limits.h"
#include "client/call.h"
#include "crypto/preauth.h"
#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "task/io.h"

static const uint16_t all_dialects[] = {SMB2_DIALECT_202, SMB2_DIALECT_210, SMB2_DIALECT_300,
                                        SMB2_DIALECT_302, SMB2_DIALECT_311};
static const enum cipher all_ciphers[] = {CIPHER_AES128_GCM, CIPHER_AES128_CCM, CIPHER_AES256_GCM,
                                          CIPHER_AES256_CCM};
static const enum sign_alg all_signings[] = {SIGN_AES_GMAC, SIGN_AES_CMAC, SIGN_HMAC_SHA256};

#define CLIENT_CAPABILITIES (SMB2_CAP_LARGE_MTU | SMB2_CAP_ENCRYPTION)

static void ciphers_offer(const struct client_options *o, struct negotiate_ids *ids)
{
    const enum cipher *list = o->cipher_count ? o->ciphers : all_ciphers;
    ids->count = o->cipher_count ? o->cipher_count : ARRAY_LEN(all_ciphers);
    for (unsigned i = 0; i < ids->count; i++)
        ids->v[i] = (uint16_t)list[i];
}

static void signings_offer(const struct client_options *o, struct negotiate_ids *ids)
{
    const enum sign_alg *list = o->signing_count ? o->signings : all_signings;
    ids->count = o->signing_count ? o->signing_count : ARRAY_LEN(all_signings);
    for (unsigned i = 0; i < ids->count; i++)
        ids->v[i] = (uint16_t)list[i];
}

static void dialects_choose(struct client_conn *c, const struct client_options *o)
{
    uint16_t min = o->dialect_min ? o->dialect_min : SMB2_DIALECT_202;
    uint16_t max = o->dialect_max ? o->dialect_max : SMB2_DIALECT_311;
    for (size_t i = 0; i < ARRAY_LEN(all_dialects); i++)
        if (all_dialects[i] >= min && all_dialects[i] <= max)
            c->dialects[c->dialect_count++] = all_dialects[i];
}

static void request_write(struct wr *w, struct client_conn *c, const struct client_options *o,
                          struct span salt)
{
    struct negotiate_req req = {
        .security_mode = SMB2_SIGNING_ENABLED | SMB2_SIGNING_REQUIRED,
        .client_guid = c->client_guid,
        .dialect_count = c->dialect_count,
        .contexts =
            {
                .present = NEGOTIATE_HAS_PREAUTH | NEGOTIATE_HAS_ENCRYPTION | NEGOTIATE_HAS_SIGNING,
                .hashes = {.v = {SMB2_PREAUTH_SHA512}, .count = 1},
                .salt = salt,
            },
    };
    memcpy(req.dialects, c->dialects, sizeof(c->dialects));
    if (c->dialects[c->dialect_count - 1] >= SMB2_DIALECT_300)
        req.capabilities = CLIENT_CAPABILITIES;
    ciphers_offer(o, &req.contexts.ciphers);
    signings_offer(o, &req.contexts.signings);
    negotiate_req_write(w, &req);
}

static bool dialect_was_offered(const struct client_conn *c, uint16_t dialect)
{
    for (unsigned i = 0; i < c->dialect_count; i++)
        if (c->dialects[i] == dialect)
            return true;
    return false;
}

/* Takes the algorithms over; false when the server chose what was not offered. */
static bool algorithms_take(struct client_conn *c, const struct client_options *o,
                            const struct negotiate_rsp *rsp)
{
    const struct negotiate_contexts *x = &rsp->contexts;
    struct negotiate_ids offered;
    if (c->dialect < SMB2_DIALECT_311) {
        bool can_seal = c->dialect >= SMB2_DIALECT_300 && (rsp->capabilities & SMB2_CAP_ENCRYPTION);
        c->cipher = can_seal ? CIPHER_AES128_CCM : CIPHER_NONE;
        c->sign_alg = c->dialect >= SMB2_DIALECT_300 ? SIGN_AES_CMAC : SIGN_HMAC_SHA256;
        return true;
    }
    if (x->duplicate || !(x->present & NEGOTIATE_HAS_PREAUTH) || x->hashes.count != 1 ||
        x->hashes.v[0] != SMB2_PREAUTH_SHA512)
        return false;
    c->cipher = CIPHER_NONE;
    if ((x->present & NEGOTIATE_HAS_ENCRYPTION) && x->ciphers.count == 1 && x->ciphers.v[0]) {
        ciphers_offer(o, &offered);
        if (!negotiate_ids_contain(&offered, x->ciphers.v[0]))
            return false;
        c->cipher = (enum cipher)x->ciphers.v[0];
    }
    c->sign_alg = SIGN_AES_CMAC;
    if ((x->present & NEGOTIATE_HAS_SIGNING) && x->signings.count == 1) {
        signings_offer(o, &offered);
        if (!negotiate_ids_contain(&offered, x->signings.v[0]))
            return false;
        c->sign_alg = (enum sign_alg)x->signings.v[0];
    }
    return true;
}

static ntstatus response_take(struct client_conn *c, const struct client_options *o,
                              const struct negotiate_rsp *rsp)
{
    if (!dialect_was_offered(c, rsp->dialect) || rsp->read_bytes_max < 65536 ||
        rsp->write_bytes_max < 65536 || rsp->transact_bytes_max < 65536)
        return conn_offended(c);
    c->dialect = rsp->dialect;
    c->server_guid = rsp->server_guid;
    c->server_security_mode = rsp->security_mode;
    c->server_capabilities = rsp->capabilities;
    c->multi_credit = c->dialect > SMB2_DIALECT_202 && (rsp->capabilities & SMB2_CAP_LARGE_MTU);
    uint32_t max = c->multi_credit ? LIMIT_IO_BYTES_MAX : 65536;
    c->read_max = MIN(rsp->read_bytes_max, max);
    c->write_max = MIN(rsp->write_bytes_max, max);
    c->transact_max = MIN(rsp->transact_bytes_max, max);
    return algorithms_take(c, o, rsp) ? STATUS_SUCCESS : conn_offended(c);
}

ntstatus conn_negotiate(struct task *t, struct client_conn *c, const struct client_options *o,
                        struct arena *a, struct span *ret_token)
{
    uint8_t salt[32];
    io_random(task_io(t), salt, sizeof(salt));
    dialects_choose(c, o);
    if (c->dialect_count == 0)
        return STATUS_INVALID_PARAMETER;
    struct client_call *call CLEANUP(call_free) = call_new(c, NULL, SMB2_CMD_NEGOTIATE, 1024, 0);
    request_write(&call->wr, c, o, span_of(salt, sizeof(salt)));
    preauth_init(c->preauth);
    call->preauth = c->preauth;
    NT_TRY(call_run(t, call));

    struct negotiate_rsp rsp;
    if (!negotiate_rsp_read(&call->body, &rsp))
        return conn_offended(c);
    NT_TRY(response_take(c, o, &rsp));
    preauth_update(c->preauth, call->message);
    *ret_token = span_of(arena_memdup(a, rsp.token.p, rsp.token.len), rsp.token.len);
    return STATUS_SUCCESS;
}

/* A server that does not know the question says so in an answer that is signed, [MS-SMB2]
 * 3.2.5.5. */
static bool means_unknown(ntstatus status)
{
    return nt_is(status, STATUS_NOT_SUPPORTED) || nt_is(status, STATUS_FILE_CLOSED) ||
           nt_is(status, STATUS_INVALID_DEVICE_REQUEST);
}

static struct client_call *validate_call(struct client_tree *tree)
{
    struct client_conn *c = tree->conn;
    uint8_t input[256];
    struct wr w = wr_of(mspan_of(input, sizeof(input)));
    struct validate_negotiate_req req = {
        .capabilities = CLIENT_CAPABILITIES,
        .client_guid = c->client_guid,
        .security_mode = SMB2_SIGNING_ENABLED | SMB2_SIGNING_REQUIRED,
        .dialect_count = c->dialect_count,
    };
    memcpy(req.dialects, c->dialects, sizeof(c->dialects));
    validate_negotiate_req_write(&w, &req);
    ASSERT(wr_done(&w));
    struct ioctl_req ioctl = {
        .ctl_code = FSCTL_VALIDATE_NEGOTIATE_INFO,
        .file_id = {SMB2_ID_ALL_ONES, SMB2_ID_ALL_ONES},
        .input = wr_written(&w),
        .output_bytes_max = 24,
        .flags = SMB2_IOCTL_IS_FSCTL,
    };
    struct client_call *call = call_new(c, tree, SMB2_CMD_IOCTL, CALL_BODY_BYTES, 256);
    ioctl_req_write(&call->wr, &ioctl);
    return call;
}

ntstatus conn_validate_negotiate(struct task *t, struct client_tree *tree)
{
    struct client_conn *c = tree->conn;
    uint16_t offered_max = c->dialects[c->dialect_count - 1];
    if (offered_max < SMB2_DIALECT_300 || c->dialect >= SMB2_DIALECT_311 || !c->sign)
        return STATUS_SUCCESS;
    struct client_call *call CLEANUP(call_free) = validate_call(tree);
    ntstatus status = call_run(t, call);
    if (means_unknown(status))
        return STATUS_SUCCESS;
    NT_TRY(status);
    struct ioctl_rsp rsp;
    struct validate_negotiate_rsp v;
    if (!ioctl_rsp_read(&call->body, &rsp) || !validate_negotiate_rsp_read(rsp.output, &v) ||
        v.dialect != c->dialect || v.capabilities != c->server_capabilities ||
        v.security_mode != c->server_security_mode || !guid_equal(v.server_guid, c->server_guid)) {
        conn_break(c, STATUS_DOWNGRADE_DETECTED);
        return STATUS_DOWNGRADE_DETECTED;
    }
    return STATUS_SUCCESS;
}
