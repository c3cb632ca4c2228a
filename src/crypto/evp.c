/* SPDX-License-Identifier: Apache-2.0
 *
 * AES-GCM, AES-GMAC and AES-CCM by OpenSSL's EVP.  A context carries the key and the state of one
 * message, so two threads may not share it: each key keeps one spare context in an atomic slot.
 * A message takes it and puts it back; whoever finds the slot empty makes another one. */
#include "crypto/backend.h"

#include <openssl/evp.h>
#include <stdatomic.h>

struct evp_key {
    _Atomic(EVP_CIPHER_CTX *) spare;
    enum cipher cipher;
    uint8_t key[CIPHER_KEY_BYTES_MAX];
};

static const EVP_CIPHER *evp_cipher_of(enum cipher cipher)
{
    switch (cipher) {
    case CIPHER_AES128_CCM:
        return EVP_aes_128_ccm();
    case CIPHER_AES256_CCM:
        return EVP_aes_256_ccm();
    case CIPHER_AES256_GCM:
        return EVP_aes_256_gcm();
    default:
        return EVP_aes_128_gcm();
    }
}

static EVP_CIPHER_CTX *evp_ctx_new(const struct evp_key *k)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    ASSERT(ctx);
    int nonce_len = (int)cipher_nonce_len(k->cipher);
    bool ok = EVP_EncryptInit_ex(ctx, evp_cipher_of(k->cipher), NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) == 1;
    if (ok && cipher_is_ccm(k->cipher))
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG_BYTES, NULL) == 1;
    ok = ok && EVP_EncryptInit_ex(ctx, NULL, NULL, k->key, NULL) == 1;
    ASSERT(ok);
    return ctx;
}

static EVP_CIPHER_CTX *evp_ctx_take(const struct evp_key *k)
{
    struct evp_key *mutable_key = (struct evp_key *)k;
    EVP_CIPHER_CTX *ctx =
        atomic_exchange_explicit(&mutable_key->spare, NULL, memory_order_acquire);
    return ctx ? ctx : evp_ctx_new(k);
}

static void evp_ctx_put(const struct evp_key *k, EVP_CIPHER_CTX *ctx)
{
    struct evp_key *mutable_key = (struct evp_key *)k;
    EVP_CIPHER_CTX_free(
        atomic_exchange_explicit(&mutable_key->spare, ctx, memory_order_acq_rel));
}

static void *evp_key_new(enum cipher cipher, const uint8_t *key)
{
    struct evp_key *k = NEW(struct evp_key);
    k->cipher = cipher;
    memcpy(k->key, key, cipher_key_len(cipher));
    evp_ctx_put(k, evp_ctx_new(k));
    return k;
}

static void *evp_gmac_key_new(const uint8_t key[SIGN_KEY_BYTES])
{
    return evp_key_new(CIPHER_AES128_GCM, key);
}

static void evp_key_free(void *key)
{
    struct evp_key *k = key;
    EVP_CIPHER_CTX_free(k->spare);
    wipe(k, sizeof(*k));
    free(k);
}

/* One update in pieces OpenSSL's int lengths allow.  out NULL: additional data. */
static bool evp_update(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *in, size_t len)
{
    const size_t piece_max = 1u << 30;
    while (len > 0) {
        int n = (int)MIN(len, piece_max);
        int written = 0;
        if (EVP_CipherUpdate(ctx, out, &written, in, n) != 1)
            return false;
        in += n;
        out = out ? out + n : NULL;
        len -= (size_t)n;
    }
    return true;
}

static bool gcm_begin(EVP_CIPHER_CTX *ctx, const struct seal_message *m, int encrypt)
{
    return EVP_CipherInit_ex(ctx, NULL, NULL, NULL, m->nonce, encrypt) == 1 &&
           evp_update(ctx, NULL, m->aad.p, m->aad.len);
}

static bool gcm_segments(EVP_CIPHER_CTX *ctx, const struct seal_message *m)
{
    for (int i = 0; i < m->count; i++) {
        uint8_t *p = m->iov[i].iov_base;
        if (!evp_update(ctx, p, p, m->iov[i].iov_len))
            return false;
    }
    return true;
}

static void gcm_encrypt(const void *key, const struct seal_message *m,
                        uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    EVP_CIPHER_CTX *ctx = evp_ctx_take(key);
    uint8_t rest[16];
    int written = 0;
    bool ok = gcm_begin(ctx, m, 1) && gcm_segments(ctx, m) &&
              EVP_CipherFinal_ex(ctx, rest, &written) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_BYTES, ret_tag) == 1;
    ASSERT(ok);
    evp_ctx_put(key, ctx);
}

