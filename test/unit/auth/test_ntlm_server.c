/* SPDX-License-Identifier: Apache-2.0
 *
 * NTLM's server side below SPNEGO: what it offers, weak responses, odd names, keys in both ways
 * ([MS-NLMP] 3.2.5). */
#include "handshake.h"

struct peers {
    void *server, *client;
    struct auth_identity id;
    enum auth_reason reason;
    uint8_t challenge[2048];
    uint8_t proof[4096];
    struct span token; /* the client's AUTHENTICATE */
};

static struct span to_client(struct peers *p, struct span in, struct mspan buf, int expected)
{
    struct wr w = wr_of(buf);
    assert_int_equal(auth_ntlm_client.step(p->client, in, &w), expected);
    return wr_written(&w);
}

static int to_server(struct peers *p, struct span in, struct wr *w)
{
    return auth_ntlm_server.step(p->server, in, w, &p->id, &p->reason);
}

static struct peers *peers_new(void)
{
    struct peers *p = NEW(struct peers);
    struct mspan proof = mspan_of(p->proof, sizeof(p->proof));
    struct wr w = wr_of(mspan_of(p->challenge, sizeof(p->challenge)));
    p->server = auth_ntlm_server.state_new(&fixture_server);
    assert_int_equal(auth_ntlm_client.state_new(&fixture_client, &p->client), 0);
    assert_int_equal(to_server(p, to_client(p, (struct span){0}, proof, 1), &w), 1);
    p->token = to_client(p, wr_written(&w), proof, 0);
    return p;
}

static void peers_free(struct peers *p)
{
    auth_ntlm_server.state_free(p->server);
    auth_ntlm_client.state_free(p->client);
    free(p);
}

static int verdict(struct peers *p, struct span in)
{
    struct wr none = wr_of((struct mspan){0});
    return to_server(p, in, &none);
}

/* Our client's AUTHENTICATE, changed and written again without a MIC that would fit. */
static int verdict_changed(void (*change)(struct ntlm_authenticate *), enum auth_reason *ret_reason)
{
    struct peers *p = peers_new();
    struct ntlm_authenticate m;
    static uint8_t buf[4096];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    assert_int_equal(ntlm_authenticate_read(p->token, &m), 0);
    change(&m);
    ntlm_authenticate_write(&w, &m);
    int result = verdict(p, wr_written(&w));
    *ret_reason = p->reason;
    peers_free(p);
    return result;
}

static void no_change(struct ntlm_authenticate *m)
{
}

static void ntlm_v1(struct ntlm_authenticate *m)
{
    m->nt_response.len = 24;
}

static void lm_only(struct ntlm_authenticate *m)
{
    m->nt_response.len = 0;
}

static void odd_user(struct ntlm_authenticate *m)
{
    m->user.len--;
}

static void half_surrogate(struct ntlm_authenticate *m)
{
    m->user = span_of("\x00\xd8", 2);
}

static void long_user(struct ntlm_authenticate *m)
{
    static const uint8_t name[2 * AUTH_NAME_BYTES_MAX + 2] = {'x'};
    m->user = span_of(name, sizeof(name));
}

static void short_key(struct ntlm_authenticate *m)
{
    m->encrypted_key.len = 15;
}

static void no_key(struct ntlm_authenticate *m)
{
    m->encrypted_key.len = 0;
}

static void other_user(struct ntlm_authenticate *m)
{
    m->user = span_of("B\0o\0b\0", 6);
}

static void other_domain(struct ntlm_authenticate *m)
{
    m->domain.len = 0;
}

static void changed_messages(void **state)
{
    static const struct {
        void (*change)(struct ntlm_authenticate *);
        int result;
        enum auth_reason reason;
    } cases[] = {
        {no_change, 0, AUTH_OK},
        {ntlm_v1, -EACCES, AUTH_WEAK_RESPONSE},
        {lm_only, -EACCES, AUTH_WEAK_RESPONSE},
        {odd_user, -EBADMSG, AUTH_OK},
        {half_surrogate, -EBADMSG, AUTH_OK},
        {long_user, -EBADMSG, AUTH_OK},
        {short_key, -EBADMSG, AUTH_OK},
        {no_key, -EBADMSG, AUTH_OK},
        {other_user, -EACCES, AUTH_WRONG_PASSWORD},
        {other_domain, -EACCES, AUTH_WRONG_PASSWORD},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum auth_reason reason;
        assert_int_equal(verdict_changed(cases[i].change, &reason), cases[i].result);
        assert_int_equal(reason, cases[i].reason);
    }
}

static void challenge_offers(void **state)
{
    struct peers *p = peers_new();
    struct ntlm_challenge m;
    uint16_t id;
    struct span value;
    unsigned seen = 0;
    assert_int_equal(ntlm_challenge_read(span_of(p->challenge, sizeof(p->challenge)), &m), 0);
    assert_true(m.flags & NTLM_TARGET_INFO);
    assert_true(m.flags & NTLM_KEY_EXCHANGE);
    assert_true(m.flags & NTLM_EXTENDED_SECURITY);
    assert_false(m.flags & NTLM_SEAL); /* the client did not ask for it */
    struct rd r = rd_of(m.target_info);
    while (ntlm_av_next(&r, &id, &value))
        seen |= 1u << id;
    assert_true(rd_done(&r));
    assert_int_equal(seen, 1u << NTLM_AV_NB_COMPUTER | 1u << NTLM_AV_NB_DOMAIN |
                               1u << NTLM_AV_DNS_COMPUTER | 1u << NTLM_AV_DNS_DOMAIN |
                               1u << NTLM_AV_TIMESTAMP);
    peers_free(p);
}

static void oem_client_is_refused(void **state)
{
    struct peers *p = peers_new();
    uint8_t buf[64];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    auth_ntlm_server.state_free(p->server);
    p->server = auth_ntlm_server.state_new(&fixture_server);
    ntlm_negotiate_write(&w, &(struct ntlm_negotiate){.flags = NTLM_NTLM});
    assert_int_equal(verdict(p, wr_written(&w)), -EBADMSG);
    peers_free(p);
}

static void signatures_need_the_proof(void **state)
{
    struct peers *p = peers_new();
    uint8_t mic[AUTH_MIC_BYTES_MAX];
    assert_int_equal(auth_ntlm_server.mic_make(p->server, span_str("list"), mic), -ENOTSUP);
    assert_int_equal(verdict(p, p->token), 0);
    assert_int_equal(auth_ntlm_server.mic_make(p->server, span_str("list"), mic), 16);
    assert_int_equal(auth_ntlm_client.mic_check(p->client, span_str("list"), span_of(mic, 16)), 0);
    peers_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changed_messages),
        cmocka_unit_test(challenge_offers),
        cmocka_unit_test(oem_client_is_refused),
        cmocka_unit_test(signatures_need_the_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
