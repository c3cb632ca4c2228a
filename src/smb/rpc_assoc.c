/* SPDX-License-Identifier: Apache-2.0
 *
 * One DCE/RPC association: cuts the client's bytes into fragments, negotiates contexts, puts
 * requests together, calls the interface, and cuts the answer.  [C706] 12.6, [MS-RPCE] 2.2.2.
 *
 *     fresh --bind--> bound --request fragments--> collecting --last fragment--> bound
 *
 * Fragments of one request carry the same call id, context and operation: anything else between
 * them is an attempt to slip bytes into somebody's call and ends the association.  A request is
 * bounded by LIMIT_RPC_BYTES_MAX, and so is an answer. */
#include "base/limits.h"
#include "smb/rpc.h"

#include <stdio.h>

#define PDU_HEADER_SIZE 16u
#define REQUEST_HEADER_SIZE 24u
#define FRAGMENT_BYTES_MIN 1432u /* what everybody must be able to receive, [C706] 12.6.2 */
#define CONTEXTS_MAX 16u
#define TRANSFERS_MAX 16u
#define ANSWER_BYTES_FIRST 4096u

enum {
    PDU_REQUEST = 0,
    PDU_RESPONSE = 2,
    PDU_FAULT = 3,
    PDU_BIND = 11,
    PDU_BIND_ACK = 12,
    PDU_BIND_NAK = 13,
    PDU_ALTER_CONTEXT = 14,
    PDU_ALTER_CONTEXT_RESPONSE = 15,
    PDU_AUTH3 = 16,
    PDU_CO_CANCEL = 18,
    PDU_ORPHANED = 19,
};

#define PFC_FIRST 0x01u
#define PFC_LAST 0x02u
#define PFC_DID_NOT_EXECUTE 0x20u
#define PFC_OBJECT_UUID 0x80u

/* Results for a context, [C706] 12.6.3.1, [MS-RPCE] 2.2.2.4 */
#define RESULT_ACCEPTANCE 0u
#define RESULT_PROVIDER_REJECTION 2u
#define RESULT_NEGOTIATE_ACK 3u
#define REASON_ABSTRACT_SYNTAX 1u
#define REASON_TRANSFER_SYNTAXES 2u
#define NAK_PROTOCOL_VERSION 4u
#define NAK_AUTH_TYPE 8u

struct pdu {
    uint8_t type, flags;
    uint16_t frag_len, auth_len;
    uint32_t call_id;
};

struct rpc_assoc {
    const struct rpc_interface *interface;
    const struct rpc_host *host;
    struct rpc_sink *sink;
    bool bound, dead;
    unsigned context_count;
    uint16_t contexts[CONTEXTS_MAX]; /* ids accepted */
    size_t send_bytes_max;           /* of one fragment */

    uint8_t fragment[RPC_FRAGMENT_BYTES_MAX]; /* being received */
    size_t fragment_len;
    uint8_t answer[RPC_FRAGMENT_BYTES_MAX]; /* being sent */

    bool collecting;
    uint32_t call_id;
    uint16_t context_id, opnum;
    uint8_t *stub;
    size_t stub_len, stub_room;
};

static const struct guid ndr_syntax = {{0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8,
                                        0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}};
/* Bind-time feature negotiation, [MS-RPCE] 2.2.2.14: the rest of the guid is a bit mask. */
static const uint8_t feature_syntax_prefix[8] = {0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45};

struct rpc_assoc *rpc_assoc_new(const struct rpc_interface *interface, const struct rpc_host *host,
                                struct rpc_sink *sink)
{
    struct rpc_assoc *a = NEW(struct rpc_assoc);
    a->interface = interface;
    a->host = host;
    a->sink = sink;
    a->send_bytes_max = FRAGMENT_BYTES_MIN;
    return a;
}

void rpc_assoc_free(struct rpc_assoc *a)
{
    if (!a)
        return;
    free(a->stub);
    free(a);
}

