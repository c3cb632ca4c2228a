/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine as its clients see it: negotiation, sessions, trees, protection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "peer.h"
#include "proto/smb1_negotiate.h"

static const struct logon as_user = {.user = "user", .hash = 1};
static const struct logon as_nobody = {.user = ""};

static void expect(ntstatus got, ntstatus wanted)
{
    if (!nt_is(got, wanted))
        fail_msg("%s instead of %s", ntstatus_name(got), ntstatus_name(wanted));
}

static void test_dialects_and_algorithms(void **state)
{
    static const uint16_t dialects[] = {0x0202, 0x0210, 0x0300, 0x0302, 0x0311};
    struct world w;
    struct smb_server_config config = {.signing_required = true};
    world_init(&w, 1, &config);
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
        for (unsigned sealed = 0; sealed < 2; sealed++) {
            struct peer p;
            peer_init(&p, &w);
            expect(peer_negotiate(&p, dialects[i]), STATUS_SUCCESS);
            assert_int_equal(p.dialect, dialects[i]);
            expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
            assert_non_null(p.signer);
            p.seals = sealed && p.seal_out;
            expect(peer_tree(&p, "ipc$"), STATUS_SUCCESS);
            expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
            expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
            expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_NETWORK_NAME_DELETED);
            expect(peer_simple(&p, SMB2_CMD_LOGOFF), STATUS_SUCCESS);
            expect(peer_simple(&p, SMB2_CMD_LOGOFF),
                   p.seals ? STATUS_CONNECTION_RESET : STATUS_USER_SESSION_DELETED);
            peer_fini(&p);
        }
    }
    world_fini(&w);
}

static void test_negotiate_refusals(void **state)
{
    struct world w;
    struct smb_server_config config = {.dialect_min = 0x0300};
    world_init(&w, 1, &config);
    struct peer p;
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0210), STATUS_NOT_SUPPORTED);
    expect(peer_negotiate(&p, 0x0999), STATUS_NOT_SUPPORTED);
    p.ciphers = (struct negotiate_ids){{0x77}, 1}; /* nothing in common: no encryption */
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    assert_int_equal(p.cipher, CIPHER_NONE);
    expect(peer_negotiate(&p, 0x0311), STATUS_CONNECTION_RESET); /* the second one */
    assert_false(p.reading);
    peer_fini(&p);
    world_fini(&w);
}

static void test_smb1_upgrade(void **state)
{
    struct world w;
    world_init(&w, 1, NULL);
    for (unsigned any = 0; any < 2; any++) {
        struct peer p;
        static struct answer a;
        uint8_t bytes[256];
        struct wr m = wr_of(mspan_of(bytes, sizeof(bytes)));
        struct smb1_negotiate_req req = {.offers_smb_2_002 = true, .offers_smb_2_any = any};
        peer_init(&p, &w);
        smb1_negotiate_req_write(&m, &req);
        peer_send_raw(&p, wr_written(&m));
        peer_take(&p, &a);
        assert_true(a.present);
        struct rd r = answer_body(&a);
        struct negotiate_rsp rsp;
        assert_true(negotiate_rsp_read(&r, &rsp));
        assert_int_equal(rsp.dialect, any ? 0x02FF : 0x0202);
        p.message_id = 1;
        p.dialect = rsp.dialect == 0x0202 ? 0x0202 : 0;
        if (any)
            expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
        expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
        expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
        peer_fini(&p);
    }
    world_fini(&w);
}

static void test_logon_refusals(void **state)
{
    struct world w;
    world_init(&w, 1, NULL);
    struct peer p;
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    struct logon wrong = {.user = "user", .hash = 9};
    expect(peer_logon(&p, &wrong), STATUS_LOGON_FAILURE);
    expect(peer_simple(&p, SMB2_CMD_LOGOFF), STATUS_USER_SESSION_DELETED);
    p.session_id = 0;
    expect(peer_logon(&p, &as_nobody), STATUS_LOGON_FAILURE);
    p.session_id = 0x1234567;
    expect(peer_logon(&p, &as_user), STATUS_USER_SESSION_DELETED);
    p.session_id = 0;
    struct logon bind = {.user = "user", .hash = 1, .flags = SMB2_SESSION_SETUP_BINDING};
    expect(peer_logon(&p, &bind), STATUS_USER_SESSION_DELETED);
    p.session_id = 0;
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

static void test_unsigned_and_forged(void **state)
{
    struct world w;
    struct smb_server_config config = {.signing_required = true};
    world_init(&w, 1, &config);
    struct peer p;
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0302), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    p.plain = true;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_ACCESS_DENIED);
    expect(peer_tree(&p, "IPC$"), STATUS_ACCESS_DENIED);
    p.plain = false;
    uint8_t key[SIGN_KEY_BYTES] = {1};
    struct signer *right = p.signer;
    p.signer = signer_new(SIGN_AES_CMAC, key);
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_ACCESS_DENIED);
    expect(peer_logon(&p, &as_user), STATUS_ACCESS_DENIED);
    signer_free(p.signer);
    p.signer = right;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    peer_fini(&p);

    world_stop(&w);
    world_serve(&w, NULL); /* 3.1.1: a TREE_CONNECT nobody vouches for ends the connection */
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    p.plain = true;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    expect(peer_tree(&p, "IPC$"), STATUS_CONNECTION_RESET);
    assert_false(p.reading);
    peer_fini(&p);
    world_fini(&w);
}

