/* SPDX-License-Identifier: Apache-2.0
 *
 * The client against servers that misbehave: no mechanism in common, damaged or early answers, a
 * wrong MIC at the end. */
#include "handshake.h"

static void server_without_ntlm(void **state)
{
    static const uint8_t krb5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
    uint8_t list_bytes[64];
    uint8_t buf[160];
    struct auth_client *c;
    struct span oid = span_of(krb5, sizeof(krb5));
    struct span token;
    struct span list = spnego_mech_list_write(mspan_of(list_bytes, sizeof(list_bytes)), &oid, 1);
    assert_int_equal(auth_client_new(&fixture_client, &c), 0);
    token = spnego_hint_write(mspan_of(buf, sizeof(buf)), list);
    assert_int_equal(auth_client_step(c, token, &token), -ENOTSUP);
    assert_int_equal(auth_client_step(c, (struct span){0}, &token), -EBADMSG);
    auth_client_free(c);
}

static void names_and_passwords_that_cannot_be(void **state)
{
    struct auth_client *c = NULL;
    char long_name[2000];
    memset(long_name, 'x', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    const struct auth_client_config bad[] = {
        {.user = "\xff", .password = "x"},
        {.user = long_name, .password = "x"},
        {.user = "ada", .domain = long_name, .password = "x"},
        {.user = "ada", .password = "\xc0\x80"},
        {.user = "ada", .password = "x", .target_name = long_name},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(auth_client_new(&bad[i], &c), -EINVAL);
    assert_null(c);
    assert_null(auth_client_free(NULL));
}

/* Whether the proof in the client's token is protected by a MIC: not when the damage hid the time,
 * for which reason 3.1.1 hashes the whole exchange once more. */
static bool has_mic(struct span token)
{
    static const uint8_t zeros[NTLM_MIC_BYTES];
    struct spnego_resp resp;
    struct ntlm_authenticate m;
    assert_int_equal(spnego_resp_read(token, &resp), 0);
    assert_int_equal(ntlm_authenticate_read(resp.token, &m), 0);
    return memcmp(m.mic, zeros, sizeof(zeros)) != 0;
}

/* Any truncated or flipped challenge either fails here or at the server, never silently. */
static void damaged_challenge(void **state)
{
    size_t len = 1;
    size_t unprotected = 0;
    for (size_t i = 0; i < 2 * len; i++) {
        struct handshake h = {.server = auth_server_new(&fixture_server)};
        assert_int_equal(auth_client_new(&fixture_client, &h.client), 0);
        assert_int_equal(auth_client_step(h.client, (struct span){0}, &h.token), 1);
        assert_int_equal(auth_server_step(h.server, h.token, &h.out), 1);
        struct spnego_resp resp;
        assert_int_equal(spnego_resp_read(h.out.token, &resp), 0);
        len = resp.token.len;
        uint8_t *copy = xmemdup(h.out.token.p, h.out.token.len);
        struct span damaged = span_of(copy, i < len ? h.out.token.len - i - 1 : h.out.token.len);
        if (i >= len)
            copy[(size_t)(resp.token.p - h.out.token.p) + i - len] ^= 0x40;
        int result = auth_client_step(h.client, damaged, &h.token);
        if (result == 1)
            assert_true(!has_mic(h.token) || auth_server_step(h.server, h.token, &h.out) < 0);
        else
            assert_int_equal(result, -EBADMSG);
        unprotected += result == 1 && !has_mic(h.token);
        free(copy);
        handshake_end(&h);
    }
    assert_true(unprotected <= 32);
}

static void wrong_mic_of_the_server(void **state)
{
    struct handshake h;
    struct span token;
    struct spnego_resp resp;
    handshake_begin(&h, &fixture_server, &fixture_client);
    assert_int_equal(auth_server_step(h.server, h.token, &h.out), 0);
    assert_int_equal(spnego_resp_read(h.out.token, &resp), 0);
    assert_int_equal(resp.mic.len, 16);
    uint8_t *copy = xmemdup(h.out.token.p, h.out.token.len);
    copy[h.out.token.len - 8] ^= 1;
    assert_int_equal(auth_client_step(h.client, span_of(copy, h.out.token.len), &token), -EACCES);
    free(copy);
    handshake_end(&h);
}

/* The answer to the client's proof, made by hand. */
static int final_answer(const struct spnego_resp *resp)
{
    struct handshake h;
    struct span token;
    uint8_t buf[64];
    handshake_begin(&h, &fixture_server, &fixture_client);
    struct span answer = resp ? spnego_resp_write(mspan_of(buf, sizeof(buf)), resp)
                              : (struct span){0};
    int result = auth_client_step(h.client, answer, &token);
    handshake_end(&h);
    return result;
}

static void final_answers(void **state)
{
    assert_int_equal(final_answer(NULL), 0);
    assert_int_equal(final_answer(&(struct spnego_resp){.state = SPNEGO_ACCEPT_COMPLETED}), 0);
    assert_int_equal(final_answer(&(struct spnego_resp){.state = SPNEGO_REJECT}), -EACCES);
    assert_int_equal(final_answer(&(struct spnego_resp){.state = SPNEGO_ACCEPT_INCOMPLETE}),
                     -EBADMSG);
    struct spnego_resp other = {.state = SPNEGO_ACCEPT_COMPLETED, .mech = span_str("x")};
    assert_int_equal(final_answer(&other), -ENOTSUP);
}

/* Success before the client has proved anything. */
static void early_success(void **state)
{
    struct auth_client *c;
    struct span token;
    uint8_t buf[64];
    struct spnego_resp resp = {.state = SPNEGO_ACCEPT_COMPLETED};
    assert_int_equal(auth_client_new(&fixture_client, &c), 0);
    assert_int_equal(auth_client_step(c, (struct span){0}, &token), 1);
    assert_int_equal(auth_client_session_key(c).len, 0);
    struct span answer = spnego_resp_write(mspan_of(buf, sizeof(buf)), &resp);
    assert_int_equal(auth_client_step(c, answer, &token), -EBADMSG);
    auth_client_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_without_ntlm),
        cmocka_unit_test(names_and_passwords_that_cannot_be),
        cmocka_unit_test(damaged_challenge),
        cmocka_unit_test(wrong_mic_of_the_server),
        cmocka_unit_test(final_answers),
        cmocka_unit_test(early_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
