/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption of messages, [MS-SMB2] 3.1.4.3.  A `sealer` is the key of one direction made ready
 * once per session; any number of threads may use it.  Messages are lists of segments and are
 * transformed in place.  No call allocates in the ordinary case, but CCM without AES-NI, which
 * gathers a message of several segments into one.
 *
 * The sealer that encrypts also hands out the nonces of its key, so that none is used twice. */
#pragma once

#include "crypto/crypto.h"

#include <sys/uio.h>

#define SEAL_NONCE_FIELD_BYTES 16

struct sealer;

struct seal_message {
    const uint8_t *nonce;    /* the transform header's Nonce; the cipher reads 11 or 12 bytes */
    struct span aad;         /* the transform header from Nonce on, 32 bytes, [MS-SMB2] 2.2.41 */
    const struct iovec *iov; /* the message; empty segments are fine */
    int count;
};

/* Never NULL; key holds cipher_key_len(cipher) bytes and is copied. */
struct sealer *sealer_new(enum cipher cipher, const uint8_t *key) MUST_USE;

/* Wipes the key.  Accepts and returns NULL. */
struct sealer *sealer_free(struct sealer *s);
DEFINE_CLEANUP(struct sealer *, sealer_free);

enum cipher sealer_cipher(const struct sealer *s);

/* A nonce this sealer never gave before, zero-padded to the 16 bytes of the header's field.  Safe
 * between threads.  -EOVERFLOW after 2^48 of them: the session has to end. */
int sealer_nonce_next(struct sealer *s, uint8_t ret_nonce[SEAL_NONCE_FIELD_BYTES]) MUST_USE;

/* Encrypts in place and gives the tag, which is the transform header's Signature. */
void seal_encrypt(const struct sealer *s, const struct seal_message *m,
                  uint8_t ret_tag[CIPHER_TAG_BYTES]);

/* Decrypts in place and compares the tag in constant time.  -EBADMSG: forged or damaged; what the
 * segments then hold has been overwritten with zeros. */
int seal_decrypt(const struct sealer *s, const struct seal_message *m,
                 const uint8_t tag[CIPHER_TAG_BYTES]) MUST_USE;
