/* SPDX-License-Identifier: Apache-2.0
 *
 * NEGOTIATE: the two messages.  Their contexts are in negotiate_context.c. */
#include "proto/negotiate.h"
#include "proto/field.h"
#include "proto/negotiate_context.h"

#define RSP_TOKEN_AT (SMB2_HEADER_SIZE + 64u)

bool negotiate_req_offers(const struct negotiate_req *req, uint16_t dialect)
{
    for (unsigned i = 0; i < req->dialect_count; i++) {
        if (req->dialects[i] == dialect)
            return true;
    }
    return false;
}

bool negotiate_req_read(struct rd *r, struct negotiate_req *ret_req)
{
    struct negotiate_req req = {0};
    rd_expect_u16(r, 36);
    req.dialect_count = rd_u16(r);
    req.security_mode = rd_u16(r);
    rd_skip(r, 2);
    req.capabilities = rd_u32(r);
    req.client_guid = rd_guid(r);
    uint32_t contexts_at = rd_u32(r);
    uint16_t context_count = rd_u16(r);
    rd_skip(r, 2);
    if (req.dialect_count > LIMIT_DIALECTS_MAX)
        return false;
    for (unsigned i = 0; i < req.dialect_count; i++)
        req.dialects[i] = rd_u16(r);
    if (!rd_done(r))
        return false;
    if (negotiate_req_offers(&req, SMB2_DIALECT_311) &&
        !negotiate_contexts_read(r, contexts_at, context_count, &req.contexts))
        return false;
    *ret_req = req;
    return true;
}

void negotiate_req_write(struct wr *w, const struct negotiate_req *req)
{
    bool has_contexts = negotiate_req_offers(req, SMB2_DIALECT_311);
    wr_u16(w, 36);
    wr_u16(w, (uint16_t)req->dialect_count);
    wr_u16(w, req->security_mode);
    wr_u16(w, 0);
    wr_u32(w, req->capabilities);
    wr_guid(w, req->client_guid);
    struct wr_hole contexts_at = wr_hole_u32(w);
    wr_u16(w, has_contexts ? negotiate_contexts_count(&req->contexts) : 0);
    wr_u16(w, 0);
    for (unsigned i = 0; i < req->dialect_count; i++)
        wr_u16(w, req->dialects[i]);
    if (has_contexts)
        wr_align(w, 8);
    wr_fill_u32(w, contexts_at, has_contexts ? (uint32_t)wr_pos(w) : 0);
    if (has_contexts)
        negotiate_contexts_write(w, &req->contexts);
}

bool negotiate_rsp_read(struct rd *r, struct negotiate_rsp *ret_rsp)
{
    struct negotiate_rsp rsp = {0};
    rd_expect_u16(r, 65);
    rsp.security_mode = rd_u16(r);
    rsp.dialect = rd_u16(r);
    uint16_t context_count = rd_u16(r);
    rsp.server_guid = rd_guid(r);
    rsp.capabilities = rd_u32(r);
    rsp.transact_bytes_max = rd_u32(r);
    rsp.read_bytes_max = rd_u32(r);
    rsp.write_bytes_max = rd_u32(r);
    rsp.system_time = rd_u64(r);
    rsp.start_time = rd_u64(r);
    uint16_t token_at = rd_u16(r);
    uint16_t token_bytes = rd_u16(r);
    uint32_t contexts_at = rd_u32(r);
    rsp.token = rd_span_at(r, token_at, token_bytes);
    if (!rd_done(r))
        return false;
    if (rsp.dialect == SMB2_DIALECT_311 &&
        !negotiate_contexts_read(r, contexts_at, context_count, &rsp.contexts))
        return false;
    *ret_rsp = rsp;
    return true;
}

void negotiate_rsp_write(struct wr *w, const struct negotiate_rsp *rsp)
{
    bool has_contexts = rsp->dialect == SMB2_DIALECT_311;
    wr_u16(w, 65);
    wr_u16(w, rsp->security_mode);
    wr_u16(w, rsp->dialect);
    wr_u16(w, has_contexts ? negotiate_contexts_count(&rsp->contexts) : 0);
    wr_guid(w, rsp->server_guid);
    wr_u32(w, rsp->capabilities);
    wr_u32(w, rsp->transact_bytes_max);
    wr_u32(w, rsp->read_bytes_max);
    wr_u32(w, rsp->write_bytes_max);
    wr_u64(w, rsp->system_time);
    wr_u64(w, rsp->start_time);
    wr_u16(w, RSP_TOKEN_AT);
    wr_len16(w, rsp->token.len);
    struct wr_hole contexts_at = wr_hole_u32(w);
    wr_span(w, rsp->token);
    if (has_contexts)
        wr_align(w, 8);
    wr_fill_u32(w, contexts_at, has_contexts ? (uint32_t)wr_pos(w) : 0);
    if (has_contexts)
        negotiate_contexts_write(w, &rsp->contexts);
}
