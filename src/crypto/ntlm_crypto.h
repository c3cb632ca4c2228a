/* SPDX-License-Identifier: Apache-2.0
 *
 * The old algorithms NTLM is made of, [MS-NLMP] 6: MD4, MD5, HMAC-MD5 and RC4.  They are here for
 * that protocol alone; nothing new may use them. */
#pragma once

#include "base/span.h"

#include <nettle/arcfour.h>

#define MD_BYTES 16

void ntlm_md4(struct span data, uint8_t ret_digest[MD_BYTES]);

/* MD5 and HMAC-MD5 over several parts in their order. */
void ntlm_md5(const struct span *parts, size_t count, uint8_t ret_digest[MD_BYTES]);
void ntlm_hmac_md5(struct span key, const struct span *parts, size_t count,
                   uint8_t ret_digest[MD_BYTES]);

/* A running RC4 key stream. */
struct ntlm_rc4 {
    struct arcfour_ctx state;
};

void ntlm_rc4_init(struct ntlm_rc4 *rc4, struct span key);

/* dst = src xor key stream; dst may be src. */
void ntlm_rc4_crypt(struct ntlm_rc4 *rc4, uint8_t *dst, struct span src);
