/* SPDX-License-Identifier: Apache-2.0
 *
 * The hand-made client. */
#include "peer.h"

#include "proto/simple.h"
#include "wire/utf16.h"

static int look_up(void *ctx, const char *user, const char *domain,
                   struct auth_account *ret_account)
{
    bool is_user = strcmp(user, "user") == 0;
    if (!is_user && strcmp(user, "other") != 0)
        return -ENOENT;
    *ret_account = (struct auth_account){.nt_hash = {is_user ? 1 : 2}};
    memcpy(ret_account->name, user, strlen(user));
    return 0;
}

static int user_of(void *ctx, const char *name, struct smb_user *ret_user)
{
    *ret_user = (struct smb_user){.cred = vfs_cred_ambient()};
    return 0;
}

void world_serve(struct world *w, const struct smb_server_config *config)
{
    struct smb_server_config c = config ? *config : (struct smb_server_config){.leases = true};
    c.netbios_name = "TEST";
    c.dialect_min = c.dialect_min ? c.dialect_min : SMB2_DIALECT_202;
    c.dialect_max = c.dialect_max ? c.dialect_max : SMB2_DIALECT_311;
    c.lookup = look_up;
    c.user = user_of;
    c.reactors = w->reactors;
    c.reactor_count = w->reactor_count;
    w->server = smb_server_new(&c);
}

void world_init(struct world *w, unsigned reactor_count, const struct smb_server_config *config)
{
    ASSERT(reactor_count <= WORLD_REACTORS_MAX);
    *w = (struct world){.sim = sim_new(1), .reactor_count = reactor_count};
    for (unsigned i = 0; i < reactor_count; i++) {
        struct reactor_config rc = {.index = i};
        w->reactors[i] = sim_reactor_new(w->sim, &rc);
    }
    world_serve(w, config);
}

static void stop(struct task *t, void *arg)
{
    struct world *w = arg;
    smb_server_stop(t, w->server);
    smb_server_free(TAKE(w->server));
}

void world_stop(struct world *w)
{
    struct task *t = task_spawn(w->reactors[0], "stop", stop, w);
    ASSERT(t);
    for (unsigned i = 0; i < 1000 && w->server; i++)
        sim_run_us(w->sim, PEER_STEP_US);
    ASSERT(!w->server);
}

void world_fini(struct world *w)
{
    if (w->server)
        world_stop(w);
    for (unsigned i = 0; i < w->reactor_count; i++)
        reactor_stop(w->reactors[i]);
    sim_run_us(w->sim, PEER_STEP_US);
    for (unsigned i = 0; i < w->reactor_count; i++)
        reactor_free(w->reactors[i]);
    sim_free(w->sim);
}

void world_share(struct world *w, const struct smb_share_config *config)
{
    int rc = smb_server_share_add(w->server, config);
    ASSERT(rc == 0);
}

void world_pass(struct world *w, uint64_t us)
{
    sim_run_us(w->sim, us);
}

static void receive(struct task *t, void *arg)
{
    struct peer *p = arg;
    for (;;) {
        struct iobuf *b CLEANUP(iobuf_unref) = NULL;
        ssize_t n = io_recv_pooled(t, p->fd, 0, &b);
        if (n <= 0)
            break;
        p->in = xrealloc(p->in, p->in_len + b->len);
        memcpy(p->in + p->in_len, b->data, b->len);
        p->in_len += b->len;
    }
    p->reading = false;
}

void peer_init(struct peer *p, struct world *w)
{
    int fds[2];
    sim_socketpair(w->sim, fds);
    *p = (struct peer){.world = w, .fd = fds[0], .reading = true};
    p->client_guid = (struct guid){{1, 2, 3}};
    p->security_mode = SMB2_SIGNING_ENABLED;
    p->capabilities = SMB2_CAP_ENCRYPTION | SMB2_CAP_MULTI_CHANNEL | SMB2_CAP_LARGE_MTU;
    p->ciphers = (struct negotiate_ids){{CIPHER_AES128_GCM}, 1};
    p->signings = (struct negotiate_ids){{SIGN_AES_GMAC, SIGN_AES_CMAC}, 2};
    p->credits_asked = 16;
    struct reactor *r = w->reactors[0];
    smb_server_accept(w->server, r, transport_tcp_new(r, fds[1]));
    struct task *t = task_spawn(r, "peer", receive, p);
    ASSERT(t);
    sim_run_us(w->sim, PEER_STEP_US);
}

void peer_cut(struct peer *p)
{
    io_shutdown(reactor_io(p->world->reactors[0]), p->fd);
    sim_run_us(p->world->sim, PEER_STEP_US);
    ASSERT(!p->reading);
}

void peer_fini(struct peer *p)
{
    peer_cut(p);
    io_close(reactor_io(p->world->reactors[0]), p->fd);
    free(p->in);
    signer_free(p->signer);
    sealer_free(p->seal_out);
    sealer_free(p->seal_in);
}

