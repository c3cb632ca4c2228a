/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption: Microsoft's published messages, GCM's own test cases, every implementation against
 * every other on random cuts, tampering, and nonces that never repeat ([MS-SMB2] 3.1.4.3). */
#include "crypto/backend.h"

#include "hex.h"
#include "unit.h"

#include <pthread.h>

static const struct aead_ops *gcms[2] = {&aead_gcm_evp};
static const struct aead_ops *ccms[2] = {&aead_ccm_evp};

static int find_backends(void **state)
{
    gcms[1] = crypto_init(CRYPTO_IMB) == 0 ? &aead_gcm_imb : NULL;
    ccms[1] = aesni_usable() ? &aead_ccm_aesni : NULL;
    return crypto_init(CRYPTO_AUTO);
}

/* A whole message on the wire, and what is inside. */
struct published {
    enum cipher cipher;
    const char *key, *sealed, *plain;
};

static const struct published messages[] = {
    {CIPHER_AES128_CCM, "261B72350558F2E9DCF613070383EDBF",
     "FD534D4281A286535415445DAE393921E44FA42E66E69A111892584FB5ED524A"
     "744DA3EE87000000000001001100001400E4080025C8FEE16605A437832D1CD5"
     "2DA9F4645333482A175FE5384563F45FCDAFAEF38BC62BA4D5C62897996625A4"
     "4C29BE5658DE2E6117585779E7B59FFD971278D08580D7FA899E410E910EABF5"
     "AA1DB43050B33B49182637759AC15D84BFCDF5B6B238993C0F4CF4D6012023F6"
     "C627297075D84B7803912D0A9639634453595EF3E33FFE4E7AC2AB",
     "FE534D4240000100000000000900400008000000000000000400000000000000"
     "FFFE0000010000001100001400E4080000000000000000000000000000000000"
     "3100700017000000000000000000000015010000390000020100000039020000"
     "00000000000000007000000000000000536D623320656E6372797074696F6E20"
     "74657374696E67"},
    {CIPHER_AES128_CCM, "8FE2B57EC34D2DB5B1A9727F526BBDB5",
     "FD534D42A6015530A18F6D9AFFE22AFAE8E66484860000000000000011000014"
     "00E4080050000000000001001100001400E40800DBF46435C5F14169293CE079"
     "E344479BF670227E49873F458672C3098DAC467DD5809F369D67409166515787"
     "1483E01F7BECD02064EAC3E235F913668BBC2F097980D4B378F1993EFF6E60D1"
     "77309E5B",
     "FE534D4240000100000000000900210009000000000000000400000000000000"
     "FFFE0000010000001100001400E4080000000000000000000000000000000000"
     "11000000170000000000000000000000"},
    {CIPHER_AES128_GCM, "A2F5E80E5D59103034F32E52F698E5EC",
     "FD534D42BD73D97D2BC9001BCAFAC0FDFF5FEEBCC7D6822D269CAF48904C664C"
     "00000000870000000000010025000000001000006ECDD2A7AFC7B47763057A04"
     "1B8FD4DAFFE990B70C9E09D36C084E02D14EF247F8BDE38ACF6256F8B1D3B56F"
     "77FBDEB312FEA5E92CBCC1ED8FB2EBBFAA75E49A4A394BB44576545567C24D4C"
     "014D47C9FBDFDAFD2C4F9B72F8D256452620A299F48E29E53D6B61D1C13A19E9"
     "1AF013F00D17E3ABC2FC3D36C8C1B6B93973253852DBD442E46EE8",
     "FE534D4240000100000000000900010008000000000000000500000000000000"
     "FFFE000001000000250000000010000000000000000000000000000000000000"
     "3100700017000000000000000000000006000000040000000100000004000000"
     "00000000000000007000000000000000536D623320656E6372797074696F6E20"
     "74657374696E67"},
    {CIPHER_AES128_GCM, "748C50868C90F302962A5C35F5F9A8BF",
     "FD534D42ACBE1CB7ED343ADF1725EF144D90D4B0E06831DD2E8EB7B400000000"
     "0000000050000000000001002500000000100000 26BBBF949983A6C1C796559D"
     "0F2C510CB651D1F7B6AC8DED32A2A0B8F2D793A815C6F6B848D69767A215841A"
     "42D400AE6DDB5F0B44173A014973321FDD7950DA6179159B82E03C9E18A050FF"
     "0EA1C967",
     "FE534D4240000100000000000900010001000000000000000500000000000000"
     "FFFE000001000000250000000010000000000000000000000000000000000000"
     "11000000170000000000000000000000"},
};

