/* SPDX-License-Identifier: Apache-2.0
 *
 * The worked example of [MS-NLMP] 4.2.4: user "User", domain "Domain", password "Password". */
#include "auth/ntlm.h"
#include "hex.h"
#include "unit.h"

static void assert_hex(const void *bytes, const char *expected)
{
    uint8_t wanted[256];
    size_t len = HEX(wanted, expected);
    assert_memory_equal(bytes, wanted, len);
}

static const uint8_t user[] = {'U', 0, 's', 0, 'e', 0, 'r', 0};
static const uint8_t domain[] = {'D', 0, 'o', 0, 'm', 0, 'a', 0, 'i', 0, 'n', 0};

static void v2_hash(uint8_t ret_hash[16])
{
    uint8_t nt_hash[16];
    assert_int_equal(ntlm_hash_password("Password", nt_hash), 0);
    assert_hex(nt_hash, "a4f49c406510bdcab6824ee7c30fd852");
    ntlm_v2_hash(nt_hash, span_of(user, sizeof(user)), span_of(domain, sizeof(domain)), ret_hash);
}

static void hashes_proof_and_base_key(void **state)
{
    uint8_t hash[16];
    uint8_t proof[16];
    uint8_t key[16];
    uint8_t temp[256];
    const uint8_t challenge[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    v2_hash(hash);
    assert_hex(hash, "0c868a403bfd7a93a3001ef22ef02e3f");
    size_t len = HEX(temp, "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
                           "02000c0044006f006d00610069006e0001000c00530065007200760065007200"
                           "0000000000000000");
    ntlm_v2_proof(hash, challenge, span_of(temp, len), proof);
    assert_hex(proof, "68cd0ab851e51c96aabc927bebef6a1c");
    ntlm_v2_base_key(hash, proof, key);
    assert_hex(key, "8de40ccadbc14a82f15cb0ad0de95ca3");

    struct ntlm_rc4 rc4;
    uint8_t encrypted[16];
    memset(encrypted, 0x55, sizeof(encrypted));
    ntlm_rc4_init(&rc4, span_of(key, sizeof(key)));
    ntlm_rc4_crypt(&rc4, encrypted, span_of(encrypted, sizeof(encrypted)));
    assert_hex(encrypted, "c5dad2544fc9799094ce1ce90bc9d03e");
}

static void user_is_hashed_in_upper_case(void **state)
{
    uint8_t hash[16];
    uint8_t other[16];
    uint8_t nt_hash[16] = {1};
    const uint8_t lower[] = {0xe9, 0, 'b', 0}; /* é */
    const uint8_t upper[] = {0xc9, 0, 'B', 0};
    ntlm_v2_hash(nt_hash, span_of(lower, 4), span_of(domain, 2), hash);
    ntlm_v2_hash(nt_hash, span_of(upper, 4), span_of(domain, 2), other);
    assert_memory_equal(hash, other, 16);
    ntlm_v2_hash(nt_hash, span_of(upper, 4), span_of(domain, 4), other);
    assert_memory_not_equal(hash, other, 16);
}

static void signature(void **state)
{
    struct ntlm_signer s;
    uint8_t key[16];
    uint8_t text[18];
    uint8_t sealed[18];
    uint8_t mac[16];
    memset(key, 0x55, sizeof(key));
    HEX(text, "50006c00610069006e007400650078007400");
    ntlm_signer_init(&s, key, NTLM_KEY_EXCHANGE | NTLM_128, true);
    assert_hex(s.sign_key, "4788dc861b4782f35d43fd98fe1a2d39");
    ntlm_rc4_crypt(&s.seal, sealed, span_of(text, sizeof(text)));
    assert_hex(sealed, "54e50165bf1936dc996020c1811b0f06fb5f");
    ntlm_sign(&s, span_of(text, sizeof(text)), mac);
    assert_hex(mac, "010000007fb38ec5c55d497600000000");
    assert_int_equal(s.sequence, 1);
}

static void signatures_are_checked(void **state)
{
    static const uint32_t flags[] = {0, NTLM_56, NTLM_128 | NTLM_KEY_EXCHANGE};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct ntlm_signer mine;
        struct ntlm_signer theirs;
        uint8_t key[16] = {7};
        uint8_t mac[16];
        ntlm_signer_init(&mine, key, flags[i], true);
        ntlm_signer_init(&theirs, key, flags[i], true);
        for (int message = 0; message < 3; message++) {
            ntlm_sign(&mine, span_str("text"), mac);
            assert_true(ntlm_sign_check(&theirs, span_str("text"), span_of(mac, 16)));
        }
        ntlm_sign(&mine, span_str("text"), mac);
        assert_false(ntlm_sign_check(&theirs, span_str("tex!"), span_of(mac, 16)));
        ntlm_sign(&mine, span_str("text"), mac);
        assert_false(ntlm_sign_check(&theirs, span_str("text"), span_of(mac, 15)));
        ntlm_signer_init(&theirs, key, flags[i], false);
        ntlm_signer_init(&mine, key, flags[i], true);
        ntlm_sign(&mine, span_str("text"), mac);
        assert_false(ntlm_sign_check(&theirs, span_str("text"), span_of(mac, 16)));
    }
}

static void passwords(void **state)
{
    uint8_t hash[16];
    char long_password[300];
    assert_int_equal(ntlm_hash_password("", hash), 0);
    assert_hex(hash, "31d6cfe0d16ae931b73c59d7e0c089c0");
    assert_int_equal(ntlm_hash_password("\xff", hash), -EINVAL);
    memset(long_password, 'x', sizeof(long_password));
    long_password[257] = '\0';
    assert_int_equal(ntlm_hash_password(long_password, hash), -EINVAL);
    long_password[256] = '\0';
    assert_int_equal(ntlm_hash_password(long_password, hash), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_proof_and_base_key),
        cmocka_unit_test(user_is_hashed_in_upper_case),
        cmocka_unit_test(signature),
        cmocka_unit_test(signatures_are_checked),
        cmocka_unit_test(passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
