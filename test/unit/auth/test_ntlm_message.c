/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of NTLM: the published ones of [MS-NLMP] 4.2.4, round trips, and fields that point
 * where they must not. */
#include "auth/ntlm.h"
#include "hex.h"
#include "unit.h"

#define CHALLENGE                                                                                  \
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef"                             \
    "00000000000000002400240044000000060070170000000f5300650072007600"                             \
    "6500720002000c0044006f006d00610069006e0001000c005300650072007600"                             \
    "6500720000000000"
#define AUTHENTICATE                                                                               \
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00"                             \
    "480000000800080054000000100010005c00000010001000d8000000358288e2"                             \
    "0501280a0000000f44006f006d00610069006e00550073006500720043004f00"                             \
    "4d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaa"                             \
    "aaaaaaaa68cd0ab851e51c96aabc927bebef6a1c010100000000000000000000"                             \
    "00000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e00"                             \
    "01000c005300650072007600650072000000000000000000c5dad2544fc97990"                             \
    "94ce1ce90bc9d03e"

static struct span decoded(const char *text, struct mspan buf)
{
    return span_of(buf.p, hex_decode(text, buf.p, buf.len));
}

static void published_challenge(void **state)
{
    uint8_t buf[256];
    struct ntlm_challenge m;
    const uint8_t challenge[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    assert_int_equal(ntlm_challenge_read(decoded(CHALLENGE, mspan_of(buf, sizeof(buf))), &m), 0);
    assert_int_equal(m.flags, 0xe28a8233);
    assert_memory_equal(m.challenge, challenge, 8);
    assert_int_equal(m.target_name.len, 12);
    assert_int_equal(m.target_info.len, 36);
    struct rd r = rd_of(m.target_info);
    uint16_t id;
    struct span value;
    assert_true(ntlm_av_next(&r, &id, &value));
    assert_int_equal(id, NTLM_AV_NB_DOMAIN);
    assert_int_equal(value.len, 12);
    assert_true(ntlm_av_next(&r, &id, &value));
    assert_int_equal(id, NTLM_AV_NB_COMPUTER);
    assert_false(ntlm_av_next(&r, &id, &value));
    assert_true(rd_done(&r));
}

static void published_authenticate(void **state)
{
    uint8_t buf[512];
    struct ntlm_authenticate m;
    struct ntlm_v2_response v2;
    struct span in = decoded(AUTHENTICATE, mspan_of(buf, sizeof(buf)));
    assert_int_equal(ntlm_authenticate_read(in, &m), 0);
    assert_false(m.has_mic); /* its payload begins at 72 */
    assert_int_equal(m.user.len, 8);
    assert_int_equal(m.domain.len, 12);
    assert_int_equal(m.workstation.len, 16);
    assert_int_equal(m.encrypted_key.len, 16);
    assert_int_equal(m.lm_response.len, 24);
    assert_int_equal(ntlm_v2_response_read(m.nt_response, &v2), 0);
    assert_int_equal(v2.timestamp, 0);
    assert_int_equal(v2.client_challenge[0], 0xaa);
    assert_int_equal(v2.temp.len, m.nt_response.len - 16);
}

static void round_trips(void **state)
{
    uint8_t buf[512];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    struct ntlm_negotiate n;
    ntlm_negotiate_write(&w, &(struct ntlm_negotiate){.flags = NTLM_UNICODE | NTLM_56});
    assert_int_equal(ntlm_negotiate_read(wr_written(&w), &n), 0);
    assert_int_equal(n.flags, NTLM_UNICODE | NTLM_56);

    struct ntlm_challenge c = {.flags = NTLM_UNICODE | NTLM_TARGET_INFO,
                               .challenge = {1, 2, 3},
                               .target_name = span_of("N\0", 2),
                               .target_info = span_of("\0\0\0\0", 4)};
    struct ntlm_challenge c_back;
    w = wr_of(mspan_of(buf, sizeof(buf)));
    ntlm_challenge_write(&w, &c);
    assert_int_equal(ntlm_challenge_read(wr_written(&w), &c_back), 0);
    assert_memory_equal(c_back.challenge, c.challenge, 8);
    assert_true(span_equal(c_back.target_name, c.target_name));
    assert_true(span_equal(c_back.target_info, c.target_info));

    struct ntlm_authenticate a = {.flags = NTLM_UNICODE,
                                  .lm_response = span_str("lm"),
                                  .nt_response = span_str("nt response"),
                                  .domain = span_str("D "),
                                  .user = span_str("user"),
                                  .workstation = span_str("workst"),
                                  .encrypted_key = span_str("key"),
                                  .mic = {9, 8, 7}};
    struct ntlm_authenticate b;
    w = wr_of(mspan_of(buf, sizeof(buf)));
    ntlm_authenticate_write(&w, &a);
    assert_int_equal(ntlm_authenticate_read(wr_written(&w), &b), 0);
    assert_true(b.has_mic);
    assert_memory_equal(b.mic, a.mic, 16);
    assert_true(span_equal(a.lm_response, b.lm_response));
    assert_true(span_equal(a.nt_response, b.nt_response));
    assert_true(span_equal(a.domain, b.domain));
    assert_true(span_equal(a.user, b.user));
    assert_true(span_equal(a.workstation, b.workstation));
    assert_true(span_equal(a.encrypted_key, b.encrypted_key));
}

static void truncated_messages(void **state)
{
    uint8_t buf[512];
    struct ntlm_authenticate a;
    struct ntlm_challenge c;
    struct span in = decoded(AUTHENTICATE, mspan_of(buf, sizeof(buf)));
    for (size_t n = 0; n < in.len; n++)
        assert_int_equal(ntlm_authenticate_read(span_of(in.p, n), &a), -EBADMSG);
    in = decoded(CHALLENGE, mspan_of(buf, sizeof(buf)));
    for (size_t n = 0; n < in.len; n++)
        assert_int_equal(ntlm_challenge_read(span_of(in.p, n), &c), -EBADMSG);
}

/* Each of the six fields with offsets in the header, at the end, beyond it and around 2^32. */
static void wild_fields(void **state)
{
    static const uint32_t offsets[] = {0, 8, 63, 233, 0x7fffffff, 0xfffffff0, 0xffffffff};
    uint8_t buf[512];
    struct ntlm_authenticate m;
    for (size_t field = 0; field < 6; field++) {
        for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
            struct span in = decoded(AUTHENTICATE, mspan_of(buf, sizeof(buf)));
            uint8_t *at = buf + 12 + field * 8;
            memcpy(at + 4, &offsets[i], 4);
            assert_int_equal(ntlm_authenticate_read(in, &m), -EBADMSG);
            memset(at, 0, 2); /* an empty field may point anywhere */
            assert_int_equal(ntlm_authenticate_read(in, &m), 0);
            memset(at, 0xff, 2);
            memset(at + 4, 0, 4);
            at[4] = 72;
            assert_int_equal(ntlm_authenticate_read(in, &m), -EBADMSG);
        }
    }
}

