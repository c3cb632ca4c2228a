/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine does with single requests and compounds: credits, chains, pending replies and
 * their cancellation, and frames no client sends.  The store behind it is the fake one; waits are
 * reads of a pipe nobody writes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_nt.h"
#include "peer.h"
#include "proto/close_flush.h"
#include "proto/create.h"
#include "proto/read_write.h"
#include "proto/simple.h"
#include "wire/utf16.h"

static const struct smb2_file_id previous = {SMB2_ID_ALL_ONES, SMB2_ID_ALL_ONES};

static void expect(ntstatus got, ntstatus wanted)
{
    if (!nt_is(got, wanted))
        fail_msg("%s instead of %s", ntstatus_name(got), ntstatus_name(wanted));
}

static void expect_next(struct peer *p, ntstatus wanted)
{
    static struct answer a;
    peer_take(p, &a);
    assert_true(a.present);
    expect(a.header.status, wanted);
}

static void ready(struct peer *p, struct world *w, const struct smb_server_config *config)
{
    struct logon l = {.user = "user", .hash = 1};
    struct smb_share_config share = {.name = "d", .volume = (void *)w};
    world_init(w, 1, config);
    world_share(w, &share);
    peer_init(p, w);
    fake_reset();
    expect(peer_negotiate(p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(p, &l), STATUS_SUCCESS);
    expect(peer_tree(p, "d"), STATUS_SUCCESS);
}

static void done(struct peer *p, struct world *w)
{
    peer_fini(p);
    world_fini(w);
}

static void write_create(struct message *m, const char *name)
{
    uint8_t utf16[64];
    struct wr w = wr_of(mspan_of(utf16, sizeof(utf16)));
    assert_true(wr_utf16(&w, name));
    struct create_req req = {.impersonation_level = 2,
                             .desired_access = 0x12019F,
                             .share_access = 7,
                             .disposition = 1,
                             .name = wr_written(&w)};
    create_req_write(&m->w, &req);
}

static void write_read(struct message *m, struct smb2_file_id id, uint32_t length)
{
    struct read_req req = {.file_id = id, .length = length};
    read_req_write(&m->w, &req);
}

static void write_close(struct message *m, struct smb2_file_id id)
{
    struct close_req req = {.file_id = id};
    close_req_write(&m->w, &req);
}

static struct smb2_file_id open_file(struct peer *p, const char *name)
{
    static struct message m;
    static struct answer a;
    peer_begin(p, &m, SMB2_CMD_CREATE);
    write_create(&m, name);
    peer_send(p, &m);
    peer_take(p, &a);
    assert_true(a.present);
    expect(a.header.status, STATUS_SUCCESS);
    struct rd r = answer_body(&a);
    struct create_rsp rsp;
    assert_true(create_rsp_read(&r, &rsp));
    return rsp.file_id;
}

static void test_compound_related(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    static struct answer a[3];
    ready(&p, &w, NULL);
    memset(fake_open.data, 'x', fake_open.size = 5);
    peer_begin(&p, &m, SMB2_CMD_CREATE);
    write_create(&m, "f");
    peer_next(&p, &m, SMB2_CMD_READ, SMB2_FLAG_RELATED);
    write_read(&m, previous, 60000); /* makes the reply move to a larger buffer */
    peer_next(&p, &m, SMB2_CMD_CLOSE, SMB2_FLAG_RELATED);
    write_close(&m, previous);
    peer_send(&p, &m);
    for (unsigned i = 0; i < 3; i++) {
        peer_take(&p, &a[i]);
        assert_true(a[i].present);
        expect(a[i].header.status, STATUS_SUCCESS);
        struct iovec iov = {a[i].bytes, a[i].len};
        struct sign_nonce nonce = {.message_id = a[i].header.message_id, .from_server = true};
        assert_true(signer_check(p.signer, nonce, &iov, 1));
        assert_int_equal(a[i].header.flags & SMB2_FLAG_RELATED, i ? SMB2_FLAG_RELATED : 0);
    }
    struct rd r = answer_body(&a[1]);
    struct read_rsp rsp;
    assert_true(read_rsp_read(&r, &rsp));
    assert_true(span_equal(rsp.data, span_str("xxxxx")));
    assert_int_equal(fake_open.closes, 1);
    done(&p, &w);
}

static void test_compound_failures(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    ready(&p, &w, NULL);
    fake_open.answer = STATUS_OBJECT_NAME_NOT_FOUND; /* a CREATE's failure is handed on */
    peer_begin(&p, &m, SMB2_CMD_CREATE);
    write_create(&m, "f");
    peer_next(&p, &m, SMB2_CMD_CLOSE, SMB2_FLAG_RELATED);
    write_close(&m, previous);
    peer_next(&p, &m, SMB2_CMD_ECHO, 0);
    simple_msg_write(&m.w);
    peer_send(&p, &m);
    expect_next(&p, STATUS_OBJECT_NAME_NOT_FOUND);
    expect_next(&p, STATUS_OBJECT_NAME_NOT_FOUND);
    expect_next(&p, STATUS_SUCCESS);

    peer_begin(&p, &m, SMB2_CMD_CLOSE); /* nothing to be related to */
    m.header.flags = SMB2_FLAG_RELATED;
    write_close(&m, previous);
    peer_next(&p, &m, SMB2_CMD_CLOSE, SMB2_FLAG_RELATED);
    write_close(&m, previous);
    peer_send(&p, &m);
    expect_next(&p, STATUS_INVALID_PARAMETER);
    expect_next(&p, STATUS_INVALID_PARAMETER);

    peer_begin(&p, &m, SMB2_CMD_LOGOFF); /* the session goes half way */
    simple_msg_write(&m.w);
    peer_next(&p, &m, SMB2_CMD_CREATE, SMB2_FLAG_RELATED);
    write_create(&m, "f");
    peer_send(&p, &m);
    expect_next(&p, STATUS_SUCCESS);
    expect_next(&p, STATUS_INVALID_PARAMETER);
    done(&p, &w);
}

static void test_file_ids(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    ready(&p, &w, NULL);
    struct smb2_file_id id = open_file(&p, "f");
    struct smb2_file_id bad[] = {{id.persistent_id + 1, id.volatile_id},
                                 {id.persistent_id, id.volatile_id + 1},
                                 {id.persistent_id, id.volatile_id + (1ull << 32)},
                                 previous};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        peer_begin(&p, &m, SMB2_CMD_CLOSE);
        write_close(&m, bad[i]);
        peer_send(&p, &m);
        expect_next(&p, STATUS_FILE_CLOSED);
    }
    uint32_t tree = p.tree_id;
    expect(peer_tree(&p, "d"), STATUS_SUCCESS); /* through another tree */
    peer_begin(&p, &m, SMB2_CMD_CLOSE);
    write_close(&m, id);
    peer_send(&p, &m);
    expect_next(&p, STATUS_FILE_CLOSED);
    p.tree_id = tree;
    assert_int_equal(fake_open.closes, 0);
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    assert_int_equal(fake_open.closes, 1);
    done(&p, &w);
}

