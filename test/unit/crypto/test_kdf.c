/* SPDX-License-Identifier: Apache-2.0
 *
 * Key derivation against the worked examples Microsoft publishes ("the anatomy of signing and
 * cryptographic keys", "encryption in SMB 3"), [MS-SMB2] 3.1.4.2 and 3.3.5.5.3. */
#include "crypto/kdf.h"

#include "hex.h"
#include "unit.h"

struct example {
    uint16_t dialect;
    const char *session_key, *preauth_hash;
    const char *signing, *application, *decrypt, *encrypt;
};

#define HASH_311                                                                                   \
    "0DD13628CC3ED218EF9DF9772D436D0887AB9814BFAE63A80AA845F36909DB79"                             \
    "28622DDDAD522D9751640A459762C5A9D6BB084CBB3CE6BDADEF5D5BCE3C6C01"
#define HASH_311_GCM                                                                               \
    "B23F3CBFD69487D9832B79B1594A367CDD950909B774C3A4C412B4FCEA9EDDDB"                             \
    "A7DB256BA2EA30E977F11F9B113247578E0E915C6D2A513B8F2FCA5707DC8770"

static const struct example examples[] = {
    {0x0300, "7CD451825D0450D235424E44BA6E78CC", NULL, "0B7E9C5CAC36C0F6EA9AB275298CEDCE",
     "BB23A4575AA26C721AF525AF15A87B4F", "FAD27796665B313EBB578F388632B4F7",
     "B0F0427F7CEB416D1D9DCC0CD4F99447"},
    {0x0302, "B4546771B515F766A86735532DD6C4F0", NULL, NULL, NULL,
     "261B72350558F2E9DCF613070383EDBF", "8FE2B57EC34D2DB5B1A9727F526BBDB5"},
    {0x0311, "270E1BA896585EEB7AF3472D3B4C75A7", HASH_311, "73FE7A9A77BEF0BDE49C650D8CCB5F76",
     "6D7AD7954E9EC61E907B4D473DC178FF", "629BCBC54422A0F572B97F45989B6073",
     "E2AF0DCEFAC68DA71A0DFBD0D1350D74"},
    {0x0311, "419FDDF34C1E001909D362AE7FB6AF79", HASH_311_GCM, NULL, NULL,
     "A2F5E80E5D59103034F32E52F698E5EC", "748C50868C90F302962A5C35F5F9A8BF"},
};

static void assert_key(const uint8_t *key, const char *expected)
{
    uint8_t bytes[16];
    if (expected) {
        assert_int_equal(HEX(bytes, expected), sizeof(bytes));
        assert_memory_equal(key, bytes, sizeof(bytes));
    }
}

static void published_examples(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        const struct example *e = &examples[i];
        uint8_t session_key[16];
        uint8_t hash[PREAUTH_HASH_BYTES] = {0};
        HEX(session_key, e->session_key);
        if (e->preauth_hash)
            HEX(hash, e->preauth_hash);
        struct smb3_kdf_args args = {.dialect = e->dialect,
                                     .cipher = CIPHER_AES128_CCM,
                                     .session_key = span_of(session_key, sizeof(session_key)),
                                     .preauth_hash = hash};
        struct smb3_keys keys;
        smb3_keys_derive(&args, &keys);
        assert_int_equal(keys.cipher_key_len, 16);
        assert_key(keys.signing, e->signing);
        assert_key(keys.application, e->application);
        assert_key(keys.encrypt, e->encrypt);
        assert_key(keys.decrypt, e->decrypt);
    }
}

/* The 256-bit ciphers use the whole key of the authentication, and another length is hashed. */
static void wide_ciphers(void **state)
{
    uint8_t session_key[32];
    uint8_t hash[PREAUTH_HASH_BYTES];
    HEX(hash, HASH_311);
    for (size_t i = 0; i < sizeof(session_key); i++)
        session_key[i] = (uint8_t)i;
    struct smb3_kdf_args args = {.dialect = 0x0311,
                                 .cipher = CIPHER_AES256_GCM,
                                 .session_key = span_of(session_key, sizeof(session_key)),
                                 .preauth_hash = hash};
    struct smb3_keys wide;
    struct smb3_keys narrow;
    smb3_keys_derive(&args, &wide);
    args.cipher = CIPHER_AES128_GCM;
    smb3_keys_derive(&args, &narrow);
    assert_int_equal(wide.cipher_key_len, 32);
    assert_int_equal(narrow.cipher_key_len, 16);
    assert_memory_equal(wide.signing, narrow.signing, 16);
    assert_memory_not_equal(wide.encrypt, narrow.encrypt, 16);

    uint8_t expected[32];
    smb3_derive_key(args.session_key, span_of("SMBC2SCipherKey", 16), span_of(hash, sizeof(hash)),
                    expected, 256);
    assert_memory_equal(wide.decrypt, expected, 32);

    session_key[31] ^= 1;
    struct smb3_keys other;
    args.cipher = CIPHER_AES256_GCM;
    smb3_keys_derive(&args, &other);
    assert_memory_not_equal(wide.decrypt, other.decrypt, 32);
    assert_memory_equal(wide.signing, other.signing, 16);
}

static void short_session_key_is_padded(void **state)
{
    uint8_t key[SIGN_KEY_BYTES];
    const uint8_t expected[SIGN_KEY_BYTES] = {'a', 'b', 'c'};
    smb2_signing_key(span_str("abc"), key);
    assert_memory_equal(key, expected, sizeof(key));
    smb2_signing_key(span_str("0123456789abcdefXYZ"), key);
    assert_memory_equal(key, "0123456789abcdef", sizeof(key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_examples),
        cmocka_unit_test(wide_ciphers),
        cmocka_unit_test(short_session_key_is_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
