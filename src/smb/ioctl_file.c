/* SPDX-License-Identifier: Apache-2.0
 *
 * Controls of files, [MS-FSCC] 2.3. */
#include "proto/fscc.h"
#include "smb/ioctl.h"

#define RANGE_BYTES 16u
#define RANGES_MAX 4096u /* in one answer */

ntstatus ioctl_set_sparse(struct ioctl_call *c)
{
    bool sparse;
    if (!set_sparse_req_read(c->in->input, &sparse))
        return STATUS_INVALID_PARAMETER;
    return nt_set_sparse(c->t, c->file, sparse);
}

ntstatus ioctl_zero_data(struct ioctl_call *c)
{
    struct file_range range;
    if (!zero_data_req_read(c->in->input, &range))
        return STATUS_INVALID_PARAMETER;
    return nt_zero_data(c->t, c->file, range.offset, range.offset + range.length);
}

ntstatus ioctl_allocated_ranges(struct ioctl_call *c)
{
    struct file_range within;
    if (!file_range_read(c->in->input, &within))
        return STATUS_INVALID_PARAMETER;
    size_t max = MIN(wr_left(&c->out) / RANGE_BYTES, (size_t)RANGES_MAX);
    struct nt_ranges found = {ARENA_ARRAY(&c->req->arena, struct nt_range, max), max, 0};
    struct nt_range in = {.offset = within.offset, .length = within.length};
    ntstatus s = nt_allocated_ranges(c->t, c->file, in, &found);
    if (nt_is_error(s))
        return s;
    if (nt_is(s, STATUS_BUFFER_OVERFLOW) && max == 0)
        return STATUS_BUFFER_TOO_SMALL;
    for (size_t i = 0; i < found.count; i++) {
        struct file_range r = {found.ranges[i].offset, found.ranges[i].length};
        file_range_write(&c->out, &r);
    }
    return s;
}

/* FSCTL_CREATE_OR_GET_OBJECT_ID, [MS-FSCC] 2.3.1: made of what identifies the file already. */
ntstatus ioctl_object_id(struct ioctl_call *c)
{
    struct nt_info info;
    NT_TRY(nt_query_info(c->t, c->file, &info));
    for (int i = 0; i < 2; i++) { /* the object's id, and as its birth ids */
        wr_u64(&c->out, info.index_number);
        wr_u64(&c->out, info.volume_id);
    }
    wr_u64(&c->out, info.index_number);
    wr_u64(&c->out, info.volume_id);
    wr_zero(&c->out, 16); /* domain */
    return STATUS_SUCCESS;
}

ntstatus ioctl_get_reparse_point(struct ioctl_call *c)
{
    struct nt_info info;
    NT_TRY(nt_query_info(c->t, c->file, &info));
    return (info.net.attributes & FILE_ATTRIBUTE_REPARSE_POINT) ? STATUS_NOT_SUPPORTED
                                                                : STATUS_NOT_A_REPARSE_POINT;
}

/* COMPRESSION_FORMAT_NONE: whatever the file system does below is not the file's attribute. */
ntstatus ioctl_get_compression(struct ioctl_call *c)
{
    wr_u16(&c->out, 0);
    return STATUS_SUCCESS;
}

/* Only to what it is. */
ntstatus ioctl_set_compression(struct ioctl_call *c)
{
    struct rd r = rd_of(c->in->input);
    uint16_t format = rd_u16(&r);
    if (!rd_done(&r))
        return STATUS_INVALID_PARAMETER;
    return format == 0 ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

/* FSCTL_SRV_ENUMERATE_SNAPSHOTS, [MS-SMB2] 3.3.5.15.1: there are none. */
ntstatus ioctl_snapshots(struct ioctl_call *c)
{
    snapshots_none_rsp_write(&c->out);
    return STATUS_SUCCESS;
}
