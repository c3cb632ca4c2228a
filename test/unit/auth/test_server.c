/* SPDX-License-Identifier: Apache-2.0
 *
 * Logons as the server sees them: who gets in, who does not and for which reason, with and
 * without SPNEGO, and what damage to the exchange does. */
#include "handshake.h"

static void password_logon(void **state)
{
    struct handshake h;
    handshake_begin(&h, &fixture_server, &fixture_client);
    assert_null(auth_server_identity(h.server));
    assert_int_equal(auth_server_step(h.server, h.token, &h.out), 0);
    const struct auth_identity *id = auth_server_identity(h.server);
    assert_non_null(id);
    assert_string_equal(id->user, "Ada");
    assert_string_equal(id->domain, "WORKGROUP");
    assert_string_equal(id->workstation, "LAPTOP");
    assert_string_equal(id->mechanism, "NTLMv2");
    assert_false(id->is_guest);
    assert_false(id->is_anonymous);
    assert_false(auth_server_may_block(h.server));
    struct span key = auth_client_session_key(h.client);
    assert_int_equal(id->session_key_len, 16);
    assert_true(span_equal(key, span_of(id->session_key, id->session_key_len)));

    struct span token;
    assert_int_equal(auth_client_step(h.client, h.out.token, &token), 0);
    assert_int_equal(token.len, 0);
    assert_int_equal(auth_server_step(h.server, h.token, &h.out), -EBADMSG);
    handshake_end(&h);
}

static void refusals(void **state)
{
    static const struct {
        const char *user, *password;
        enum auth_reason reason;
    } cases[] = {
        {"ada", "password", AUTH_WRONG_PASSWORD}, {"ada", "", AUTH_WRONG_PASSWORD},
        {"eve", "Password", AUTH_NO_SUCH_USER},   {"bob", "Password", AUTH_DISABLED},
        {"bob", "wrong", AUTH_WRONG_PASSWORD},    {"", "", AUTH_ANONYMOUS_REFUSED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct auth_client_config cc = fixture_client;
        enum auth_reason reason;
        cc.user = cases[i].user;
        cc.password = cases[i].password;
        assert_int_equal(handshake_run(&fixture_server, &cc, &reason), -EACCES);
        assert_int_equal(reason, cases[i].reason);
        assert_true(strlen(auth_reason_text(reason)) > 3);
    }
}

static void store_failure_is_not_a_guest(void **state)
{
    int error = -EIO;
    enum auth_reason reason;
    struct auth_server_config sc = fixture_server;
    sc.lookup_ctx = &error;
    sc.allow_guest = true;
    assert_int_equal(handshake_run(&sc, &fixture_client, &reason), -EACCES);
    assert_int_equal(reason, AUTH_LOOKUP_FAILED);
}

static void guest_only_for_unknown_users(void **state)
{
    struct auth_server_config sc = fixture_server;
    struct auth_client_config cc = fixture_client;
    struct handshake h;
    enum auth_reason reason;
    struct span token;
    sc.allow_guest = true;
    cc.password = "wrong";
    assert_int_equal(handshake_run(&sc, &cc, &reason), -EACCES);
    cc.user = "visitor";
    handshake_begin(&h, &sc, &cc);
    assert_int_equal(auth_server_step(h.server, h.token, &h.out), 0);
    const struct auth_identity *id = auth_server_identity(h.server);
    assert_true(id->is_guest);
    assert_string_equal(id->user, "visitor");
    assert_int_equal(id->session_key_len, 0);
    assert_int_equal(auth_client_step(h.client, h.out.token, &token), 0);
    handshake_end(&h);
}

static void anonymous_if_allowed(void **state)
{
    struct auth_server_config sc = fixture_server;
    struct auth_client_config cc = {.user = NULL};
    struct handshake h;
    struct span token;
    sc.allow_anonymous = true;
    handshake_begin(&h, &sc, &cc);
    assert_int_equal(auth_server_step(h.server, h.token, &h.out), 0);
    const struct auth_identity *id = auth_server_identity(h.server);
    assert_true(id->is_anonymous);
    assert_int_equal(id->session_key_len, 0);
    assert_int_equal(auth_client_step(h.client, h.out.token, &token), 0);
    assert_int_equal(auth_client_session_key(h.client).len, 0);
    handshake_end(&h);
}

static void any_domain_and_hash_logon(void **state)
{
    static const char *const domains[] = {"", "LAPTOP", "Ünïcode-\xf0\x9f\x90\x99"};
    uint8_t hash[AUTH_NT_HASH_BYTES];
    struct auth_client_config cc = fixture_client;
    enum auth_reason reason;
    assert_int_equal(ntlm_hash_password("Password", hash), 0);
    cc.password = NULL;
    cc.nt_hash = hash;
    for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
        cc.domain = domains[i];
        assert_int_equal(handshake_run(&fixture_server, &cc, &reason), 0);
    }
}