static bool pdu_read(struct rd *r, struct pdu *ret_pdu)
{
    struct pdu p;
    uint8_t major = rd_u8(r);
    uint8_t minor = rd_u8(r);
    p.type = rd_u8(r);
    p.flags = rd_u8(r);
    uint32_t drep = rd_u32(r);
    p.frag_len = rd_u16(r);
    p.auth_len = rd_u16(r);
    p.call_id = rd_u32(r);
    if (!rd_done(r) || major != 5 || minor > 1 || (drep & 0xFFFFu) != 0x0010u ||
        p.frag_len < PDU_HEADER_SIZE || p.frag_len > RPC_FRAGMENT_BYTES_MAX)
        return false;
    *ret_pdu = p;
    return true;
}

static void pdu_begin(struct wr *w, uint8_t type, uint8_t flags, uint32_t call_id)
{
    wr_u8(w, 5);
    wr_u8(w, 0);
    wr_u8(w, type);
    wr_u8(w, flags);
    wr_u32(w, 0x00000010u); /* little-endian, ASCII, IEEE */
    wr_u16(w, 0);           /* length: pdu_end */
    wr_u16(w, 0);
    wr_u32(w, call_id);
}

static void pdu_end(struct rpc_assoc *a, struct wr *w)
{
    ASSERT(wr_done(w));
    struct span s = wr_written(w);
    w->base[8] = (uint8_t)s.len;
    w->base[9] = (uint8_t)(s.len >> 8);
    a->dead |= !a->sink->emit(a->sink, s);
}

static void fault_emit(struct rpc_assoc *a, uint32_t call_id, uint16_t context_id, uint32_t code)
{
    uint8_t buf[32];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    pdu_begin(&w, PDU_FAULT, PFC_FIRST | PFC_LAST | PFC_DID_NOT_EXECUTE, call_id);
    wr_u32(&w, 0);
    wr_u16(&w, context_id);
    wr_u16(&w, 0);
    wr_u32(&w, code);
    wr_u32(&w, 0);
    pdu_end(a, &w);
}

static void bind_nak_emit(struct rpc_assoc *a, uint32_t call_id, uint16_t reason)
{
    uint8_t buf[32];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    pdu_begin(&w, PDU_BIND_NAK, PFC_FIRST | PFC_LAST, call_id);
    wr_u16(&w, reason);
    wr_u8(&w, 1); /* protocol versions we have: one, 5.0 */
    wr_u8(&w, 5);
    wr_u8(&w, 0);
    wr_align(&w, 4);
    pdu_end(a, &w);
}

struct context_answer {
    uint16_t result, reason;
    bool ndr; /* the transfer syntax to be echoed is NDR, else none */
};

static struct context_answer context_read(struct rpc_assoc *a, struct rd *r)
{
    uint16_t id = rd_u16(r);
    uint8_t transfers = rd_u8(r);
    rd_skip(r, 1);
    struct guid abstract = rd_guid(r);
    uint16_t major = rd_u16(r);
    uint16_t minor = rd_u16(r);
    if (transfers == 0 || transfers > TRANSFERS_MAX)
        rd_fail(r);
    bool ndr = false, features = false;
    for (unsigned i = 0; i < transfers && rd_done(r); i++) {
        struct guid transfer = rd_guid(r);
        uint32_t version = rd_u32(r);
        ndr |= guid_equal(transfer, ndr_syntax) && version == 2;
        features |= memcmp(transfer.b, feature_syntax_prefix, sizeof(feature_syntax_prefix)) == 0;
    }
    if (features)
        return (struct context_answer){RESULT_NEGOTIATE_ACK, 0, false};
    const struct rpc_interface *i = a->interface;
    if (!guid_equal(abstract, i->uuid) || major != i->version_major || minor > i->version_minor)
        return (struct context_answer){RESULT_PROVIDER_REJECTION, REASON_ABSTRACT_SYNTAX, false};
    if (!ndr || a->context_count == CONTEXTS_MAX)
        return (struct context_answer){RESULT_PROVIDER_REJECTION, REASON_TRANSFER_SYNTAXES, false};
    if (rd_done(r))
        a->contexts[a->context_count++] = id;
    return (struct context_answer){RESULT_ACCEPTANCE, 0, true};
}

