/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_INFO and SET_INFO. */
#include "proto/info.h"
#include "proto/field.h"

bool query_info_req_read(struct rd *r, struct query_info_req *ret_req)
{
    struct query_info_req req = {0};
    rd_expect_u16(r, 41);
    req.info_type = rd_u8(r);
    req.info_class = rd_u8(r);
    req.output_bytes_max = rd_u32(r);
    uint16_t input_at = rd_u16(r);
    rd_skip(r, 2);
    uint32_t input_bytes = rd_u32(r);
    req.additional_information = rd_u32(r);
    req.flags = rd_u32(r);
    req.file_id = rd_smb2_file_id(r);
    req.input = rd_span_at(r, input_at, input_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void query_info_req_write(struct wr *w, const struct query_info_req *req)
{
    wr_u16(w, 41);
    wr_u8(w, req->info_type);
    wr_u8(w, req->info_class);
    wr_u32(w, req->output_bytes_max);
    wr_u16(w, req->input.len ? SMB2_HEADER_SIZE + 40 : 0);
    wr_u16(w, 0);
    wr_len32(w, req->input.len);
    wr_u32(w, req->additional_information);
    wr_u32(w, req->flags);
    wr_smb2_file_id(w, req->file_id);
    wr_span_or_zero(w, req->input);
}

bool set_info_req_read(struct rd *r, struct set_info_req *ret_req)
{
    struct set_info_req req = {0};
    rd_expect_u16(r, 33);
    req.info_type = rd_u8(r);
    req.info_class = rd_u8(r);
    uint32_t buffer_bytes = rd_u32(r);
    uint16_t buffer_at = rd_u16(r);
    rd_skip(r, 2);
    req.additional_information = rd_u32(r);
    req.file_id = rd_smb2_file_id(r);
    req.buffer = rd_span_at(r, buffer_at, buffer_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void set_info_req_write(struct wr *w, const struct set_info_req *req)
{
    wr_u16(w, 33);
    wr_u8(w, req->info_type);
    wr_u8(w, req->info_class);
    wr_len32(w, req->buffer.len);
    wr_u16(w, SMB2_HEADER_SIZE + 32);
    wr_u16(w, 0);
    wr_u32(w, req->additional_information);
    wr_smb2_file_id(w, req->file_id);
    wr_span_or_zero(w, req->buffer);
}

bool set_info_rsp_read(struct rd *r)
{
    rd_expect_u16(r, 2);
    return rd_done(r);
}

void set_info_rsp_write(struct wr *w)
{
    wr_u16(w, 2);
}
