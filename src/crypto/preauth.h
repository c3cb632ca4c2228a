/* SPDX-License-Identifier: Apache-2.0
 *
 * Preauthentication integrity of 3.1.1: a SHA-512 chain over the NEGOTIATE messages of a
 * connection and the SESSION_SETUP messages of a session, [MS-SMB2] 3.1.4.4.1 of the server's and
 * client's processing.  The chain is a plain 64-byte value: copy it to fork it. */
#pragma once

#include "crypto/kdf.h"

#include <assert.h>

/* The chain's beginning: 64 zero bytes. */
static inline void preauth_init(uint8_t hash[PREAUTH_HASH_BYTES])
{
    memset(hash, 0, PREAUTH_HASH_BYTES);
}

/* hash = SHA-512(hash || message).  The message from its SMB2 header on, without the transport's
 * length prefix. */
void preauth_update(uint8_t hash[PREAUTH_HASH_BYTES], struct span message);