static bool gcm_decrypt(const void *key, const struct seal_message *m,
                        const uint8_t tag[CIPHER_TAG_BYTES])
{
    EVP_CIPHER_CTX *ctx = evp_ctx_take(key);
    uint8_t expected[CIPHER_TAG_BYTES];
    uint8_t rest[16];
    int written = 0;
    memcpy(expected, tag, sizeof(expected));
    bool ok = gcm_begin(ctx, m, 0) && gcm_segments(ctx, m) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(expected), expected) == 1 &&
              EVP_CipherFinal_ex(ctx, rest, &written) == 1;
    evp_ctx_put(key, ctx);
    return ok;
}

static void gmac_mac(const void *key, const uint8_t nonce[GMAC_NONCE_BYTES],
                     const struct mac_input *in, uint8_t ret_mac[SIGNATURE_BYTES])
{
    EVP_CIPHER_CTX *ctx = evp_ctx_take(key);
    bool ok = EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, 1) == 1;
    struct span part;
    for (int at = 0; ok && mac_input_next(in, &at, &part);)
        ok = evp_update(ctx, NULL, part.p, part.len);
    uint8_t rest[16];
    int written = 0;
    ok = ok && EVP_CipherFinal_ex(ctx, rest, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SIGNATURE_BYTES, ret_mac) == 1;
    ASSERT(ok);
    evp_ctx_put(key, ctx);
}

/* CCM wants the whole message in one call: several segments are gathered in a buffer. */
struct ccm_flat {
    uint8_t *p;
    size_t len;
    uint8_t *owned; /* NULL when p is the only segment itself */
};

static struct ccm_flat ccm_gather(const struct seal_message *m)
{
    if (m->count == 1)
        return (struct ccm_flat){m->iov[0].iov_base, m->iov[0].iov_len, NULL};
    size_t len = 0;
    for (int i = 0; i < m->count; i++)
        len += m->iov[i].iov_len;
    uint8_t *flat = xmalloc(len);
    size_t at = 0;
    for (int i = 0; i < m->count; i++) {
        if (m->iov[i].iov_len)
            memcpy(flat + at, m->iov[i].iov_base, m->iov[i].iov_len);
        at += m->iov[i].iov_len;
    }
    return (struct ccm_flat){flat, len, flat};
}

static void ccm_scatter(struct ccm_flat flat, const struct seal_message *m)
{
    size_t at = 0;
    for (int i = 0; flat.owned && i < m->count; i++) {
        if (m->iov[i].iov_len)
            memcpy(m->iov[i].iov_base, flat.p + at, m->iov[i].iov_len);
        at += m->iov[i].iov_len;
    }
    if (flat.owned)
        wipe(flat.owned, flat.len);
    free(flat.owned);
}

/* Total length first, then the additional data, then everything at once; decrypting, that last
 * call judges the tag. */
static bool ccm_crypt(EVP_CIPHER_CTX *ctx, const struct evp_key *k, const struct seal_message *m,
                      uint8_t tag[CIPHER_TAG_BYTES], bool encrypt)
{
    struct ccm_flat flat = ccm_gather(m);
    uint8_t empty[1];
    uint8_t *p = flat.len ? flat.p : empty;
    int written = 0;
    ASSERT(flat.len <= INT32_MAX);
    bool ok = EVP_CipherInit_ex(ctx, NULL, NULL, NULL, NULL, encrypt) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG_BYTES,
                                  encrypt ? NULL : tag) == 1 &&
              EVP_CipherInit_ex(ctx, NULL, NULL, k->key, m->nonce, encrypt) == 1 &&
              EVP_CipherUpdate(ctx, NULL, &written, NULL, (int)flat.len) == 1 &&
              evp_update(ctx, NULL, m->aad.p, m->aad.len) &&
              EVP_CipherUpdate(ctx, p, &written, p, (int)flat.len) == 1;
    ccm_scatter(flat, m);
    return ok;
}

static void ccm_encrypt(const void *key, const struct seal_message *m,
                        uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    EVP_CIPHER_CTX *ctx = evp_ctx_take(key);
    bool ok = ccm_crypt(ctx, key, m, NULL, true) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_BYTES, ret_tag) == 1;
    ASSERT(ok);
    evp_ctx_put(key, ctx);
}

static bool ccm_decrypt(const void *key, const struct seal_message *m,
                        const uint8_t tag[CIPHER_TAG_BYTES])
{
    EVP_CIPHER_CTX *ctx = evp_ctx_take(key);
    uint8_t expected[CIPHER_TAG_BYTES];
    memcpy(expected, tag, sizeof(expected));
    bool ok = ccm_crypt(ctx, key, m, expected, false);
    evp_ctx_put(key, ctx);
    return ok;
}

const struct mac_ops mac_gmac_evp = {"evp", evp_gmac_key_new, evp_key_free, gmac_mac};
const struct aead_ops aead_gcm_evp = {"evp", evp_key_new, evp_key_free, gcm_encrypt, gcm_decrypt};
const struct aead_ops aead_ccm_evp = {"evp", evp_key_new, evp_key_free, ccm_encrypt, ccm_decrypt};
