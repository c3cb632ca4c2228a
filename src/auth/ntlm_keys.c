/* SPDX-License-Identifier: Apache-2.0
 *
 * The key arithmetic of NTLMv2, [MS-NLMP] 3.3.2, 3.4.4 and 3.4.5. */
#include "auth/ntlm.h"

#include "base/upcase.h"
#include "wire/utf16.h"

#define PASSWORD_UNITS_MAX 256

int ntlm_hash_password(const char *password, uint8_t ret_hash[AUTH_NT_HASH_BYTES])
{
    uint8_t units[PASSWORD_UNITS_MAX * 2];
    struct wr w = wr_of(mspan_of(units, sizeof(units)));
    if (!wr_utf16(&w, password) || !wr_done(&w))
        return -EINVAL;
    ntlm_md4(wr_written(&w), ret_hash);
    wipe(units, sizeof(units));
    return 0;
}

void ntlm_v2_hash(const uint8_t nt_hash[AUTH_NT_HASH_BYTES], struct span user,
                  struct span domain, uint8_t ret_hash[NTLM_KEY_BYTES])
{
    uint8_t upper[AUTH_NAME_BYTES_MAX * 2];
    struct wr w = wr_of(mspan_of(upper, sizeof(upper)));
    struct rd r = rd_of(user);
    ASSERT(user.len % 2 == 0 && user.len <= sizeof(upper));
    while (rd_left(&r) > 0)
        wr_u16(&w, upcase_unit(rd_u16(&r)));
    struct span parts[] = {wr_written(&w), domain};
    ntlm_hmac_md5(span_of(nt_hash, AUTH_NT_HASH_BYTES), parts, ARRAY_LEN(parts), ret_hash);
}

void ntlm_v2_proof(const uint8_t v2_hash[NTLM_KEY_BYTES],
                   const uint8_t challenge[NTLM_CHALLENGE_BYTES], struct span temp,
                   uint8_t ret_proof[NTLM_PROOF_BYTES])
{
    struct span parts[] = {span_of(challenge, NTLM_CHALLENGE_BYTES), temp};
    ntlm_hmac_md5(span_of(v2_hash, NTLM_KEY_BYTES), parts, ARRAY_LEN(parts), ret_proof);
}

void ntlm_v2_base_key(const uint8_t v2_hash[NTLM_KEY_BYTES],
                      const uint8_t proof[NTLM_PROOF_BYTES], uint8_t ret_key[NTLM_KEY_BYTES])
{
    struct span part = span_of(proof, NTLM_PROOF_BYTES);
    ntlm_hmac_md5(span_of(v2_hash, NTLM_KEY_BYTES), &part, 1, ret_key);
}

void ntlm_mic(const uint8_t exported_key[NTLM_KEY_BYTES], const struct ntlm_mic_args *args,
              uint8_t ret_mic[NTLM_MIC_BYTES])
{
    static const uint8_t zeros[NTLM_MIC_BYTES];
    const size_t behind = NTLM_MIC_OFFSET + NTLM_MIC_BYTES;
    struct span last = args->authenticate;
    ASSERT(last.len >= behind);
    struct span parts[] = {args->negotiate, args->challenge, span_of(last.p, NTLM_MIC_OFFSET),
                           span_of(zeros, sizeof(zeros)),
                           span_of(last.p + behind, last.len - behind)};
    ntlm_hmac_md5(span_of(exported_key, NTLM_KEY_BYTES), parts, ARRAY_LEN(parts), ret_mic);
}

/* The constants of SIGNKEY and SEALKEY, hashed with their NUL. */
static const char *const purposes[2][2] = {
    {"session key to server-to-client signing key magic constant",
     "session key to server-to-client sealing key magic constant"},
    {"session key to client-to-server signing key magic constant",
     "session key to client-to-server sealing key magic constant"},
};

void ntlm_signer_init(struct ntlm_signer *s, const uint8_t exported_key[NTLM_KEY_BYTES],
                      uint32_t flags, bool from_client)
{
    const char *sign_text = purposes[from_client][0];
    const char *seal_text = purposes[from_client][1];
    size_t strength = flags & NTLM_128 ? NTLM_KEY_BYTES : flags & NTLM_56 ? 7 : 5;
    struct span sign_parts[] = {span_of(exported_key, NTLM_KEY_BYTES),
                                span_of(sign_text, strlen(sign_text) + 1)};
    struct span seal_parts[] = {span_of(exported_key, strength),
                                span_of(seal_text, strlen(seal_text) + 1)};
    uint8_t seal_key[NTLM_KEY_BYTES];
    ntlm_md5(sign_parts, 2, s->sign_key);
    ntlm_md5(seal_parts, 2, seal_key);
    ntlm_rc4_init(&s->seal, span_of(seal_key, sizeof(seal_key)));
    s->sealed = flags & NTLM_KEY_EXCHANGE;
    s->sequence = 0;
    wipe(seal_key, sizeof(seal_key));
}

void ntlm_sign(struct ntlm_signer *s, struct span message,
               uint8_t ret_signature[NTLM_SIGNATURE_BYTES])
{
    static const uint8_t version[4] = {1};
    uint8_t sequence[4];
    uint8_t checksum[MD_BYTES];
    struct wr w = wr_of(mspan_of(sequence, sizeof(sequence)));
    wr_u32(&w, s->sequence++);
    struct span parts[] = {span_of(sequence, sizeof(sequence)), message};
    ntlm_hmac_md5(span_of(s->sign_key, sizeof(s->sign_key)), parts, 2, checksum);
    if (s->sealed)
        ntlm_rc4_crypt(&s->seal, checksum, span_of(checksum, 8));
    memcpy(ret_signature, version, sizeof(version));
    memcpy(ret_signature + 4, checksum, 8);
    memcpy(ret_signature + 12, sequence, sizeof(sequence));
}

bool ntlm_sign_check(struct ntlm_signer *s, struct span message, struct span signature)
{
    uint8_t expected[NTLM_SIGNATURE_BYTES];
    ntlm_sign(s, message, expected);
    return signature.len == sizeof(expected) &&
           equal_constant_time(expected, signature.p, sizeof(expected));
}
