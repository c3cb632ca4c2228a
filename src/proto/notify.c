/* SPDX-License-Identifier: Apache-2.0
 *
 * CHANGE_NOTIFY, its records, and the notification a server sends unasked. */
#include "proto/notify.h"
#include "proto/field.h"
#include "wire/utf16.h"

#define RECORD_ALIGNMENT 4u

bool change_notify_req_read(struct rd *r, struct change_notify_req *ret_req)
{
    struct change_notify_req req = {0};
    rd_expect_u16(r, 32);
    req.flags = rd_u16(r);
    req.output_bytes_max = rd_u32(r);
    req.file_id = rd_smb2_file_id(r);
    req.completion_filter = rd_u32(r);
    rd_skip(r, 4);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

void change_notify_req_write(struct wr *w, const struct change_notify_req *req)
{
    wr_u16(w, 32);
    wr_u16(w, req->flags);
    wr_u32(w, req->output_bytes_max);
    wr_smb2_file_id(w, req->file_id);
    wr_u32(w, req->completion_filter);
    wr_u32(w, 0);
}

struct notify_writer notify_writer_of(struct wr *w)
{
    return (struct notify_writer){w, entry_chain_of(w)};
}

/* Slashes become backslashes in what was written from `begin` on. */
static void separators_to_wire(struct wr *w, size_t begin)
{
    for (uint8_t *p = w->base + begin; p < w->at; p += 2) {
        if (p[0] == '/' && p[1] == 0)
            p[0] = '\\';
    }
}

bool notify_writer_add(struct notify_writer *n, uint32_t action, const char *name)
{
    struct wr *w = n->w;
    struct wr_mark mark = wr_mark(w);
    struct entry_chain longer = entry_open(w, &n->chain, RECORD_ALIGNMENT);
    wr_u32(w, action);
    struct wr_hole name_bytes = wr_hole_u32(w);
    size_t begin = wr_pos(w);
    bool text = wr_utf16(w, name);
    if (!text || w->full) {
        wr_rollback(w, mark);
        return false;
    }
    separators_to_wire(w, begin);
    wr_fill_u32(w, name_bytes, wr_since(w, begin));
    entry_close(w, &n->chain, longer);
    return true;
}

bool notify_record_next(struct span *rest, struct notify_record *ret_record)
{
    struct span behind = *rest;
    struct rd e;
    if (!entry_next(&behind, &e))
        return false;
    rd_skip(&e, 4);
    struct notify_record rec = {.action = rd_u32(&e)};
    rec.name = rd_span(&e, rd_u32(&e));
    if (!rd_done(&e) || rec.name.len % 2)
        return false;
    *rest = behind;
    *ret_record = rec;
    return true;
}

bool server_notification_read(struct rd *r, struct server_notification *ret)
{
    rd_expect_u16(r, 4);
    rd_skip(r, 2);
    struct server_notification n = {.type = rd_u32(r)};
    if (!rd_done(r))
        return false;
    *ret = n;
    return true;
}

void server_notification_write(struct wr *w, const struct server_notification *n)
{
    wr_u16(w, 4);
    wr_u16(w, 0);
    wr_u32(w, n->type);
}
