/* SPDX-License-Identifier: Apache-2.0
 *
 * DCE/RPC PDUs of a client. */
#include "proto/dcerpc.h"
#include "proto/field.h"

#define DREP_LITTLE_ENDIAN 0x00000010u /* and ASCII, IEEE */
#define AUTH_TRAILER_SIZE 8u
#define NDR_VERSION 2u

static const struct guid ndr_uuid = {{0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8,
                                      0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}};

/* 4b324fc8-1670-01d3-1278-5a47bf6ee188, version 3.0 */
const struct dcerpc_syntax dcerpc_interface_srvsvc = {
    {{0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 0x01, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1,
      0x88}},
    3};

bool dcerpc_header_read(struct rd *r, struct dcerpc_header *ret_header)
{
    struct dcerpc_header h = {0};
    uint8_t major = rd_u8(r);
    rd_skip(r, 1);
    h.type = rd_u8(r);
    h.flags = rd_u8(r);
    uint32_t drep = rd_u32(r);
    h.fragment_bytes = rd_u16(r);
    h.auth_bytes = rd_u16(r);
    h.call_id = rd_u32(r);
    if (!rd_done(r) || major != 5 || (drep & 0xFFFFu) != DREP_LITTLE_ENDIAN ||
        h.fragment_bytes < DCERPC_HEADER_SIZE ||
        h.auth_bytes > h.fragment_bytes - DCERPC_HEADER_SIZE)
        return false;
    *ret_header = h;
    return true;
}

/* The header with flags for an only fragment; the length is said by pdu_end. */
static size_t pdu_begin(struct wr *w, uint8_t type, uint32_t call_id, struct wr_hole *bytes)
{
    size_t begin = wr_pos(w);
    wr_u8(w, 5);
    wr_u8(w, 0);
    wr_u8(w, type);
    wr_u8(w, DCERPC_FLAG_FIRST | DCERPC_FLAG_LAST);
    wr_u32(w, DREP_LITTLE_ENDIAN);
    *bytes = wr_hole_u16(w);
    wr_u16(w, 0);
    wr_u32(w, call_id);
    return begin;
}

static void pdu_end(struct wr *w, size_t begin, struct wr_hole bytes)
{
    size_t len = wr_pos(w) - begin;
    if (len > UINT16_MAX)
        w->full = true;
    wr_fill_u16(w, bytes, (uint16_t)len);
}

static void syntax_write(struct wr *w, struct guid uuid, uint32_t version)
{
    wr_guid(w, uuid);
    wr_u32(w, version);
}

void dcerpc_bind_write(struct wr *w, const struct dcerpc_header *h, const struct dcerpc_bind *b)
{
    struct wr_hole bytes;
    size_t begin = pdu_begin(w, h->type, h->call_id, &bytes);
    wr_u16(w, b->transmit_bytes_max);
    wr_u16(w, b->receive_bytes_max);
    wr_u32(w, b->association_group);
    wr_u32(w, b->context_count);
    for (unsigned i = 0; i < b->context_count; i++) {
        wr_u16(w, b->contexts[i].id);
        wr_u16(w, 1);
        syntax_write(w, b->contexts[i].interface.uuid, b->contexts[i].interface.version);
        syntax_write(w, ndr_uuid, NDR_VERSION);
    }
    pdu_end(w, begin, bytes);
}

bool dcerpc_bind_ack_read(struct rd *r, struct dcerpc_bind_ack *ret)
{
    struct dcerpc_bind_ack a = {0};
    a.transmit_bytes_max = rd_u16(r);
    a.receive_bytes_max = rd_u16(r);
    a.association_group = rd_u32(r);
    rd_skip(r, rd_u16(r)); /* the secondary address */
    rd_skip(r, (size_t)(align_up(rd_pos(r), 4) - rd_pos(r)));
    a.context_count = rd_u8(r);
    rd_skip(r, 3);
    if (!rd_done(r) || a.context_count > DCERPC_CONTEXTS_MAX)
        return false;
    for (unsigned i = 0; i < a.context_count; i++) {
        a.contexts[i].result = rd_u16(r);
        a.contexts[i].reason = rd_u16(r);
        rd_skip(r, 20); /* the transfer syntax, of which we offered one */
    }
    if (!rd_done(r))
        return false;
    *ret = a;
    return true;
}

void dcerpc_request_write(struct wr *w, uint32_t call_id, const struct dcerpc_request *req)
{
    struct wr_hole bytes;
    size_t begin = pdu_begin(w, DCERPC_REQUEST, call_id, &bytes);
    wr_len32(w, req->stub.len);
    wr_u16(w, req->context_id);
    wr_u16(w, req->opnum);
    wr_span(w, req->stub);
    pdu_end(w, begin, bytes);
}

/* What is left of the fragment without its security trailer: padding, trailer, token. */
static struct span stub_read(struct rd *r, const struct dcerpc_header *h)
{
    struct span stub = rd_span(r, rd_left(r));
    if (h->auth_bytes == 0)
        return stub;
    size_t trailer = (size_t)AUTH_TRAILER_SIZE + h->auth_bytes;
    if (trailer > stub.len) {
        rd_fail(r);
        return stub;
    }
    stub.len -= trailer;
    uint8_t padding = stub.p[stub.len + 2];
    if (padding > stub.len)
        rd_fail(r);
    else
        stub.len -= padding;
    return stub;
}

bool dcerpc_response_read(struct rd *r, const struct dcerpc_header *h, struct dcerpc_response *ret)
{
    struct dcerpc_response rsp = {0};
    rsp.alloc_hint = rd_u32(r);
    rsp.context_id = rd_u16(r);
    rd_skip(r, 2);
    rsp.stub = stub_read(r, h);
    if (!rd_done(r))
        return false;
    *ret = rsp;
    return true;
}
