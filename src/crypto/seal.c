/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealers: a key of one implementation, and the nonces of that key: 8 bytes of counter, then
 * bytes chosen at random when the sealer was made. */
#include "crypto/backend.h"

#include <stdatomic.h>

#define NONCES_MAX (1ull << 48)

struct sealer {
    const struct aead_ops *ops;
    enum cipher cipher;
    void *key;
    _Atomic uint64_t nonces_given;
    uint8_t nonce_tail[4];
};

struct sealer *sealer_new_with(const struct aead_ops *ops, enum cipher cipher, const uint8_t *key)
{
    struct sealer *s = NEW(struct sealer);
    s->ops = ops;
    s->cipher = cipher;
    s->key = ops->key_new(cipher, key);
    random_bytes(s->nonce_tail, sizeof(s->nonce_tail));
    return s;
}

struct sealer *sealer_new(enum cipher cipher, const uint8_t *key)
{
    return sealer_new_with(backend_aead(cipher), cipher, key);
}

struct sealer *sealer_free(struct sealer *s)
{
    if (s) {
        s->ops->key_free(s->key);
        free(s);
    }
    return NULL;
}

enum cipher sealer_cipher(const struct sealer *s)
{
    return s->cipher;
}

int sealer_nonce_next(struct sealer *s, uint8_t ret_nonce[SEAL_NONCE_FIELD_BYTES])
{
    uint64_t n = atomic_fetch_add_explicit(&s->nonces_given, 1, memory_order_relaxed);
    if (n >= NONCES_MAX)
        return -EOVERFLOW;
    memset(ret_nonce, 0, SEAL_NONCE_FIELD_BYTES);
    memcpy(ret_nonce, &n, sizeof(n));
    memcpy(ret_nonce + sizeof(n), s->nonce_tail, cipher_nonce_len(s->cipher) - sizeof(n));
    return 0;
}

void seal_encrypt(const struct sealer *s, const struct seal_message *m,
                  uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    s->ops->encrypt(s->key, m, ret_tag);
}

int seal_decrypt(const struct sealer *s, const struct seal_message *m,
                 const uint8_t tag[CIPHER_TAG_BYTES])
{
    if (LIKELY(s->ops->decrypt(s->key, m, tag)))
        return 0;
    for (int i = 0; i < m->count; i++)
        if (m->iov[i].iov_len)
            memset(m->iov[i].iov_base, 0, m->iov[i].iov_len);
    return -EBADMSG;
}
