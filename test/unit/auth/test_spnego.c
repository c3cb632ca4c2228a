/* SPDX-License-Identifier: Apache-2.0
 *
 * SPNEGO's DER: round trips of every size of length, tokens seen from other implementations, and
 * what must be refused. */
#include "auth/ntlm.h"
#include "auth/spnego.h"
#include "hex.h"
#include "unit.h"

static uint8_t large[70000];

static struct span ntlm_list(struct mspan buf)
{
    struct span oid = span_of(ntlm_oid, sizeof(ntlm_oid));
    struct span list = spnego_mech_list_write(buf, &oid, 1);
    assert_true(list.len > 0);
    return list;
}

static void round_trips(void **state)
{
    static const size_t sizes[] = {0, 1, 100, 127, 128, 255, 256, 4000, 65535, 65536};
    static uint8_t buf[70500];
    uint8_t list_bytes[64];
    struct mspan m = mspan_of(buf, sizeof(buf));
    struct span list = ntlm_list(mspan_of(list_bytes, sizeof(list_bytes)));
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct spnego_init init = {
            .mech_list = list, .token = span_of(large, sizes[i]), .mic = span_str("mic")};
        struct spnego_init init_back;
        struct span token = spnego_init_write(m, &init);
        assert_true(spnego_is_init(token));
        assert_int_equal(spnego_init_read(token, &init_back), 0);
        assert_true(span_equal(init_back.mech_list, list));
        assert_true(span_equal(init_back.token, init.token));
        assert_true(span_equal(init_back.mic, init.mic));

        struct spnego_resp resp = {.state = SPNEGO_REQUEST_MIC,
                                   .mech = span_of(ntlm_oid, sizeof(ntlm_oid)),
                                   .token = span_of(large, sizes[i])};
        struct spnego_resp resp_back;
        token = spnego_resp_write(m, &resp);
        assert_false(spnego_is_init(token));
        assert_int_equal(spnego_resp_read(token, &resp_back), 0);
        assert_int_equal(resp_back.state, resp.state);
        assert_true(span_equal(resp_back.mech, resp.mech));
        assert_true(span_equal(resp_back.token, resp.token));
        assert_int_equal(resp_back.mic.len, 0);
    }
}

static void no_room(void **state)
{
    uint8_t buf[64];
    uint8_t list_bytes[64];
    struct span list = ntlm_list(mspan_of(list_bytes, sizeof(list_bytes)));
    struct spnego_init init = {.mech_list = list};
    size_t needed = spnego_init_write(mspan_of(buf, sizeof(buf)), &init).len;
    assert_true(needed > 0);
    for (size_t n = 0; n < needed; n++)
        assert_int_equal(spnego_init_write(mspan_of(buf, n), &init).len, 0);
    assert_int_equal(spnego_init_write(mspan_of(buf, needed), &init).len, needed);
}

/* The final answer in Microsoft's worked example of SMB 3.1.1. */
static void published_answer(void **state)
{
    uint8_t token[64];
    uint8_t again[64];
    struct spnego_resp resp;
    size_t len = HEX(token, "a11b3019a0030a0100a312041001000000 3b453cdc3524164200000000");
    assert_int_equal(spnego_resp_read(span_of(token, len), &resp), 0);
    assert_int_equal(resp.state, SPNEGO_ACCEPT_COMPLETED);
    assert_int_equal(resp.mic.len, 16);
    assert_int_equal(resp.mech.len, 0);
    struct span out = spnego_resp_write(mspan_of(again, sizeof(again)), &resp);
    assert_true(span_equal(out, span_of(token, len)));
}

/* The hint Windows gives: several mechanisms, then negHints in [3]. */
static void hint_of_a_server(void **state)
{
    uint8_t token[160];
    struct spnego_init init;
    size_t len = HEX(token, "607606062b0601050502a06c306aa03c303a060a2b06010401823702021e"
                            "06092a864882f71201020206092a864886f712010202060a2a864886f712"
                            "01020203060a2b06010401823702020aa32a3028a0261b246e6f745f6465"
                            "66696e65645f696e5f5246433431373840706c656173655f69676e6f7265");
    assert_int_equal(spnego_init_read(span_of(token, len), &init), 0);
    assert_int_equal(spnego_mech_index(init.mech_list, span_of(ntlm_oid, sizeof(ntlm_oid))), 4);
    assert_int_equal(spnego_mech_index(init.mech_list, span_str("other")), -1);
    assert_int_equal(init.mic.len, 0);
    assert_int_equal(init.token.len, 0);

    struct span own;
    uint8_t buf[160];
    uint8_t list_bytes[64];
    own = spnego_hint_write(mspan_of(buf, sizeof(buf)),
                            ntlm_list(mspan_of(list_bytes, sizeof(list_bytes))));
    assert_int_equal(spnego_init_read(own, &init), 0);
    assert_int_equal(spnego_mech_index(init.mech_list, span_of(ntlm_oid, sizeof(ntlm_oid))), 0);
}

static void refusals(void **state)
{
    static const char *const inits[] = {
        "",
        "60",
        "6080",                                     /* indefinite length */
        "60850000000000",                           /* five length octets */
        "6084ffffffff06062b0601050502",             /* beyond the end */
        "601106062b0601050502a0063004a0023000",     /* shorter than it says */
        "601006062b0601050502a0063004a0033000",     /* an element larger than its parent */
        "600806062b0601050503",                     /* another OID */
        "600a06062b0601050502a000",                 /* no sequence */
        "600c06062b0601050502a0023000",             /* no list */
        "601206062b0601050502a0083006a0043002 0401", /* not OIDs */
    };
    static const char *const resps[] = {
        "", "a1", "a103", "a0023000", "a1023100",
        "a1073005a0030a0104",     /* a state nobody defined */
        "a1083006a0040a020001",   /* two bytes of state */
        "a1063004a2020404",       /* token beyond its member */
    };
    uint8_t bytes[64];
    struct spnego_init init;
    struct spnego_resp resp;
    for (size_t i = 0; i < ARRAY_LEN(inits); i++) {
        size_t len = HEX(bytes, inits[i]);
        assert_int_equal(spnego_init_read(span_of(bytes, len), &init), -EBADMSG);
    }
    for (size_t i = 0; i < ARRAY_LEN(resps); i++) {
        size_t len = HEX(bytes, resps[i]);
        assert_int_equal(spnego_resp_read(span_of(bytes, len), &resp), -EBADMSG);
    }
}

static void too_many_mechanisms(void **state)
{
    struct span oids[SPNEGO_MECHS_MAX + 1];
    static uint8_t list_bytes[1024];
    static uint8_t buf[1024];
    struct spnego_init init;
    for (size_t i = 0; i < ARRAY_LEN(oids); i++)
        oids[i] = span_of(ntlm_oid, sizeof(ntlm_oid));
    for (size_t extra = 0; extra < 2; extra++) {
        struct spnego_init out = {
            .mech_list = spnego_mech_list_write(mspan_of(list_bytes, sizeof(list_bytes)), oids,
                                                SPNEGO_MECHS_MAX + extra)};
        struct span token = spnego_init_write(mspan_of(buf, sizeof(buf)), &out);
        assert_int_equal(spnego_init_read(token, &init), extra ? -EBADMSG : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),      cmocka_unit_test(no_room),
        cmocka_unit_test(published_answer), cmocka_unit_test(hint_of_a_server),
        cmocka_unit_test(refusals),         cmocka_unit_test(too_many_mechanisms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
