/* SPDX-License-Identifier: Apache-2.0
 *
 * CHANGE_NOTIFY, [MS-SMB2] 3.3.5.19: waits until something happens below a directory. */
#include "proto/notify.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "smb/cmd.h"

#define BUFFER_BYTES_MAX (64u << 10) /* of changes in one answer; more is an overflow */

static ntstatus request_check(const struct smb_request *req, const struct change_notify_req *in,
                              const struct nt_open *open)
{
    NT_TRY(smb_request_payload(req, 0, in->output_bytes_max));
    if (!nt_open_is_directory(open) || in->completion_filter == 0)
        return STATUS_INVALID_PARAMETER;
    if (!(nt_open_access(open) & FILE_LIST_DIRECTORY))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

/* The records in the request's arena, or NOTIFY_ENUM_DIR when they do not fit. */
static ntstatus changes_encode(struct smb_request *req, size_t bytes_max,
                               const struct nt_change *changes, size_t count,
                               struct span *ret_records)
{
    struct wr w = wr_of(mspan_of(arena_alloc(&req->arena, bytes_max), bytes_max));
    struct notify_writer n = notify_writer_of(&w);
    for (size_t i = 0; i < count; i++)
        if (!notify_writer_add(&n, changes[i].action, changes[i].name))
            return STATUS_NOTIFY_ENUM_DIR;
    *ret_records = wr_written(&w);
    return STATUS_SUCCESS;
}

ntstatus smb_cmd_change_notify(struct task *t, struct smb_request *req)
{
    struct change_notify_req in;
    if (!change_notify_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct nt_open *open;
    NT_TRY(cmd_file(req, in.file_id, &open));
    NT_TRY(request_check(req, &in, open));
    NT_TRY(smb_request_pend_now(req));

    struct nt_notify_args args = {
        .filter = in.completion_filter, /* other bits tell of nothing we see */
        .watch_tree = (in.flags & SMB2_WATCH_TREE) != 0,
        .bytes_max = MIN(in.output_bytes_max, BUFFER_BYTES_MAX),
        .arena = &req->arena,
    };
    struct nt_change *changes;
    size_t count;
    struct span records = {NULL, 0};
    ntstatus s = nt_notify(t, open, &args, &changes, &count);
    if (nt_ok(s))
        s = changes_encode(req, args.bytes_max, changes, count, &records);
    if (nt_is(s, STATUS_CANCELLED))
        s = cmd_cancelled(req, STATUS_NOTIFY_CLEANUP);
    if (nt_is_error(s))
        return s;
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, records.len, &out));
    wr_span(&out.w, records);
    cmd_output_end(req, &out);
    return s;
}
