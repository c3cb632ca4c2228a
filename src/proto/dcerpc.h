/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's half of connection-oriented DCE/RPC as named pipes carry it, [C706] 12.6, [MS-RPCE]
 * 2.2.2: a bind and its answer, a request, fragments of a response.  Little-endian NDR only, no
 * authentication of its own.  (The server's half is smb/rpc.h.) */
#pragma once

#include "wire/guid.h"
#include "wire/rd.h"
#include "wire/wr.h"

#define DCERPC_HEADER_SIZE 16u
#define DCERPC_FRAGMENT_BYTES_MAX 4280u /* what we offer in binds */
#define DCERPC_CONTEXTS_MAX 16u

enum dcerpc_type {
    DCERPC_REQUEST = 0,
    DCERPC_RESPONSE = 2,
    DCERPC_FAULT = 3,
    DCERPC_BIND = 11,
    DCERPC_BIND_ACK = 12,
    DCERPC_BIND_NAK = 13,
    DCERPC_ALTER_CONTEXT = 14,
    DCERPC_ALTER_CONTEXT_RSP = 15,
};

#define DCERPC_FLAG_FIRST 0x01u
#define DCERPC_FLAG_LAST 0x02u

struct dcerpc_header {
    uint8_t type;
    uint8_t flags;
    uint16_t fragment_bytes; /* with this header */
    uint16_t auth_bytes;
    uint32_t call_id;
};

/* r: base and position at the start of a fragment, of which these 16 bytes must be there.  Fails on
 * another version than 5.x, on big endian and on lengths that cannot be. */
bool dcerpc_header_read(struct rd *r, struct dcerpc_header *ret_header) MUST_USE;

struct dcerpc_syntax {
    struct guid uuid;
    uint32_t version; /* major in the low half */
};

extern const struct dcerpc_syntax dcerpc_interface_srvsvc;

struct dcerpc_bind_context {
    uint16_t id;
    struct dcerpc_syntax interface;
};

struct dcerpc_bind {
    uint16_t transmit_bytes_max, receive_bytes_max;
    uint32_t association_group;
    unsigned context_count;
    struct dcerpc_bind_context contexts[DCERPC_CONTEXTS_MAX];
};

/* The whole PDU (type and call id from h), NDR as the one transfer syntax of each context. */
void dcerpc_bind_write(struct wr *w, const struct dcerpc_header *h, const struct dcerpc_bind *b);

#define DCERPC_BIND_ACCEPTED 0u

struct dcerpc_bind_ack {
    uint16_t transmit_bytes_max, receive_bytes_max;
    uint32_t association_group;
    unsigned context_count;
    struct {
        uint16_t result; /* DCERPC_BIND_ACCEPTED, or refused for the reason */
        uint16_t reason;
    } contexts[DCERPC_CONTEXTS_MAX];
};

/* r stands behind the header. */
bool dcerpc_bind_ack_read(struct rd *r, struct dcerpc_bind_ack *ret) MUST_USE;

struct dcerpc_request {
    uint16_t context_id;
    uint16_t opnum;
    struct span stub;
};

/* A whole request in one fragment. */
void dcerpc_request_write(struct wr *w, uint32_t call_id, const struct dcerpc_request *req);

/* One fragment of a response. */
struct dcerpc_response {
    uint32_t alloc_hint;
    uint16_t context_id;
    struct span stub;
};

/* r stands behind the header and ends with the fragment; a security trailer is cut off. */
bool dcerpc_response_read(struct rd *r, const struct dcerpc_header *h,
                          struct dcerpc_response *ret) MUST_USE;
