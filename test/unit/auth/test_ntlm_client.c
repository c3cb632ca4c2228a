/* SPDX-License-Identifier: Apache-2.0
 *
 * NTLM's client side below SPNEGO: what it makes of a server's challenge ([MS-NLMP] 3.1.5). */
#include "handshake.h"

struct answer {
    int result;
    struct ntlm_authenticate m;
    struct ntlm_v2_response v2;
    uint32_t av_flags;
    unsigned av_seen;
    uint8_t bytes[AUTH_CLIENT_TOKEN_BYTES];
};

static void answer_parse(struct answer *a, struct span token)
{
    uint16_t id;
    struct span value;
    assert_int_equal(ntlm_authenticate_read(token, &a->m), 0);
    if (a->m.nt_response.len == 0)
        return;
    assert_int_equal(ntlm_v2_response_read(a->m.nt_response, &a->v2), 0);
    struct rd r = rd_of(a->v2.target_info);
    while (ntlm_av_next(&r, &id, &value)) {
        struct rd v = rd_of(value);
        if (id == NTLM_AV_FLAGS)
            a->av_flags = rd_u32(&v);
        assert_false(a->av_seen & 1u << id); /* each but once */
        a->av_seen |= 1u << id;
    }
    assert_true(rd_done(&r));
}

/* The client's answer to a challenge with these flags and AV pairs. */
static struct answer *answer_to(const struct auth_client_config *config, uint32_t flags,
                                struct span target_info)
{
    static uint8_t challenge[8192];
    struct answer *a = NEW(struct answer);
    void *client;
    struct ntlm_challenge m = {.flags = flags, .challenge = {1}, .target_info = target_info};
    struct wr w = wr_of(mspan_of(challenge, sizeof(challenge)));
    struct wr out = wr_of(mspan_of(a->bytes, sizeof(a->bytes)));
    ntlm_challenge_write(&w, &m);
    assert_int_equal(auth_ntlm_client.state_new(config, &client), 0);
    assert_int_equal(auth_ntlm_client.step(client, (struct span){0}, &out), 1);
    out = wr_of(mspan_of(a->bytes, sizeof(a->bytes)));
    a->result = auth_ntlm_client.step(client, wr_written(&w), &out);
    if (a->result == 0)
        answer_parse(a, wr_written(&out));
    auth_ntlm_client.state_free(client);
    return a;
}

#define FLAGS                                                                                      \
    (NTLM_UNICODE | NTLM_EXTENDED_SECURITY | NTLM_TARGET_INFO | NTLM_KEY_EXCHANGE | NTLM_128)

/* AV pairs: computer "N", flags 1, time 5, an old target name, end. */
static const uint8_t timed[] = {1, 0, 2, 0, 'N', 0, 6, 0, 4, 0, 1, 0, 0, 0, 7, 0, 8, 0, 5,
                                0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 0, 'x', 0, 0, 0, 0, 0};

static void server_with_time(void **state)
{
    struct answer *a = answer_to(&fixture_client, FLAGS, span_of(timed, sizeof(timed)));
    const uint8_t zeros[24] = {0};
    assert_int_equal(a->result, 0);
    assert_int_equal(a->v2.timestamp, 5);
    assert_int_equal(a->av_flags, 1 | NTLM_AV_FLAG_MIC);
    assert_int_equal(a->av_seen, 1u << NTLM_AV_NB_COMPUTER | 1u << NTLM_AV_FLAGS |
                                     1u << NTLM_AV_TIMESTAMP | 1u << NTLM_AV_TARGET_NAME |
                                     1u << NTLM_AV_CHANNEL_BINDINGS);
    assert_true(a->m.has_mic);
    assert_memory_not_equal(a->m.mic, zeros, 16);
    assert_memory_equal(a->m.lm_response.p, zeros, 24);
    assert_int_equal(a->m.encrypted_key.len, 16);
    free(a);
}

static void server_without_time(void **state)
{
    struct answer *a = answer_to(&fixture_client, FLAGS, (struct span){0});
    const uint8_t zeros[24] = {0};
    assert_int_equal(a->result, 0);
    assert_true(a->v2.timestamp > 0);
    assert_int_equal(a->av_flags & NTLM_AV_FLAG_MIC, 0);
    assert_memory_equal(a->m.mic, zeros, 16);
    assert_memory_not_equal(a->m.lm_response.p, zeros, 24);
    assert_memory_equal(a->m.lm_response.p + 16, a->v2.client_challenge, 8);
    free(a);
}

static void server_without_key_exchange(void **state)
{
    struct answer *a =
        answer_to(&fixture_client, FLAGS & ~NTLM_KEY_EXCHANGE, span_of(timed, sizeof(timed)));
    assert_int_equal(a->result, 0);
    assert_int_equal(a->m.encrypted_key.len, 0);
    free(a);
}

static void anonymous(void **state)
{
    struct auth_client_config config = {.user = ""};
    struct answer *a = answer_to(&config, FLAGS, span_of(timed, sizeof(timed)));
    assert_int_equal(a->result, 0);
    assert_int_equal(a->m.user.len, 0);
    assert_int_equal(a->m.nt_response.len, 0);
    assert_int_equal(a->m.lm_response.len, 1);
    assert_true(a->m.flags & NTLM_ANONYMOUS);
    free(a);
}

static void refused_challenges(void **state)
{
    static uint8_t huge[NTLM_TARGET_INFO_BYTES_MAX + 1];
    static const uint8_t broken[] = {1, 0, 9, 0, 'N', 0};
    struct span good = span_of(timed, sizeof(timed));
    const struct {
        uint32_t flags;
        struct span info;
    } cases[] = {
        {FLAGS & ~NTLM_UNICODE, good},
        {FLAGS & ~NTLM_EXTENDED_SECURITY, good},
        {FLAGS, span_of(broken, sizeof(broken))},
        {FLAGS, span_of(huge, sizeof(huge))},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct answer *a = answer_to(&fixture_client, cases[i].flags, cases[i].info);
        assert_int_equal(a->result, -EBADMSG);
        free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_with_time),
        cmocka_unit_test(server_without_time),
        cmocka_unit_test(server_without_key_exchange),
        cmocka_unit_test(anonymous),
        cmocka_unit_test(refused_challenges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
