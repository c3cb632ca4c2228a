/* SPDX-License-Identifier: Apache-2.0
 *
 * Reparse buffers. */
#include "proto/reparse.h"
#include "proto/field.h"

#define RELATIVE_FLAG 1u
#define TAG_IS_MICROSOFT 0x80000000u

bool reparse_buffer_read(struct span in, struct reparse_buffer *ret)
{
    struct rd r = rd_of(in);
    struct reparse_buffer b = {.tag = rd_u32(&r)};
    uint16_t bytes = rd_u16(&r);
    rd_skip(&r, 2);
    b.data = rd_span(&r, bytes);
    if (!rd_done(&r) || !(b.tag & TAG_IS_MICROSOFT) || in.len > REPARSE_DATA_BYTES_MAX)
        return false;
    *ret = b;
    return true;
}

void reparse_buffer_write(struct wr *w, const struct reparse_buffer *b)
{
    wr_u32(w, b->tag);
    wr_len16(w, b->data.len);
    wr_u16(w, 0);
    wr_span(w, b->data);
}

bool reparse_symlink_read(struct span data, struct reparse_symlink *ret)
{
    struct rd r = rd_of(data);
    struct reparse_symlink s = {0};
    uint16_t substitute_at = rd_u16(&r), substitute_bytes = rd_u16(&r);
    uint16_t print_at = rd_u16(&r), print_bytes = rd_u16(&r);
    s.relative = rd_u32(&r) & RELATIVE_FLAG;
    struct rd names = rd_of(rd_span(&r, rd_left(&r)));
    s.substitute_name = rd_span_at(&names, substitute_at, substitute_bytes);
    s.print_name = rd_span_at(&names, print_at, print_bytes);
    rd_fold(&r, &names);
    if (!rd_done(&r) || substitute_bytes % 2 || print_bytes % 2)
        return false;
    *ret = s;
    return true;
}

void reparse_symlink_write(struct wr *w, const struct reparse_symlink *s)
{
    wr_u32(w, IO_REPARSE_TAG_SYMLINK);
    wr_len16(w, 12 + s->substitute_name.len + s->print_name.len);
    wr_u16(w, 0);
    wr_u16(w, 0);
    wr_len16(w, s->substitute_name.len);
    wr_len16(w, s->substitute_name.len);
    wr_len16(w, s->print_name.len);
    wr_u32(w, s->relative ? RELATIVE_FLAG : 0);
    wr_span(w, s->substitute_name);
    wr_span(w, s->print_name);
}

bool reparse_nfs_read(struct span data, struct reparse_nfs *ret)
{
    struct rd r = rd_of(data);
    struct reparse_nfs n = {.type = rd_u64(&r)};
    if (n.type == NFS_SPECFILE_LNK) {
        n.link_target = rd_span(&r, rd_left(&r));
    } else if (n.type == NFS_SPECFILE_CHR || n.type == NFS_SPECFILE_BLK) {
        n.device_major = rd_u32(&r);
        n.device_minor = rd_u32(&r);
    } else if (n.type != NFS_SPECFILE_FIFO && n.type != NFS_SPECFILE_SOCK) {
        return false;
    }
    if (!rd_done(&r) || n.link_target.len % 2)
        return false;
    *ret = n;
    return true;
}

void reparse_nfs_write(struct wr *w, const struct reparse_nfs *n)
{
    wr_u32(w, IO_REPARSE_TAG_NFS);
    struct wr_hole bytes = wr_hole_u16(w);
    wr_u16(w, 0);
    size_t begin = wr_pos(w);
    wr_u64(w, n->type);
    if (n->type == NFS_SPECFILE_LNK) {
        wr_span(w, n->link_target);
    } else if (n->type == NFS_SPECFILE_CHR || n->type == NFS_SPECFILE_BLK) {
        wr_u32(w, n->device_major);
        wr_u32(w, n->device_minor);
    }
    wr_fill_u16(w, bytes, (uint16_t)(wr_pos(w) - begin));
}
