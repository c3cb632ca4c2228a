/* SPDX-License-Identifier: Apache-2.0
 *
 * READ, [MS-SMB2] 3.3.5.12: the store reads straight into the response. */
#include "proto/read_write.h"
#include "smb/cmd.h"
#include "smb/pipe.h"

#define HEAD_BYTES (SMB2_READ_RSP_DATA_AT - SMB2_HEADER_SIZE)

static ntstatus channel_check(const struct smb_request *req, uint32_t channel)
{
    if (smb_conn_is_smb3(req->conn) && channel != SMB2_CHANNEL_NONE)
        return STATUS_INVALID_PARAMETER; /* no transport of ours moves data by itself */
    return STATUS_SUCCESS;
}

static ntstatus file_read(struct task *t, struct smb_open *open, const struct read_req *in,
                          struct mspan to, size_t *ret_len)
{
    size_t len = 0;
    ntstatus s = nt_read(t, open->nt, in->offset, to, &len);
    if (nt_ok(s) && len < in->minimum_count)
        return STATUS_END_OF_FILE;
    *ret_len = len;
    return s;
}

static ntstatus pipe_read_next(struct task *t, struct smb_request *req, struct mspan to,
                               size_t *ret_len)
{
    ntstatus s = pipe_read(t, req->open->pipe, to, ret_len);
    return nt_is(s, STATUS_CANCELLED) ? cmd_cancelled(req, STATUS_PIPE_BROKEN) : s;
}

ntstatus smb_cmd_read(struct task *t, struct smb_request *req)
{
    struct read_req in;
    if (!read_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    NT_TRY(channel_check(req, in.channel));
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    NT_TRY(smb_request_payload(req, 0, in.length));
    if (open->pipe && !pipe_readable(open->pipe))
        NT_TRY(smb_request_pend_now(req));
    size_t room = open->pipe ? MIN(in.length, PIPE_MESSAGE_BYTES_MAX) : in.length;
    NT_TRY(smb_request_room(req, HEAD_BYTES + room));

    uint8_t *head = req->out.at;
    struct mspan data = mspan_of(head + HEAD_BYTES, room);
    size_t len = 0;
    ntstatus s = open->nt ? file_read(t, open, &in, data, &len)
                          : pipe_read_next(t, req, data, &len);
    if (!nt_ok(s) && !nt_is(s, STATUS_BUFFER_OVERFLOW))
        return s;
    ASSERT(req->out.at == head);
    read_rsp_head_write(&req->out, (uint32_t)len, 0);
    (void)wr_reserve(&req->out, len);
    return s;
}
