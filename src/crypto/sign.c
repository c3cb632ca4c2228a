/* SPDX-License-Identifier: Apache-2.0
 *
 * Signers: a key of one implementation and what all algorithms share, the treatment of the header
 * and of the nonce.  HMAC-SHA256 and the portable AES-CMAC are here too: nettle's contexts are
 * plain values, so each message starts from a copy of the keyed one. */
#include "crypto/backend.h"

#include <nettle/cmac.h>
#include <nettle/hmac.h>

struct signer {
    const struct mac_ops *ops;
    enum sign_alg alg;
    void *key;
};

struct signer *signer_new_with(const struct mac_ops *ops, enum sign_alg alg,
                               const uint8_t key[SIGN_KEY_BYTES])
{
    struct signer *s = NEW(struct signer);
    *s = (struct signer){.ops = ops, .alg = alg, .key = ops->key_new(key)};
    return s;
}

struct signer *signer_new(enum sign_alg alg, const uint8_t key[SIGN_KEY_BYTES])
{
    return signer_new_with(backend_mac(alg), alg, key);
}

struct signer *signer_free(struct signer *s)
{
    if (s) {
        s->ops->key_free(s->key);
        free(s);
    }
    return NULL;
}

enum sign_alg signer_alg(const struct signer *s)
{
    return s->alg;
}

/* [MS-SMB2] 3.1.4.1: message id, then a bit for the sender and one for CANCEL. */
static void gmac_nonce(struct sign_nonce nonce, uint8_t ret_nonce[GMAC_NONCE_BYTES])
{
    uint32_t bits = (nonce.from_server ? 1u : 0u) | (nonce.is_cancel ? 2u : 0u);
    memcpy(ret_nonce, &nonce.message_id, 8);
    memcpy(ret_nonce + 8, &bits, 4);
}

void signer_sign(const struct signer *s, struct sign_nonce nonce, const struct iovec *iov,
                 int count, uint8_t ret_signature[SIGNATURE_BYTES])
{
    ASSERT(count > 0 && iov[0].iov_len >= SIGN_HEADER_BYTES);
    struct mac_input in = {.iov = iov, .count = count};
    memcpy(in.header, iov[0].iov_base, SIGN_HEADER_BYTES);
    memset(in.header + SIGN_FIELD_OFFSET, 0, SIGNATURE_BYTES);
    uint8_t nonce_bytes[GMAC_NONCE_BYTES];
    gmac_nonce(nonce, nonce_bytes);
    s->ops->mac(s->key, nonce_bytes, &in, ret_signature);
}

bool signer_check(const struct signer *s, struct sign_nonce nonce, const struct iovec *iov,
                  int count)
{
    if (count <= 0 || iov[0].iov_len < SIGN_HEADER_BYTES)
        return false;
    uint8_t expected[SIGNATURE_BYTES];
    signer_sign(s, nonce, iov, count, expected);
    const uint8_t *sent = (const uint8_t *)iov[0].iov_base + SIGN_FIELD_OFFSET;
    return equal_constant_time(expected, sent, SIGNATURE_BYTES);
}

static void *hmac_key_new(const uint8_t key[SIGN_KEY_BYTES])
{
    struct hmac_sha256_ctx *k = NEW(struct hmac_sha256_ctx);
    hmac_sha256_set_key(k, SIGN_KEY_BYTES, key);
    return k;
}

static void hmac_key_free(void *key)
{
    wipe(key, sizeof(struct hmac_sha256_ctx));
    free(key);
}

static void hmac_mac(const void *key, const uint8_t nonce[GMAC_NONCE_BYTES],
                     const struct mac_input *in, uint8_t ret_mac[SIGNATURE_BYTES])
{
    const struct hmac_sha256_ctx *keyed = key;
    struct hmac_sha256_ctx ctx = *keyed;
    struct span part;
    for (int at = 0; mac_input_next(in, &at, &part);)
        hmac_sha256_update(&ctx, part.len, part.p);
    hmac_sha256_digest(&ctx, SIGNATURE_BYTES, ret_mac);
    wipe(&ctx, sizeof(ctx));
}

static void *cmac_key_new(const uint8_t key[SIGN_KEY_BYTES])
{
    struct cmac_aes128_ctx *k = NEW(struct cmac_aes128_ctx);
    cmac_aes128_set_key(k, key);
    return k;
}

static void cmac_key_free(void *key)
{
    wipe(key, sizeof(struct cmac_aes128_ctx));
    free(key);
}

static void cmac_mac(const void *key, const uint8_t nonce[GMAC_NONCE_BYTES],
                     const struct mac_input *in, uint8_t ret_mac[SIGNATURE_BYTES])
{
    const struct cmac_aes128_ctx *keyed = key;
    struct cmac_aes128_ctx ctx = *keyed;
    struct span part;
    for (int at = 0; mac_input_next(in, &at, &part);)
        cmac_aes128_update(&ctx, part.len, part.p);
    cmac_aes128_digest(&ctx, SIGNATURE_BYTES, ret_mac);
    wipe(&ctx, sizeof(ctx));
}

const struct mac_ops mac_hmac_nettle = {"nettle", hmac_key_new, hmac_key_free, hmac_mac};
const struct mac_ops mac_cmac_nettle = {"nettle", cmac_key_new, cmac_key_free, cmac_mac};
