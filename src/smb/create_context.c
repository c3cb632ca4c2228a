/* SPDX-License-Identifier: Apache-2.0
 *
 * Durable requests are not granted, which the client learns from their absence in the answer; a
 * reconnect therefore finds nothing.  POSIX and AAPL are not negotiated and left unanswered. */
#include "smb/create_context.h"

#define DURABLE_ANY                                                                                \
    (CREATE_HAS_DHNQ | CREATE_HAS_DHNC | CREATE_HAS_DH2Q | CREATE_HAS_DH2C)

/* [MS-SMB2] 3.3.5.9.6, 3.3.5.9.7, 3.3.5.9.10, 3.3.5.9.12 */
static ntstatus durable_check(const struct smb_request *req, uint32_t present)
{
    uint32_t durable = present & DURABLE_ANY;
    bool v2 = smb_conn_is_smb3(req->conn);
    if (v2 && (durable & CREATE_HAS_DH2C) && durable != CREATE_HAS_DH2C)
        return STATUS_INVALID_PARAMETER;
    if (v2 && (durable & CREATE_HAS_DH2Q) && durable != CREATE_HAS_DH2Q)
        return STATUS_INVALID_PARAMETER;
    if ((durable & CREATE_HAS_DHNC) || (v2 && (durable & CREATE_HAS_DH2C)))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return STATUS_SUCCESS;
}

/* [MS-SMB2] 3.3.5.9.8, 3.3.5.9.11 */
static void lease_apply(const struct smb_request *req, const struct create_lease *lease,
                        struct nt_create_args *args)
{
    bool v2 = lease->version == 2;
    if (req->conn->dialect < SMB2_DIALECT_210 || (v2 && !smb_conn_is_smb3(req->conn)))
        return;
    if (!smb_server_config(req->shard->server)->leases)
        return;
    args->oplock = NT_OPLOCK_LEASE;
    args->has_lease = true;
    args->lease = (struct nt_lease_key){.client = req->conn->client_guid, .key = lease->key};
    args->lease_state = lease->state & (NT_LEASE_READ | NT_LEASE_HANDLE | NT_LEASE_WRITE);
    args->lease_v2 = v2;
    args->lease_directory = v2 && smb_server_config(req->shard->server)->directory_leases;
    if (!v2)
        return;
    args->lease_epoch = lease->epoch;
    args->has_parent_lease = lease->flags & SMB2_LEASE_FLAG_PARENT_KEY_SET;
    if (args->has_parent_lease)
        args->parent_lease_key = lease->parent_key;
}

static_assert(NT_LEASE_READ == SMB2_LEASE_READ && NT_LEASE_HANDLE == SMB2_LEASE_HANDLE &&
                  NT_LEASE_WRITE == SMB2_LEASE_WRITE,
              "lease states travel as they are");

ntstatus create_contexts_apply(const struct smb_request *req, const struct create_req *in,
                               struct nt_create_args *args)
{
    const struct create_contexts_req *c = &in->contexts;
    NT_TRY(durable_check(req, c->present));
    if (c->present & CREATE_HAS_EXTA)
        args->ea = c->ea;
    if (c->present & CREATE_HAS_SECD)
        args->sd = c->sd;
    if (c->present & CREATE_HAS_ALSI)
        args->allocation_size = c->allocation_size;
    if (c->present & CREATE_HAS_TWRP)
        args->snapshot_filetime = c->snapshot_time;
    args->want_maximal = c->present & CREATE_HAS_MXAC;
    if ((c->present & CREATE_HAS_RQLS) && in->oplock_level == SMB2_OPLOCK_LEASE)
        lease_apply(req, &c->lease, args);
    return STATUS_SUCCESS;
}

static void maximal_access_answer(const struct create_contexts_req *c,
                                  const struct nt_create_result *result,
                                  struct create_contexts_rsp *rsp)
{
    rsp->present |= CREATE_HAS_MXAC;
    if (c->maximal_access_has_time &&
        c->maximal_access_time == result->info.times.last_write) {
        rsp->maximal_access_status = STATUS_NONE_MAPPED; /* unchanged since the client asked */
        return;
    }
    rsp->maximal_access_status = result->maximal_status;
    rsp->maximal_access = nt_ok(result->maximal_status) ? result->maximal_access : 0;
}

/* In the version of the lease, which its first open fixed, whatever this one asked with. */
static void lease_answer(const struct create_contexts_req *c, const struct nt_create_args *args,
                         const struct nt_create_result *result, struct create_contexts_rsp *rsp)
{
    rsp->present |= CREATE_HAS_RQLS;
    rsp->lease = (struct create_lease){
        .version = result->lease_v2 ? 2 : 1,
        .key = c->lease.key,
        .state = result->lease_state,
        .flags = result->lease_breaking ? SMB2_LEASE_FLAG_BREAK_IN_PROGRESS : 0,
    };
    if (!result->lease_v2)
        return;
    rsp->lease.epoch = result->lease_epoch;
    if (args->has_parent_lease) {
        rsp->lease.flags |= SMB2_LEASE_FLAG_PARENT_KEY_SET;
        rsp->lease.parent_key = args->parent_lease_key;
    }
}

void create_contexts_answer(const struct create_req *in, const struct nt_create_args *args,
                            const struct nt_create_result *result,
                            struct create_contexts_rsp *ret_rsp)
{
    const struct create_contexts_req *c = &in->contexts;
    struct create_contexts_rsp rsp = {0};
    if (c->present & CREATE_HAS_MXAC)
        maximal_access_answer(c, result, &rsp);
    if (c->present & CREATE_HAS_QFID) {
        rsp.present |= CREATE_HAS_QFID;
        rsp.disk_file_id = result->file_id;
        rsp.volume_id = result->volume_id;
    }
    if (args->has_lease && result->oplock == NT_OPLOCK_LEASE)
        lease_answer(c, args, result, &rsp);
    *ret_rsp = rsp;
}