static void assert_message(const struct published *e, const struct aead_ops *ops)
{
    uint8_t key[16];
    uint8_t sealed[256];
    uint8_t plain[256];
    uint8_t body[256];
    uint8_t tag[16];
    HEX(key, e->key);
    size_t plain_len = HEX(plain, e->plain);
    assert_int_equal(HEX(sealed, e->sealed), 52 + plain_len);
    memcpy(body, sealed + 52, plain_len);
    struct iovec iov = {body, plain_len};
    struct seal_message m = {sealed + 20, span_of(sealed + 20, 32), &iov, 1};
    CLEANUP(sealer_free) struct sealer *s = sealer_new_with(ops, e->cipher, key);
    assert_int_equal(seal_decrypt(s, &m, sealed + 4), 0);
    assert_memory_equal(body, plain, plain_len);
    seal_encrypt(s, &m, tag);
    assert_memory_equal(body, sealed + 52, plain_len);
    assert_memory_equal(tag, sealed + 4, sizeof(tag));
}

static void published_messages(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        bool is_ccm = messages[i].cipher == CIPHER_AES128_CCM;
        for (size_t j = 0; j < 2; j++) {
            const struct aead_ops *ops = is_ccm ? ccms[j] : gcms[j];
            if (ops)
                assert_message(&messages[i], ops);
        }
    }
}

