/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions beyond the first logon: reauthentication, previous_session_id, channels, and what is
 * left of them when a connection goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "peer.h"

static const struct logon as_user = {.user = "user", .hash = 1};
static const struct logon as_other = {.user = "other", .hash = 2};
static const struct logon bind_user = {
    .user = "user", .hash = 1, .flags = SMB2_SESSION_SETUP_BINDING};
static const struct smb_server_config multichannel = {.multichannel = true};

static void expect(ntstatus got, ntstatus wanted)
{
    if (!nt_is(got, wanted))
        fail_msg("%s instead of %s", ntstatus_name(got), ntstatus_name(wanted));
}

static void ready(struct peer *p, struct world *w, uint16_t dialect)
{
    peer_init(p, w);
    expect(peer_negotiate(p, dialect), STATUS_SUCCESS);
    expect(peer_logon(p, &as_user), STATUS_SUCCESS);
    expect(peer_tree(p, "IPC$"), STATUS_SUCCESS);
}

/* A connection that has the session's key and wants to bind. */
static void second_channel(struct peer *p, struct world *w, const struct peer *first)
{
    peer_init(p, w);
    peer_adopt(p, first);
    p->signings = first->signings;
    expect(peer_negotiate(p, first->dialect), STATUS_SUCCESS);
}

static void test_reauthentication(void **state)
{
    struct world w;
    struct smb_server_config config = {.allow_anonymous = true, .signing_required = true};
    world_init(&w, 1, &config);
    struct peer p;
    ready(&p, &w, 0x0311);
    uint64_t id = p.session_id;
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    assert_int_equal(p.session_id, id);
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS); /* the keys are the old ones */
    struct logon nobody = {.user = ""};
    expect(peer_logon(&p, &nobody), STATUS_SUCCESS);
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_other), STATUS_SUCCESS);
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    struct logon wrong = {.user = "user", .hash = 3};
    expect(peer_logon(&p, &wrong), STATUS_LOGON_FAILURE);
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS); /* needs no session */
    expect(peer_tree(&p, "IPC$"), STATUS_USER_SESSION_DELETED);
    peer_fini(&p);
    world_fini(&w);
}