/* A read of a pipe nobody writes to. */
static struct smb2_file_id wait_begin(struct peer *p, uint64_t *ret_async)
{
    static struct message m;
    static struct answer a;
    expect(peer_tree(p, "IPC$"), STATUS_SUCCESS);
    struct smb2_file_id id = open_file(p, "srvsvc");
    peer_begin(p, &m, SMB2_CMD_READ);
    write_read(&m, id, 100);
    peer_send(p, &m);
    peer_take(p, &a);
    assert_true(a.present);
    expect(a.header.status, STATUS_PENDING);
    assert_true(a.header.flags & SMB2_FLAG_ASYNC);
    assert_true(a.header.credits > 0);
    *ret_async = a.header.async_id;
    return id;
}

static void send_cancel(struct peer *p, uint64_t async_id, uint64_t message_id)
{
    static struct message m;
    peer_begin(p, &m, SMB2_CMD_CANCEL);
    p->message_id--;
    m.header.message_id = message_id;
    if (async_id) {
        m.header.flags |= SMB2_FLAG_ASYNC;
        m.header.async_id = async_id;
    }
    simple_msg_write(&m.w);
    peer_send(p, &m);
}

static void test_cancel(void **state)
{
    struct world w;
    struct peer p;
    static struct answer a;
    ready(&p, &w, NULL);
    for (unsigned by_async = 0; by_async < 2; by_async++) {
        uint64_t async_id;
        (void)wait_begin(&p, &async_id);
        uint64_t message_id = p.message_id - 1;
        send_cancel(&p, async_id + 1, 0);
        send_cancel(&p, 0, message_id + 5);
        peer_take(&p, &a);
        assert_false(a.present);
        send_cancel(&p, by_async ? async_id : 0, message_id);
        peer_take(&p, &a);
        assert_true(a.present);
        expect(a.header.status, STATUS_CANCELLED);
        assert_int_equal(a.header.message_id, message_id);
        assert_int_equal(a.header.async_id, async_id);
        assert_int_equal(a.header.credits, 0);
        send_cancel(&p, by_async ? async_id : 0, message_id); /* twice does no harm */
        peer_take(&p, &a);
        assert_false(a.present);
    }
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    done(&p, &w);
}

