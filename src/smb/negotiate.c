/* SPDX-License-Identifier: Apache-2.0
 *
 * NEGOTIATE: the dialect, capabilities and algorithms of a connection, once in its life.  Choices
 * follow the server's order of preference. */
#include "smb/negotiate.h"

#include "proto/smb1_negotiate.h"
#include "smb/commands.h"
#include "smb/reply.h"
#include "smb/shard.h"
#include "wire/filetime.h"

#define SALT_BYTES 32
#define IO_BYTES_MAX_SMALL 65536u /* without LARGE_MTU */
#define SMB1_ANSWER_BYTES 1024u

static const uint16_t dialects_known[] = {SMB2_DIALECT_311, SMB2_DIALECT_302, SMB2_DIALECT_300,
                                          SMB2_DIALECT_210, SMB2_DIALECT_202};

uint16_t smb_negotiate_dialect(const struct smb_server_config *config, const uint16_t *dialects,
                               unsigned count)
{
    for (size_t i = 0; i < ARRAY_LEN(dialects_known); i++) {
        uint16_t d = dialects_known[i];
        if (d < config->dialect_min || d > config->dialect_max)
            continue;
        for (unsigned j = 0; j < count; j++)
            if (dialects[j] == d)
                return d;
    }
    return 0;
}

static const struct smb_server_config *config_of(const struct smb_conn *conn)
{
    return &conn->shard->server->config;
}

/* No sealing above a 0-length list: [MS-SMB2] 3.3.5.4 refuses contexts that offer nothing. */
static ntstatus choose_cipher(struct smb_conn *conn, const struct negotiate_contexts *offer)
{
    const struct smb_server_config *config = config_of(conn);
    if (!(offer->present & NEGOTIATE_HAS_ENCRYPTION))
        return STATUS_SUCCESS;
    if (offer->ciphers.count == 0)
        return STATUS_INVALID_PARAMETER;
    for (unsigned i = 0; i < config->cipher_count && config->encryption != SMB_ENCRYPT_OFF; i++) {
        if (negotiate_ids_contain(&offer->ciphers, (uint16_t)config->ciphers[i])) {
            conn->cipher = config->ciphers[i];
            break;
        }
    }
    return STATUS_SUCCESS;
}

static ntstatus choose_signing(struct smb_conn *conn, const struct negotiate_contexts *offer)
{
    const struct smb_server_config *config = config_of(conn);
    if (!(offer->present & NEGOTIATE_HAS_SIGNING))
        return STATUS_SUCCESS;
    if (offer->signings.count == 0)
        return STATUS_INVALID_PARAMETER;
    for (unsigned i = 0; i < config->signing_count; i++) {
        if (negotiate_ids_contain(&offer->signings, (uint16_t)config->signings[i])) {
            conn->signing = config->signings[i];
            break;
        }
    }
    return STATUS_SUCCESS;
}

/* The contexts of a 3.1.1 request, [MS-SMB2] 3.3.5.4. */
static ntstatus take_contexts(struct smb_conn *conn, const struct negotiate_contexts *offer)
{
    if (offer->duplicate || !(offer->present & NEGOTIATE_HAS_PREAUTH) || offer->hashes.count == 0)
        return STATUS_INVALID_PARAMETER;
    if (!negotiate_ids_contain(&offer->hashes, SMB2_PREAUTH_SHA512))
        return STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP;
    if ((offer->present & NEGOTIATE_HAS_COMPRESSION) && offer->compressions.count == 0)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(choose_cipher(conn, offer));
    return choose_signing(conn, offer);
}

static uint32_t choose_capabilities(const struct smb_conn *conn)
{
    const struct smb_server_config *config = config_of(conn);
    uint32_t both = conn->client_capabilities;
    uint32_t caps = 0;
    if (conn->dialect >= SMB2_DIALECT_210) {
        if (config->leases)
            caps |= SMB2_CAP_LEASING;
        if (conn->multi_credit)
            caps |= SMB2_CAP_LARGE_MTU;
    }
    if (smb_conn_is_smb3(conn)) {
        if (config->multichannel && (both & SMB2_CAP_MULTI_CHANNEL))
            caps |= SMB2_CAP_MULTI_CHANNEL;
        if (config->directory_leases && (both & SMB2_CAP_DIRECTORY_LEASING))
            caps |= SMB2_CAP_DIRECTORY_LEASING;
        if (conn->dialect < SMB2_DIALECT_311 && conn->cipher != CIPHER_NONE)
            caps |= SMB2_CAP_ENCRYPTION;
    }
    return caps;
}

/* Everything that follows from the dialect alone. */
static void settle(struct smb_conn *conn, uint16_t dialect)
{
    const struct smb_server_config *config = config_of(conn);
    bool nbt = transport_kind_of(conn->transport) == TRANSPORT_NBT;
    conn->dialect = dialect;
    conn->multi_credit = dialect >= SMB2_DIALECT_210 && !nbt;
    conn->io_bytes_max =
        conn->multi_credit ? config->io_bytes_max : MIN(IO_BYTES_MAX_SMALL, config->io_bytes_max);
    conn->security_mode = SMB2_SIGNING_ENABLED;
    if (config->signing_required)
        conn->security_mode |= SMB2_SIGNING_REQUIRED;
    conn->signing = dialect >= SMB2_DIALECT_300 ? SIGN_AES_CMAC : SIGN_HMAC_SHA256;
    conn->cipher = CIPHER_NONE;
    if ((dialect == SMB2_DIALECT_300 || dialect == SMB2_DIALECT_302) &&
        (conn->client_capabilities & SMB2_CAP_ENCRYPTION) &&
        config->encryption != SMB_ENCRYPT_OFF)
        conn->cipher = CIPHER_AES128_CCM;
}

