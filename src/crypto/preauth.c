/* SPDX-License-Identifier: Apache-2.0
 *
 * One link of the preauthentication hash chain. */
#include "crypto/preauth.h"

#include <nettle/sha2.h>

static_assert(PREAUTH_HASH_BYTES == SHA512_DIGEST_SIZE, "the chain's value is one SHA-512 digest");

void preauth_update(uint8_t hash[PREAUTH_HASH_BYTES], struct span message)
{
    struct sha512_ctx ctx;
    sha512_init(&ctx);
    sha512_update(&ctx, PREAUTH_HASH_BYTES, hash);
    sha512_update(&ctx, message.len, message.p);
    sha512_digest(&ctx, PREAUTH_HASH_BYTES, hash);
}