/* BIND and ALTER_CONTEXT and their answers are of one shape, [C706] 12.6.4.1 to 12.6.4.4. */
static bool bind_handle(struct rpc_assoc *a, const struct pdu *p, struct rd *r)
{
    if (p->auth_len != 0) {
        bind_nak_emit(a, p->call_id, NAK_AUTH_TYPE);
        return true;
    }
    rd_skip(r, 2); /* what the client sends at most */
    uint16_t receive_max = rd_u16(r);
    rd_skip(r, 4); /* association group */
    uint8_t count = rd_u8(r);
    rd_skip(r, 3);
    if (count == 0 || count > CONTEXTS_MAX)
        return false;
    struct context_answer answers[CONTEXTS_MAX];
    for (unsigned i = 0; i < count; i++)
        answers[i] = context_read(a, r);
    if (!rd_done(r))
        return false;
    if (p->type == PDU_BIND)
        a->send_bytes_max = MIN(MAX(receive_max, FRAGMENT_BYTES_MIN), RPC_FRAGMENT_BYTES_MAX);
    a->bound = true;

    uint8_t buf[64 + 32 + 24 * CONTEXTS_MAX];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    char address[32];
    int len = p->type == PDU_BIND
                  ? snprintf(address, sizeof(address), "\\PIPE\\%s", a->interface->pipe_name) + 1
                  : 0;
    pdu_begin(&w, p->type + 1, PFC_FIRST | PFC_LAST, p->call_id);
    wr_u16(&w, RPC_FRAGMENT_BYTES_MAX);
    wr_u16(&w, RPC_FRAGMENT_BYTES_MAX);
    wr_u32(&w, 0x53F0); /* the one association group */
    wr_u16(&w, (uint16_t)len);
    wr_bytes(&w, address, (size_t)len);
    wr_align(&w, 4);
    wr_u32(&w, count);
    for (unsigned i = 0; i < count; i++) {
        wr_u16(&w, answers[i].result);
        wr_u16(&w, answers[i].reason);
        wr_guid(&w, answers[i].ndr ? ndr_syntax : (struct guid){{0}});
        wr_u32(&w, answers[i].ndr ? 2 : 0);
    }
    pdu_end(a, &w);
    return true;
}

static void response_emit(struct rpc_assoc *a, struct span stub)
{
    size_t part_max = (a->send_bytes_max - REQUEST_HEADER_SIZE) & ~(size_t)7;
    size_t sent = 0;
    do {
        size_t part = MIN(part_max, stub.len - sent);
        uint8_t flags = (sent == 0 ? PFC_FIRST : 0) | (sent + part == stub.len ? PFC_LAST : 0);
        struct wr w = wr_of(mspan_of(a->answer, sizeof(a->answer)));
        pdu_begin(&w, PDU_RESPONSE, flags, a->call_id);
        wr_u32(&w, (uint32_t)(stub.len - sent));
        wr_u16(&w, a->context_id);
        wr_u16(&w, 0);
        wr_bytes(&w, stub.p + sent, part);
        pdu_end(a, &w);
        sent += part;
    } while (sent < stub.len && !a->dead);
}

/* Calls the interface with as much room as the answer takes. */
static uint32_t call_answer(struct rpc_assoc *a, const struct rpc_call *call)
{
    for (size_t room = ANSWER_BYTES_FIRST; room <= LIMIT_RPC_BYTES_MAX; room *= 4) {
        CLEANUP(free) void *buf = xmalloc(room);
        struct wr out = wr_of(mspan_of(buf, room));
        struct rd in = rd_of(span_of(a->stub, a->stub_len));
        uint32_t fault = a->interface->call(call, &in, &out);
        if (fault != RPC_OK)
            return fault;
        if (wr_done(&out)) {
            response_emit(a, wr_written(&out));
            return RPC_OK;
        }
    }
    return RPC_FAULT_TOO_LARGE;
}

static void call_run(struct rpc_assoc *a, const struct rpc_clock *clock)
{
    struct arena arena;
    arena_init(&arena);
    struct rpc_call call = {
        .host = a->host,
        .arena = &arena,
        .now = clock->now,
        .uptime_us = clock->uptime_us,
        .opnum = a->opnum,
    };
    uint32_t fault = call_answer(a, &call);
    if (fault != RPC_OK)
        fault_emit(a, a->call_id, a->context_id, fault);
    arena_fini(&arena);
    a->stub_len = 0;
}

