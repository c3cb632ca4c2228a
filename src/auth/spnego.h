/* SPDX-License-Identifier: Apache-2.0
 *
 * SPNEGO tokens (RFC 4178, [MS-SPNG] 2.2) to structs and back: just the DER they are made of.
 * Nothing here decides; who answers what is in server.c and client.c.
 *
 * Spans of a read token point into it.  Writers fill the caller's buffer from its end backwards
 * and return the written part; empty: it did not fit. */
#pragma once

#include "base/span.h"

#define SPNEGO_MECHS_MAX 32

enum spnego_state {
    SPNEGO_ACCEPT_COMPLETED = 0,
    SPNEGO_ACCEPT_INCOMPLETE = 1,
    SPNEGO_REJECT = 2,
    SPNEGO_REQUEST_MIC = 3,
    SPNEGO_STATE_ABSENT = 255,
};

/* NegTokenInit and, from servers, NegTokenInit2. */
struct spnego_init {
    struct span mech_list; /* the whole MechTypeList element: what the MIC is made over */
    struct span token;     /* for the first mechanism; empty: none */
    struct span mic;
};

/* NegTokenResp. */
struct spnego_resp {
    enum spnego_state state;
    struct span mech; /* contents of the OID; empty: absent */
    struct span token;
    struct span mic;
};

/* -EBADMSG: not such a token. */
int spnego_init_read(struct span in, struct spnego_init *ret_init) MUST_USE;
int spnego_resp_read(struct span in, struct spnego_resp *ret_resp) MUST_USE;

/* True when the token begins like a NegTokenInit (rather than a NegTokenResp). */
bool spnego_is_init(struct span in) MUST_USE;

/* The place of a mechanism in a list that spnego_init_read accepted, or -1. */
int spnego_mech_index(struct span mech_list, struct span oid) MUST_USE;

/* A MechTypeList of the given mechanisms. */
struct span spnego_mech_list_write(struct mspan buf, const struct span *oids, size_t count);

struct span spnego_init_write(struct mspan buf, const struct spnego_init *init);

/* The hint of [MS-SPNG] 2.2.1 that a server gives unasked: mechanisms and nothing else. */
struct span spnego_hint_write(struct mspan buf, struct span mech_list);

struct span spnego_resp_write(struct mspan buf, const struct spnego_resp *resp);
