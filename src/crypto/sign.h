/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of messages, [MS-SMB2] 3.1.4.1.  A `signer` is a key made ready once per session or
 * channel; from then on it is never written, so any number of threads may use it.  No call
 * allocates in the ordinary case.
 *
 * A message is a list of segments beginning with the 64-byte SMB2 header, all of it in the first
 * segment.  Its signature field (bytes 48 to 63) counts as zeros whatever it holds, and nothing is
 * written to the message: the caller puts the signature there. */
#pragma once

#include "crypto/crypto.h"

#include <sys/uio.h>

#define SIGN_HEADER_BYTES 64
#define SIGN_FIELD_OFFSET 48

struct signer;

/* What AES-GMAC makes its nonce of; the other algorithms ignore it. */
struct sign_nonce {
    uint64_t message_id;
    bool from_server; /* SMB2_FLAGS_SERVER_TO_REDIR is set */
    bool is_cancel;   /* the command is SMB2 CANCEL */
};

/* Never NULL.  The key is copied. */
struct signer *signer_new(enum sign_alg alg, const uint8_t key[SIGN_KEY_BYTES]) MUST_USE;

/* Wipes the key.  Accepts and returns NULL. */
struct signer *signer_free(struct signer *s);
DEFINE_CLEANUP(struct signer *, signer_free);

enum sign_alg signer_alg(const struct signer *s);

void signer_sign(const struct signer *s, struct sign_nonce nonce, const struct iovec *iov,
                 int count, uint8_t ret_signature[SIGNATURE_BYTES]);

/* Whether the signature field of the message is right; compares in constant time.  False too when
 * the first segment is shorter than a header. */
bool signer_check(const struct signer *s, struct sign_nonce nonce, const struct iovec *iov,
                  int count) MUST_USE;
