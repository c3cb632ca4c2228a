/* SPDX-License-Identifier: Apache-2.0
 *
 * READ and WRITE.  Channel information is looked at only when a channel is named: dialects before
 * 3.0 leave those fields undefined. */
#include "proto/read_write.h"
#include "proto/field.h"

bool read_req_read(struct rd *r, struct read_req *ret_req)
{
    struct read_req req = {0};
    rd_expect_u16(r, 49);
    req.padding = rd_u8(r);
    req.flags = rd_u8(r);
    req.length = rd_u32(r);
    req.offset = rd_u64(r);
    req.file_id = rd_smb2_file_id(r);
    req.minimum_count = rd_u32(r);
    req.channel = rd_u32(r);
    req.remaining_bytes = rd_u32(r);
    uint16_t channel_at = rd_u16(r);
    uint16_t channel_bytes = rd_u16(r);
    if (req.channel != SMB2_CHANNEL_NONE)
        req.channel_info = rd_span_at(r, channel_at, channel_bytes);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void read_req_write(struct wr *w, const struct read_req *req)
{
    wr_u16(w, 49);
    wr_u8(w, req->padding);
    wr_u8(w, req->flags);
    wr_u32(w, req->length);
    wr_u64(w, req->offset);
    wr_smb2_file_id(w, req->file_id);
    wr_u32(w, req->minimum_count);
    wr_u32(w, req->channel);
    wr_u32(w, req->remaining_bytes);
    wr_u16(w, req->channel_info.len ? SMB2_HEADER_SIZE + 48 : 0);
    wr_len16(w, req->channel_info.len);
    wr_span_or_zero(w, req->channel_info);
}

bool read_rsp_read(struct rd *r, struct read_rsp *ret_rsp)
{
    struct read_rsp rsp = {0};
    rd_expect_u16(r, 17);
    uint8_t data_at = rd_u8(r);
    rd_skip(r, 1);
    uint32_t data_bytes = rd_u32(r);
    rsp.remaining = rd_u32(r);
    rsp.flags = rd_u32(r);
    rsp.data = rd_span_at(r, data_at, data_bytes);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

static void read_rsp_fixed_write(struct wr *w, size_t data_bytes, uint32_t remaining,
                                 uint32_t flags)
{
    wr_u16(w, 17);
    wr_u8(w, SMB2_READ_RSP_DATA_AT);
    wr_u8(w, 0);
    wr_len32(w, data_bytes);
    wr_u32(w, remaining);
    wr_u32(w, flags);
}

void read_rsp_write(struct wr *w, const struct read_rsp *rsp)
{
    read_rsp_fixed_write(w, rsp->data.len, rsp->remaining, rsp->flags);
    wr_span(w, rsp->data);
}

void read_rsp_head_write(struct wr *w, uint32_t data_bytes, uint32_t remaining)
{
    read_rsp_fixed_write(w, data_bytes, remaining, 0);
}

/* The fixed part; the payload's place is noted, not judged. */
static void write_req_fixed_read(struct rd *r, struct write_req *req)
{
    rd_expect_u16(r, 49);
    req->data_offset = rd_u16(r);
    req->length = rd_u32(r);
    req->offset = rd_u64(r);
    req->file_id = rd_smb2_file_id(r);
    req->channel = rd_u32(r);
    req->remaining_bytes = rd_u32(r);
    uint16_t channel_at = rd_u16(r);
    uint16_t channel_bytes = rd_u16(r);
    req->flags = rd_u32(r);
    if (req->channel != SMB2_CHANNEL_NONE)
        req->channel_info = rd_span_at(r, channel_at, channel_bytes);
}

bool write_req_read(struct rd *r, struct write_req *ret_req)
{
    struct write_req req = {0};
    write_req_fixed_read(r, &req);
    req.data = rd_span_at(r, req.data_offset, req.length);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

bool write_req_head_read(struct rd *r, struct write_req *ret_req)
{
    struct write_req req = {0};
    write_req_fixed_read(r, &req);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

static void write_req_fixed_write(struct wr *w, const struct write_req *req, size_t length)
{
    wr_u16(w, 49);
    wr_u16(w, SMB2_WRITE_REQ_DATA_AT);
    wr_len32(w, length);
    wr_u64(w, req->offset);
    wr_smb2_file_id(w, req->file_id);
    wr_u32(w, req->channel);
    wr_u32(w, req->remaining_bytes);
    wr_u16(w, req->channel_info.len ? SMB2_WRITE_REQ_DATA_AT : 0);
    wr_len16(w, req->channel_info.len);
    wr_u32(w, req->flags);
}

/* Payload or channel information, never both: what goes by RDMA is not in the message. */
void write_req_write(struct wr *w, const struct write_req *req)
{
    ASSERT(req->data.len == 0 || req->channel_info.len == 0);
    write_req_fixed_write(w, req, req->data.len);
    wr_span_or_zero(w, req->data.len ? req->data : req->channel_info);
}

void write_req_head_write(struct wr *w, const struct write_req *req)
{
    ASSERT(req->channel_info.len == 0);
    write_req_fixed_write(w, req, req->length);
}

bool write_rsp_read(struct rd *r, struct write_rsp *ret_rsp)
{
    struct write_rsp rsp = {0};
    rd_expect_u16(r, 17);
    rd_skip(r, 2);
    rsp.count = rd_u32(r);
    rsp.remaining = rd_u32(r);
    rd_skip(r, 4);
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

void write_rsp_write(struct wr *w, const struct write_rsp *rsp)
{
    wr_u16(w, 17);
    wr_u16(w, 0);
    wr_u32(w, rsp->count);
    wr_u32(w, rsp->remaining);
    wr_u32(w, 0);
}
