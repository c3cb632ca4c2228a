/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures: published vectors, every implementation against every other on random cuts of
 * random messages, and that any flipped bit is noticed ([MS-SMB2] 3.1.4.1). */
#include "crypto/backend.h"

#include "hex.h"
#include "unit.h"

#define RFC4493_KEY "2b7e151628aed2a6abf7158809cf4f3c"
#define RFC4493_MESSAGE                                                                            \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"                             \
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define RFC4493_MAC "51f0bebf7e3b9d92fc49741779363cfe"

static bool have_imb;

static const struct mac_ops *cmacs[2] = {&mac_cmac_nettle};
static const struct mac_ops *gmacs[2] = {&mac_gmac_evp};

static int find_backends(void **state)
{
    have_imb = crypto_init(CRYPTO_IMB) == 0;
    cmacs[1] = aesni_usable() ? &mac_cmac_aesni : NULL;
    gmacs[1] = have_imb ? &mac_gmac_imb : NULL;
    return crypto_init(CRYPTO_AUTO);
}

static void cmac_rfc4493(void **state)
{
    uint8_t key[16];
    uint8_t expected[16];
    uint8_t mac[16];
    struct mac_input in = {.count = 0};
    HEX(key, RFC4493_KEY);
    HEX(expected, RFC4493_MAC);
    HEX(in.header, RFC4493_MESSAGE);
    for (size_t i = 0; i < ARRAY_LEN(cmacs) && cmacs[i]; i++) {
        void *k = cmacs[i]->key_new(key);
        cmacs[i]->mac(k, NULL, &in, mac);
        cmacs[i]->key_free(k);
        assert_memory_equal(mac, expected, sizeof(mac));
    }
}

/* The SESSION_SETUP response in Microsoft's worked example of 3.1.1. */
static void cmac_published_message(void **state)
{
    uint8_t key[16];
    uint8_t message[128];
    HEX(key, "73FE7A9A77BEF0BDE49C650D8CCB5F76");
    size_t len = HEX(message,
                     "FE534D4240000100000000000100800009000000000000000300000000000000"
                     "FFFE0000000000001900000000100000EBE146DA120BA25FC3376A49DFE31BC1"
                     "0900000048001D00A11B3019A0030A0100A3120410010000003B453CDC352416"
                     "4200000000");
    struct iovec iov = {message, len};
    CLEANUP(signer_free) struct signer *s = signer_new(SIGN_AES_CMAC, key);
    assert_true(signer_check(s, (struct sign_nonce){0}, &iov, 1));
    message[len - 1] ^= 1;
    assert_false(signer_check(s, (struct sign_nonce){0}, &iov, 1));
}

/* Computed with Python's hmac and cryptography modules. */
static void fixed_message(void **state)
{
    static const char *const expected[] = {
        [SIGN_HMAC_SHA256] = "c815ca773377b040f245d5549b727128",
        [SIGN_AES_CMAC] = "628037fceb8cacc6d35885053d034740",
        [SIGN_AES_GMAC] = "5bc03510a5017bd2b1e8fc82ee4531b3",
    };
    uint8_t key[16];
    uint8_t message[200];
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    memcpy(key, message + 100, sizeof(key));
    struct iovec iov = {message, sizeof(message)};
    struct sign_nonce nonce = {0x0102030405060708, .from_server = true, .is_cancel = true};
    for (int alg = SIGN_HMAC_SHA256; alg <= SIGN_AES_GMAC; alg++) {
        CLEANUP(signer_free) struct signer *s = signer_new((enum sign_alg)alg, key);
        uint8_t bytes[16];
        uint8_t signature[16];
        HEX(bytes, expected[alg]);
        signer_sign(s, nonce, &iov, 1, signature);
        assert_memory_equal(signature, bytes, sizeof(bytes));
        assert_int_equal(signer_alg(s), alg);
    }
}

