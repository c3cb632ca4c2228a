/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice of back ends, names, lengths and random bytes. */
#include "crypto/backend.h"
#include "unit.h"

static void backends(void **state)
{
    assert_int_equal(crypto_init(CRYPTO_EVP), 0);
    assert_string_equal(crypto_backend_name(), "evp");
    assert_ptr_equal(backend_mac(SIGN_AES_GMAC), &mac_gmac_evp);
    assert_ptr_equal(backend_aead(CIPHER_AES256_GCM), &aead_gcm_evp);

    int err = crypto_init(CRYPTO_IMB);
    assert_true(err == 0 || err == -ENOTSUP);
    assert_string_equal(crypto_backend_name(), err ? "evp" : "imb");
    assert_int_equal(crypto_init(CRYPTO_AUTO), 0);
    assert_string_equal(crypto_backend_name(), err ? "evp" : "imb");
    assert_non_null(strstr(crypto_backend_text(), err ? "gcm=evp" : "gcm=imb"));
    assert_ptr_equal(backend_mac(SIGN_AES_CMAC),
                     aesni_usable() ? &mac_cmac_aesni : &mac_cmac_nettle);
    assert_ptr_equal(backend_aead(CIPHER_AES128_CCM),
                     aesni_usable() ? &aead_ccm_aesni : &aead_ccm_evp);
}

static void names_and_lengths(void **state)
{
    assert_string_equal(sign_alg_name(SIGN_AES_GMAC), "AES-128-GMAC");
    assert_string_equal(sign_alg_name((enum sign_alg)9), "unknown");
    assert_string_equal(cipher_name(CIPHER_NONE), "none");
    assert_string_equal(cipher_name(CIPHER_AES256_CCM), "AES-256-CCM");
    assert_string_equal(cipher_name((enum cipher)77), "unknown");
    assert_int_equal(cipher_key_len(CIPHER_AES128_GCM), 16);
    assert_int_equal(cipher_key_len(CIPHER_AES256_CCM), 32);
    assert_int_equal(cipher_nonce_len(CIPHER_AES256_CCM), 11);
    assert_int_equal(cipher_nonce_len(CIPHER_AES256_GCM), 12);
}

static void random_bytes_differ(void **state)
{
    uint8_t a[500] = {0};
    uint8_t b[500] = {0};
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b) - 1);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_int_equal(b[sizeof(b) - 1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backends),
        cmocka_unit_test(names_and_lengths),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
