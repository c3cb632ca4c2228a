/* SPDX-License-Identifier: Apache-2.0
 *
 * nettle's implementations of what NTLM needs, over spans. */
#include "crypto/ntlm_crypto.h"

#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>

void ntlm_md4(struct span data, uint8_t ret_digest[MD_BYTES])
{
    struct md4_ctx ctx;
    md4_init(&ctx);
    md4_update(&ctx, data.len, data.p);
    md4_digest(&ctx, MD_BYTES, ret_digest);
    wipe(&ctx, sizeof(ctx));
}

void ntlm_md5(const struct span *parts, size_t count, uint8_t ret_digest[MD_BYTES])
{
    struct md5_ctx ctx;
    md5_init(&ctx);
    for (size_t i = 0; i < count; i++)
        md5_update(&ctx, parts[i].len, parts[i].p);
    md5_digest(&ctx, MD_BYTES, ret_digest);
    wipe(&ctx, sizeof(ctx));
}

void ntlm_hmac_md5(struct span key, const struct span *parts, size_t count,
                   uint8_t ret_digest[MD_BYTES])
{
    struct hmac_md5_ctx ctx;
    hmac_md5_set_key(&ctx, key.len, key.p);
    for (size_t i = 0; i < count; i++)
        hmac_md5_update(&ctx, parts[i].len, parts[i].p);
    hmac_md5_digest(&ctx, MD_BYTES, ret_digest);
    wipe(&ctx, sizeof(ctx));
}

void ntlm_rc4_init(struct ntlm_rc4 *rc4, struct span key)
{
    arcfour_set_key(&rc4->state, key.len, key.p);
}

void ntlm_rc4_crypt(struct ntlm_rc4 *rc4, uint8_t *dst, struct span src)
{
    arcfour_crypt(&rc4->state, src.len, dst, src.p);
}
