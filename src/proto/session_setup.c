/* SPDX-License-Identifier: Apache-2.0
 *
 * SESSION_SETUP. */
#include "proto/session_setup.h"
#include "proto/field.h"

bool session_setup_req_read(struct rd *r, struct session_setup_req *ret_req)
{
    struct session_setup_req req = {0};
    rd_expect_u16(r, 25);
    req.flags = rd_u8(r);
    req.security_mode = rd_u8(r);
    req.capabilities = rd_u32(r);
    req.channel = rd_u32(r);
    uint16_t token_at = rd_u16(r);
    uint16_t token_bytes = rd_u16(r);
    req.previous_session_id = rd_u64(r);
    req.token = rd_span_at(r, token_at, token_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void session_setup_req_write(struct wr *w, const struct session_setup_req *req)
{
    wr_u16(w, 25);
    wr_u8(w, req->flags);
    wr_u8(w, req->security_mode);
    wr_u32(w, req->capabilities);
    wr_u32(w, req->channel);
    wr_u16(w, SMB2_HEADER_SIZE + 24);
    wr_len16(w, req->token.len);
    wr_u64(w, req->previous_session_id);
    wr_span_or_zero(w, req->token);
}

bool session_setup_rsp_read(struct rd *r, struct session_setup_rsp *ret_rsp)
{
    struct session_setup_rsp rsp = {0};
    rd_expect_u16(r, 9);
    rsp.session_flags = rd_u16(r);
    uint16_t token_at = rd_u16(r);
    uint16_t token_bytes = rd_u16(r);
    rsp.token = rd_span_at(r, token_at, token_bytes);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

void session_setup_rsp_write(struct wr *w, const struct session_setup_rsp *rsp)
{
    wr_u16(w, 9);
    wr_u16(w, rsp->session_flags);
    wr_u16(w, SMB2_HEADER_SIZE + 8);
    wr_len16(w, rsp->token.len);
    wr_span(w, rsp->token);
}
