/* SPDX-License-Identifier: Apache-2.0
 *
 * CLOSE and FLUSH. */
#include "proto/close_flush.h"

bool close_req_read(struct rd *r, struct close_req *ret_req)
{
    struct close_req req = {0};
    rd_expect_u16(r, 24);
    req.flags = rd_u16(r);
    rd_skip(r, 4);
    req.file_id = rd_smb2_file_id(r);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void close_req_write(struct wr *w, const struct close_req *req)
{
    wr_u16(w, 24);
    wr_u16(w, req->flags);
    wr_u32(w, 0);
    wr_smb2_file_id(w, req->file_id);
}

bool close_rsp_read(struct rd *r, struct close_rsp *ret_rsp)
{
    struct close_rsp rsp = {0};
    rd_expect_u16(r, 60);
    rsp.flags = rd_u16(r);
    rd_skip(r, 4);
    rsp.creation_time = rd_u64(r);
    rsp.last_access_time = rd_u64(r);
    rsp.last_write_time = rd_u64(r);
    rsp.change_time = rd_u64(r);
    rsp.allocation_size = rd_u64(r);
    rsp.end_of_file = rd_u64(r);
    rsp.file_attributes = rd_u32(r);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

void close_rsp_write(struct wr *w, const struct close_rsp *rsp)
{
    wr_u16(w, 60);
    wr_u16(w, rsp->flags);
    wr_u32(w, 0);
    wr_u64(w, rsp->creation_time);
    wr_u64(w, rsp->last_access_time);
    wr_u64(w, rsp->last_write_time);
    wr_u64(w, rsp->change_time);
    wr_u64(w, rsp->allocation_size);
    wr_u64(w, rsp->end_of_file);
    wr_u32(w, rsp->file_attributes);
}

bool flush_req_read(struct rd *r, struct flush_req *ret_req)
{
    struct flush_req req = {0};
    rd_expect_u16(r, 24);
    rd_skip(r, 6);
    req.file_id = rd_smb2_file_id(r);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void flush_req_write(struct wr *w, const struct flush_req *req)
{
    wr_u16(w, 24);
    wr_zero(w, 6);
    wr_smb2_file_id(w, req->file_id);
}