/* CLOSE, TREE_DISCONNECT, LOGOFF and hanging up end a wait, and in this order come the replies. */
static void test_waits_end(void **state)
{
    static struct message m;
    struct world w;
    struct peer p;
    uint64_t async_id;
    ready(&p, &w, NULL);
    struct smb2_file_id id = wait_begin(&p, &async_id);
    peer_begin(&p, &m, SMB2_CMD_CLOSE);
    write_close(&m, id);
    peer_send(&p, &m);
    expect_next(&p, STATUS_PIPE_BROKEN);
    expect_next(&p, STATUS_SUCCESS);
    static const uint16_t commands[] = {SMB2_CMD_TREE_DISCONNECT, SMB2_CMD_LOGOFF};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        (void)wait_begin(&p, &async_id);
        expect(peer_simple(&p, commands[i]), STATUS_PIPE_BROKEN);
        expect_next(&p, STATUS_SUCCESS);
    }
    done(&p, &w);
    ready(&p, &w, NULL);
    (void)wait_begin(&p, &async_id);
    peer_cut(&p);
    done(&p, &w);
}

static void test_limit_of_pending(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    static struct answer a;
    ready(&p, &w, NULL);
    p.credits_asked = 2000;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    uint64_t async_id;
    struct smb2_file_id id = wait_begin(&p, &async_id);
    for (unsigned i = 1; i <= LIMIT_ASYNC_PER_CONNECTION_MAX; i++) {
        peer_begin(&p, &m, SMB2_CMD_READ);
        write_read(&m, id, 100);
        peer_send(&p, &m);
        peer_take(&p, &a);
        assert_true(a.present);
        expect(a.header.status, i < LIMIT_ASYNC_PER_CONNECTION_MAX
                                    ? STATUS_PENDING
                                    : STATUS_INSUFFICIENT_RESOURCES);
    }
    done(&p, &w);
}

