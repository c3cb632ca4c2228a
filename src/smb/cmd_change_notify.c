/* SPDX-License-Identifier: Apache-2.0
 *
 * CHANGE_NOTIFY, [MS-SMB2] 3.3.5.19: waits until something happens below a directory. */
#include "proto/notify.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "smb/cmd.h"

#define FILTER_VALID 0x00000FFFu
#define BUFFER_BYTES_MAX (64u << 10) /* of changes kept for one request; more is an overflow */

static ntstatus request_check(const struct smb_request *req, const struct change_notify_req *in,
                              const struct nt_open *open)
{
    NT_TRY(smb_request_payload(req, 0, in->output_bytes_max));
    if (!nt_open_is_directory(open) || !(in->completion_filter & FILTER_VALID))
        return STATUS_INVALID_PARAMETER;
    if (!(nt_open_access(open) & FILE_LIST_DIRECTORY))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static ntstatus notify_answer(struct smb_request *req, struct span changes)
{
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, changes.len, &out));
    wr_span(&out.w, changes);
    cmd_output_end(req, &out);
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

    size_t room = MIN(in.output_bytes_max, BUFFER_BYTES_MAX), len = 0;
    CLEANUP(free) void *buf = xmalloc(MAX(room, (size_t)1));
    bool tree = in.flags & SMB2_WATCH_TREE;
    ntstatus s =
        nt_notify(t, open, in.completion_filter, tree, mspan_of(buf, room), &len);
    if (nt_is(s, STATUS_CANCELLED))
        s = cmd_cancelled(req, STATUS_NOTIFY_CLEANUP);
    if (nt_is(s, STATUS_NOTIFY_CLEANUP) || nt_is(s, STATUS_NOTIFY_ENUM_DIR))
        len = 0;
    else
        NT_TRY(s);
    NT_TRY(notify_answer(req, span_of(buf, len)));
    return s;
}
