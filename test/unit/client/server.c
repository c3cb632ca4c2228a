/* SPDX-License-Identifier: Apache-2.0
 *
 * The scripted server: its logon and what it answers by itself. */
#include "server.h"

#include "auth/ntlm.h"
#include "crypto/preauth.h"
#include "proto/dir_info.h"
#include "proto/info.h"
#include "task/core.h"

struct frame_out {
    struct out_message out;
    uint8_t headroom[TRANSPORT_HEADROOM];
    uint8_t bytes[];
};

static void frame_out_release(struct out_message *m)
{
    free(container_of(m, struct frame_out, out));
}

void server_send_raw(struct server *s, const void *bytes, size_t len)
{
    struct frame_out *f = xcalloc(1, sizeof(*f) + len);
    memcpy(f->bytes, bytes, len);
    f->out.iov[0] = (struct iovec){f->bytes, len};
    f->out.iov_count = 1;
    f->out.bytes = len;
    f->out.release = frame_out_release;
    transport_send(s->transport, &f->out);
}

struct answer *answer_new(const struct server *s, const struct asked *q, ntstatus status)
{
    struct answer *a = NEW(struct answer);
    a->h = q->h;
    a->h.status = status;
    a->h.flags = SMB2_FLAG_RESPONSE | (q->h.flags & SMB2_FLAG_RELATED);
    a->h.next_command = 0;
    a->h.credits = s->script->no_credits ? 0
                   : s->script->credits  ? s->script->credits
                                         : q->h.credits;
    a->sealed = q->sealed;
    a->h.session_id = s->legs ? SERVER_SESSION_ID : 0;
    a->w = wr_of(mspan_of(a->bytes, sizeof(a->bytes)));
    wr_zero(&a->w, SMB2_HEADER_SIZE);
    return a;
}

static void header_put(struct answer *a)
{
    struct wr w = wr_of(mspan_of(a->bytes, SMB2_HEADER_SIZE));
    smb2_header_write(&w, &a->h);
    assert_true(wr_done(&w));
}

static void answer_sign(const struct server *s, struct answer *a)
{
    struct iovec iov = {a->bytes, wr_pos(&a->w)};
    struct sign_nonce nonce = {.message_id = a->h.message_id, .from_server = true};
    signer_sign(s->signer, nonce, &iov, 1, a->bytes + SMB2_HEADER_SIGNATURE_AT);
}