void peer_adopt(struct peer *p, const struct peer *from)
{
    p->client_guid = from->client_guid;
    p->session_id = from->session_id;
    p->tree_id = from->tree_id;
}

void peer_begin(struct peer *p, struct message *m, uint16_t command)
{
    m->w = wr_of(mspan_of(m->bytes, sizeof(m->bytes)));
    m->at = 0;
    m->header = (struct smb2_header){
        .credit_charge = p->dialect >= SMB2_DIALECT_210 ? 1 : 0,
        .command = command,
        .credits = p->credits_asked,
        .message_id = p->message_id++,
        .tree_id = p->tree_id,
        .session_id = p->session_id,
    };
    smb2_header_write(&m->w, &m->header);
}

void peer_sign(struct peer *p, struct mspan element)
{
    struct rd r = rd_of(span_ro(element));
    struct smb2_header h;
    if (!smb2_header_read(&r, &h))
        return;
    element.p[SMB2_HEADER_FLAGS_AT] |= SMB2_FLAG_SIGNED;
    struct iovec iov = {element.p, element.len};
    struct sign_nonce nonce = {.message_id = h.message_id,
                               .is_cancel = h.command == SMB2_CMD_CANCEL};
    uint8_t signature[SIGNATURE_BYTES];
    signer_sign(p->signer, nonce, &iov, 1, signature);
    memcpy(element.p + SMB2_HEADER_SIGNATURE_AT, signature, sizeof(signature));
}

/* Writes the element's header again, now that what follows is known, and signs it. */
static void element_end(struct peer *p, struct message *m)
{
    uint8_t *at = m->bytes + m->at;
    size_t len = wr_pos(&m->w) - m->at;
    bool sign = p->signer && !p->plain && !p->seals;
    struct wr w = wr_of(mspan_of(at, SMB2_HEADER_SIZE));
    smb2_header_write(&w, &m->header);
    if (!sign)
        return;
    peer_sign(p, mspan_of(at, len));
}

void peer_next(struct peer *p, struct message *m, uint16_t command, uint32_t flags)
{
    wr_align(&m->w, 8);
    m->header.next_command = (uint32_t)(wr_pos(&m->w) - m->at);
    element_end(p, m);
    m->at = wr_pos(&m->w);
    m->header.next_command = 0;
    m->header.command = command;
    m->header.flags = flags;
    m->header.message_id = p->message_id++;
    if (flags & SMB2_FLAG_RELATED) {
        m->header.session_id = SMB2_ID_ALL_ONES;
        m->header.tree_id = SMB2_TREE_ID_ALL_ONES;
    }
    smb2_header_write(&m->w, &m->header);
}

void peer_send_raw(struct peer *p, struct span message)
{
    uint8_t prefix[4] = {0, (uint8_t)(message.len >> 16), (uint8_t)(message.len >> 8),
                         (uint8_t)message.len};
    struct iovec iov[2] = {{prefix, 4}, {(void *)(uintptr_t)message.p, message.len}};
    if (p->reading)
        (void)!io_send_try(reactor_io(p->world->reactors[0]), p->fd, iov, 2);
    sim_run_us(p->world->sim, PEER_STEP_US);
}

void peer_send_sealed(struct peer *p, struct span message)
{
    static uint8_t buf[PEER_MESSAGE_BYTES_MAX + SMB2_TRANSFORM_HEADER_SIZE];
    size_t len = message.len;
    struct smb2_transform_header h = {
        .original_size = (uint32_t)len, .flags = 1, .session_id = p->session_id};
    int rc = sealer_nonce_next(p->seal_out, h.nonce);
    ASSERT(rc == 0);
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    smb2_transform_header_write(&w, &h);
    wr_span(&w, message);
    struct iovec iov = {buf + SMB2_TRANSFORM_HEADER_SIZE, len};
    struct seal_message m = {.nonce = buf + SMB2_TRANSFORM_NONCE_AT,
                             .aad = span_of(buf + SMB2_TRANSFORM_NONCE_AT, 32),
                             .iov = &iov,
                             .count = 1};
    seal_encrypt(p->seal_out, &m, buf + SMB2_TRANSFORM_SIGNATURE_AT);
    peer_send_raw(p, wr_written(&w));
}

void peer_send(struct peer *p, struct message *m)
{
    ASSERT(wr_done(&m->w));
    element_end(p, m);
    if (p->seals && !p->plain)
        peer_send_sealed(p, wr_written(&m->w));
    else
        peer_send_raw(p, wr_written(&m->w));
}

