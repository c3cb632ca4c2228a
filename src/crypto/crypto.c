/* SPDX-License-Identifier: Apache-2.0
 *
 * Which implementation serves which algorithm, chosen once at start.  Before an implementation
 * other than OpenSSL's is put in force it has to agree with it on one message, so that a library
 * that misbehaves on some processor is not used there. */
#include "crypto/backend.h"

#include <stdio.h>
#include <sys/random.h>

static struct {
    const struct mac_ops *gmac, *cmac;
    const struct aead_ops *gcm, *ccm;
    char text[96];
} picks = {
    .gmac = &mac_gmac_evp,
    .cmac = &mac_cmac_nettle,
    .gcm = &aead_gcm_evp,
    .ccm = &aead_ccm_evp,
    .text = "gcm=evp gmac=evp ccm=evp cmac=nettle",
};

#define PROBE_BYTES 333

static void probe_fill(uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i * 7 + 3);
}

static bool macs_agree(const struct mac_ops *a, const struct mac_ops *b, enum sign_alg alg)
{
    uint8_t message[PROBE_BYTES];
    probe_fill(message, sizeof(message));
    struct iovec iov[] = {{message, 70}, {message + 70, sizeof(message) - 70}};
    struct sign_nonce nonce = {.message_id = 5, .from_server = true};
    CLEANUP(signer_free) struct signer *x = signer_new_with(a, alg, message);
    CLEANUP(signer_free) struct signer *y = signer_new_with(b, alg, message);
    uint8_t from_x[SIGNATURE_BYTES];
    uint8_t from_y[SIGNATURE_BYTES];
    signer_sign(x, nonce, iov, 2, from_x);
    signer_sign(y, nonce, iov, 2, from_y);
    return memcmp(from_x, from_y, sizeof(from_x)) == 0;
}

static bool aeads_agree(const struct aead_ops *a, const struct aead_ops *b, enum cipher cipher)
{
    uint8_t original[PROBE_BYTES];
    uint8_t message[PROBE_BYTES];
    probe_fill(original, sizeof(original));
    memcpy(message, original, sizeof(message));
    struct iovec iov[] = {{message, 70}, {message + 70, sizeof(message) - 70}};
    struct seal_message m = {
        .nonce = original, .aad = span_of(original, 32), .iov = iov, .count = 2};
    CLEANUP(sealer_free) struct sealer *x = sealer_new_with(a, cipher, original);
    CLEANUP(sealer_free) struct sealer *y = sealer_new_with(b, cipher, original);
    uint8_t tag[CIPHER_TAG_BYTES];
    seal_encrypt(x, &m, tag);
    bool hidden = memcmp(message, original, sizeof(message)) != 0;
    return hidden && seal_decrypt(y, &m, tag) == 0 &&
           memcmp(message, original, sizeof(message)) == 0;
}

static void pick_aesni(void)
{
    if (!aesni_usable())
        return;
    if (macs_agree(&mac_cmac_aesni, &mac_cmac_nettle, SIGN_AES_CMAC))
        picks.cmac = &mac_cmac_aesni;
    if (aeads_agree(&aead_ccm_aesni, &aead_ccm_evp, CIPHER_AES128_CCM) &&
        aeads_agree(&aead_ccm_aesni, &aead_ccm_evp, CIPHER_AES256_CCM))
        picks.ccm = &aead_ccm_aesni;
}

static int pick_imb(void)
{
    ERR_TRY(imb_init());
    if (!macs_agree(&mac_gmac_imb, &mac_gmac_evp, SIGN_AES_GMAC) ||
        !aeads_agree(&aead_gcm_imb, &aead_gcm_evp, CIPHER_AES128_GCM) ||
        !aeads_agree(&aead_gcm_imb, &aead_gcm_evp, CIPHER_AES256_GCM))
        return -EIO;
    picks.gmac = &mac_gmac_imb;
    picks.gcm = &aead_gcm_imb;
    return 0;
}

int crypto_init(enum crypto_backend wanted)
{
    pick_aesni();
    picks.gmac = &mac_gmac_evp;
    picks.gcm = &aead_gcm_evp;
    int err = wanted == CRYPTO_EVP ? 0 : pick_imb();
    if (err < 0 && wanted == CRYPTO_IMB)
        return err;
    snprintf(picks.text, sizeof(picks.text), "gcm=%s gmac=%s ccm=%s cmac=%s", picks.gcm->name,
             picks.gmac->name, picks.ccm->name, picks.cmac->name);
    return 0;
}

const char *crypto_backend_name(void)
{
    return picks.gcm->name;
}

const char *crypto_backend_text(void)
{
    return picks.text;
}

const struct mac_ops *backend_mac(enum sign_alg alg)
{
    switch (alg) {
    case SIGN_AES_CMAC:
        return picks.cmac;
    case SIGN_AES_GMAC:
        return picks.gmac;
    case SIGN_HMAC_SHA256:
        break;
    }
    return &mac_hmac_nettle;
}

const struct aead_ops *backend_aead(enum cipher cipher)
{
    return cipher_is_ccm(cipher) ? picks.ccm : picks.gcm;
}

const char *sign_alg_name(enum sign_alg alg)
{
    switch (alg) {
    case SIGN_HMAC_SHA256:
        return "HMAC-SHA256";
    case SIGN_AES_CMAC:
        return "AES-128-CMAC";
    case SIGN_AES_GMAC:
        return "AES-128-GMAC";
    }
    return "unknown";
}

const char *cipher_name(enum cipher cipher)
{
    switch (cipher) {
    case CIPHER_NONE:
        return "none";
    case CIPHER_AES128_CCM:
        return "AES-128-CCM";
    case CIPHER_AES128_GCM:
        return "AES-128-GCM";
    case CIPHER_AES256_CCM:
        return "AES-256-CCM";
    case CIPHER_AES256_GCM:
        return "AES-256-GCM";
    }
    return "unknown";
}

static void assert_cipher(enum cipher cipher)
{
    ASSERT(cipher >= CIPHER_AES128_CCM && cipher <= CIPHER_AES256_GCM);
}

size_t cipher_key_len(enum cipher cipher)
{
    assert_cipher(cipher);
    return cipher_is_256(cipher) ? 32 : 16;
}

size_t cipher_nonce_len(enum cipher cipher)
{
    assert_cipher(cipher);
    return cipher_is_ccm(cipher) ? 11 : 12;
}

void random_bytes(void *p, size_t len)
{
    uint8_t *at = p;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        ASSERT(n > 0 || errno == EINTR);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
}
