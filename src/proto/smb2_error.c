/* SPDX-License-Identifier: Apache-2.0
 *
 * ERROR Responses: StructureSize 9, and a byte of data even when there is none. */
#include "proto/smb2_error.h"
#include "proto/field.h"
#include "proto/reparse.h"

#define SYMLINK_ERROR_TAG 0x4C4D5953u /* 'S' 'Y' 'M' 'L' */
#define ERROR_HEAD_SIZE 8u

bool smb2_error_rsp_read(struct rd *r, struct smb2_error_rsp *ret_rsp)
{
    struct smb2_error_rsp rsp = {0};
    rd_expect_u16(r, 9);
    rsp.context_count = rd_u8(r);
    rd_skip(r, 1);
    rsp.data = rd_span(r, rd_u32(r));
    if (!rd_done(r))
        return false;
    *ret_rsp = rsp;
    return true;
}

static struct wr_hole error_begin(struct wr *w, uint8_t context_count)
{
    wr_u16(w, 9);
    wr_u8(w, context_count);
    wr_u8(w, 0);
    return wr_hole_u32(w);
}

void smb2_error_rsp_write(struct wr *w, struct span error_data)
{
    struct wr_hole len = error_begin(w, 0);
    wr_fill_u32(w, len, (uint32_t)error_data.len);
    wr_span_or_zero(w, error_data);
}

void smb2_error_context_rsp_write(struct wr *w, uint32_t error_id, struct span error_data)
{
    struct wr_hole len = error_begin(w, 1);
    wr_fill_u32(w, len, (uint32_t)(ERROR_HEAD_SIZE + error_data.len));
    wr_len32(w, error_data.len);
    wr_u32(w, error_id);
    wr_span(w, error_data);
}

static void symlink_error_write(struct wr *w, const struct symlink_error *e)
{
    struct wr_hole len = wr_hole_u32(w);
    size_t begin = wr_pos(w);
    wr_u32(w, SYMLINK_ERROR_TAG);
    wr_u32(w, IO_REPARSE_TAG_SYMLINK);
    wr_len16(w, 12 + e->substitute_name.len + e->print_name.len);
    wr_u16(w, e->unparsed_path_bytes);
    wr_u16(w, 0);
    wr_len16(w, e->substitute_name.len);
    wr_len16(w, e->substitute_name.len);
    wr_len16(w, e->print_name.len);
    wr_u32(w, e->flags);
    wr_span(w, e->substitute_name);
    wr_span(w, e->print_name);
    wr_fill_u32(w, len, wr_since(w, begin));
}

void smb2_symlink_error_rsp_write(struct wr *w, const struct symlink_error *e, bool in_context)
{
    struct wr_hole len = error_begin(w, in_context ? 1 : 0);
    size_t begin = wr_pos(w);
    struct wr_hole context_len = {0};
    size_t context_begin = begin + ERROR_HEAD_SIZE;
    if (in_context) {
        context_len = wr_hole_u32(w);
        wr_u32(w, SMB2_ERROR_ID_DEFAULT);
    }
    symlink_error_write(w, e);
    if (in_context)
        wr_fill_u32(w, context_len, wr_since(w, context_begin));
    wr_fill_u32(w, len, wr_since(w, begin));
}

bool smb2_symlink_error_read(const struct smb2_error_rsp *rsp, struct symlink_error *ret)
{
    struct rd r = rd_of(rsp->data);
    if (rsp->context_count) {
        uint32_t bytes = rd_u32(&r);
        rd_skip(&r, 4);
        r = rd_of(rd_span(&r, bytes));
    }
    r = rd_of(rd_span(&r, rd_u32(&r)));
    if (rd_u32(&r) != SYMLINK_ERROR_TAG || rd_u32(&r) != IO_REPARSE_TAG_SYMLINK)
        return false;
    struct symlink_error e = {0};
    rd_skip(&r, 2);
    e.unparsed_path_bytes = rd_u16(&r);
    uint16_t substitute_at = rd_u16(&r), substitute_bytes = rd_u16(&r);
    uint16_t print_at = rd_u16(&r), print_bytes = rd_u16(&r);
    e.flags = rd_u32(&r);
    if (!rd_done(&r))
        return false;
    struct rd names = rd_of(rd_span(&r, rd_left(&r)));
    e.substitute_name = rd_span_at(&names, substitute_at, substitute_bytes);
    e.print_name = rd_span_at(&names, print_at, print_bytes);
    if (!rd_done(&names))
        return false;
    *ret = e;
    return true;
}

void smb2_too_small_error_rsp_write(struct wr *w, uint32_t bytes_needed, bool in_context)
{
    uint8_t bytes[4];
    struct wr data = wr_of(mspan_of(bytes, sizeof(bytes)));
    wr_u32(&data, bytes_needed);
    if (in_context)
        smb2_error_context_rsp_write(w, SMB2_ERROR_ID_DEFAULT, wr_written(&data));
    else
        smb2_error_rsp_write(w, wr_written(&data));
}