static void answer(struct smb_conn *conn, struct wr *out, const struct negotiate_req *req)
{
    const struct smb_server_config *config = config_of(conn);
    uint8_t salt[SALT_BYTES];
    struct negotiate_rsp rsp = {
        .security_mode = conn->security_mode,
        .dialect = conn->expects_negotiate ? SMB2_DIALECT_WILDCARD : conn->dialect,
        .server_guid = config->server_guid,
        .capabilities = conn->capabilities,
        .transact_bytes_max = conn->io_bytes_max,
        .read_bytes_max = conn->io_bytes_max,
        .write_bytes_max = conn->io_bytes_max,
        .system_time =
            filetime_from_timespec(io_realtime(reactor_io(conn->shard->reactor))),
        .token = auth_server_hint(),
    };
    if (conn->dialect == SMB2_DIALECT_311) {
        struct negotiate_contexts *c = &rsp.contexts;
        io_random(reactor_io(conn->shard->reactor), salt, sizeof(salt));
        c->present = NEGOTIATE_HAS_PREAUTH;
        c->hashes = (struct negotiate_ids){{SMB2_PREAUTH_SHA512}, 1};
        c->salt = span_of(salt, sizeof(salt));
        c->present |= req->contexts.present & (NEGOTIATE_HAS_ENCRYPTION | NEGOTIATE_HAS_SIGNING);
        c->ciphers = (struct negotiate_ids){{(uint16_t)conn->cipher}, 1};
        c->signings = (struct negotiate_ids){{(uint16_t)conn->signing}, 1};
    }
    negotiate_rsp_write(out, &rsp);
}

ntstatus smb_cmd_negotiate(struct task *t, struct smb_request *req)
{
    (void)t;
    struct smb_conn *conn = req->conn;
    if (conn->state != SMB_CONN_ACCEPTED) {
        smb_conn_close(conn, "second NEGOTIATE");
        return STATUS_INVALID_PARAMETER;
    }
    struct negotiate_req in;
    if (!negotiate_req_read(&req->in, &in) || in.dialect_count == 0)
        return STATUS_INVALID_PARAMETER;
    uint16_t dialect = smb_negotiate_dialect(config_of(conn), in.dialects, in.dialect_count);
    if (dialect == 0)
        return STATUS_NOT_SUPPORTED;
    conn->client_capabilities = in.capabilities;
    settle(conn, dialect);
    if (dialect == SMB2_DIALECT_311) {
        ntstatus status = take_contexts(conn, &in.contexts);
        if (!nt_ok(status)) {
            conn->cipher = CIPHER_NONE;
            conn->dialect = 0;
            return status;
        }
        preauth_init(conn->preauth);
        preauth_update(conn->preauth, req->element);
        req->preauth = conn->preauth;
    }
    conn->client_guid = in.client_guid;
    conn->client_security_mode = in.security_mode;
    conn->capabilities = choose_capabilities(conn);
    conn->expects_negotiate = false;
    answer(conn, &req->out, &in);
    conn->state = SMB_CONN_NEGOTIATED;
    return STATUS_SUCCESS;
}

/* The answer is an SMB2 NEGOTIATE response to message 0, which the SMB1 request used up. */
static void answer_smb1(struct smb_conn *conn)
{
    uint8_t bytes[SMB1_ANSWER_BYTES];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    struct smb2_header h = {
        .command = SMB2_CMD_NEGOTIATE,
        .flags = SMB2_FLAG_RESPONSE,
        .credits = smb_window_grant(&conn->window, 1),
    };
    smb2_header_write(&w, &h);
    struct negotiate_req none = {0};
    answer(conn, &w, &none);
    ASSERT(wr_done(&w));
    smb_reply_post(conn, wr_written(&w), NULL, 0);
}

bool smb_negotiate_smb1(struct smb_conn *conn, struct span message, const char **ret_why)
{
    const struct smb_server_config *config = config_of(conn);
    struct rd r = rd_of(message);
    struct smb1_negotiate_req req;
    if (!smb1_negotiate_req_read(&r, &req)) {
        *ret_why = "malformed SMB1 NEGOTIATE";
        return false;
    }
    bool any = req.offers_smb_2_any && config->dialect_max >= SMB2_DIALECT_210;
    bool smb202 = req.offers_smb_2_002 && config->dialect_min <= SMB2_DIALECT_202;
    if ((!any && !smb202) || !smb_window_take(&conn->window, 0, 1)) {
        *ret_why = "SMB1 only";
        return false;
    }
    settle(conn, any ? SMB2_DIALECT_210 : SMB2_DIALECT_202);
    conn->capabilities = choose_capabilities(conn);
    conn->expects_negotiate = any;
    answer_smb1(conn);
    if (any) {
        conn->dialect = 0;
        conn->multi_credit = false;
    } else {
        conn->state = SMB_CONN_NEGOTIATED;
    }
    return true;
}
