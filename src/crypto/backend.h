/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the two public faces of this folder (sign.h, seal.h) and the implementations behind
 * them: one table of functions per algorithm and implementation.  Keys are made once and never
 * written afterwards, so calls on one key may run at the same time. */
#pragma once

#include "crypto/seal.h"
#include "crypto/sign.h"

/* A message to be authenticated: the header with its signature field zeroed, then what follows
 * the header in the first segment, then the other segments. */
struct mac_input {
    uint8_t header[SIGN_HEADER_BYTES];
    const struct iovec *iov;
    int count;
};

#define GMAC_NONCE_BYTES 12

struct mac_ops {
    const char *name; /* of the implementation */
    void *(*key_new)(const uint8_t key[SIGN_KEY_BYTES]);
    void (*key_free)(void *key); /* wipes */
    void (*mac)(const void *key, const uint8_t nonce[GMAC_NONCE_BYTES],
                const struct mac_input *in, uint8_t ret_mac[SIGNATURE_BYTES]);
};

struct aead_ops {
    const char *name;
    void *(*key_new)(enum cipher cipher, const uint8_t *key);
    void (*key_free)(void *key);
    void (*encrypt)(const void *key, const struct seal_message *m,
                    uint8_t ret_tag[CIPHER_TAG_BYTES]);
    /* False when the tag is wrong; the segments then hold anything. */
    bool (*decrypt)(const void *key, const struct seal_message *m,
                    const uint8_t tag[CIPHER_TAG_BYTES]);
};

extern const struct mac_ops mac_hmac_nettle;
extern const struct mac_ops mac_cmac_nettle;
extern const struct mac_ops mac_gmac_evp;
extern const struct aead_ops aead_gcm_evp;
extern const struct aead_ops aead_ccm_evp;

/* Defined where the CPU has AES instructions we know (x86-64); the functions tell whether this
 * machine may use them. */
extern const struct mac_ops mac_cmac_aesni;
extern const struct aead_ops aead_ccm_aesni;
bool aesni_usable(void);

/* -ENOTSUP when this machine lacks AVX-512 with VAES or the build lacks the library. */
extern const struct mac_ops mac_gmac_imb;
extern const struct aead_ops aead_gcm_imb;
int imb_init(void);

/* The implementations in force. */
const struct mac_ops *backend_mac(enum sign_alg alg);
const struct aead_ops *backend_aead(enum cipher cipher);

/* Another implementation than the one in force, for tests and self checks. */
struct signer *signer_new_with(const struct mac_ops *ops, enum sign_alg alg,
                               const uint8_t key[SIGN_KEY_BYTES]) MUST_USE;
struct sealer *sealer_new_with(const struct aead_ops *ops, enum cipher cipher,
                               const uint8_t *key) MUST_USE;

static inline bool cipher_is_ccm(enum cipher c)
{
    return c == CIPHER_AES128_CCM || c == CIPHER_AES256_CCM;
}

static inline bool cipher_is_256(enum cipher c)
{
    return c == CIPHER_AES256_CCM || c == CIPHER_AES256_GCM;
}

/* The parts of a mac_input in order; call with *at 0 at first, false at the end. */
static inline bool mac_input_next(const struct mac_input *in, int *at, struct span *ret_part)
{
    int i = (*at)++;
    if (i == 0) {
        *ret_part = span_of(in->header, sizeof(in->header));
        return true;
    }
    if (i > in->count)
        return false;
    const struct iovec *v = &in->iov[i - 1];
    size_t skip = i == 1 ? SIGN_HEADER_BYTES : 0;
    *ret_part = span_of((const uint8_t *)v->iov_base + skip, v->iov_len - skip);
    return true;
}
