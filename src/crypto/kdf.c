/* SPDX-License-Identifier: Apache-2.0
 *
 * SP800-108 in counter mode with HMAC-SHA256, counter and length of 32 bits: one block is enough
 * for every key of SMB 3. */
#include "crypto/kdf.h"

#include <nettle/hmac.h>

void smb3_derive_key(struct span key, struct span label, struct span context, uint8_t *ret_key,
                     unsigned bits)
{
    ASSERT(bits == 128 || bits == 256);
    struct hmac_sha256_ctx ctx;
    const uint8_t counter[4] = {0, 0, 0, 1};
    const uint8_t separator = 0;
    const uint8_t length[4] = {0, 0, (uint8_t)(bits >> 8), (uint8_t)bits};
    hmac_sha256_set_key(&ctx, key.len, key.p);
    hmac_sha256_update(&ctx, sizeof(counter), counter);
    hmac_sha256_update(&ctx, label.len, label.p);
    hmac_sha256_update(&ctx, 1, &separator);
    hmac_sha256_update(&ctx, context.len, context.p);
    hmac_sha256_update(&ctx, sizeof(length), length);
    hmac_sha256_digest(&ctx, bits / 8, ret_key);
    wipe(&ctx, sizeof(ctx));
}

void smb2_signing_key(struct span session_key, uint8_t ret_key[SIGN_KEY_BYTES])
{
    size_t n = MIN(session_key.len, (size_t)SIGN_KEY_BYTES);
    memset(ret_key, 0, SIGN_KEY_BYTES);
    if (n)
        memcpy(ret_key, session_key.p, n);
}

struct purpose {
    struct span label;
    struct span context;
};

/* Label and context of each key; both end with a NUL that is hashed too. */
struct purposes {
    struct purpose signing, application, encrypt, decrypt;
};

#define TEXT(s) ((struct span){(const uint8_t *)(s), sizeof(s)})

static struct purposes purposes_of(const struct smb3_kdf_args *args)
{
    if (args->dialect < 0x0311)
        return (struct purposes){
            .signing = {TEXT("SMB2AESCMAC"), TEXT("SmbSign")},
            .application = {TEXT("SMB2APP"), TEXT("SmbRpc")},
            .encrypt = {TEXT("SMB2AESCCM"), TEXT("ServerOut")},
            .decrypt = {TEXT("SMB2AESCCM"), TEXT("ServerIn ")},
        };
    struct span hash = span_of(args->preauth_hash, PREAUTH_HASH_BYTES);
    return (struct purposes){
        .signing = {TEXT("SMBSigningKey"), hash},
        .application = {TEXT("SMBAppKey"), hash},
        .encrypt = {TEXT("SMBS2CCipherKey"), hash},
        .decrypt = {TEXT("SMBC2SCipherKey"), hash},
    };
}

void smb3_keys_derive(const struct smb3_kdf_args *args, struct smb3_keys *ret_keys)
{
    uint8_t short_key[SESSION_KEY_BYTES];
    smb2_signing_key(args->session_key, short_key);
    struct span key = span_of(short_key, sizeof(short_key));
    bool wide = args->cipher == CIPHER_AES256_CCM || args->cipher == CIPHER_AES256_GCM;
    struct span cipher_key = wide ? args->session_key : key;
    unsigned cipher_bits = wide ? 256 : 128;

    struct purposes p = purposes_of(args);
    memset(ret_keys, 0, sizeof(*ret_keys));
    ret_keys->cipher_key_len = cipher_bits / 8;
    smb3_derive_key(key, p.signing.label, p.signing.context, ret_keys->signing, 128);
    smb3_derive_key(key, p.application.label, p.application.context, ret_keys->application, 128);
    smb3_derive_key(cipher_key, p.encrypt.label, p.encrypt.context, ret_keys->encrypt,
                    cipher_bits);
    smb3_derive_key(cipher_key, p.decrypt.label, p.decrypt.context, ret_keys->decrypt,
                    cipher_bits);
    wipe(short_key, sizeof(short_key));
}
