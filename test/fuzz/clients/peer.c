/* SPDX-License-Identifier: Apache-2.0
 *
 * The client of fuzz_clients: logging on and building frames.  What it makes of answers is in
 * judge.c. */
#include "peer.h"

#include "judge.h"
#include "crypto/kdf.h"
#include "crypto/preauth.h"
#include "proto/negotiate.h"
#include "proto/session_setup.h"
#include "proto/tree.h"

#define FRONT (4 + SMB2_TRANSFORM_HEADER_SIZE) /* frame header and transform header */
#define CREDITS_ASKED 512u
#define CHARGE 4u /* pays for what the world's IO_BYTES_MAX allows */

static void frame_begin(struct peer *p)
{
    p->len = p->last = p->count = 0;
}

static bool logged_on(const struct peer *p)
{
    return p->trees[PEER_TREE_FILES] != 0;
}

static void header_put(struct peer *p, const struct peer_request *r)
{
    uint16_t charge = logged_on(p) && p->config.dialect > SMB2_DIALECT_202 ? CHARGE : 1;
    struct smb2_header h = {
        .credit_charge = p->config.dialect > SMB2_DIALECT_202 ? charge : 0,
        .command = r->command,
        .credits = CREDITS_ASKED,
        .flags = r->related ? SMB2_FLAG_RELATED : 0,
        .message_id = p->next_id,
        .tree_id = p->trees[r->tree],
        .session_id = p->session_id,
    };
    if (r->command == SMB2_CMD_CANCEL && p->async_id) {
        h.flags |= SMB2_FLAG_ASYNC;
        h.async_id = p->async_id;
    } else if (r->command == SMB2_CMD_CANCEL) {
        h.message_id -= charge;
    } else {
        p->next_id += charge;
    }
    if (p->signer && (p->config.guard == PEER_SIGNED || !p->seal_out))
        h.flags |= SMB2_FLAG_SIGNED;
    struct wr w = wr_of(mspan_of(p->out + p->len, SMB2_HEADER_SIZE));
    smb2_header_write(&w, &h);
    for (size_t i = 0; r->mask && i < SMB2_HEADER_SIZE; i++)
        p->out[p->len + i] ^= r->mask[i];
}

static void sign_last(struct peer *p)
{
    struct rd r = rd_of(span_of(p->out + p->last, p->len - p->last));
    struct smb2_header h;
    if (!p->signer || !smb2_header_read(&r, &h) || !(h.flags & SMB2_FLAG_SIGNED))
        return;
    struct sign_nonce nonce = {.message_id = h.message_id,
                               .is_cancel = h.command == SMB2_CMD_CANCEL};
    struct iovec iov = {p->out + p->last, p->len - p->last};
    signer_sign(p->signer, nonce, &iov, 1, p->out + p->last + SMB2_HEADER_SIGNATURE_AT);
}

/* The last message is complete and has a successor. */
static void chain_on(struct peer *p)
{
    if (p->count++ == 0)
        return;
    size_t end = (size_t)align_up(p->len, 8);
    memset(p->out + p->len, 0, end - p->len);
    p->len = end;
    struct wr w = wr_of(mspan_of(p->out + p->last + SMB2_HEADER_NEXT_COMMAND_AT, 4));
    wr_u32(&w, (uint32_t)(p->len - p->last));
    sign_last(p);
    p->last = p->len;
}

void peer_add(struct peer *p, const struct peer_request *r)
{
    if (p->len + SMB2_HEADER_SIZE + r->body.len + 8 > PEER_MESSAGE_BYTES_MAX)
        return;
    chain_on(p);
    header_put(p, r);
    p->len += SMB2_HEADER_SIZE;
    if (r->body.len)
        memcpy(p->out + p->len, r->body.p, r->body.len);
    p->len += r->body.len;
}

void peer_add_raw(struct peer *p, struct span message)
{
    if (message.len < SMB2_HEADER_SIZE || p->len + message.len + 8 > PEER_MESSAGE_BYTES_MAX)
        return;
    chain_on(p);
    memcpy(p->out + p->len, message.p, message.len);
    p->len += message.len;
}

void peer_send_bytes(struct peer *p, struct span bytes)
{
    struct iovec iov = {(void *)(uintptr_t)bytes.p, bytes.len};
    if (!p->hung_up && bytes.len)
        (void)!io_send_try(reactor_io(p->world->clients), p->fd, &iov, 1);
}

