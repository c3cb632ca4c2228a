/* SPDX-License-Identifier: Apache-2.0
 *
 * What a mechanism is to SPNEGO: one table for each side.  A state belongs to one logon and one
 * thread at a time.  Steps write their token through the cursor; the caller checks that it fit. */
#pragma once

#include "auth/auth.h"
#include "wire/wr.h"

#define AUTH_MIC_BYTES_MAX 64
#define AUTH_SERVER_TOKEN_BYTES 4096  /* the largest token a mechanism sends, by side */
#define AUTH_CLIENT_TOKEN_BYTES 12288

struct auth_server_mech {
    const char *name;
    struct span oid;   /* the contents of its OBJECT IDENTIFIER */
    struct span magic; /* what its tokens begin with when SPNEGO is left out; empty: never */
    bool may_block;

    void *(*state_new)(const struct auth_server_config *config);
    void (*state_free)(void *state); /* wipes keys */

    /* 0: complete, *ret_identity is filled in; 1: more; -EACCES with *ret_reason; -EBADMSG. */
    int (*step)(void *state, struct span token_in, struct wr *out,
                struct auth_identity *ret_identity, enum auth_reason *ret_reason);

    /* The signature that protects SPNEGO's list of mechanisms, RFC 4178 section 5, once the
     * step has said 0.  -ENOTSUP: this logon has no key to sign with; mic_check also -EACCES. */
    ssize_t (*mic_make)(void *state, struct span message, uint8_t ret_mic[AUTH_MIC_BYTES_MAX]);
    int (*mic_check)(void *state, struct span message, struct span mic);
};

struct auth_client_mech {
    const char *name;
    struct span oid;

    int (*state_new)(const struct auth_client_config *config, void **ret_state);
    void (*state_free)(void *state);

    /* 0: complete after this token; 1: more; -EBADMSG, -EACCES.  The first call gets no token. */
    int (*step)(void *state, struct span token_in, struct wr *out);
    struct span (*session_key)(const void *state);

    ssize_t (*mic_make)(void *state, struct span message, uint8_t ret_mic[AUTH_MIC_BYTES_MAX]);
    int (*mic_check)(void *state, struct span message, struct span mic);
};

extern const struct auth_server_mech auth_ntlm_server;
extern const struct auth_client_mech auth_ntlm_client;
