/* SPDX-License-Identifier: Apache-2.0
 *
 * The client engine against a server that says what the input says.
 *
 * The input's first byte chooses: 0x80 the harness logs the client on (else the input has to),
 * 0x40 the session signs, 0x20 it seals, with keys that the harness knows; the low two bits choose
 * the dialect then.  The rest is records: a control byte, a length in two bytes, and bytes.
 *
 *     0x01  the bytes are status (4), flags (1), credits (1) and body of an answer to the oldest
 *           request that has none; else they are a whole frame as it is
 *     0x02  answer the newest instead
 *     0x04  protect it as the session does; without this it goes in clear
 *     0x08  and send the next record without waiting for a request
 *
 * A request is followed by records until it has its answer; when they are used up, the server
 * hangs up. */
#include "client/call.h"
#include "crypto/seal.h"
#include "proto/sd.h"
#include "proto/session_setup.h"
#include "task/core.h"
#include "task/simio.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOGGED_ON 0x80u
#define SIGNS 0x40u
#define SEALS 0x20u
#define ANSWER 0x01u
#define NEWEST 0x02u
#define PROTECT 0x04u
#define MORE 0x08u

#define SESSION_ID 0x1234u
#define ASKED_MAX 16u
#define BATCHES_MAX 8u

static const uint8_t key[CIPHER_KEY_BYTES_MAX] = {1, 2, 3};

struct fuzz {
    struct rd in;
    uint8_t mode;
    struct transport *server, *client;
    struct asked {
        struct smb2_header h;
        bool sealed;
    } asked[ASKED_MAX]; /* without an answer, oldest first */
    unsigned asked_count;
    unsigned logged; /* answers the harness gave by itself */
    bool established;
};

static struct signer *signer;
static struct sealer *sealer;

struct frame_out {
    struct out_message out;
    uint8_t headroom[TRANSPORT_HEADROOM];
    uint8_t bytes[];
};

static void frame_out_release(struct out_message *m)
{
    free(container_of(m, struct frame_out, out));
}

static void frame_send(struct fuzz *f, struct span s)
{
    if (s.len == 0 || s.len >= 1u << 24)
        return;
    struct frame_out *o = xmalloc(sizeof(*o) + s.len);
    memcpy(o->bytes, s.p, s.len);
    o->out = (struct out_message){.iov = {{o->bytes, s.len}},
                                  .iov_count = 1,
                                  .bytes = s.len,
                                  .release = frame_out_release};
    transport_send(f->server, &o->out);
}

