/* SPDX-License-Identifier: Apache-2.0
 *
 * OPLOCK_BREAK from a client: it gives caching rights back, [MS-SMB2] 3.3.5.22. */
#include "proto/oplock.h"
#include "smb/cmd.h"

/* [MS-SMB2] 3.3.5.22.1 */
static ntstatus oplock_ack(struct smb_request *req, const struct oplock_break *in)
{
    if (in->oplock_level != SMB2_OPLOCK_NONE && in->oplock_level != SMB2_OPLOCK_LEVEL_II)
        return STATUS_INVALID_PARAMETER;
    struct nt_open *nt;
    NT_TRY(cmd_file(req, in->file_id, &nt));
    NT_TRY(smb_tree_admits(req->open->tree, req));
    NT_TRY(nt_oplock_ack(nt, in->oplock_level == SMB2_OPLOCK_LEVEL_II ? NT_OPLOCK_LEVEL_II
                                                                      : NT_OPLOCK_NONE));
    req->open->oplock_level = in->oplock_level;
    oplock_break_write(&req->out, in);
    return STATUS_SUCCESS;
}

/* [MS-SMB2] 3.3.5.22.2: a lease is the client's, whichever session its opens belong to. */
static ntstatus lease_ack(struct smb_request *req, const struct lease_ack *in)
{
    struct nt_lease_key key = {.client = req->conn->client_guid, .key = in->lease_key};
    NT_TRY(nt_lease_ack(&key, in->lease_state));
    struct lease_ack rsp = {.lease_key = in->lease_key, .lease_state = in->lease_state};
    lease_ack_write(&req->out, &rsp);
    return STATUS_SUCCESS;
}

ntstatus smb_cmd_oplock_break(struct task *t, struct smb_request *req)
{
    struct oplock_break_req in;
    if (!oplock_break_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    return in.is_lease ? lease_ack(req, &in.lease) : oplock_ack(req, &in.oplock);
}