/* Decrypts the frame at the front of the input in place; its SMB2 messages. */
static struct mspan opened(struct peer *p, struct mspan frame, bool *ret_sealed)
{
    struct rd r = rd_of(span_ro(frame));
    struct smb2_transform_header h;
    *ret_sealed = smb2_transform_header_read(&r, &h);
    if (!*ret_sealed)
        return frame;
    ASSERT(p->seal_in && h.original_size == rd_left(&r));
    struct iovec iov = {frame.p + SMB2_TRANSFORM_HEADER_SIZE, h.original_size};
    struct seal_message m = {.nonce = frame.p + SMB2_TRANSFORM_NONCE_AT,
                             .aad = span_of(frame.p + SMB2_TRANSFORM_NONCE_AT, 32),
                             .iov = &iov,
                             .count = 1};
    int rc = seal_decrypt(p->seal_in, &m, h.signature);
    ASSERT(rc == 0);
    return mspan_of(iov.iov_base, iov.iov_len);
}

static void drop_front(struct peer *p, size_t bytes)
{
    memmove(p->in, p->in + bytes, p->in_len - bytes);
    p->in_len -= bytes;
}

static size_t front_len(const struct peer *p)
{
    size_t len = (size_t)p->in[1] << 16 | (size_t)p->in[2] << 8 | p->in[3];
    ASSERT(p->in_len >= 4 + len);
    return len;
}

bool peer_front(struct peer *p, struct mspan *ret_message, bool *ret_sealed)
{
    if (p->in_len < 4)
        return false;
    *ret_message = opened(p, mspan_of(p->in + 4, front_len(p)), ret_sealed);
    return true;
}

void peer_pop(struct peer *p)
{
    drop_front(p, 4 + front_len(p));
}

/* Takes one element; what follows it in its compound is left as a frame of its own. */
void peer_take(struct peer *p, struct answer *a)
{
    a->present = false;
    struct mspan message;
    if (!peer_front(p, &message, &a->sealed))
        return;
    struct rd r = rd_of(span_ro(message));
    a->present = smb2_header_read(&r, &a->header);
    ASSERT(a->present && (a->header.flags & SMB2_FLAG_RESPONSE));
    size_t next = a->header.next_command;
    ASSERT(next <= message.len && next % 8 == 0);
    a->len = next ? next : message.len;
    ASSERT(a->len <= sizeof(a->bytes));
    memcpy(a->bytes, message.p, a->len);
    if (next == 0) {
        peer_pop(p);
        return;
    }
    size_t rest = message.len - next;
    drop_front(p, (size_t)(message.p - p->in) + next - 4);
    p->in[0] = 0;
    p->in[1] = (uint8_t)(rest >> 16);
    p->in[2] = (uint8_t)(rest >> 8);
    p->in[3] = (uint8_t)rest;
}

struct rd answer_body(const struct answer *a)
{
    struct rd r = rd_of(span_of(a->bytes, a->len));
    rd_skip(&r, SMB2_HEADER_SIZE);
    return r;
}

static ntstatus status_of(const struct answer *a)
{
    return a->present ? a->header.status : STATUS_CONNECTION_RESET;
}

ntstatus peer_negotiate(struct peer *p, uint16_t dialect)
{
    static struct message m;
    static struct answer a;
    uint8_t salt[32] = {7};
    struct negotiate_req req = {
        .security_mode = p->security_mode,
        .capabilities = p->capabilities,
        .client_guid = p->client_guid,
        .dialects = {dialect},
        .dialect_count = 1,
    };
    req.contexts.present = NEGOTIATE_HAS_PREAUTH;
    req.contexts.hashes = (struct negotiate_ids){{SMB2_PREAUTH_SHA512}, 1};
    req.contexts.salt = span_of(salt, sizeof(salt));
    req.contexts.present |= p->ciphers.count ? NEGOTIATE_HAS_ENCRYPTION : 0;
    req.contexts.present |= p->signings.count ? NEGOTIATE_HAS_SIGNING : 0;
    req.contexts.ciphers = p->ciphers;
    req.contexts.signings = p->signings;
    peer_begin(p, &m, SMB2_CMD_NEGOTIATE);
    negotiate_req_write(&m.w, &req);
    preauth_init(p->preauth);
    peer_send(p, &m);
    preauth_update(p->preauth, wr_written(&m.w));
    peer_take(p, &a);
    if (!a.present || !nt_ok(a.header.status))
        return status_of(&a);
    preauth_update(p->preauth, span_of(a.bytes, a.len));
    struct rd r = answer_body(&a);
    struct negotiate_rsp rsp;
    bool ok = negotiate_rsp_read(&r, &rsp);
    ASSERT(ok);
    p->dialect = rsp.dialect;
    p->signing = rsp.dialect >= SMB2_DIALECT_300 ? SIGN_AES_CMAC : SIGN_HMAC_SHA256;
    if (rsp.contexts.present & NEGOTIATE_HAS_SIGNING)
        p->signing = rsp.contexts.signings.v[0];
    p->cipher = rsp.capabilities & SMB2_CAP_ENCRYPTION ? CIPHER_AES128_CCM : CIPHER_NONE;
    if (rsp.contexts.present & NEGOTIATE_HAS_ENCRYPTION)
        p->cipher = rsp.contexts.ciphers.v[0];
    return STATUS_SUCCESS;
}

