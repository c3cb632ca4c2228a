/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE: the two messages.  Their contexts are in create_context.c. */
#include "proto/create.h"
#include "proto/field.h"

#define REQ_NAME_AT (SMB2_HEADER_SIZE + 56u)

bool create_req_read(struct rd *r, struct create_req *ret_req)
{
    struct create_req req = {0};
    rd_expect_u16(r, 57);
    rd_skip(r, 1);
    req.oplock_level = rd_u8(r);
    req.impersonation_level = rd_u32(r);
    req.smb_create_flags = rd_u64(r);
    rd_skip(r, 8);
    req.desired_access = rd_u32(r);
    req.file_attributes = rd_u32(r);
    req.share_access = rd_u32(r);
    req.disposition = rd_u32(r);
    req.options = rd_u32(r);
    uint16_t name_at = rd_u16(r);
    uint16_t name_bytes = rd_u16(r);
    uint32_t contexts_at = rd_u32(r);
    uint32_t contexts_bytes = rd_u32(r);
    req.name = rd_span_at(r, name_at, name_bytes);
    struct span contexts = rd_span_at(r, contexts_at, contexts_bytes);
    if (!rd_done(r) || !create_contexts_req_read(contexts, &req.contexts))
        return false;
    *ret_req = req;
    return true;
}

void create_req_write(struct wr *w, const struct create_req *req)
{
    wr_u16(w, 57);
    wr_u8(w, 0);
    wr_u8(w, req->oplock_level);
    wr_u32(w, req->impersonation_level);
    wr_u64(w, req->smb_create_flags);
    wr_u64(w, 0);
    wr_u32(w, req->desired_access);
    wr_u32(w, req->file_attributes);
    wr_u32(w, req->share_access);
    wr_u32(w, req->disposition);
    wr_u32(w, req->options);
    wr_u16(w, REQ_NAME_AT);
    wr_len16(w, req->name.len);
    struct wr_hole contexts_at = wr_hole_u32(w);
    struct wr_hole contexts_bytes = wr_hole_u32(w);
    bool has_contexts = req->contexts.present != 0;
    if (has_contexts) {
        wr_span(w, req->name);
        wr_align(w, 8);
    } else {
        wr_span_or_zero(w, req->name);
    }
    size_t begin = wr_pos(w);
    create_contexts_req_write(w, &req->contexts);
    wr_fill_u32(w, contexts_at, has_contexts ? (uint32_t)begin : 0);
    wr_fill_u32(w, contexts_bytes, wr_since(w, begin));
}

bool create_rsp_read(struct rd *r, struct create_rsp *ret_rsp)
{
    struct create_rsp rsp = {0};
    rd_expect_u16(r, 89);
    rsp.oplock_level = rd_u8(r);
    rsp.flags = rd_u8(r);
    rsp.action = rd_u32(r);
    rsp.creation_time = rd_u64(r);
    rsp.last_access_time = rd_u64(r);
    rsp.last_write_time = rd_u64(r);
    rsp.change_time = rd_u64(r);
    rsp.allocation_size = rd_u64(r);
    rsp.end_of_file = rd_u64(r);
    rsp.file_attributes = rd_u32(r);
    rd_skip(r, 4);
    rsp.file_id = rd_smb2_file_id(r);
    uint32_t contexts_at = rd_u32(r);
    uint32_t contexts_bytes = rd_u32(r);
    struct span contexts = rd_span_at(r, contexts_at, contexts_bytes);
    if (!rd_done(r) || !create_contexts_rsp_read(contexts, &rsp.contexts))
        return false;
    *ret_rsp = rsp;
    return true;
}

void create_rsp_write(struct wr *w, const struct create_rsp *rsp)
{
    wr_u16(w, 89);
    wr_u8(w, rsp->oplock_level);
    wr_u8(w, rsp->flags);
    wr_u32(w, rsp->action);
    wr_u64(w, rsp->creation_time);
    wr_u64(w, rsp->last_access_time);
    wr_u64(w, rsp->last_write_time);
    wr_u64(w, rsp->change_time);
    wr_u64(w, rsp->allocation_size);
    wr_u64(w, rsp->end_of_file);
    wr_u32(w, rsp->file_attributes);
    wr_u32(w, 0);
    wr_smb2_file_id(w, rsp->file_id);
    struct wr_hole contexts_at = wr_hole_u32(w);
    struct wr_hole contexts_bytes = wr_hole_u32(w);
    size_t begin = wr_pos(w);
    create_contexts_rsp_write(w, &rsp->contexts);
    wr_fill_u32(w, contexts_at, rsp->contexts.present ? (uint32_t)begin : 0);
    wr_fill_u32(w, contexts_bytes, wr_since(w, begin));
}
