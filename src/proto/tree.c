/* SPDX-License-Identifier: Apache-2.0
 *
 * TREE_CONNECT.  With the extension flag of 3.1.1 contexts stand before the path; its offset leads
 * past them, and they are not looked at. */
#include "proto/tree.h"
#include "proto/field.h"

bool tree_connect_req_read(struct rd *r, struct tree_connect_req *ret_req)
{
    struct tree_connect_req req = {0};
    rd_expect_u16(r, 9);
    req.flags = rd_u16(r);
    uint16_t path_at = rd_u16(r);
    uint16_t path_bytes = rd_u16(r);
    req.path = rd_span_at(r, path_at, path_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void tree_connect_req_write(struct wr *w, const struct tree_connect_req *req)
{
    wr_u16(w, 9);
    wr_u16(w, req->flags);
    wr_u16(w, SMB2_HEADER_SIZE + 8);
    wr_len16(w, req->path.len);
    wr_span_or_zero(w, req->path);
}

bool tree_connect_rsp_read(struct rd *r, struct tree_connect_rsp *ret_rsp)
{
    struct tree_connect_rsp rsp = {0};
    rd_expect_u16(r, 16);
    rsp.share_type = rd_u8(r);
    rd_skip(r, 1);
    rsp.share_flags = rd_u32(r);
    rsp.capabilities = rd_u32(r);
    rsp.maximal_access = rd_u32(r);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

void tree_connect_rsp_write(struct wr *w, const struct tree_connect_rsp *rsp)
{
    wr_u16(w, 16);
    wr_u8(w, rsp->share_type);
    wr_u8(w, 0);
    wr_u32(w, rsp->share_flags);
    wr_u32(w, rsp->capabilities);
    wr_u32(w, rsp->maximal_access);
}
