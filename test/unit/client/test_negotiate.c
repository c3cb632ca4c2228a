/* SPDX-License-Identifier: Apache-2.0
 *
 * Servers that negotiate what was not offered, and men in the middle who talk the dialect down. */
#include "server.h"

static void dialect_unknown(struct negotiate_rsp *rsp)
{
    rsp->dialect = 0x0310;
}

static void dialect_wildcard(struct negotiate_rsp *rsp)
{
    rsp->dialect = SMB2_DIALECT_WILDCARD;
}

static void sizes_small(struct negotiate_rsp *rsp)
{
    rsp->read_bytes_max = 65535;
}

static void no_preauth(struct negotiate_rsp *rsp)
{
    rsp->contexts.present &= ~NEGOTIATE_HAS_PREAUTH;
}

static void other_hash(struct negotiate_rsp *rsp)
{
    rsp->contexts.hashes.v[0] = 2;
}

static void two_hashes(struct negotiate_rsp *rsp)
{
    rsp->contexts.hashes = (struct negotiate_ids){.v = {SMB2_PREAUTH_SHA512, 2}, .count = 2};
}

static void other_cipher(struct negotiate_rsp *rsp)
{
    rsp->contexts.ciphers.v[0] = 9;
}

static void other_signing(struct negotiate_rsp *rsp)
{
    rsp->contexts.signings.v[0] = 9;
}

static void token_is_garbage(struct negotiate_rsp *rsp)
{
    rsp->token = span_str("garbage");
}

static void test_what_was_not_offered(void **state)
{
    (void)state;
    static void (*const lies[])(struct negotiate_rsp *) = {
        dialect_unknown, dialect_wildcard, sizes_small,   no_preauth,      other_hash,
        two_hashes,      other_cipher,     other_signing, token_is_garbage};
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        struct world w = world_of(NULL);
        w.script.negotiate = lies[i];
        world_run(&w);
        assert_true(nt_is(w.connected, STATUS_CONNECTION_RESET));
        assert_int_equal(w.server.legs, 0);
    }
}

static void test_dialect_outside_of_the_range(void **state)
{
    (void)state;
    struct world w = world_of(NULL);
    w.script.dialect = SMB2_DIALECT_210;
    w.options.dialect_min = SMB2_DIALECT_300;
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_CONNECTION_RESET));

    w = world_of(NULL);
    w.options.dialect_min = SMB2_DIALECT_311;
    w.options.dialect_max = SMB2_DIALECT_300;
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_INVALID_PARAMETER));
}

static void test_no_cipher_no_password(void **state)
{
    (void)state;
    struct world w = world_of(NULL);
    w.options.encrypt = true;
    w.script.cipher = CIPHER_NONE;
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_NOT_SUPPORTED));
    assert_int_equal(w.server.legs, 0);
}

/* What the tree connect says when the server is asked what it really negotiated. */
static ntstatus verdict;

static void connects_tree(struct task *t, struct world *w)
{
    struct client_tree *tree = NULL;
    verdict = client_tree_connect(t, w->conn, "files", &tree);
    client_tree_disconnect(t, tree);
}

static bool capabilities_differ(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command == SMB2_CMD_IOCTL)
        s->negotiated.capabilities ^= SMB2_CAP_ENCRYPTION;
    return false;
}

static bool dialect_differs(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command == SMB2_CMD_IOCTL)
        s->negotiated.dialect = SMB2_DIALECT_302;
    return false;
}

static bool does_not_know(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_IOCTL)
        return false;
    answer_error(s, q, STATUS_NOT_SUPPORTED);
    return true;
}

static bool does_not_know_unsigned(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_IOCTL)
        return false;
    struct answer *a = answer_new(s, q, STATUS_NOT_SUPPORTED);
    a->plain = true;
    wr_u16(&a->w, 9);
    wr_zero(&a->w, 7);
    answer_send(s, a);
    return true;
}

static void validation(uint16_t dialect, bool (*on)(struct task *, struct server *,
                                                    const struct asked *))
{
    struct world w = world_of(connects_tree);
    w.script.dialect = dialect;
    w.script.on = on;
    world_run(&w);
}

static void test_validation(void **state)
{
    (void)state;
    static const uint16_t dialects[] = {0x0202, 0x0210, 0x0300};
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
        validation(dialects[i], capabilities_differ);
        assert_true(nt_is(verdict, STATUS_DOWNGRADE_DETECTED));
        validation(dialects[i], dialect_differs);
        assert_true(nt_is(verdict, STATUS_DOWNGRADE_DETECTED));
        validation(dialects[i], does_not_know);
        assert_true(nt_ok(verdict));
        validation(dialects[i], does_not_know_unsigned);
        assert_true(nt_is(verdict, STATUS_CONNECTION_RESET));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_not_offered),
        cmocka_unit_test(test_dialect_outside_of_the_range),
        cmocka_unit_test(test_no_cipher_no_password),
        cmocka_unit_test(test_validation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