static bool stub_append(struct rpc_assoc *a, struct span part)
{
    if (part.len > LIMIT_RPC_BYTES_MAX - a->stub_len)
        return false;
    if (a->stub_len + part.len > a->stub_room) {
        a->stub_room = MIN(MAX(2 * a->stub_room, a->stub_len + part.len), LIMIT_RPC_BYTES_MAX);
        a->stub = xrealloc(a->stub, a->stub_room);
    }
    if (part.len)
        memcpy(a->stub + a->stub_len, part.p, part.len);
    a->stub_len += part.len;
    return true;
}

static bool context_known(const struct rpc_assoc *a, uint16_t id)
{
    for (unsigned i = 0; i < a->context_count; i++)
        if (a->contexts[i] == id)
            return true;
    return false;
}

/* [C706] 12.6.4.9 */
static bool request_handle(struct rpc_assoc *a, const struct pdu *p, struct rd *r,
                           const struct rpc_clock *clock)
{
    rd_skip(r, 4); /* allocation hint: not believed */
    uint16_t context_id = rd_u16(r);
    uint16_t opnum = rd_u16(r);
    if (p->flags & PFC_OBJECT_UUID)
        rd_skip(r, 16);
    if (!rd_done(r) || p->auth_len != 0 || !a->bound)
        return false;
    bool first = p->flags & PFC_FIRST;
    if (first == a->collecting)
        return false;
    if (first) {
        a->call_id = p->call_id;
        a->context_id = context_id;
        a->opnum = opnum;
        a->stub_len = 0;
    } else if (p->call_id != a->call_id || context_id != a->context_id || opnum != a->opnum) {
        return false;
    }
    if (!stub_append(a, rd_span(r, rd_left(r))))
        return false;
    a->collecting = !(p->flags & PFC_LAST);
    if (a->collecting)
        return true;
    if (context_known(a, context_id))
        call_run(a, clock);
    else
        fault_emit(a, p->call_id, context_id, RPC_FAULT_UNKNOWN_INTERFACE);
    return true;
}

/* One whole fragment. */
static bool fragment_handle(struct rpc_assoc *a, struct span fragment,
                            const struct rpc_clock *clock)
{
    struct rd r = rd_of(fragment);
    struct pdu p;
    if (!pdu_read(&r, &p))
        return false;
    switch (p.type) {
    case PDU_BIND:
        if (a->bound || !(p.flags & PFC_FIRST) || !(p.flags & PFC_LAST))
            return false;
        return bind_handle(a, &p, &r);
    case PDU_ALTER_CONTEXT:
        return a->bound && !a->collecting && bind_handle(a, &p, &r);
    case PDU_REQUEST:
        return request_handle(a, &p, &r, clock);
    case PDU_CO_CANCEL: /* calls end before anybody can cancel them */
    case PDU_AUTH3:
        return true;
    case PDU_ORPHANED:
        a->collecting = false;
        a->stub_len = 0;
        return true;
    default:
        return false;
    }
}

/* Takes from *bytes towards the fragment being received; true when it is whole. */
static bool fragment_fill(struct rpc_assoc *a, size_t want, struct span *bytes)
{
    size_t part = MIN(want - a->fragment_len, bytes->len);
    memcpy(a->fragment + a->fragment_len, bytes->p, part);
    a->fragment_len += part;
    *bytes = span_of(bytes->p + part, bytes->len - part);
    return a->fragment_len == want;
}

bool rpc_assoc_input(struct rpc_assoc *a, struct span bytes, const struct rpc_clock *clock)
{
    while (bytes.len && !a->dead) {
        if (a->fragment_len < PDU_HEADER_SIZE && !fragment_fill(a, PDU_HEADER_SIZE, &bytes))
            break;
        struct rd r = rd_of(span_of(a->fragment, PDU_HEADER_SIZE));
        struct pdu p;
        if (!pdu_read(&r, &p)) {
            if (a->fragment[2] == PDU_BIND)
                bind_nak_emit(a, 0, NAK_PROTOCOL_VERSION);
            a->dead = true;
            break;
        }
        if (a->fragment_len < p.frag_len && !fragment_fill(a, p.frag_len, &bytes))
            break;
        a->fragment_len = 0;
        if (!fragment_handle(a, span_of(a->fragment, p.frag_len), clock)) {
            fault_emit(a, p.call_id, 0, RPC_FAULT_PROTOCOL);
            a->dead = true;
        }
    }
    return !a->dead;
}