/* Cuts message into up to 12 segments, the first of which holds the header; some are empty. */
static int cut(uint8_t *message, size_t len, struct iovec iov[12])
{
    int n = 0;
    size_t at = MIN(len, SIGN_HEADER_BYTES + (size_t)(random() % 40));
    iov[n++] = (struct iovec){message, at};
    while (at < len && n < 11) {
        size_t take = MIN(len - at, (size_t)random() % (random() % 2 ? 700 : 20));
        iov[n++] = (struct iovec){message + at, take};
        at += take;
    }
    iov[n++] = (struct iovec){message + at, len - at};
    return n;
}

static void assert_agree(const struct mac_ops *const ops[2], enum sign_alg alg)
{
    static uint8_t message[4000];
    struct iovec iov[12];
    uint8_t signatures[2][16];
    for (int round = 0; round < 400; round++) {
        size_t len = SIGN_HEADER_BYTES + (size_t)random() % (sizeof(message) - SIGN_HEADER_BYTES);
        struct sign_nonce nonce = {(uint64_t)random(), round % 2, round % 3};
        random_bytes(message, sizeof(message));
        for (int i = 0; i < 2; i++) {
            CLEANUP(signer_free) struct signer *s = signer_new_with(ops[i], alg, message);
            int count = cut(message, len, iov);
            signer_sign(s, nonce, iov, count, signatures[i]);
        }
        assert_memory_equal(signatures[0], signatures[1], 16);
    }
}

static void implementations_agree(void **state)
{
    const struct mac_ops *hmacs[2] = {&mac_hmac_nettle, &mac_hmac_nettle};
    assert_agree(hmacs, SIGN_HMAC_SHA256);
    if (cmacs[1])
        assert_agree(cmacs, SIGN_AES_CMAC);
    if (gmacs[1])
        assert_agree(gmacs, SIGN_AES_GMAC);
}

static void every_bit_counts(void **state)
{
    uint8_t message[SIGN_HEADER_BYTES + 21];
    random_bytes(message, sizeof(message));
    struct iovec iov[] = {{message, 70}, {message + 70, sizeof(message) - 70}};
    struct sign_nonce nonce = {7, true, false};
    for (int alg = SIGN_HMAC_SHA256; alg <= SIGN_AES_GMAC; alg++) {
        CLEANUP(signer_free) struct signer *s = signer_new((enum sign_alg)alg, message);
        signer_sign(s, nonce, iov, 2, message + SIGN_FIELD_OFFSET);
        assert_true(signer_check(s, nonce, iov, 2));
        for (size_t bit = 0; bit < sizeof(message) * 8; bit++) {
            message[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(signer_check(s, nonce, iov, 2));
            message[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_true(signer_check(s, nonce, iov, 2));
    }
}

/* Only AES-GMAC looks at the nonce, and at all of it. */
static void nonce_counts_for_gmac(void **state)
{
    uint8_t message[SIGN_HEADER_BYTES] = {1};
    struct iovec iov = {message, sizeof(message)};
    const struct sign_nonce others[] = {{2, false, false}, {1, true, false}, {1, false, true}};
    for (int alg = SIGN_HMAC_SHA256; alg <= SIGN_AES_GMAC; alg++) {
        CLEANUP(signer_free) struct signer *s = signer_new((enum sign_alg)alg, message);
        signer_sign(s, (struct sign_nonce){1, false, false}, &iov, 1,
                    message + SIGN_FIELD_OFFSET);
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
            assert_int_equal(signer_check(s, others[i], &iov, 1), alg != SIGN_AES_GMAC);
    }
}

static void short_message_is_refused(void **state)
{
    uint8_t message[SIGN_HEADER_BYTES] = {0};
    struct iovec iov = {message, SIGN_HEADER_BYTES - 1};
    CLEANUP(signer_free) struct signer *s = signer_new(SIGN_AES_CMAC, message);
    assert_false(signer_check(s, (struct sign_nonce){0}, &iov, 1));
    assert_false(signer_check(s, (struct sign_nonce){0}, &iov, 0));
    assert_null(signer_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cmac_rfc4493),
        cmocka_unit_test(cmac_published_message),
        cmocka_unit_test(fixed_message),
        cmocka_unit_test(implementations_agree),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(nonce_counts_for_gmac),
        cmocka_unit_test(short_message_is_refused),
    };
    return cmocka_run_group_tests(tests, find_backends, NULL);
}
