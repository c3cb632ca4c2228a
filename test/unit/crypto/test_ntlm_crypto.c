/* SPDX-License-Identifier: Apache-2.0
 *
 * MD4 and MD5 (RFC 1320, 1321), HMAC-MD5 (RFC 2202) and RC4 against their published vectors. */
#include "crypto/ntlm_crypto.h"

#include "hex.h"
#include "unit.h"

static void assert_digest(const uint8_t *digest, const char *expected)
{
    uint8_t bytes[MD_BYTES];
    assert_int_equal(HEX(bytes, expected), MD_BYTES);
    assert_memory_equal(digest, bytes, MD_BYTES);
}

static void md4(void **state)
{
    uint8_t digest[MD_BYTES];
    ntlm_md4(span_str(""), digest);
    assert_digest(digest, "31d6cfe0d16ae931b73c59d7e0c089c0");
    ntlm_md4(span_str("message digest"), digest);
    assert_digest(digest, "d9130a8164549fe818874806e1c7014b");
}

static void md5_in_parts(void **state)
{
    uint8_t digest[MD_BYTES];
    struct span parts[] = {span_str("mess"), span_str(""), span_str("age digest")};
    ntlm_md5(parts, 3, digest);
    assert_digest(digest, "f96b697d7cb7938d525a2f31aaf161d0");
}

static void hmac_md5_in_parts(void **state)
{
    uint8_t digest[MD_BYTES];
    struct span parts[] = {span_str("what do ya want "), span_str("for nothing?")};
    ntlm_hmac_md5(span_str("Jefe"), parts, 2, digest);
    assert_digest(digest, "750c783e6ab0b503eaa86e310a5db738");
}

static void rc4_keeps_its_stream(void **state)
{
    uint8_t expected[9];
    uint8_t out[9];
    struct ntlm_rc4 rc4;
    HEX(expected, "BBF316E8D940AF0AD3");
    ntlm_rc4_init(&rc4, span_str("Key"));
    ntlm_rc4_crypt(&rc4, out, span_of("Plai", 4));
    ntlm_rc4_crypt(&rc4, out + 4, span_of("ntext", 5));
    assert_memory_equal(out, expected, sizeof(out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md4),
        cmocka_unit_test(md5_in_parts),
        cmocka_unit_test(hmac_md5_in_parts),
        cmocka_unit_test(rc4_keeps_its_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