static void seal_and_send(struct fuzz *f, struct mspan message)
{
    size_t total = SMB2_TRANSFORM_HEADER_SIZE + message.len;
    uint8_t *bytes CLEANUP(free_bytes) = xmalloc(total);
    struct smb2_transform_header th = {
        .original_size = (uint32_t)message.len, .flags = 1, .session_id = SESSION_ID};
    ASSERT(sealer_nonce_next(sealer, th.nonce) == 0);
    struct wr w = wr_of(mspan_of(bytes, total));
    smb2_transform_header_write(&w, &th);
    wr_span(&w, span_ro(message));
    struct iovec iov = {bytes + SMB2_TRANSFORM_HEADER_SIZE, message.len};
    struct seal_message m = {
        .nonce = bytes + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(bytes + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    seal_encrypt(sealer, &m, bytes + SMB2_TRANSFORM_SIGNATURE_AT);
    frame_send(f, span_of(bytes, total));
}

/* A message of header and body, protected if it is to be. */
static void message_send(struct fuzz *f, struct asked *a, struct span body, bool protect)
{
    struct smb2_header *h = &a->h;
    size_t len = SMB2_HEADER_SIZE + body.len;
    uint8_t *bytes CLEANUP(free_bytes) = xmalloc(len);
    bool seal = protect && a->sealed;
    bool sign = protect && !seal && f->established && (f->mode & SIGNS);
    struct wr w = wr_of(mspan_of(bytes, len));
    h->flags |= sign ? SMB2_FLAG_SIGNED : 0;
    smb2_header_write(&w, h);
    wr_span(&w, body);
    ASSERT(wr_done(&w));
    if (sign) {
        struct iovec iov = {bytes, len};
        struct sign_nonce nonce = {.message_id = h->message_id, .from_server = true};
        signer_sign(signer, nonce, &iov, 1, bytes + SMB2_HEADER_SIGNATURE_AT);
    }
    if (seal)
        seal_and_send(f, mspan_of(bytes, len));
    else
        frame_send(f, span_of(bytes, len));
}

static struct asked asked_take(struct fuzz *f, bool newest)
{
    unsigned i = newest ? f->asked_count - 1 : 0;
    struct asked a = f->asked[i];
    f->asked_count--;
    memmove(f->asked + i, f->asked + i + 1, (f->asked_count - i) * sizeof(a));
    return a;
}

static void answer_send(struct fuzz *f, uint8_t control, struct rd *r)
{
    struct asked a = asked_take(f, control & NEWEST);
    ntstatus status = {rd_u32(r)};
    uint8_t flags = rd_u8(r);
    if (nt_is(status, STATUS_PENDING) && f->asked_count < ASKED_MAX)
        f->asked[f->asked_count++] = a;
    a.h.status = status;
    a.h.flags = SMB2_FLAG_RESPONSE | flags;
    a.h.async_id = 1;
    a.h.credits = rd_u8(r);
    a.h.next_command = 0;
    a.h.tree_id = 5;
    a.h.session_id = a.h.command == SMB2_CMD_NEGOTIATE ? 0 : SESSION_ID;
    message_send(f, &a, rd_span(r, rd_left(r)), control & PROTECT);
}

/* The next record; false when there is none. */
static bool record_play(struct fuzz *f, bool *ret_more)
{
    uint8_t control = rd_u8(&f->in);
    size_t len = rd_u16(&f->in);
    struct rd r = rd_of(rd_span(&f->in, MIN(len, rd_left(&f->in))));
    if (!rd_done(&f->in))
        return false;
    if ((control & ANSWER) && f->asked_count)
        answer_send(f, control, &r);
    else
        frame_send(f, rd_span(&r, rd_left(&r)));
    *ret_more = control & MORE;
    return true;
}

static void logon_answer(struct fuzz *f)
{
    static const uint16_t dialects[] = {SMB2_DIALECT_311, SMB2_DIALECT_302, SMB2_DIALECT_210,
                                        SMB2_DIALECT_202};
    uint8_t bytes[512];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    struct asked a = asked_take(f, false);
    wr_zero(&w, SMB2_HEADER_SIZE);
    if (f->logged++ == 0) {
        struct negotiate_rsp rsp = {
            .dialect = dialects[f->mode & 3],
            .capabilities = SMB2_CAP_LARGE_MTU | SMB2_CAP_ENCRYPTION,
            .transact_bytes_max = 65536,
            .read_bytes_max = 65536,
            .write_bytes_max = 65536,
            .contexts = {.present = NEGOTIATE_HAS_PREAUTH,
                         .hashes = {.v = {SMB2_PREAUTH_SHA512}, .count = 1}},
        };
        negotiate_rsp_write(&w, &rsp);
        a.h.session_id = 0;
    } else {
        struct session_setup_rsp rsp = {.session_flags = SMB2_SESSION_IS_NULL};
        session_setup_rsp_write(&w, &rsp);
        a.h.session_id = SESSION_ID;
    }
    a.h.status = STATUS_SUCCESS;
    a.h.flags = SMB2_FLAG_RESPONSE;
    struct span all = wr_written(&w);
    message_send(f, &a, span_of(all.p + SMB2_HEADER_SIZE, all.len - SMB2_HEADER_SIZE), false);
}

/* Notes what a frame of the client asks; sealed ones are opened as the client sealed them. */
static void frame_note(struct fuzz *f, struct mspan bytes)
{
    struct span rest = span_ro(bytes);
    struct rd r = rd_of(rest);
    bool sealed = rd_u32(&r) == SMB2_TRANSFORM_PROTOCOL_ID;
    if (sealed) {
        struct smb2_transform_header th;
        r = rd_of(rest);
        ASSERT(smb2_transform_header_read(&r, &th));
        struct iovec iov = {bytes.p + SMB2_TRANSFORM_HEADER_SIZE, rd_left(&r)};
        struct seal_message m = {.nonce = bytes.p + SMB2_TRANSFORM_NONCE_AT,
                                 .aad = span_of(bytes.p + SMB2_TRANSFORM_NONCE_AT, 32),
                                 .iov = &iov,
                                 .count = 1};
        ASSERT(seal_decrypt(sealer, &m, th.signature) == 0);
        rest = span_of(iov.iov_base, iov.iov_len);
    }
    for (size_t next = 1; next && f->asked_count < ASKED_MAX;) {
        struct asked *a = &f->asked[f->asked_count++];
        r = rd_of(rest);
        a->sealed = sealed;
        ASSERT(smb2_header_read(&r, &a->h));
        next = a->h.next_command;
        ASSERT(next <= rest.len);
        rest = span_of(rest.p + next, rest.len - next);
    }
}

static void server_task(struct task *t, void *arg)
{
    struct fuzz *f = arg;
    struct frame *frame;
    bool alive = true;
    while (alive && transport_recv(t, f->server, LIMIT_FRAME_BYTES_MAX, &frame) == 0) {
        frame_note(f, frame->bytes);
        frame_unref(frame);
        if ((f->mode & LOGGED_ON) && f->logged < 2) {
            logon_answer(f);
            continue;
        }
        bool more = false;
        while (alive && (more || f->asked_count))
            alive = record_play(f, &more);
    }
    (void)transport_drain(t, f->server);
    transport_free(f->server);
}

static void directory_use(struct task *t, struct client_tree *tree)
{
    struct client_file *dir;
    struct client_open_args args = {.path = "d", .disposition = FILE_OPEN};
    if (!nt_ok(client_open(t, tree, &args, &dir)))
        return;
    ntstatus status = STATUS_SUCCESS;
    for (unsigned i = 0; i < BATCHES_MAX && nt_ok(status); i++) {
        struct arena a;
        struct client_dirent *entries;
        size_t count;
        arena_init(&a);
        status = client_list(t, dir, &a, &entries, &count);
        for (size_t k = 0; nt_ok(status) && k < count; k++) {
            const char *name = entries[k].name;
            ASSERT(*name && !strpbrk(name, "/\\"));
            ASSERT(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
        }
        arena_fini(&a);
    }
    IGNORE(client_close(t, dir));
}

static void ranges_use(struct task *t, struct client_file *file)
{
    struct arena a;
    struct client_ranges ranges = {0};
    struct client_range within = {100, 100000};
    arena_init(&a);
    IGNORE(client_allocated_ranges(t, file, within, &a, &ranges));
    uint64_t at = within.offset;
    for (size_t i = 0; i < ranges.count; i++) {
        ASSERT(ranges.items[i].offset >= at && ranges.items[i].length > 0);
        at = ranges.items[i].offset + ranges.items[i].length;
        ASSERT(at <= within.offset + within.length);
    }
    arena_fini(&a);
}

static void file_use(struct task *t, struct client_tree *tree)
{
    struct client_file *file;
    struct client_open_args args = {.path = "f", .disposition = FILE_OPEN_IF};
    struct file_info info;
    static uint8_t bytes[66000]; /* two pieces of a small server */
    size_t len = 0;
    if (!nt_ok(client_open(t, tree, &args, &file)))
        return;
    IGNORE(client_read(t, file, 0, mspan_of(bytes, 100), &len));
    ASSERT(len <= 100);
    IGNORE(client_pread(t, file, 5, mspan_of(bytes, sizeof(bytes)), &len));
    ASSERT(len <= sizeof(bytes));
    IGNORE(client_pwrite(t, file, 5, span_of(bytes, sizeof(bytes)), &len));
    ASSERT(len <= sizeof(bytes));
    IGNORE(client_fstat(t, file, &info));
    IGNORE(client_set_end_of_file(t, file, 5));
    ranges_use(t, file);
    IGNORE(client_close(t, file));
}

static void connection_use(struct task *t, struct client_conn *c)
{
    struct client_tree *tree;
    struct file_info info;
    struct arena a;
    struct client_share *shares;
    size_t count;
    if (nt_ok(client_tree_connect(t, c, "s", &tree))) {
        IGNORE(client_stat(t, tree, "x", &info));
        directory_use(t, tree);
        file_use(t, tree);
        IGNORE(client_remove(t, tree, "x", false));
        client_tree_disconnect(t, tree);
    }
    arena_init(&a);
    IGNORE(client_list_shares(t, c, &a, &shares, &count));
    arena_fini(&a);
    ASSERT(c->pending.count == 0 && c->credits_flying == 0);
}

static void client_task(struct task *t, void *arg)
{
    struct fuzz *f = arg;
    struct client_options options = {.host = "h"};
    struct client_connect_args args = {&options, f->client};
    struct client_conn *c;
    struct client_error error;
    if (!nt_ok(client_connect_over(t, &args, &c, &error)))
        return;
    if ((f->mode & LOGGED_ON) && (f->mode & (SIGNS | SEALS))) {
        c->signer = signer_new(SIGN_AES_GMAC, key);
        c->seal_in = sealer_new(CIPHER_AES128_GCM, key);
        c->seal_out = sealer_new(CIPHER_AES128_GCM, key);
        c->sign = true;
        c->encrypt = f->mode & SEALS;
        f->established = true;
    }
    connection_use(t, c);
    client_disconnect(t, c);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    signer = signer_new(SIGN_AES_GMAC, key);
    sealer = sealer_new(CIPHER_AES128_GCM, key);
    hash_seed(1, 2);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = {.in = rd_of(span_of(data, size))};
    struct reactor_config config = {.index = 0};
    int fds[2];
    f.mode = rd_u8(&f.in);
    struct sim *sim = sim_new(1);
    struct reactor *r = sim_reactor_new(sim, &config);
    sim_socketpair(sim, fds);
    f.client = transport_tcp_new(r, fds[0]);
    f.server = transport_tcp_new(r, fds[1]);
    ASSERT(task_spawn(r, "server", server_task, &f));
    ASSERT(task_spawn(r, "client", client_task, &f));
    ASSERT(sim_run_until_idle(sim, UINT64_C(3600) * 1000000));
    struct reactor_counters counters;
    reactor_counters_read(r, &counters);
    ASSERT(counters.tasks_live == 0 && reactor_io(r)->bufs_out == 0);
    reactor_free(r);
    sim_free(sim);
    return 0;
}
