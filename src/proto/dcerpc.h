/* SPDX-License-Identifier: Apache-2.0
 *
 * Connection-oriented DCE/RPC as named pipes carry them, [C706] 12.6, [MS-RPCE] 2.2.2: bind and
 * alter context with their answers, request, response and fault, each possibly in fragments.
 * Little-endian NDR only.  A pipe is a stream of fragments: dcerpc_header_read tells from the
 * first 16 bytes how long one is. */
#pragma once

#include "wire/guid.h"

#define DCERPC_HEADER_SIZE 16u
#define DCERPC_FRAGMENT_BYTES_MAX 4280u /* what we offer in binds */
#define DCERPC_CONTEXTS_MAX 16u
#define DCERPC_RESPONSE_HEAD_SIZE 24u

enum dcerpc_type {
    DCERPC_REQUEST = 0,
    DCERPC_RESPONSE = 2,
    DCERPC_FAULT = 3,
    DCERPC_BIND = 11,
    DCERPC_BIND_ACK = 12,
    DCERPC_BIND_NAK = 13,
    DCERPC_ALTER_CONTEXT = 14,
    DCERPC_ALTER_CONTEXT_RSP = 15,
    DCERPC_AUTH3 = 16,
    DCERPC_CO_CANCEL = 18,
    DCERPC_ORPHANED = 19,
};

#define DCERPC_FLAG_FIRST 0x01u
#define DCERPC_FLAG_LAST 0x02u
#define DCERPC_FLAG_OBJECT 0x80u

#define DCERPC_FAULT_OP_RANGE 0x1C010002u
#define DCERPC_FAULT_UNKNOWN_INTERFACE 0x1C010003u
#define DCERPC_FAULT_PROTOCOL_ERROR 0x1C01000Bu
#define DCERPC_FAULT_CONTEXT_MISMATCH 0x1C00001Au
#define DCERPC_FAULT_ACCESS_DENIED 0x00000005u
#define DCERPC_FAULT_BAD_STUB_DATA 0x000006F7u

struct dcerpc_header {
    uint8_t type;
    uint8_t flags;
    uint16_t fragment_bytes; /* with this header */
    uint16_t auth_bytes;
    uint32_t call_id;
};

/* r: base and position at the start of a fragment.  Fails on another version than 5.x, on big
 * endian and on lengths that cannot be. */
bool dcerpc_header_read(struct rd *r, struct dcerpc_header *ret_header) MUST_USE;

struct dcerpc_syntax {
    struct guid uuid;
    uint32_t version; /* major in the low half */
};

extern const struct dcerpc_syntax dcerpc_syntax_ndr32;
extern const struct dcerpc_syntax dcerpc_interface_srvsvc;
extern const struct dcerpc_syntax dcerpc_interface_wkssvc;

bool dcerpc_syntax_equal(struct dcerpc_syntax a, struct dcerpc_syntax b) MUST_USE;

struct dcerpc_bind_context {
    uint16_t id;
    struct dcerpc_syntax interface;
    bool offers_ndr32;
    bool is_feature_negotiation; /* [MS-RPCE] 2.2.2.14, in place of a transfer syntax */
};

/* Bind and alter context. */
struct dcerpc_bind {
    uint16_t transmit_bytes_max, receive_bytes_max;
    uint32_t association_group;
    unsigned context_count;
    struct dcerpc_bind_context contexts[DCERPC_CONTEXTS_MAX];
    bool has_auth; /* a security trailer follows, which we do not serve */
};

/* r stands behind the header and ends with the fragment. */
bool dcerpc_bind_read(struct rd *r, const struct dcerpc_header *h,
                      struct dcerpc_bind *ret) MUST_USE;

/* The whole PDU, one NDR32 transfer syntax per context; call_id and type from h. */
void dcerpc_bind_write(struct wr *w, const struct dcerpc_header *h, const struct dcerpc_bind *b);

enum dcerpc_bind_result {
    DCERPC_BIND_ACCEPTED = 0,
    DCERPC_BIND_USER_REJECTED = 1,
    DCERPC_BIND_REJECTED = 2,
    DCERPC_BIND_NEGOTIATE_ACK = 3,
};

#define DCERPC_REASON_INTERFACE_UNKNOWN 1u /* abstract syntax not supported */
#define DCERPC_REASON_TRANSFER_UNKNOWN 2u

struct dcerpc_bind_ack {
    uint16_t transmit_bytes_max, receive_bytes_max;
    uint32_t association_group;
    const char *secondary_address; /* "\\PIPE\\srvsvc"; writers only */
    unsigned context_count;
    struct {
        uint16_t result;
        uint16_t reason;
    } contexts[DCERPC_CONTEXTS_MAX]; /* accepted ones have NDR32 */
};

/* Bind ack or alter context response, by h->type. */
bool dcerpc_bind_ack_read(struct rd *r, struct dcerpc_bind_ack *ret) MUST_USE;
void dcerpc_bind_ack_write(struct wr *w, const struct dcerpc_header *h,
                           const struct dcerpc_bind_ack *a);

#define DCERPC_NAK_REASON_NOT_SPECIFIED 0u
#define DCERPC_NAK_VERSION 4u
#define DCERPC_NAK_AUTH_TYPE 8u
void dcerpc_bind_nak_write(struct wr *w, const struct dcerpc_header *h, uint16_t reason);

/* One fragment of a request. */
struct dcerpc_request {
    uint32_t alloc_hint;
    uint16_t context_id;
    uint16_t opnum;
    struct span stub; /* this fragment's part, security trailer removed */
};

bool dcerpc_request_read(struct rd *r, const struct dcerpc_header *h,
                         struct dcerpc_request *ret) MUST_USE;

/* A whole request in one fragment. */
void dcerpc_request_write(struct wr *w, uint32_t call_id, const struct dcerpc_request *req);

/* One fragment of a response. */
struct dcerpc_response {
    uint32_t alloc_hint;
    uint16_t context_id;
    struct span stub;
};

bool dcerpc_response_read(struct rd *r, const struct dcerpc_header *h,
                          struct dcerpc_response *ret) MUST_USE;

/* The whole response, in as many fragments as fragment_bytes_max asks for (at least 64). */
struct dcerpc_response_args {
    uint32_t call_id;
    uint16_t context_id;
    uint16_t fragment_bytes_max;
    struct span stub;
};
void dcerpc_response_write(struct wr *w, const struct dcerpc_response_args *args);

struct dcerpc_fault {
    uint16_t context_id;
    uint32_t status;
};

bool dcerpc_fault_read(struct rd *r, struct dcerpc_fault *ret) MUST_USE;
void dcerpc_fault_write(struct wr *w, uint32_t call_id, const struct dcerpc_fault *f);
