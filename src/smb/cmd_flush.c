/* SPDX-License-Identifier: Apache-2.0
 *
 * FLUSH, [MS-SMB2] 3.3.5.11.  A pipe has nothing that could be lost. */
#include "proto/close_flush.h"
#include "proto/simple.h"
#include "smb/cmd.h"

ntstatus smb_cmd_flush(struct task *t, struct smb_request *req)
{
    struct flush_req in;
    if (!flush_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    if (open->nt)
        NT_TRY(nt_flush(t, open->nt));
    simple_msg_write(&req->out);
    return STATUS_SUCCESS;
}
