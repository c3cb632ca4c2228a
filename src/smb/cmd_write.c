/* SPDX-License-Identifier: Apache-2.0
 *
 * WRITE, [MS-SMB2] 3.3.5.13. */
#include "proto/read_write.h"
#include "smb/cmd.h"
#include "smb/pipe.h"

static bool write_through(const struct smb_request *req, const struct write_req *in)
{
    return req->conn->dialect >= SMB2_DIALECT_210 && (in->flags & SMB2_WRITEFLAG_WRITE_THROUGH);
}

ntstatus smb_cmd_write(struct task *t, struct smb_request *req)
{
    struct write_req in;
    if (!write_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    if (smb_conn_is_smb3(req->conn) && in.channel != SMB2_CHANNEL_NONE)
        return STATUS_INVALID_PARAMETER; /* no transport of ours moves data by itself */
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    NT_TRY(smb_request_payload(req, in.length, 0));
    if (open->nt)
        NT_TRY(nt_write(t, open->nt, in.offset, in.data, write_through(req, &in)));
    else
        NT_TRY(pipe_write(t, open->pipe, in.data));
    write_rsp_write(&req->out, &(struct write_rsp){.count = in.length});
    return STATUS_SUCCESS;
}