static void send_sealed(struct server *s, struct answer *a)
{
    size_t len = wr_pos(&a->w);
    uint8_t *bytes = xmalloc(SMB2_TRANSFORM_HEADER_SIZE + len);
    struct smb2_transform_header th = {
        .original_size = (uint32_t)len,
        .flags = 1,
        .session_id = SERVER_SESSION_ID + a->other_seal_session};
    assert_int_equal(sealer_nonce_next(s->seal_out, th.nonce), 0);
    struct wr w = wr_of(mspan_of(bytes, SMB2_TRANSFORM_HEADER_SIZE));
    smb2_transform_header_write(&w, &th);
    memcpy(bytes + SMB2_TRANSFORM_HEADER_SIZE, a->bytes, len);
    struct iovec iov = {bytes + SMB2_TRANSFORM_HEADER_SIZE, len};
    struct seal_message m = {
        .nonce = bytes + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(bytes + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    seal_encrypt(s->seal_out, &m, bytes + SMB2_TRANSFORM_SIGNATURE_AT);
    bytes[SMB2_TRANSFORM_HEADER_SIZE + 10] ^= a->forged;
    server_send_raw(s, bytes, SMB2_TRANSFORM_HEADER_SIZE + len);
    free(bytes);
}

void answer_send(struct server *s, struct answer *a)
{
    assert_true(wr_done(&a->w));
    bool seal = a->sealed && !a->plain, sign = s->signs && !a->sealed && !a->plain;
    a->h.flags |= sign ? SMB2_FLAG_SIGNED : 0;
    header_put(a);
    if (sign)
        answer_sign(s, a);
    if (seal) {
        send_sealed(s, a);
    } else {
        a->bytes[SMB2_HEADER_SIGNATURE_AT] ^= a->forged;
        server_send_raw(s, a->bytes, wr_pos(&a->w));
    }
    free(a);
}

/* Puts `a` behind what is kept of its chain; the signature of each part is made here. */
static void chain_add(struct server *s, struct answer *a, bool last)
{
    if (!last) {
        wr_align(&a->w, 8);
        a->h.next_command = (uint32_t)wr_pos(&a->w);
    }
    a->h.flags |= s->signs ? SMB2_FLAG_SIGNED : 0;
    header_put(a);
    if (s->signs)
        answer_sign(s, a);
    if (s->kept) {
        wr_span(&s->kept->w, wr_written(&a->w));
        free(a);
    } else {
        s->kept = a;
    }
    if (last) {
        server_send_raw(s, s->kept->bytes, wr_pos(&s->kept->w));
        free(TAKE(s->kept));
    }
}

void answer_error(struct server *s, const struct asked *q, ntstatus status)
{
    struct answer *a = answer_new(s, q, status);
    wr_u16(&a->w, 9);
    wr_zero(&a->w, 7);
    answer_send(s, a);
}

struct answer *answer_interim(const struct server *s, const struct asked *q, uint64_t async_id)
{
    struct answer *a = answer_new(s, q, STATUS_PENDING);
    a->h.flags |= SMB2_FLAG_ASYNC;
    a->h.async_id = async_id;
    a->plain = !a->sealed;
    wr_u16(&a->w, 9);
    wr_zero(&a->w, 7);
    return a;
}

static int lookup(void *ctx, const char *user, const char *domain, struct auth_account *ret)
{
    (void)ctx;
    (void)domain;
    if (strcmp(user, SERVER_USER) != 0)
        return -ENOENT;
    snprintf(ret->name, sizeof(ret->name), "%s", user);
    return ntlm_hash_password(SERVER_PASSWORD, ret->nt_hash);
}

static const struct auth_server_config auth_config = {
    .netbios_name = "NAS", .lookup = lookup, .allow_anonymous = true};

static void answer_negotiate(struct server *s, const struct asked *q)
{
    const struct script *script = s->script;
    uint16_t dialect = script->dialect ? script->dialect : SMB2_DIALECT_311;
    bool seals = dialect >= SMB2_DIALECT_300 && script->cipher != CIPHER_NONE;
    s->negotiated = (struct negotiate_rsp){
        .security_mode = SMB2_SIGNING_ENABLED,
        .dialect = dialect,
        .server_guid = {{1, 2, 3}},
        .capabilities = SMB2_CAP_LARGE_MTU | (seals ? SMB2_CAP_ENCRYPTION : 0),
        .transact_bytes_max = 1 << 20,
        .read_bytes_max = 1 << 20,
        .write_bytes_max = 1 << 20,
        .token = auth_server_hint(),
        .contexts = {.present = NEGOTIATE_HAS_PREAUTH | NEGOTIATE_HAS_SIGNING |
                                (seals ? NEGOTIATE_HAS_ENCRYPTION : 0),
                     .hashes = {.v = {SMB2_PREAUTH_SHA512}, .count = 1},
                     .salt = span_str("salt"),
                     .signings = {.v = {SIGN_AES_GMAC}, .count = 1},
                     .ciphers = {.v = {(uint16_t)script->cipher}, .count = 1}},
    };
    if (script->negotiate)
        script->negotiate(&s->negotiated);
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    negotiate_rsp_write(&a->w, &s->negotiated);
    header_put(a);
    preauth_update(s->preauth, wr_written(&a->w));
    answer_send(s, a);
}

static void keys_install(struct server *s)
{
    const struct auth_identity *id = auth_server_identity(s->auth);
    struct span key = span_of(id->session_key, id->session_key_len);
    uint16_t dialect = s->negotiated.dialect;
    struct smb3_keys keys;
    if (key.len == 0)
        return;
    if (dialect < SMB2_DIALECT_300) {
        smb2_signing_key(key, keys.signing);
        s->signer = signer_new(SIGN_HMAC_SHA256, keys.signing);
        s->signs = true;
        return;
    }
    bool full = dialect == SMB2_DIALECT_311;
    enum cipher cipher = full ? s->script->cipher : CIPHER_AES128_CCM;
    smb3_keys_derive(&(struct smb3_kdf_args){.dialect = dialect,
                                             .cipher = cipher,
                                             .session_key = key,
                                             .preauth_hash = s->preauth},
                     &keys);
    s->signer = signer_new(full ? SIGN_AES_GMAC : SIGN_AES_CMAC, keys.signing);
    if (cipher != CIPHER_NONE) {
        s->seal_out = sealer_new(cipher, keys.encrypt);
        s->seal_in = sealer_new(cipher, keys.decrypt);
    }
    s->signs = true;
}

static void answer_session_setup(struct server *s, struct asked *q)
{
    struct session_setup_req req;
    struct auth_output out;
    assert_true(session_setup_req_read(&q->body, &req));
    s->legs++;
    int step = auth_server_step(s->auth, req.token, &out);
    if (step < 0) {
        answer_error(s, q, STATUS_LOGON_FAILURE);
        return;
    }
    ntstatus status = step ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_SUCCESS;
    struct answer *a = answer_new(s, q, status);
    struct session_setup_rsp rsp = {step ? 0 : s->script->session_flags, out.token};
    if (step == 0)
        keys_install(s);
    if (s->script->logon)
        s->script->logon(s, a, &rsp);
    session_setup_rsp_write(&a->w, &rsp);
    header_put(a);
    if (step)
        preauth_update(s->preauth, wr_written(&a->w));
    answer_send(s, a);
}

static void body_read(struct server *s, struct answer *a, const struct asked *q)
{
    struct read_req req;
    struct rd r = q->body;
    static uint8_t bytes[SERVER_FILE_BYTES];
    assert_true(read_req_read(&r, &req));
    if (req.offset >= SERVER_FILE_BYTES) {
        a->h.status = STATUS_END_OF_FILE;
        wr_u16(&a->w, 9);
        wr_zero(&a->w, 7);
        return;
    }
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    size_t len = MIN((size_t)req.length, SERVER_FILE_BYTES - (size_t)req.offset);
    read_rsp_write(&a->w, &(struct read_rsp){.data = span_of(bytes + req.offset, len)});
}

static void body_query_dir(struct server *s, struct answer *a, const struct asked *q)
{
    struct query_dir_req req;
    struct rd r = q->body;
    assert_true(query_dir_req_read(&r, &req));
    if (!(req.flags & SMB2_RESTART_SCANS)) {
        a->h.status = STATUS_NO_MORE_FILES;
        wr_u16(&a->w, 9);
        wr_zero(&a->w, 7);
        return;
    }
    static const char *const names[] = {".", "..", "one", "two"};
    struct wr_hole hole = output_rsp_begin(&a->w);
    struct dir_writer d = dir_writer_of(&a->w, req.info_class);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_int_equal(dir_writer_add(&d, &(struct dir_entry){.name = names[i]}), DIR_ADDED);
    output_rsp_end(&a->w, hole);
}

static void body_ioctl(struct server *s, struct answer *a, const struct asked *q)
{
    struct ioctl_req req;
    struct rd r = q->body;
    assert_true(ioctl_req_read(&r, &req));
    uint8_t bytes[64];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    if (req.ctl_code == FSCTL_VALIDATE_NEGOTIATE_INFO)
        validate_negotiate_rsp_write(&w, &(struct validate_negotiate_rsp){
                                             .capabilities = s->negotiated.capabilities,
                                             .server_guid = s->negotiated.server_guid,
                                             .security_mode = s->negotiated.security_mode,
                                             .dialect = s->negotiated.dialect});
    ioctl_rsp_write(&a->w, &(struct ioctl_rsp){.ctl_code = req.ctl_code,
                                               .file_id = req.file_id,
                                               .output = wr_written(&w)});
}

static void body_write(struct answer *a, const struct asked *q)
{
    struct write_req req;
    struct rd r = q->body;
    assert_true(write_req_read(&r, &req));
    write_rsp_write(&a->w, &(struct write_rsp){.count = req.length});
}

static void body_query_info(struct answer *a)
{
    struct wr_hole hole = output_rsp_begin(&a->w);
    struct file_info info = {.end_of_file = SERVER_FILE_BYTES};
    assert_true(nt_ok(file_info_write(&a->w, FILE_NETWORK_OPEN_INFORMATION, &info)));
    output_rsp_end(&a->w, hole);
}

struct answer *answer_default(struct server *s, const struct asked *q)
{
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    switch (q->h.command) {
    case SMB2_CMD_TREE_CONNECT:
        a->h.tree_id = SERVER_TREE_ID;
        tree_connect_rsp_write(&a->w, &(struct tree_connect_rsp){
                                          .share_type = 1, .share_flags = s->script->share_flags});
        break;
    case SMB2_CMD_CREATE:
        create_rsp_write(&a->w, &(struct create_rsp){.file_id = {1, 2},
                                                     .end_of_file = SERVER_FILE_BYTES});
        break;
    case SMB2_CMD_CLOSE:
        close_rsp_write(&a->w, &(struct close_rsp){0});
        break;
    case SMB2_CMD_READ:
        body_read(s, a, q);
        break;
    case SMB2_CMD_WRITE:
        body_write(a, q);
        break;
    case SMB2_CMD_QUERY_DIRECTORY:
        body_query_dir(s, a, q);
        break;
    case SMB2_CMD_QUERY_INFO:
        body_query_info(a);
        break;
    case SMB2_CMD_SET_INFO:
        set_info_rsp_write(&a->w);
        break;
    case SMB2_CMD_IOCTL:
        body_ioctl(s, a, q);
        break;
    default:
        simple_msg_write(&a->w);
    }
    return a;
}

static void request_take(struct task *t, struct server *s, struct asked *q, struct span message)
{
    s->requests++;
    if (s->script->garbage) {
        server_send_raw(s, s->script->garbage, strlen(s->script->garbage));
    } else if (q->h.command == SMB2_CMD_NEGOTIATE) {
        preauth_update(s->preauth, message);
        answer_negotiate(s, q);
    } else if (s->script->silent_after_negotiate) {
        return;
    } else if (q->h.command == SMB2_CMD_SESSION_SETUP) {
        preauth_update(s->preauth, message);
        answer_session_setup(s, q);
    } else if (!s->script->on || !s->script->on(t, s, q)) {
        struct answer *a = answer_default(s, q);
        if (s->script->joined && !q->sealed)
            chain_add(s, a, q->h.next_command == 0);
        else
            answer_send(s, a);
    }
}

static void signature_check(const struct server *s, const struct asked *q, struct span message)
{
    struct iovec iov = {(void *)(uintptr_t)message.p, message.len};
    struct sign_nonce nonce = {.message_id = q->h.message_id};
    if (s->signs && !q->sealed) {
        assert_true(q->h.flags & SMB2_FLAG_SIGNED);
        assert_true(signer_check(s->signer, nonce, &iov, 1));
    }
}

static void chain_take(struct task *t, struct server *s, struct span rest, bool sealed)
{
    for (;;) {
        struct asked q = {.sealed = sealed, .body = rd_of(rest)};
        assert_true(smb2_header_read(&q.body, &q.h));
        size_t len = q.h.next_command ? q.h.next_command : rest.len;
        assert_true(len <= rest.len);
        q.body.end = rest.p + len;
        signature_check(s, &q, span_of(rest.p, len));
        request_take(t, s, &q, span_of(rest.p, len));
        if (!q.h.next_command)
            return;
        rest = span_of(rest.p + len, rest.len - len);
    }
}

static void frame_take(struct task *t, struct server *s, struct mspan bytes)
{
    struct rd r = rd_of(span_ro(bytes));
    struct smb2_transform_header th;
    if (rd_u32(&r) != SMB2_TRANSFORM_PROTOCOL_ID) {
        chain_take(t, s, span_ro(bytes), false);
        return;
    }
    r = rd_of(span_ro(bytes));
    assert_true(smb2_transform_header_read(&r, &th));
    struct iovec iov = {bytes.p + SMB2_TRANSFORM_HEADER_SIZE, th.original_size};
    struct seal_message m = {
        .nonce = bytes.p + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(bytes.p + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    assert_int_equal(seal_decrypt(s->seal_in, &m, th.signature), 0);
    chain_take(t, s, span_of(iov.iov_base, iov.iov_len), true);
}

void server_task(struct task *t, void *arg)
{
    struct server *s = arg;
    struct frame *f;
    s->auth = auth_server_new(&auth_config);
    while (transport_recv(t, s->transport, LIMIT_FRAME_BYTES_MAX, &f) == 0) {
        frame_take(t, s, f->bytes);
        frame_unref(f);
    }
    s->gone = true;
    s->auth = auth_server_free(s->auth);
    s->signer = signer_free(s->signer);
    s->seal_in = sealer_free(s->seal_in);
    s->seal_out = sealer_free(s->seal_out);
    free(TAKE(s->kept));
    transport_free(TAKE(s->transport));
}

static void client_task(struct task *t, void *arg)
{
    struct world *w = arg;
    struct reactor *r = task_reactor(t);
    uint64_t began = sim_now_us(w->sim);
    int fds[2];
    sim_socketpair(w->sim, fds);
    w->server.script = &w->script;
    w->server.transport = transport_tcp_new(r, fds[1]);
    assert_non_null(task_spawn(r, "server", server_task, &w->server));
    struct client_connect_args args = {&w->options, transport_tcp_new(r, fds[0])};
    w->connected = client_connect_over(t, &args, &w->conn, &w->error);
    if (nt_ok(w->connected)) {
        snprintf(w->protection, sizeof(w->protection), "%s", client_protection(w->conn));
        if (w->fn)
            w->fn(t, w);
        client_disconnect(t, w->conn);
    }
    w->took_us = sim_now_us(w->sim) - began;
    w->finished = true;
}

struct world world_of(void (*fn)(struct task *t, struct world *w))
{
    return (struct world){
        .fn = fn,
        .script = {.cipher = CIPHER_AES128_GCM},
        .options = {.host = "nas", .user = SERVER_USER, .password = SERVER_PASSWORD},
    };
}

void world_run(struct world *w)
{
    struct reactor_config config = {.index = 0};
    w->sim = sim_new(1);
    struct reactor *r = sim_reactor_new(w->sim, &config);
    assert_non_null(task_spawn(r, "client", client_task, w));
    assert_true(sim_run_until_idle(w->sim, UINT64_C(3600) * 1000000));
    assert_true(w->finished);
    assert_true(w->server.gone);
    struct reactor_counters c;
    reactor_counters_read(r, &c);
    assert_int_equal(c.tasks_live, 0);
    assert_int_equal(reactor_io(r)->bufs_out, 0);
    reactor_free(r);
    sim_free(w->sim);
}