static void test_credits(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    static struct answer a;
    struct smb_server_config config = {.credits_max = 100};
    ready(&p, &w, &config);
    peer_begin(&p, &m, SMB2_CMD_ECHO);
    m.header.credits = 5000;
    simple_msg_write(&m.w);
    peer_send(&p, &m);
    peer_take(&p, &a);
    assert_true(a.present);
    struct smb2_file_id id = open_file(&p, "f");
    peer_begin(&p, &m, SMB2_CMD_READ); /* 128 KiB cost two */
    write_read(&m, id, 65537);
    peer_send(&p, &m);
    expect_next(&p, STATUS_INVALID_PARAMETER);
    peer_begin(&p, &m, SMB2_CMD_READ);
    m.header.credit_charge = 2;
    p.message_id++;
    write_read(&m, id, 65537);
    peer_send(&p, &m);
    expect_next(&p, STATUS_END_OF_FILE);
    p.message_id -= 1; /* the second of the two was used up with the first */
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_CONNECTION_RESET);
    assert_false(p.reading);
    done(&p, &w);
}

/* Frames that end the connection. */
static void test_broken_frames(void **state)
{
    static const struct {
        size_t at, len;
        uint64_t value;
        size_t cut;
    } cases[] = {
        {0, 4, 0x424D53FC, 0},  /* compressed */
        {0, 4, 0x424D53FF, 0},  /* SMB1 */
        {0, 4, 0x12345678, 0},  {4, 2, 65, 0},           {16, 4, 1, 0}, /* a response */
        {20, 4, 4, 0},          {20, 4, 72, 0},          {20, 4, 0xFFFFFFF8, 0},
        {20, 4, 65, 0},         {24, 8, 0, 0},           {24, 8, 1ull << 40, 0},
        {6, 2, 9999, 0},        {0, 0, 0, 63},           {0, 0, 0, 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        struct peer p;
        static struct message m;
        ready(&p, &w, NULL);
        peer_begin(&p, &m, SMB2_CMD_ECHO);
        simple_msg_write(&m.w);
        memcpy(m.bytes + cases[i].at, &cases[i].value, cases[i].len);
        size_t len = cases[i].cut ? cases[i].cut : wr_pos(&m.w);
        peer_send_raw(&p, span_of(m.bytes, len));
        if (p.reading)
            fail_msg("case %zu was taken", i);
        done(&p, &w);
    }
}

/* The length of a chain is limited, each of its elements is checked for itself. */
static void test_long_chain(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    struct smb_server_config config = {.signing_required = true};
    ready(&p, &w, &config);
    p.credits_asked = 200;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    for (unsigned count = LIMIT_COMPOUND_MAX; count <= LIMIT_COMPOUND_MAX + 1; count++) {
        peer_begin(&p, &m, SMB2_CMD_ECHO);
        simple_msg_write(&m.w);
        for (unsigned i = 1; i < count; i++) {
            p.plain = i == 3;
            peer_next(&p, &m, SMB2_CMD_ECHO, 0);
            simple_msg_write(&m.w);
        }
        p.plain = false;
        peer_send(&p, &m);
        for (unsigned i = 0; i < count && p.reading; i++)
            expect_next(&p, i == 2 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS);
    }
    assert_false(p.reading);
    done(&p, &w);
}

static void test_sealed(void **state)
{
    struct world w;
    struct peer p;
    static struct message m;
    struct smb_server_config config = {.encryption = SMB_ENCRYPT_OFFERED};
    ready(&p, &w, &config);
    p.seals = true;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    uint64_t async_id;
    (void)wait_begin(&p, &async_id); /* the interim reply is sealed too, or peer_take fails */
    struct sealer *right = p.seal_out;
    uint8_t key[CIPHER_KEY_BYTES_MAX] = {1};
    p.seal_out = sealer_new(p.cipher, key);
    peer_begin(&p, &m, SMB2_CMD_ECHO);
    simple_msg_write(&m.w);
    peer_send(&p, &m);
    assert_false(p.reading);
    sealer_free(p.seal_out);
    p.seal_out = right;
    done(&p, &w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compound_related),
        cmocka_unit_test(test_compound_failures),
        cmocka_unit_test(test_file_ids),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_waits_end),
        cmocka_unit_test(test_limit_of_pending),
        cmocka_unit_test(test_credits),
        cmocka_unit_test(test_broken_frames),
        cmocka_unit_test(test_long_chain),
        cmocka_unit_test(test_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
