/* SPDX-License-Identifier: Apache-2.0
 *
 * The algorithms of SMB 3 by their numbers on the wire, and the choice of back end.  Two back
 * ends exist: `evp` (OpenSSL, everything, everywhere) and `imb` (the direct GCM and GMAC calls of
 * ipsec-mb, used where AVX-512 and VAES make it 2.7 times as fast).  Hashes and what NTLM still
 * needs come from nettle; AES-CMAC runs on our own AES-NI loop where the CPU has it. */
#pragma once

#include "base/span.h"

/* SigningAlgorithms, [MS-SMB2] 2.2.3.1.7.  Dialects before 3.0 sign with HMAC-SHA256, 3.0 and
 * 3.0.2 with AES-CMAC. */
enum sign_alg {
    SIGN_HMAC_SHA256 = 0,
    SIGN_AES_CMAC = 1,
    SIGN_AES_GMAC = 2,
};

/* Ciphers, [MS-SMB2] 2.2.3.1.2.  3.0 and 3.0.2 always use AES128_CCM. */
enum cipher {
    CIPHER_NONE = 0,
    CIPHER_AES128_CCM = 1,
    CIPHER_AES128_GCM = 2,
    CIPHER_AES256_CCM = 3,
    CIPHER_AES256_GCM = 4,
};

#define SIGN_KEY_BYTES 16
#define SIGNATURE_BYTES 16
#define CIPHER_KEY_BYTES_MAX 32
#define CIPHER_NONCE_BYTES_MAX 12
#define CIPHER_TAG_BYTES 16

enum crypto_backend {
    CRYPTO_AUTO, /* the fastest this machine has */
    CRYPTO_EVP,
    CRYPTO_IMB,
};

/* Chooses the back ends.  Call once, before any thread uses this folder; a program that forgets
 * runs on `evp`.  -ENOTSUP: this machine or build has not the back end asked for by name;
 * -EIO: libcrypto lacks an algorithm. */
int crypto_init(enum crypto_backend wanted) MUST_USE;

/* "imb" or "evp", and a short text of all picks such as "gcm=imb gmac=imb cmac=aesni". */
const char *crypto_backend_name(void);
const char *crypto_backend_text(void);

/* Names for logs and status: "AES-128-GMAC", "AES-256-GCM", "none"; "unknown" for other numbers. */
const char *sign_alg_name(enum sign_alg alg);
const char *cipher_name(enum cipher cipher);

/* 16 or 32; 11 for CCM and 12 for GCM, [MS-SMB2] 2.2.41.  The cipher must be one of the four. */
size_t cipher_key_len(enum cipher cipher);
size_t cipher_nonce_len(enum cipher cipher);

/* Fills with bytes of the kernel's generator; never fails once the kernel is up. */
void random_bytes(void *p, size_t len);
