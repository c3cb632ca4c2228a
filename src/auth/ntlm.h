/* SPDX-License-Identifier: Apache-2.0
 *
 * NTLM as [MS-NLMP] describes it, reduced to NTLMv2 in Unicode: the three messages with reader and
 * writer side by side (ntlm_message.c), the keys (ntlm_keys.c), and the two sides on top of them
 * (ntlm_server.c, ntlm_client.c).  Spans of a message that was read point into the token. */
#pragma once

#include "auth/auth.h"
#include "crypto/ntlm_crypto.h"
#include "wire/rd.h"
#include "wire/wr.h"

/* NegotiateFlags, [MS-NLMP] 2.2.2.5. */
#define NTLM_UNICODE 0x00000001u
#define NTLM_REQUEST_TARGET 0x00000004u
#define NTLM_SIGN 0x00000010u
#define NTLM_SEAL 0x00000020u
#define NTLM_NTLM 0x00000200u
#define NTLM_ANONYMOUS 0x00000800u
#define NTLM_ALWAYS_SIGN 0x00008000u
#define NTLM_TARGET_TYPE_SERVER 0x00020000u
#define NTLM_EXTENDED_SECURITY 0x00080000u
#define NTLM_TARGET_INFO 0x00800000u
#define NTLM_VERSION 0x02000000u
#define NTLM_128 0x20000000u
#define NTLM_KEY_EXCHANGE 0x40000000u
#define NTLM_56 0x80000000u

/* AvId, [MS-NLMP] 2.2.2.1. */
enum ntlm_av {
    NTLM_AV_END = 0,
    NTLM_AV_NB_COMPUTER = 1,
    NTLM_AV_NB_DOMAIN = 2,
    NTLM_AV_DNS_COMPUTER = 3,
    NTLM_AV_DNS_DOMAIN = 4,
    NTLM_AV_FLAGS = 6,
    NTLM_AV_TIMESTAMP = 7,
    NTLM_AV_TARGET_NAME = 9,
    NTLM_AV_CHANNEL_BINDINGS = 10,
};
#define NTLM_AV_FLAG_MIC 0x2u

#define NTLM_CHALLENGE_BYTES 8
#define NTLM_MIC_OFFSET 72 /* in AUTHENTICATE */
#define NTLM_MIC_BYTES 16
#define NTLM_PROOF_BYTES 16 /* at the beginning of an NTLMv2 response */
#define NTLM_KEY_BYTES 16
#define NTLM_TARGET_INFO_BYTES_MAX 4096 /* more than this a client refuses */

extern const uint8_t ntlm_oid[10];  /* contents of 1.3.6.1.4.1.311.2.2.10 */
extern const uint8_t ntlm_magic[8]; /* "NTLMSSP" and a NUL begin every message */

/* ---- messages ---- */

struct ntlm_negotiate {
    uint32_t flags; /* names that may follow say nothing we need */
};

struct ntlm_challenge {
    uint32_t flags;
    uint8_t challenge[NTLM_CHALLENGE_BYTES];
    struct span target_name; /* UTF-16LE, like all names here */
    struct span target_info;
};

struct ntlm_authenticate {
    uint32_t flags;
    struct span lm_response;
    struct span nt_response;
    struct span domain;
    struct span user;
    struct span workstation;
    struct span encrypted_key;
    bool has_mic; /* the message has room for a MIC: nothing else begins before its end */
    uint8_t mic[NTLM_MIC_BYTES];
};

/* -EBADMSG: not this message, a field outside of it, or (all but NEGOTIATE) not in Unicode. */
int ntlm_negotiate_read(struct span in, struct ntlm_negotiate *ret) MUST_USE;
int ntlm_challenge_read(struct span in, struct ntlm_challenge *ret) MUST_USE;
int ntlm_authenticate_read(struct span in, struct ntlm_authenticate *ret) MUST_USE;

void ntlm_negotiate_write(struct wr *w, const struct ntlm_negotiate *m);
void ntlm_challenge_write(struct wr *w, const struct ntlm_challenge *m);
void ntlm_authenticate_write(struct wr *w, const struct ntlm_authenticate *m);

/* The response of NTLMv2, [MS-NLMP] 2.2.2.8: proof, then what it was made over. */
struct ntlm_v2_response {
    uint8_t proof[NTLM_PROOF_BYTES];
    struct span temp; /* everything behind the proof */
    uint64_t timestamp;
    uint8_t client_challenge[NTLM_CHALLENGE_BYTES];
    struct span target_info;
};

int ntlm_v2_response_read(struct span in, struct ntlm_v2_response *ret) MUST_USE;

/* The "temp" part. */
void ntlm_v2_temp_write(struct wr *w, const struct ntlm_v2_response *m);

/* Walks over AV pairs: true with each pair, false at the end; then rd_done(r) tells whether the
 * list was whole. */
bool ntlm_av_next(struct rd *r, uint16_t *ret_id, struct span *ret_value) MUST_USE;
void ntlm_av_write(struct wr *w, enum ntlm_av id, struct span value);
void ntlm_av_write_text(struct wr *w, enum ntlm_av id, const char *text);

/* ---- keys ---- */

/* MD4 of the password in UTF-16LE.  -EINVAL: not UTF-8 or too long. */
int ntlm_hash_password(const char *password, uint8_t ret_hash[AUTH_NT_HASH_BYTES]) MUST_USE;

/* NTOWFv2, [MS-NLMP] 3.3.2; names as on the wire, the user's is put in upper case here. */
void ntlm_v2_hash(const uint8_t nt_hash[AUTH_NT_HASH_BYTES], struct span user,
                  struct span domain, uint8_t ret_hash[NTLM_KEY_BYTES]);

/* NTProofStr: HMAC-MD5 over server challenge and temp.  The session base key is made of it. */
void ntlm_v2_proof(const uint8_t v2_hash[NTLM_KEY_BYTES],
                   const uint8_t challenge[NTLM_CHALLENGE_BYTES], struct span temp,
                   uint8_t ret_proof[NTLM_PROOF_BYTES]);
void ntlm_v2_base_key(const uint8_t v2_hash[NTLM_KEY_BYTES],
                      const uint8_t proof[NTLM_PROOF_BYTES], uint8_t ret_key[NTLM_KEY_BYTES]);

/* The MIC of AUTHENTICATE over all three messages; its own field counts as zeros. */
struct ntlm_mic_args {
    struct span negotiate, challenge, authenticate;
};
void ntlm_mic(const uint8_t exported_key[NTLM_KEY_BYTES], const struct ntlm_mic_args *args,
              uint8_t ret_mic[NTLM_MIC_BYTES]);

/* Message signatures with extended session security, [MS-NLMP] 3.4.4.2, one direction. */
#define NTLM_SIGNATURE_BYTES 16
struct ntlm_signer {
    uint8_t sign_key[NTLM_KEY_BYTES];
    struct ntlm_rc4 seal;
    bool sealed; /* the checksum is encrypted: a key was exchanged */
    uint32_t sequence;
};
void ntlm_signer_init(struct ntlm_signer *s, const uint8_t exported_key[NTLM_KEY_BYTES],
                      uint32_t flags, bool from_client);
void ntlm_sign(struct ntlm_signer *s, struct span message,
               uint8_t ret_signature[NTLM_SIGNATURE_BYTES]);
bool ntlm_sign_check(struct ntlm_signer *s, struct span message, struct span signature) MUST_USE;