static void test_encryption_policy(void **state)
{
    struct world w;
    struct smb_server_config config = {.encryption = SMB_ENCRYPT_REQUIRED};
    world_init(&w, 1, &config);
    struct peer p;
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    assert_true(p.seals);
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    p.seals = false;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_ACCESS_DENIED);
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_ACCESS_DENIED);
    p.seals = true;
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    peer_fini(&p);
    peer_init(&p, &w);
    p.ciphers.count = 0;
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_user), STATUS_ACCESS_DENIED);
    peer_fini(&p);
    world_fini(&w);
}

static void test_shares(void **state)
{
    static const char *const listed[] = {"OTHER"};
    struct world w;
    struct smb_server_config config = {
        .allow_anonymous = true, .signing_required = true, .encryption = SMB_ENCRYPT_OFFERED};
    struct smb_share_config secret = {.name = "Secret", .kind = SMB_SHARE_PIPE, .encrypt = true};
    struct smb_share_config open = {.name = "Open", .kind = SMB_SHARE_PIPE, .guest_ok = true};
    struct smb_share_config few = {.name = "Few",
                                   .kind = SMB_SHARE_DISK,
                                   .volume = (void *)&w, /* the fake store does not look */
                                   .valid_users = listed,
                                   .valid_user_count = 1};
    world_init(&w, 1, &config);
    world_share(&w, &secret);
    world_share(&w, &open);
    world_share(&w, &few);
    assert_int_equal(smb_server_share_add(w.server, &open), -EEXIST);
    struct peer p;
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    expect(peer_tree(&p, "none"), STATUS_BAD_NETWORK_NAME);
    expect(peer_tree(&p, "a\\b"), STATUS_BAD_NETWORK_NAME);
    expect(peer_tree(&p, "few"), STATUS_ACCESS_DENIED);
    expect(peer_tree(&p, "secret"), STATUS_SUCCESS);
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_ACCESS_DENIED);
    p.seals = true;
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    p.seals = false;
    p.session_id = 0;
    struct logon other = {.user = "other", .hash = 2};
    p.signer = signer_free(p.signer);
    p.seal_in = sealer_free(p.seal_in);
    p.seal_out = sealer_free(p.seal_out);
    expect(peer_logon(&p, &other), STATUS_SUCCESS);
    expect(peer_tree(&p, "FEW"), STATUS_SUCCESS);
    assert_int_equal(smb_server_share_remove(w.server, "few"), 0);
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    peer_fini(&p);
    peer_init(&p, &w); /* a null session */
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_nobody), STATUS_SUCCESS);
    assert_null(p.signer);
    expect(peer_tree(&p, "secret"), STATUS_ACCESS_DENIED);
    expect(peer_tree(&p, "open"), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

static void test_silent_connections_end(void **state)
{
    struct world w;
    world_init(&w, 1, NULL);
    struct peer silent, known;
    peer_init(&silent, &w);
    peer_init(&known, &w);
    expect(peer_negotiate(&known, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&known, &as_user), STATUS_SUCCESS);
    world_pass(&w, 31000000);
    assert_false(silent.reading);
    assert_true(known.reading);
    expect(peer_simple(&known, SMB2_CMD_LOGOFF), STATUS_SUCCESS);
    world_pass(&w, 31000000);
    assert_false(known.reading);
    peer_fini(&silent);
    peer_fini(&known);
    world_fini(&w);
}

struct ask {
    struct world *world;
    struct smb_status *status;
};

static void ask_status(struct task *t, void *arg)
{
    struct ask *ask = arg;
    assert_int_equal(smb_server_status(t, ask->world->server, &ask->status), 0);
}

static void test_two_reactors(void **state)
{
    struct world w;
    world_init(&w, 2, NULL);
    struct peer peers[8];
    for (unsigned i = 0; i < ARRAY_LEN(peers); i++) {
        peer_init(&peers[i], &w);
        peers[i].client_guid.b[5] = (uint8_t)i;
        expect(peer_negotiate(&peers[i], 0x0311), STATUS_SUCCESS);
        expect(peer_logon(&peers[i], &as_user), STATUS_SUCCESS);
        expect(peer_tree(&peers[i], "IPC$"), STATUS_SUCCESS);
    }
    struct ask ask = {.world = &w};
    assert_non_null(task_spawn(w.reactors[0], "status", ask_status, &ask));
    world_pass(&w, 1000);
    struct smb_status *st = ask.status;
    assert_non_null(st);
    assert_int_equal(st->connection_count, 8);
    assert_int_equal(st->session_count, 8);
    assert_int_equal(st->tree_count, 8);
    assert_string_equal(st->sessions[0].user, "user");
    unsigned second = 0;
    for (unsigned i = 0; i < 8; i++)
        second += st->connections[i].reactor;
    assert_in_range(second, 1, 7);
    smb_status_free(st);
    for (unsigned i = 0; i < ARRAY_LEN(peers); i++)
        peer_fini(&peers[i]);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialects_and_algorithms),
        cmocka_unit_test(test_negotiate_refusals),
        cmocka_unit_test(test_smb1_upgrade),
        cmocka_unit_test(test_logon_refusals),
        cmocka_unit_test(test_unsigned_and_forged),
        cmocka_unit_test(test_encryption_policy),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_silent_connections_end),
        cmocka_unit_test(test_two_reactors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