static void other_messages(void **state)
{
    uint8_t buf[512];
    struct ntlm_authenticate a;
    struct ntlm_challenge c;
    struct ntlm_negotiate n;
    struct span in = decoded(CHALLENGE, mspan_of(buf, sizeof(buf)));
    assert_int_equal(ntlm_negotiate_read(in, &n), -EBADMSG);
    assert_int_equal(ntlm_authenticate_read(in, &a), -EBADMSG);
    buf[20] &= 0xfe; /* not Unicode */
    assert_int_equal(ntlm_challenge_read(in, &c), -EBADMSG);
    buf[20] |= 1;
    buf[0] ^= 1;
    assert_int_equal(ntlm_challenge_read(in, &c), -EBADMSG);
}

static void broken_av_lists(void **state)
{
    uint8_t bytes[32];
    uint16_t id;
    struct span value;
    size_t len = HEX(bytes, "01000400 aabbccdd 02000900 aabbccdd");
    struct rd r = rd_of(span_of(bytes, len));
    assert_true(ntlm_av_next(&r, &id, &value));
    assert_false(ntlm_av_next(&r, &id, &value));
    assert_false(rd_done(&r));
    len = HEX(bytes, "00000000 02000400 aabbccdd");
    r = rd_of(span_of(bytes, len));
    assert_false(ntlm_av_next(&r, &id, &value)); /* nothing counts behind the end */
    assert_true(rd_done(&r));
}

static void v2_response_refusals(void **state)
{
    uint8_t bytes[64] = {0};
    struct ntlm_v2_response v2;
    bytes[16] = 1;
    bytes[17] = 1;
    for (size_t n = 0; n < 44; n++)
        assert_int_equal(ntlm_v2_response_read(span_of(bytes, n), &v2), -EBADMSG);
    assert_int_equal(ntlm_v2_response_read(span_of(bytes, 44), &v2), 0);
    bytes[17] = 2;
    assert_int_equal(ntlm_v2_response_read(span_of(bytes, 64), &v2), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_challenge), cmocka_unit_test(published_authenticate),
        cmocka_unit_test(round_trips),         cmocka_unit_test(truncated_messages),
        cmocka_unit_test(wild_fields),         cmocka_unit_test(other_messages),
        cmocka_unit_test(broken_av_lists),     cmocka_unit_test(v2_response_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
