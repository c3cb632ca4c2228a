/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_DIRECTORY, and the reply of one buffer that three commands share. */
#include "proto/query_dir.h"
#include "proto/field.h"

bool query_dir_req_read(struct rd *r, struct query_dir_req *ret_req)
{
    struct query_dir_req req = {0};
    rd_expect_u16(r, 33);
    req.info_class = rd_u8(r);
    req.flags = rd_u8(r);
    req.file_index = rd_u32(r);
    req.file_id = rd_smb2_file_id(r);
    uint16_t pattern_at = rd_u16(r);
    uint16_t pattern_bytes = rd_u16(r);
    req.output_bytes_max = rd_u32(r);
    req.pattern = rd_span_at(r, pattern_at, pattern_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void query_dir_req_write(struct wr *w, const struct query_dir_req *req)
{
    wr_u16(w, 33);
    wr_u8(w, req->info_class);
    wr_u8(w, req->flags);
    wr_u32(w, req->file_index);
    wr_smb2_file_id(w, req->file_id);
    wr_u16(w, SMB2_HEADER_SIZE + 32);
    wr_len16(w, req->pattern.len);
    wr_u32(w, req->output_bytes_max);
    wr_span_or_zero(w, req->pattern);
}

bool output_rsp_read(struct rd *r, struct output_rsp *ret_rsp)
{
    struct output_rsp rsp = {0};
    rd_expect_u16(r, 9);
    uint16_t output_at = rd_u16(r);
    uint32_t output_bytes = rd_u32(r);
    rsp.output = rd_span_at(r, output_at, output_bytes);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

struct wr_hole output_rsp_begin(struct wr *w)
{
    wr_u16(w, 9);
    wr_u16(w, SMB2_OUTPUT_RSP_DATA_AT);
    return wr_hole_u32(w);
}

void output_rsp_end(struct wr *w, struct wr_hole output_bytes)
{
    wr_fill_u32(w, output_bytes, wr_since(w, SMB2_OUTPUT_RSP_DATA_AT));
}

void output_rsp_write(struct wr *w, const struct output_rsp *rsp)
{
    struct wr_hole output_bytes = output_rsp_begin(w);
    wr_span(w, rsp->output);
    output_rsp_end(w, output_bytes);
}
