/* SPDX-License-Identifier: Apache-2.0
 *
 * CLOSE, [MS-SMB2] 3.3.5.10. */
#include "proto/close_flush.h"
#include "smb/cmd.h"

#define CLOSE_RSP_BYTES 60u

ntstatus smb_cmd_close(struct task *t, struct smb_request *req)
{
    struct close_req in;
    if (!close_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    NT_TRY(smb_request_room(req, CLOSE_RSP_BYTES));
    bool describe = (in.flags & SMB2_CLOSE_POSTQUERY_ATTRIB) && open->nt;
    struct nt_net_open info = {0};
    NT_TRY(smb_open_close(t, open, describe ? &info : NULL));
    struct close_rsp rsp = {0};
    if (describe) {
        rsp = (struct close_rsp){
            .flags = SMB2_CLOSE_POSTQUERY_ATTRIB,
            .creation_time = info.times.creation,
            .last_access_time = info.times.last_access,
            .last_write_time = info.times.last_write,
            .change_time = info.times.change,
            .allocation_size = info.allocation_size,
            .end_of_file = info.end_of_file,
            .file_attributes = info.attributes,
        };
    }
    close_rsp_write(&req->out, &rsp);
    return STATUS_SUCCESS;
}