static void seal(struct peer *p)
{
    uint8_t *front = p->out - SMB2_TRANSFORM_HEADER_SIZE;
    struct smb2_transform_header th = {
        .original_size = (uint32_t)p->len, .flags = 1, .session_id = p->session_id};
    ASSERT(sealer_nonce_next(p->seal_out, th.nonce) == 0);
    struct wr w = wr_of(mspan_of(front, SMB2_TRANSFORM_HEADER_SIZE));
    smb2_transform_header_write(&w, &th);
    struct iovec iov = {p->out, p->len};
    struct seal_message m = {
        .nonce = front + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(front + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    seal_encrypt(p->seal_out, &m, front + SMB2_TRANSFORM_SIGNATURE_AT);
}

void peer_send(struct peer *p)
{
    if (p->count == 0)
        return;
    sign_last(p);
    uint8_t *start = p->out;
    size_t len = p->len;
    if (p->config.guard == PEER_SEALED && p->seal_out) {
        seal(p);
        start -= SMB2_TRANSFORM_HEADER_SIZE;
        len += SMB2_TRANSFORM_HEADER_SIZE;
    }
    start -= 4;
    start[0] = 0;
    start[1] = (uint8_t)(len >> 16);
    start[2] = (uint8_t)(len >> 8);
    start[3] = (uint8_t)len;
    peer_send_bytes(p, span_of(start, len + 4));
    frame_begin(p);
}

/* ---- logging on ---- */

/* Sends one request and waits for its answer, whose body *ret stands at. */
static bool call(struct peer *p, uint16_t command, const struct wr *body, struct rd *ret)
{
    p->answer_len = 0;
    peer_add(p, &(struct peer_request){.command = command, .body = wr_written(body)});
    peer_send(p);
    world_run_us(p->world, 0);
    if (p->answer_len == 0)
        return false;
    *ret = rd_of(span_of(p->answer, p->answer_len));
    rd_skip(ret, SMB2_HEADER_SIZE);
    return true;
}

/* A cursor for a body: offsets in it count from the header. */
struct draft {
    uint8_t bytes[1024];
    struct wr w;
};

static struct wr *draft_begin(struct draft *d)
{
    d->w = wr_of(mspan_of(d->bytes, sizeof(d->bytes)));
    wr_zero(&d->w, SMB2_HEADER_SIZE);
    return &d->w;
}

static struct wr draft_body(struct draft *d)
{
    ASSERT(wr_done(&d->w));
    d->w.base += SMB2_HEADER_SIZE;
    return d->w;
}

/* Messages as they went, [MS-SMB2] 3.1.4.4.1: the request stands where it was built. */
static void hash_request(const struct peer *p, uint8_t *hash, size_t body_len)
{
    preauth_update(hash, span_of(p->out, SMB2_HEADER_SIZE + body_len));
}

static void negotiate(struct peer *p)
{
    static const uint8_t salt[32];
    struct negotiate_req req = {
        .security_mode = SMB2_SIGNING_ENABLED,
        .capabilities = 0x7F,
        .client_guid = {{p->config.client, 1}},
        .dialects = {p->config.dialect},
        .dialect_count = 1,
        .contexts = {.present = NEGOTIATE_HAS_PREAUTH | NEGOTIATE_HAS_ENCRYPTION |
                                NEGOTIATE_HAS_SIGNING,
                     .hashes = {{SMB2_PREAUTH_SHA512}, 1},
                     .salt = span_of(salt, sizeof(salt)),
                     .ciphers = {{SMB2_CIPHER_AES128_GCM, SMB2_CIPHER_AES256_CCM}, 2},
                     .signings = {{SMB2_SIGN_AES_GMAC, SMB2_SIGN_AES_CMAC}, 2}},
    };
    struct draft d;
    negotiate_req_write(draft_begin(&d), &req);
    struct wr body = draft_body(&d);
    struct rd r;
    struct negotiate_rsp rsp;
    ASSERT(call(p, SMB2_CMD_NEGOTIATE, &body, &r));
    ASSERT(negotiate_rsp_read(&r, &rsp) && rsp.dialect == p->config.dialect);
    p->signing = rsp.dialect >= SMB2_DIALECT_300 ? SIGN_AES_CMAC : SIGN_HMAC_SHA256;
    if (rsp.dialect == SMB2_DIALECT_311) {
        p->signing = (enum sign_alg)rsp.contexts.signings.v[0];
        p->cipher = (enum cipher)rsp.contexts.ciphers.v[0];
    } else if (rsp.capabilities & SMB2_CAP_ENCRYPTION) {
        p->cipher = CIPHER_AES128_CCM;
    }
    hash_request(p, p->preauth, wr_pos(&body));
    preauth_update(p->preauth, span_of(p->answer, p->answer_len));
}

static void keys_take(struct peer *p, struct span session_key)
{
    uint8_t key[SIGN_KEY_BYTES];
    ASSERT(session_key.len > 0);
    signer_free(TAKE(p->signer));
    if (p->config.dialect < SMB2_DIALECT_300) {
        smb2_signing_key(session_key, key);
        p->signer = signer_new(p->signing, key);
        return;
    }
    struct smb3_kdf_args args = {.dialect = p->config.dialect,
                                 .cipher = p->cipher,
                                 .session_key = session_key,
                                 .preauth_hash = p->preauth};
    smb3_keys_derive(&args, &p->keys);
    p->signer = signer_new(p->signing, p->keys.signing);
    if (p->config.channel) /* a channel has a signing key of its own and seals as the session */
        p->keys = p->config.channel->keys;
    if (p->cipher != CIPHER_NONE) {
        p->seal_out = sealer_new(p->cipher, p->keys.decrypt);
        p->seal_in = sealer_new(p->cipher, p->keys.encrypt);
    }
}

/* One leg of SESSION_SETUP; false after the last one. */
static bool leg(struct peer *p, struct auth_client *auth, struct span *token)
{
    const struct peer *first = p->config.channel;
    struct session_setup_req req = {.flags = first ? SMB2_SESSION_SETUP_BINDING : 0,
                                    .security_mode = SMB2_SIGNING_ENABLED};
    struct draft d;
    ASSERT(auth_client_step(auth, *token, &req.token) == 1);
    session_setup_req_write(draft_begin(&d), &req);
    struct wr body = draft_body(&d);
    struct rd r;
    struct session_setup_rsp rsp;
    ASSERT(call(p, SMB2_CMD_SESSION_SETUP, &body, &r));
    ASSERT(session_setup_rsp_read(&r, &rsp));
    hash_request(p, p->preauth, wr_pos(&body));
    p->session_id = p->header.session_id;
    *token = rsp.token;
    if (!nt_is(p->header.status, STATUS_MORE_PROCESSING_REQUIRED))
        return false;
    preauth_update(p->preauth, span_of(p->answer, p->answer_len));
    return true;
}

static void log_on(struct peer *p)
{
    bool guest = p->config.guard == PEER_GUEST;
    struct auth_client_config config = {.user = guest ? "somebody" : WORLD_USER,
                                        .nt_hash = world_nt_hash};
    struct auth_client *auth CLEANUP(auth_client_free) = NULL;
    struct span token = {0};
    ASSERT(auth_client_new(&config, &auth) == 0);
    if (p->config.channel) {
        p->session_id = p->config.channel->session_id;
        p->signer = signer_new(p->signing, p->config.channel->keys.signing);
    }
    while (leg(p, auth, &token))
        continue;
    ASSERT(nt_ok(p->header.status));
    if (!guest)
        keys_take(p, auth_client_session_key(auth));
}

static void tree_connect(struct peer *p, enum peer_tree tree)
{
    static const struct span paths[] = {
        [PEER_TREE_FILES] = {(const uint8_t *)u"\\\\f\\s", 10},
        [PEER_TREE_PIPES] = {(const uint8_t *)u"\\\\f\\IPC$", 16},
        [PEER_TREE_READS] = {(const uint8_t *)u"\\\\f\\r", 10},
        [PEER_TREE_SEALED] = {(const uint8_t *)u"\\\\f\\e", 10},
    };
    struct tree_connect_req req = {.path = paths[tree]};
    struct draft d;
    tree_connect_req_write(draft_begin(&d), &req);
    struct wr body = draft_body(&d);
    struct rd r;
    if (call(p, SMB2_CMD_TREE_CONNECT, &body, &r) && nt_ok(p->header.status))
        p->trees[tree] = p->header.tree_id;
}

void peer_tree_need(struct peer *p, enum peer_tree tree)
{
    if (p->trees[tree] == 0 && !p->ended && !p->hung_up)
        tree_connect(p, tree);
}

void peer_init(struct peer *p, struct world *w, const struct peer_config *config)
{
    int fds[2];
    *p = (struct peer){.world = w};
    world_connect(w, fds);
    p->fd = fds[0];
    p->server_fd = fds[1];
    p->memory = xmalloc(FRONT + PEER_MESSAGE_BYTES_MAX);
    p->out = p->memory + FRONT;
    frame_begin(p);
    ASSERT(task_spawn(w->clients, "reader", peer_read, p));
    if (!config)
        return;
    p->config = *config;
    negotiate(p);
    log_on(p);
    tree_connect(p, PEER_TREE_FILES);
    ASSERT(logged_on(p));
}

void peer_hang_up(struct peer *p)
{
    if (!p->hung_up)
        io_shutdown(reactor_io(p->world->clients), p->fd);
    p->hung_up = true;
}

void peer_fini(struct peer *p)
{
    ASSERT(p->ended);
    signer_free(p->signer);
    sealer_free(p->seal_out);
    sealer_free(p->seal_in);
    free(p->memory);
}
