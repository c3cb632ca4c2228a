/* SPDX-License-Identifier: Apache-2.0
 *
 * AES-GCM and AES-GMAC by the direct calls of ipsec-mb.  One manager for the whole process: these
 * calls only read it (its job queues, which need one per thread, stay unused).  Expanded keys are
 * read-only, contexts live on the stack.  The library computes tags and leaves comparing to us. */
#include "crypto/backend.h"

#ifdef HAVE_IPSEC_MB

#include <intel-ipsec-mb.h>

static IMB_MGR *manager;

int imb_init(void)
{
    const uint64_t needed = IMB_FEATURE_AVX512_SKX | IMB_FEATURE_VAES | IMB_FEATURE_VPCLMULQDQ;
    if (manager)
        return 0;
    IMB_MGR *m = alloc_mb_mgr(0);
    if (!m)
        return -ENOTSUP;
    if ((m->features & needed) != needed) {
        free_mb_mgr(m);
        return -ENOTSUP;
    }
    init_mb_mgr_avx512(m);
    manager = m;
    return 0;
}

struct imb_key {
    struct gcm_key_data schedule; /* aligned to 64 by its type */
    bool wide;
};

static struct imb_key *imb_key_alloc(void)
{
    struct imb_key *k = aligned_alloc(alignof(struct imb_key), sizeof(struct imb_key));
    ASSERT(k);
    memset(k, 0, sizeof(*k));
    return k;
}

static void *imb_key_new(enum cipher cipher, const uint8_t *key)
{
    struct imb_key *k = imb_key_alloc();
    k->wide = cipher_is_256(cipher);
    if (k->wide)
        IMB_AES256_GCM_PRE(manager, key, &k->schedule);
    else
        IMB_AES128_GCM_PRE(manager, key, &k->schedule);
    return k;
}

static void *imb_gmac_key_new(const uint8_t key[SIGN_KEY_BYTES])
{
    return imb_key_new(CIPHER_AES128_GCM, key);
}

static void imb_key_free(void *key)
{
    wipe(key, sizeof(struct imb_key));
    free(key);
}

/* The calls for one key size and direction. */
struct imb_calls {
    aes_gcm_enc_dec_t whole;
    aes_gcm_init_t init;
    aes_gcm_enc_dec_update_t update;
    aes_gcm_enc_dec_finalize_t finalize;
};

static struct imb_calls imb_calls_of(const struct imb_key *k, bool encrypt)
{
    const IMB_MGR *m = manager;
    if (k->wide)
        return (struct imb_calls){
            encrypt ? m->gcm256_enc : m->gcm256_dec, m->gcm256_init,
            encrypt ? m->gcm256_enc_update : m->gcm256_dec_update,
            encrypt ? m->gcm256_enc_finalize : m->gcm256_dec_finalize};
    return (struct imb_calls){
        encrypt ? m->gcm128_enc : m->gcm128_dec, m->gcm128_init,
        encrypt ? m->gcm128_enc_update : m->gcm128_dec_update,
        encrypt ? m->gcm128_enc_finalize : m->gcm128_dec_finalize};
}

static void imb_crypt(const struct imb_key *k, bool encrypt, const struct seal_message *m,
                      uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    struct gcm_context_data ctx;
    struct imb_calls calls = imb_calls_of(k, encrypt);
    if (m->count == 1 && m->iov[0].iov_len > 0) {
        uint8_t *p = m->iov[0].iov_base;
        calls.whole(&k->schedule, &ctx, p, p, m->iov[0].iov_len, m->nonce, m->aad.p, m->aad.len,
                    ret_tag, CIPHER_TAG_BYTES);
        return;
    }
    calls.init(&k->schedule, &ctx, m->nonce, m->aad.p, m->aad.len);
    for (int i = 0; i < m->count; i++) {
        uint8_t *p = m->iov[i].iov_base;
        if (m->iov[i].iov_len)
            calls.update(&k->schedule, &ctx, p, p, m->iov[i].iov_len);
    }
    calls.finalize(&k->schedule, &ctx, ret_tag, CIPHER_TAG_BYTES);
}

static void imb_encrypt(const void *key, const struct seal_message *m,
                        uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    imb_crypt(key, true, m, ret_tag);
}

static bool imb_decrypt(const void *key, const struct seal_message *m,
                        const uint8_t tag[CIPHER_TAG_BYTES])
{
    uint8_t expected[CIPHER_TAG_BYTES];
    imb_crypt(key, false, m, expected);
    return equal_constant_time(expected, tag, CIPHER_TAG_BYTES);
}

static void imb_gmac(const void *key, const uint8_t nonce[GMAC_NONCE_BYTES],
                     const struct mac_input *in, uint8_t ret_mac[SIGNATURE_BYTES])
{
    const struct imb_key *k = key;
    struct gcm_context_data ctx;
    struct span part;
    IMB_AES128_GMAC_INIT(manager, &k->schedule, &ctx, nonce, GMAC_NONCE_BYTES);
    for (int at = 0; mac_input_next(in, &at, &part);)
        if (part.len)
            IMB_AES128_GMAC_UPDATE(manager, &k->schedule, &ctx, part.p, part.len);
    IMB_AES128_GMAC_FINALIZE(manager, &k->schedule, &ctx, ret_mac, SIGNATURE_BYTES);
}

const struct mac_ops mac_gmac_imb = {"imb", imb_gmac_key_new, imb_key_free, imb_gmac};
const struct aead_ops aead_gcm_imb = {"imb", imb_key_new, imb_key_free, imb_encrypt, imb_decrypt};

#else

int imb_init(void)
{
    return -ENOTSUP;
}

const struct mac_ops mac_gmac_imb = {.name = "imb"};
const struct aead_ops aead_gcm_imb = {.name = "imb"};

#endif