/* Test case 16 of the GCM submission: a 256-bit key, 20 bytes of additional data. */
static void gcm_256_test_case(void **state)
{
    uint8_t key[32];
    uint8_t nonce[12];
    uint8_t aad[20];
    uint8_t text[60];
    uint8_t plain[60];
    uint8_t expected[60];
    uint8_t expected_tag[16];
    uint8_t tag[16];
    HEX(key, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    HEX(nonce, "cafebabefacedbaddecaf888");
    HEX(aad, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
    HEX(plain, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
               "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    HEX(expected, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
    HEX(expected_tag, "76fc6ece0f4e1768cddf8853bb2d551b");
    for (size_t i = 0; i < 2 && gcms[i]; i++) {
        memcpy(text, plain, sizeof(text));
        struct iovec iov[] = {{text, 17}, {text + 17, 0}, {text + 17, 43}};
        struct seal_message m = {nonce, span_of(aad, sizeof(aad)), iov, 3};
        CLEANUP(sealer_free) struct sealer *s =
            sealer_new_with(gcms[i], CIPHER_AES256_GCM, key);
        seal_encrypt(s, &m, tag);
        assert_memory_equal(text, expected, sizeof(text));
        assert_memory_equal(tag, expected_tag, sizeof(tag));
    }
}

static int cut(uint8_t *message, size_t len, struct iovec iov[12])
{
    int n = 0;
    size_t at = 0;
    while (at < len && n < 11) {
        size_t take = MIN(len - at, (size_t)random() % (random() % 2 ? 700 : 20));
        iov[n++] = (struct iovec){message + at, take};
        at += take;
    }
    iov[n++] = (struct iovec){message + at, len - at};
    return n;
}

static void assert_agree(const struct aead_ops *const ops[2], enum cipher cipher)
{
    static uint8_t plain[4000];
    static uint8_t text[2][4000];
    uint8_t tag[2][16];
    uint8_t key[32];
    struct iovec iov[12];
    for (int round = 0; round < 300; round++) {
        size_t len = 1 + (size_t)random() % (sizeof(plain) - 1);
        random_bytes(plain, sizeof(plain));
        random_bytes(key, sizeof(key));
        struct seal_message m = {key, span_of(plain, 32), iov, 0};
        CLEANUP(sealer_free) struct sealer *a = sealer_new_with(ops[0], cipher, key);
        CLEANUP(sealer_free) struct sealer *b = sealer_new_with(ops[1], cipher, key);
        for (int i = 0; i < 2; i++) {
            memcpy(text[i], plain, len);
            m.count = cut(text[i], len, iov);
            seal_encrypt(i ? b : a, &m, tag[i]);
        }
        assert_memory_equal(text[0], text[1], len);
        assert_memory_equal(tag[0], tag[1], 16);
        for (int i = 0; i < 2; i++) {
            m.count = cut(text[i], len, iov);
            assert_int_equal(seal_decrypt(i ? a : b, &m, tag[0]), 0);
            assert_memory_equal(text[i], plain, len);
        }
    }
}

static void implementations_agree(void **state)
{
    for (int wide = 0; wide < 2; wide++) {
        if (gcms[1])
            assert_agree(gcms, wide ? CIPHER_AES256_GCM : CIPHER_AES128_GCM);
        if (ccms[1])
            assert_agree(ccms, wide ? CIPHER_AES256_CCM : CIPHER_AES128_CCM);
    }
}

/* Everything that is authenticated, one bit at a time; the damaged text never reaches anybody. */
static void every_bit_counts(void **state)
{
    struct {
        uint8_t header[32]; /* the nonce is its beginning */
        uint8_t text[37];
        uint8_t tag[16];
    } good, bad;
    const uint8_t zeros[sizeof(good.text)] = {0};
    uint8_t key[32] = {9};
    for (int c = CIPHER_AES128_CCM; c <= CIPHER_AES256_GCM; c++) {
        struct iovec iov[] = {{good.text, 5}, {good.text + 5, sizeof(good.text) - 5}};
        struct seal_message m = {good.header, span_of(good.header, 32), iov, 2};
        CLEANUP(sealer_free) struct sealer *s = sealer_new((enum cipher)c, key);
        assert_int_equal(sealer_cipher(s), c);
        random_bytes(&good, sizeof(good));
        seal_encrypt(s, &m, good.tag);
        iov[0].iov_base = bad.text;
        iov[1].iov_base = bad.text + 5;
        m = (struct seal_message){bad.header, span_of(bad.header, 32), iov, 2};
        for (size_t bit = 0; bit < sizeof(bad) * 8; bit++) {
            bad = good;
            ((uint8_t *)&bad)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(seal_decrypt(s, &m, bad.tag), -EBADMSG);
            assert_memory_equal(bad.text, zeros, sizeof(zeros));
        }
        bad = good;
        assert_int_equal(seal_decrypt(s, &m, bad.tag), 0);
    }
}

static void large_message(void **state)
{
    const size_t len = (1u << 20) + 7;
    uint8_t *text = xmalloc(len);
    uint8_t *copy = xmalloc(len);
    uint8_t tag[16];
    random_bytes(copy, len);
    for (int c = CIPHER_AES128_CCM; c <= CIPHER_AES256_GCM; c++) {
        CLEANUP(sealer_free) struct sealer *s = sealer_new((enum cipher)c, copy);
        struct iovec iov[] = {{text, 64}, {text + 64, len - 64}};
        struct seal_message m = {copy, span_of(copy, 32), iov, 2};
        memcpy(text, copy, len);
        seal_encrypt(s, &m, tag);
        assert_memory_not_equal(text, copy, len);
        m.iov = &(struct iovec){text, len};
        m.count = 1;
        assert_int_equal(seal_decrypt(s, &m, tag), 0);
        assert_memory_equal(text, copy, len);
    }
    free(text);
    free(copy);
}

static void nonces_differ(void **state)
{
    uint8_t key[32] = {1};
    for (int c = CIPHER_AES128_CCM; c <= CIPHER_AES256_GCM; c++) {
        CLEANUP(sealer_free) struct sealer *s = sealer_new((enum cipher)c, key);
        uint8_t first[16];
        uint8_t second[16];
        const uint8_t zeros[16] = {0};
        size_t used = cipher_nonce_len((enum cipher)c);
        assert_int_equal(sealer_nonce_next(s, first), 0);
        assert_int_equal(sealer_nonce_next(s, second), 0);
        assert_memory_not_equal(first, second, used);
        assert_memory_equal(first + used, zeros, 16 - used);
    }
    assert_null(sealer_free(NULL));
}

struct shared {
    const struct sealer *sealer;
    const uint8_t *expected; /* the tag of 100 zero bytes */
    bool ok;
};

static void *seal_repeatedly(void *arg)
{
    struct shared *s = arg;
    uint8_t header[32] = {0};
    s->ok = true;
    for (int i = 0; i < 2000; i++) {
        uint8_t text[100] = {0};
        uint8_t tag[16];
        struct iovec iov[] = {{text, 1}, {text + 1, 99}};
        struct seal_message m = {header, span_of(header, 32), iov, 2};
        seal_encrypt(s->sealer, &m, tag);
        s->ok = s->ok && memcmp(tag, s->expected, sizeof(tag)) == 0;
        s->ok = s->ok && seal_decrypt(s->sealer, &m, tag) == 0 && text[99] == 0;
    }
    return NULL;
}

/* One key, four threads: every implementation keeps its state off the key. */
static void threads_share_a_key(void **state)
{
    const uint8_t key[32] = {5};
    const struct aead_ops *all[] = {gcms[0], gcms[1], ccms[0], ccms[1]};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!all[i])
            continue;
        enum cipher cipher = i < 2 ? CIPHER_AES128_GCM : CIPHER_AES128_CCM;
        CLEANUP(sealer_free) struct sealer *s = sealer_new_with(all[i], cipher, key);
        uint8_t zeros[132] = {0};
        uint8_t tag[16];
        struct seal_message m = {zeros + 100, span_of(zeros + 100, 32),
                                 &(struct iovec){zeros, 100}, 1};
        seal_encrypt(s, &m, tag);
        struct shared shared[4];
        pthread_t threads[4];
        for (size_t t = 0; t < 4; t++) {
            shared[t] = (struct shared){.sealer = s, .expected = tag};
            assert_int_equal(pthread_create(&threads[t], NULL, seal_repeatedly, &shared[t]), 0);
        }
        for (size_t t = 0; t < 4; t++) {
            assert_int_equal(pthread_join(threads[t], NULL), 0);
            assert_true(shared[t].ok);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_messages),
        cmocka_unit_test(gcm_256_test_case),
        cmocka_unit_test(implementations_agree),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(large_message),
        cmocka_unit_test(nonces_differ),
        cmocka_unit_test(threads_share_a_key),
    };
    return cmocka_run_group_tests(tests, find_backends, NULL);
}
