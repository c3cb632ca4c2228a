/* SPDX-License-Identifier: Apache-2.0
 *
 * Servers that cheat while a user logs on. */
#include "server.h"

static void logon(void (*lie)(struct server *, struct answer *, struct session_setup_rsp *),
                  ntstatus expected)
{
    struct world w = world_of(NULL);
    w.script.logon = lie;
    world_run(&w);
    if (!nt_is(w.connected, expected))
        fail_msg("%s instead of %s", ntstatus_name(w.connected), ntstatus_name(expected));
}

static void id_changes(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)rsp;
    a->h.session_id += s->legs == 2;
}

static void id_is_zero(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)s;
    (void)rsp;
    a->h.session_id = 0;
}

static void is_not_signed(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)s;
    (void)rsp;
    a->plain = true;
}

static void is_forged(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)rsp;
    a->forged = s->legs == 2;
}

/* A man in the middle who makes a guest of the user need not sign. */
static void says_guest(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    a->plain = true;
    if (s->legs == 2)
        rsp->session_flags = SMB2_SESSION_IS_GUEST;
}

static void says_null(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    a->plain = true;
    if (s->legs == 2)
        rsp->session_flags = SMB2_SESSION_IS_NULL;
}

static void success_too_early(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)s;
    a->h.status = STATUS_SUCCESS;
    rsp->token = (struct span){0};
}

static void success_with_a_challenge(struct server *s, struct answer *a,
                                     struct session_setup_rsp *rsp)
{
    (void)s;
    (void)rsp;
    a->h.status = STATUS_SUCCESS;
}

static void never_content(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)s;
    (void)rsp;
    a->h.status = STATUS_MORE_PROCESSING_REQUIRED;
}

static void token_is_garbage(struct server *s, struct answer *a, struct session_setup_rsp *rsp)
{
    (void)s;
    (void)a;
    rsp->token = span_str("garbage");
}

static void test_lies(void **state)
{
    (void)state;
    logon(NULL, STATUS_SUCCESS);
    logon(id_changes, STATUS_CONNECTION_RESET);
    logon(id_is_zero, STATUS_CONNECTION_RESET);
    logon(is_not_signed, STATUS_INVALID_SIGNATURE);
    logon(is_forged, STATUS_INVALID_SIGNATURE);
    logon(says_guest, STATUS_ACCESS_DENIED);
    logon(says_null, STATUS_ACCESS_DENIED);
    logon(success_too_early, STATUS_ACCESS_DENIED);
    logon(success_with_a_challenge, STATUS_LOGON_FAILURE);
    logon(never_content, STATUS_CONNECTION_RESET);
    logon(token_is_garbage, STATUS_CONNECTION_RESET);
}

static void test_wrong_password(void **state)
{
    (void)state;
    struct world w = world_of(NULL);
    w.options.password = "wrong";
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_LOGON_FAILURE));
    assert_int_equal(w.error.err, -EACCES);
    assert_non_null(strstr(w.error.text, "wrong user name or password"));
}

static void lists(struct task *t, struct world *w)
{
    struct client_tree *tree = NULL;
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    client_tree_disconnect(t, tree);
}

static void test_anonymous_and_guest(void **state)
{
    (void)state;
    struct world w = world_of(lists);
    w.options.user = w.options.password = NULL;
    w.script.session_flags = SMB2_SESSION_IS_NULL;
    world_run(&w);
    assert_true(nt_ok(w.connected));
    assert_string_equal(w.protection, "3.1.1 guest, unsigned");

    w = world_of(lists);
    w.options.user = w.options.password = NULL;
    w.options.encrypt = true;
    w.script.session_flags = SMB2_SESSION_IS_NULL;
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_ACCESS_DENIED));
}

static void test_server_wants_encryption(void **state)
{
    (void)state;
    struct world w = world_of(lists);
    w.script.session_flags = SMB2_SESSION_ENCRYPT_DATA;
    world_run(&w);
    assert_true(nt_ok(w.connected));
    assert_string_equal(w.protection, "3.1.1 sealed AES-128-GCM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_anonymous_and_guest),
        cmocka_unit_test(test_server_wants_encryption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
