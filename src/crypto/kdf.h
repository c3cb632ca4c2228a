/* SPDX-License-Identifier: Apache-2.0
 *
 * From the session key of the authentication to the keys of a session: SP800-108 in counter mode
 * with HMAC-SHA256, [MS-SMB2] 3.1.4.2.  The same for both sides; the names of the keys are the
 * server's (`encrypt` is what the server seals with and the client opens with). */
#pragma once

#include "crypto/crypto.h"

#define SESSION_KEY_BYTES 16
#define PREAUTH_HASH_BYTES 64

struct smb3_keys {
    uint8_t signing[SIGN_KEY_BYTES];
    uint8_t application[SIGN_KEY_BYTES];
    uint8_t encrypt[CIPHER_KEY_BYTES_MAX]; /* server to client; cipher_key_len bytes count */
    uint8_t decrypt[CIPHER_KEY_BYTES_MAX]; /* client to server */
    size_t cipher_key_len;                 /* 16 or 32; 16 for CIPHER_NONE */
};

struct smb3_kdf_args {
    uint16_t dialect;           /* 0x0300, 0x0302 or 0x0311 */
    enum cipher cipher;         /* what was negotiated; CIPHER_NONE counts as a 128-bit one */
    struct span session_key;    /* the full key of the authentication, 1 to 64 bytes */
    const uint8_t *preauth_hash; /* PREAUTH_HASH_BYTES of the session; only read for 0x0311 */
};

/* Session keys of [MS-SMB2] 3.3.5.5.3.  Signing and application keys come from the first 16 bytes
 * of the session key, padded with zeros when it is shorter; the cipher keys of the 256-bit ciphers
 * from all of it.  A further channel derives its signing key with its own preauth hash the same
 * way.  The caller wipes the result when the session ends. */
void smb3_keys_derive(const struct smb3_kdf_args *args, struct smb3_keys *ret_keys);

/* One derivation.  label and context as they are hashed: with their terminating NUL where the
 * specification has one.  bits is 128 or 256. */
void smb3_derive_key(struct span key, struct span label, struct span context, uint8_t *ret_key,
                     unsigned bits);

/* The key that signs messages of the 2.x dialects: the session key's first 16 bytes, padded. */
void smb2_signing_key(struct span session_key, uint8_t ret_key[SIGN_KEY_BYTES]);