static void test_previous_session(void **state)
{
    struct world w;
    world_init(&w, 2, NULL);
    for (uint8_t guid = 0; guid < 8; guid++) { /* on the same shard and on the other */
        struct peer old, stranger, fresh;
        ready(&old, &w, 0x0311);
        struct logon l = as_other;
        l.previous_session_id = old.session_id;
        peer_init(&stranger, &w);
        stranger.client_guid.b[9] = guid;
        expect(peer_negotiate(&stranger, 0x0311), STATUS_SUCCESS);
        expect(peer_logon(&stranger, &l), STATUS_SUCCESS);
        world_pass(&w, 1000);
        expect(peer_simple(&old, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
        l = as_user;
        l.previous_session_id = old.session_id;
        peer_init(&fresh, &w);
        fresh.client_guid.b[9] = guid;
        expect(peer_negotiate(&fresh, 0x0311), STATUS_SUCCESS);
        expect(peer_logon(&fresh, &l), STATUS_SUCCESS);
        expect(peer_tree(&old, "IPC$"), STATUS_USER_SESSION_DELETED);
        expect(peer_tree(&fresh, "IPC$"), STATUS_SUCCESS);
        l.previous_session_id = fresh.session_id; /* a reauthentication cannot end itself */
        expect(peer_logon(&fresh, &l), STATUS_SUCCESS);
        expect(peer_simple(&fresh, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
        peer_fini(&old);
        peer_fini(&stranger);
        peer_fini(&fresh);
    }
    world_fini(&w);
}

static void test_binding(void **state)
{
    static const uint16_t dialects[] = {0x0300, 0x0302, 0x0311};
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
        struct world w;
        world_init(&w, 2, &multichannel);
        struct peer first, second;
        ready(&first, &w, dialects[i]);
        second_channel(&second, &w, &first);
        expect(peer_simple(&second, SMB2_CMD_TREE_DISCONNECT), STATUS_USER_SESSION_DELETED);
        second.signer = signer_new(first.signing, first.key);
        expect(peer_logon(&second, &bind_user), STATUS_SUCCESS);
        expect(peer_logon(&first, &bind_user), STATUS_REQUEST_NOT_ACCEPTED);
        peer_cut(&first);
        expect(peer_simple(&second, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
        expect(peer_simple(&second, SMB2_CMD_LOGOFF), STATUS_SUCCESS);
        peer_fini(&first);
        peer_fini(&second);
        world_fini(&w);
    }
}

/* Whatever goes wrong while binding, the session does not notice. */
static void test_binding_refused(void **state)
{
    struct world w;
    world_init(&w, 2, &multichannel);
    struct peer first, second;
    ready(&first, &w, 0x0311);
    second_channel(&second, &w, &first);
    expect(peer_logon(&second, &bind_user), STATUS_INVALID_PARAMETER); /* unsigned */
    uint8_t forged[SIGN_KEY_BYTES] = {4};
    second.signer = signer_new(first.signing, forged);
    expect(peer_logon(&second, &bind_user), STATUS_ACCESS_DENIED);
    signer_free(second.signer);
    second.signer = signer_new(first.signing, first.key);
    struct logon other = as_other, wrong = {.user = "user", .hash = 3};
    other.flags = wrong.flags = SMB2_SESSION_SETUP_BINDING;
    expect(peer_logon(&second, &other), STATUS_ACCESS_DENIED);
    expect(peer_logon(&second, &wrong), STATUS_LOGON_FAILURE);
    expect(peer_simple(&first, SMB2_CMD_ECHO), STATUS_SUCCESS);
    peer_fini(&second);
    for (unsigned i = 0; i < 3; i++) { /* another dialect, algorithm, client */
        peer_init(&second, &w);
        peer_adopt(&second, &first);
        if (i == 1)
            second.signings = (struct negotiate_ids){{SIGN_AES_CMAC}, 1};
        if (i == 2)
            second.client_guid.b[1] ^= 0xFF;
        expect(peer_negotiate(&second, i == 0 ? 0x0302 : 0x0311), STATUS_SUCCESS);
        second.signer = signer_new(first.signing, first.key);
        static const ntstatus wanted[] = {
            {0xC000042A}, {0xC000042A}, {0xC0000203}}; /* OUT_OF_SEQUENCE, SESSION_DELETED */
        expect(peer_logon(&second, &bind_user), wanted[i]);
        peer_fini(&second);
    }
    expect(peer_simple(&first, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    peer_fini(&first);
    world_fini(&w);
}

static void test_session_ends_with_its_connection(void **state)
{
    struct world w;
    world_init(&w, 1, &multichannel);
    struct peer first, second;
    ready(&first, &w, 0x0311);
    peer_cut(&first);
    second_channel(&second, &w, &first);
    second.signer = signer_new(first.signing, first.key);
    expect(peer_logon(&second, &bind_user), STATUS_USER_SESSION_DELETED);
    peer_fini(&first);
    peer_fini(&second);
    world_fini(&w);
}

static void test_limit_of_sessions(void **state)
{
    struct world w;
    struct smb_server_config config = {.allow_anonymous = true};
    world_init(&w, 1, &config);
    struct peer p;
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0210), STATUS_SUCCESS);
    struct logon nobody = {.user = ""};
    for (unsigned i = 0; i < LIMIT_SESSIONS_PER_CONNECTION_MAX; i++) {
        p.session_id = 0;
        expect(peer_logon(&p, &nobody), STATUS_SUCCESS);
    }
    uint64_t last = p.session_id;
    p.session_id = 0;
    expect(peer_logon(&p, &nobody), STATUS_INSUFFICIENT_RESOURCES);
    p.session_id = last;
    expect(peer_simple(&p, SMB2_CMD_LOGOFF), STATUS_SUCCESS);
    p.session_id = 0;
    expect(peer_logon(&p, &nobody), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reauthentication),
        cmocka_unit_test(test_previous_session),
        cmocka_unit_test(test_binding),
        cmocka_unit_test(test_binding_refused),
        cmocka_unit_test(test_session_ends_with_its_connection),
        cmocka_unit_test(test_limit_of_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