static void take_keys(struct peer *p, const struct logon *l, struct span session_key,
                      const uint8_t *preauth)
{
    struct smb3_keys keys = {0};
    struct smb3_kdf_args args = {.dialect = p->dialect,
                                 .cipher = p->cipher,
                                 .session_key = session_key,
                                 .preauth_hash = preauth};
    if (p->dialect >= SMB2_DIALECT_300)
        smb3_keys_derive(&args, &keys);
    else
        smb2_signing_key(session_key, keys.signing);
    signer_free(p->signer);
    p->signer = signer_new(p->signing, keys.signing);
    memcpy(p->key, keys.signing, sizeof(p->key));
    if (p->cipher == CIPHER_NONE || (l->flags & SMB2_SESSION_SETUP_BINDING))
        return;
    p->seal_out = sealer_new(p->cipher, keys.decrypt);
    p->seal_in = sealer_new(p->cipher, keys.encrypt);
}

/* One leg: sends the token, takes the answer. */
static ntstatus leg(struct peer *p, const struct logon *l, struct span token, struct answer *a)
{
    static struct message m;
    struct session_setup_req req = {
        .flags = l->flags,
        .security_mode = (uint8_t)p->security_mode,
        .previous_session_id = l->previous_session_id,
        .token = token,
    };
    uint32_t tree_id = p->tree_id;
    p->tree_id = 0;
    peer_begin(p, &m, SMB2_CMD_SESSION_SETUP);
    p->tree_id = tree_id;
    session_setup_req_write(&m.w, &req);
    peer_send(p, &m);
    preauth_update(p->preauth, wr_written(&m.w));
    peer_take(p, a);
    if (a->present)
        p->session_id = a->header.session_id;
    return status_of(a);
}

ntstatus peer_logon(struct peer *p, const struct logon *l)
{
    static struct answer a;
    uint8_t hash[AUTH_NT_HASH_BYTES] = {l->hash};
    uint8_t negotiated[PREAUTH_HASH_BYTES];
    memcpy(negotiated, p->preauth, sizeof(negotiated));
    bool known = p->signer && !(l->flags & SMB2_SESSION_SETUP_BINDING);
    struct auth_client_config config = {.user = l->user, .nt_hash = hash};
    struct auth_client *client CLEANUP(auth_client_free) = NULL;
    int rc = auth_client_new(&config, &client);
    ASSERT(rc == 0);
    struct span hint = auth_server_hint(), token;
    ntstatus status = STATUS_MORE_PROCESSING_REQUIRED;
    for (rc = auth_client_step(client, hint, &token); rc == 1;) {
        status = leg(p, l, token, &a);
        if (!nt_ok(status) && !nt_is(status, STATUS_MORE_PROCESSING_REQUIRED))
            break;
        if (nt_ok(status) && !known && auth_client_session_key(client).len > 0)
            take_keys(p, l, auth_client_session_key(client), p->preauth);
        preauth_update(p->preauth, span_of(a.bytes, a.len));
        struct session_setup_rsp rsp;
        struct rd r = answer_body(&a);
        if (!session_setup_rsp_read(&r, &rsp))
            break;
        if (nt_ok(status))
            p->seals = p->seals || (rsp.session_flags & SMB2_SESSION_ENCRYPT_DATA);
        rc = auth_client_step(client, rsp.token, &token);
    }
    memcpy(p->preauth, negotiated, sizeof(negotiated));
    return status;
}

ntstatus peer_tree(struct peer *p, const char *share)
{
    static struct message m;
    static struct answer a;
    uint8_t path[512];
    struct wr w = wr_of(mspan_of(path, sizeof(path)));
    bool ok = wr_utf16(&w, "\\\\server\\") && wr_utf16(&w, share);
    ASSERT(ok && wr_done(&w));
    struct tree_connect_req req = {.path = wr_written(&w)};
    peer_begin(p, &m, SMB2_CMD_TREE_CONNECT);
    tree_connect_req_write(&m.w, &req);
    peer_send(p, &m);
    peer_take(p, &a);
    if (a.present && nt_ok(a.header.status))
        p->tree_id = a.header.tree_id;
    return status_of(&a);
}

ntstatus peer_simple(struct peer *p, uint16_t command)
{
    static struct message m;
    static struct answer a;
    peer_begin(p, &m, command);
    simple_msg_write(&m.w);
    peer_send(p, &m);
    peer_take(p, &a);
    return status_of(&a);
}
