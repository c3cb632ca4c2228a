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
    NT_TRY(nt_oplock_ack(nt, in->oplock_level == SMB2_OPLOCK_LEVEL_II ? NT_OPLOCK_LEVEL_II
                                                                      : NT_OPLOCK_NONE));
    req->open->oplock_level = in->oplock_level;
    oplock_break_write(&req->out, in);
    return STATUS_SUCCESS;
}

static const struct smb_open *open_in_session(const struct smb_session *session,
                                              const struct guid *key)
{
    uint32_t cursor = 0;
    const struct smb_open *open;
    while ((open = idtable_walk(&session->opens, &cursor)))
        if (open->oplock_level == SMB2_OPLOCK_LEASE && guid_equal(open->lease_key, *key))
            return open;
    return NULL;
}

/* An open under the lease: all that a lease's acknowledgement names is its key.  The lease is the
 * client's, so any of its sessions may hold it and any may answer. */
static const struct smb_open *open_of_lease(const struct smb_request *req, const struct guid *key)
{
    const struct smb_open *open = open_in_session(req->session, key);
    uint32_t cursor = 0;
    const struct smb_session *s;
    while (!open && (s = idtable_walk(&req->shard->sessions, &cursor)))
        if (guid_equal(s->client_guid, req->conn->client_guid))
            open = open_in_session(s, key);
    return open;
}

/* [MS-SMB2] 3.3.5.22.2 */
static ntstatus lease_ack(struct smb_request *req, const struct lease_ack *in)
{
    const struct smb_open *open = open_of_lease(req, &in->lease_key);
    if (!open)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    struct nt_lease_key key = {.client = req->conn->client_guid, .key = in->lease_key};
    NT_TRY(nt_lease_ack(open->tree->share->config.volume, &key, in->lease_state));
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
