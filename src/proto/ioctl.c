/* SPDX-License-Identifier: Apache-2.0
 *
 * IOCTL. */
#include "proto/ioctl.h"
#include "proto/field.h"

#define REQ_INPUT_AT (SMB2_HEADER_SIZE + 56u)
#define RSP_INPUT_AT (SMB2_HEADER_SIZE + 48u)

bool ioctl_req_read(struct rd *r, struct ioctl_req *ret_req)
{
    struct ioctl_req req = {0};
    rd_expect_u16(r, 57);
    rd_skip(r, 2);
    req.ctl_code = rd_u32(r);
    req.file_id = rd_smb2_file_id(r);
    uint32_t input_at = rd_u32(r);
    uint32_t input_bytes = rd_u32(r);
    req.input_bytes_max = rd_u32(r);
    uint32_t output_at = rd_u32(r);
    uint32_t output_bytes = rd_u32(r);
    req.output_bytes_max = rd_u32(r);
    req.flags = rd_u32(r);
    rd_skip(r, 4);
    req.input = rd_span_at(r, input_at, input_bytes);
    (void)rd_span_at(r, output_at, output_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void ioctl_req_write(struct wr *w, const struct ioctl_req *req)
{
    wr_u16(w, 57);
    wr_u16(w, 0);
    wr_u32(w, req->ctl_code);
    wr_smb2_file_id(w, req->file_id);
    wr_u32(w, REQ_INPUT_AT);
    wr_len32(w, req->input.len);
    wr_u32(w, req->input_bytes_max);
    wr_u32(w, REQ_INPUT_AT);
    wr_u32(w, 0);
    wr_u32(w, req->output_bytes_max);
    wr_u32(w, req->flags);
    wr_u32(w, 0);
    wr_span_or_zero(w, req->input);
}

bool ioctl_rsp_read(struct rd *r, struct ioctl_rsp *ret_rsp)
{
    struct ioctl_rsp rsp = {0};
    rd_expect_u16(r, 49);
    rd_skip(r, 2);
    rsp.ctl_code = rd_u32(r);
    rsp.file_id = rd_smb2_file_id(r);
    uint32_t input_at = rd_u32(r);
    uint32_t input_bytes = rd_u32(r);
    uint32_t output_at = rd_u32(r);
    uint32_t output_bytes = rd_u32(r);
    rsp.flags = rd_u32(r);
    rd_skip(r, 4);
    rsp.input = rd_span_at(r, input_at, input_bytes);
    rsp.output = rd_span_at(r, output_at, output_bytes);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

struct ioctl_rsp_open ioctl_rsp_begin(struct wr *w, const struct ioctl_rsp *rsp)
{
    struct ioctl_rsp_open open = {0};
    size_t input_bytes = (size_t)align_up(rsp->input.len, 8);
    wr_u16(w, 49);
    wr_u16(w, 0);
    wr_u32(w, rsp->ctl_code);
    wr_smb2_file_id(w, rsp->file_id);
    wr_u32(w, RSP_INPUT_AT);
    wr_len32(w, rsp->input.len);
    wr_len32(w, RSP_INPUT_AT + input_bytes);
    open.output_bytes = wr_hole_u32(w);
    wr_u32(w, rsp->flags);
    wr_u32(w, 0);
    wr_span(w, rsp->input);
    wr_zero(w, input_bytes - rsp->input.len);
    open.output_at = wr_pos(w);
    return open;
}

void ioctl_rsp_end(struct wr *w, struct ioctl_rsp_open open)
{
    wr_fill_u32(w, open.output_bytes, wr_since(w, open.output_at));
}

void ioctl_rsp_write(struct wr *w, const struct ioctl_rsp *rsp)
{
    struct ioctl_rsp_open open = ioctl_rsp_begin(w, rsp);
    wr_span(w, rsp->output);
    ioctl_rsp_end(w, open);
}