/* ---- damage ---- */

static void truncation_never_succeeds(void **state)
{
    struct handshake h;
    size_t len = 1;
    for (size_t n = 0; n < len; n++) {
        handshake_begin(&h, &fixture_server, &fixture_client);
        len = h.token.len;
        uint8_t *copy = xmemdup(h.token.p, n);
        assert_int_equal(auth_server_step(h.server, span_of(copy, n), &h.out), -EBADMSG);
        free(copy);
        handshake_end(&h);
    }
    handshake_begin(&h, &fixture_server, &fixture_client);
    for (size_t n = 0; n < 64; n++) {
        struct auth_server *server = auth_server_new(&fixture_server);
        struct span hint = auth_server_hint();
        assert_int_equal(auth_server_step(server, span_of(hint.p, n), &h.out), -EBADMSG);
        auth_server_free(server);
    }
    handshake_end(&h);
}

/* One flipped bit anywhere in the NTLM message: the MIC or the proof notices. */
static void every_byte_of_the_proof_counts(void **state)
{
    struct handshake h;
    struct spnego_resp resp;
    size_t len = 1;
    for (size_t i = 0; i < len; i++) {
        handshake_begin(&h, &fixture_server, &fixture_client);
        assert_int_equal(spnego_resp_read(h.token, &resp), 0);
        assert_int_equal(resp.mic.len, 16);
        len = resp.token.len;
        size_t at = (size_t)(resp.token.p - h.token.p) + i;
        uint8_t *copy = xmemdup(h.token.p, h.token.len);
        copy[at] ^= (uint8_t)(1 << i % 8);
        assert_true(auth_server_step(h.server, span_of(copy, h.token.len), &h.out) < 0);
        assert_null(auth_server_identity(h.server));
        free(copy);
        handshake_end(&h);
    }
}

static void list_mic_counts(void **state)
{
    struct handshake h;
    struct spnego_resp resp;
    for (size_t i = 0; i < 16; i++) {
        handshake_begin(&h, &fixture_server, &fixture_client);
        assert_int_equal(spnego_resp_read(h.token, &resp), 0);
        uint8_t *copy = xmemdup(h.token.p, h.token.len);
        copy[(size_t)(resp.mic.p - h.token.p) + i] ^= 1;
        assert_int_equal(auth_server_step(h.server, span_of(copy, h.token.len), &h.out),
                         -EACCES);
        assert_int_equal(h.out.reason, AUTH_BAD_MIC);
        free(copy);
        handshake_end(&h);
    }
}

/* What was said before the proof is covered by the MIC too: here the client's flags. */
static void altered_negotiate_is_noticed(void **state)
{
    struct auth_server *server = auth_server_new(&fixture_server);
    struct auth_client *client;
    struct auth_output out;
    struct span token;
    uint8_t copy[256];
    assert_int_equal(auth_client_new(&fixture_client, &client), 0);
    assert_int_equal(auth_client_step(client, (struct span){0}, &token), 1);
    assert_true(token.len <= sizeof(copy));
    memcpy(copy, token.p, token.len);
    copy[token.len - 8] ^= 1;
    assert_int_equal(auth_server_step(server, span_of(copy, token.len), &out), 1);
    assert_int_equal(auth_client_step(client, out.token, &token), 1);
    assert_int_equal(auth_server_step(server, token, &out), -EACCES);
    assert_int_equal(out.reason, AUTH_BAD_MIC);
    auth_client_free(client);
    auth_server_free(server);
}

/* ---- without SPNEGO, and with other lists ---- */

static struct span mech_token(void *mech, struct span in, struct mspan buf, int expected)
{
    struct wr w = wr_of(buf);
    assert_int_equal(auth_ntlm_client.step(mech, in, &w), expected);
    return wr_written(&w);
}

static void bare_ntlm(void **state)
{
    static uint8_t buf[2048];
    void *mech;
    struct auth_output out;
    struct auth_server *server = auth_server_new(&fixture_server);
    assert_int_equal(auth_ntlm_client.state_new(&fixture_client, &mech), 0);
    struct mspan m = mspan_of(buf, sizeof(buf));
    struct span token = mech_token(mech, (struct span){0}, m, 1);
    assert_int_equal(auth_server_step(server, token, &out), 1);
    assert_memory_equal(out.token.p, ntlm_magic, sizeof(ntlm_magic));
    token = mech_token(mech, out.token, m, 0);
    assert_int_equal(auth_server_step(server, token, &out), 0);
    assert_int_equal(out.token.len, 0);
    assert_string_equal(auth_server_identity(server)->user, "Ada");
    auth_ntlm_client.state_free(mech);
    auth_server_free(server);
}

static const uint8_t krb5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

/* The client likes Kerberos best: we ask for NTLM and for the MIC, and insist on it. */
static int second_choice(bool with_mic)
{
    static uint8_t buf[2048];
    static uint8_t wrap[2304];
    uint8_t list_bytes[64];
    uint8_t mic[AUTH_MIC_BYTES_MAX];
    void *mech;
    struct auth_output out;
    struct spnego_resp in;
    struct mspan m = mspan_of(buf, sizeof(buf));
    struct mspan wm = mspan_of(wrap, sizeof(wrap));
    struct auth_server *server = auth_server_new(&fixture_server);
    assert_int_equal(auth_ntlm_client.state_new(&fixture_client, &mech), 0);

    struct span oids[] = {span_of(krb5, sizeof(krb5)), auth_ntlm_client.oid};
    struct span list = spnego_mech_list_write(mspan_of(list_bytes, sizeof(list_bytes)), oids, 2);
    struct spnego_init init = {.mech_list = list, .token = span_str("a ticket")};
    assert_int_equal(auth_server_step(server, spnego_init_write(wm, &init), &out), 1);
    assert_int_equal(spnego_resp_read(out.token, &in), 0);
    assert_int_equal(in.state, SPNEGO_REQUEST_MIC);
    assert_true(span_equal(in.mech, auth_ntlm_client.oid));
    assert_int_equal(in.token.len, 0);

    struct spnego_resp resp = {.state = SPNEGO_STATE_ABSENT,
                               .token = mech_token(mech, (struct span){0}, m, 1)};
    assert_int_equal(auth_server_step(server, spnego_resp_write(wm, &resp), &out), 1);
    assert_int_equal(spnego_resp_read(out.token, &in), 0);
    resp.token = mech_token(mech, in.token, m, 0);
    if (with_mic)
        resp.mic = span_of(mic, (size_t)auth_ntlm_client.mic_make(mech, list, mic));
    int result = auth_server_step(server, spnego_resp_write(wm, &resp), &out);
    if (result == 0) {
        assert_int_equal(spnego_resp_read(out.token, &in), 0);
        assert_int_equal(in.state, SPNEGO_ACCEPT_COMPLETED);
        assert_int_equal(auth_ntlm_client.mic_check(mech, list, in.mic), 0);
    }
    auth_ntlm_client.state_free(mech);
    auth_server_free(server);
    return result;
}

static void second_choice_needs_the_mic(void **state)
{
    assert_int_equal(second_choice(true), 0);
    assert_int_equal(second_choice(false), -EACCES);
}

static void no_mechanism_in_common(void **state)
{
    uint8_t buf[128];
    uint8_t list_bytes[64];
    struct auth_output out;
    struct span oid = span_of(krb5, sizeof(krb5));
    struct span list = spnego_mech_list_write(mspan_of(list_bytes, sizeof(list_bytes)), &oid, 1);
    struct spnego_init init = {.mech_list = list};
    struct auth_server *server = auth_server_new(&fixture_server);
    struct span token = spnego_init_write(mspan_of(buf, sizeof(buf)), &init);
    assert_int_equal(auth_server_step(server, token, &out), -EACCES);
    assert_int_equal(out.reason, AUTH_NO_MECHANISM);
    auth_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(password_logon),
        cmocka_unit_test(refusals),
        cmocka_unit_test(store_failure_is_not_a_guest),
        cmocka_unit_test(guest_only_for_unknown_users),
        cmocka_unit_test(anonymous_if_allowed),
        cmocka_unit_test(any_domain_and_hash_logon),
        cmocka_unit_test(truncation_never_succeeds),
        cmocka_unit_test(every_byte_of_the_proof_counts),
        cmocka_unit_test(list_mic_counts),
        cmocka_unit_test(altered_negotiate_is_noticed),
        cmocka_unit_test(bare_ntlm),
        cmocka_unit_test(second_choice_needs_the_mic),
        cmocka_unit_test(no_mechanism_in_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
