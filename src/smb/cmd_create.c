/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE, [MS-SMB2] 3.3.5.9: judges what only the protocol judges, hands the rest to the store (or
 * opens a pipe of IPC$), and tells the client what it got.  Break notices of the store come back
 * here too, because they are a matter of the open made here. */
#include "proto/create.h"
#include "proto/fscc.h"
#include "proto/smb2_error.h"
#include "smb/cmd.h"
#include "smb/create_context.h"
#include "smb/pipe.h"
#include "wire/utf16.h"

#define RESPONSE_BYTES_MAX 512u /* with every context that we answer */
#define PIPE_ALLOCATION_BYTES 4096u

static enum nt_oplock_level oplock_from_wire(uint8_t level)
{
    switch (level) {
    case SMB2_OPLOCK_LEVEL_II:
        return NT_OPLOCK_LEVEL_II;
    case SMB2_OPLOCK_EXCLUSIVE:
        return NT_OPLOCK_EXCLUSIVE;
    case SMB2_OPLOCK_BATCH:
        return NT_OPLOCK_BATCH;
    default:
        return NT_OPLOCK_NONE;
    }
}

static uint8_t oplock_to_wire(enum nt_oplock_level level)
{
    static const uint8_t wire[] = {
        [NT_OPLOCK_NONE] = SMB2_OPLOCK_NONE,
        [NT_OPLOCK_LEVEL_II] = SMB2_OPLOCK_LEVEL_II,
        [NT_OPLOCK_EXCLUSIVE] = SMB2_OPLOCK_EXCLUSIVE,
        [NT_OPLOCK_BATCH] = SMB2_OPLOCK_BATCH,
        [NT_OPLOCK_LEASE] = SMB2_OPLOCK_LEASE,
    };
    return wire[level];
}

/* nt_break_fn: [MS-SMB2] 3.3.4.6, 3.3.4.7.  When no channel is left to tell it on, the session is
 * on its way out and takes its opens along. */
static void break_tell(struct nt_open *nt, const struct nt_break *b, void *arg)
{
    struct smb_open *open = arg;
    struct break_notification n = {.is_lease = b->level == NT_OPLOCK_LEASE};
    if (n.is_lease) {
        n.lease = (struct lease_break){
            .new_epoch = b->epoch,
            .flags = b->ack_required ? SMB2_NOTIFY_BREAK_LEASE_ACK_REQUIRED : 0,
            .lease_key = b->lease.key,
            .current_state = b->lease_from,
            .new_state = b->lease_to,
        };
    } else {
        open->oplock_level = oplock_to_wire(b->level);
        n.oplock = (struct oplock_break){.oplock_level = open->oplock_level, .file_id = open->id};
    }
    (void)smb_open_send_break(open, &n);
}

/* The rest is the store's to judge. */
static ntstatus request_check(const struct create_req *in)
{
    if (in->impersonation_level > SMB2_IMPERSONATION_DELEGATE)
        return STATUS_BAD_IMPERSONATION_LEVEL;
    if (in->disposition > FILE_OVERWRITE_IF)
        return STATUS_INVALID_PARAMETER;
    if (in->name.len >= 2 && in->name.p[0] == '\\' && in->name.p[1] == 0)
        return STATUS_INVALID_PARAMETER; /* names count from the share's root */
    return STATUS_SUCCESS;
}

/* A pipe of IPC$; nothing of CREATE but the name means anything to it. */
static ntstatus pipe_create(struct smb_request *req, struct smb_open *open, const char *name,
                            struct create_rsp *rsp)
{
    if (req->session->pipe_count >= LIMIT_PIPES_PER_SESSION_MAX)
        return STATUS_INSUFFICIENT_RESOURCES;
    open->pipe = cmd_pipe_new(req, name);
    if (!open->pipe)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    req->session->pipe_count++;
    rsp->action = FILE_ACTION_OPENED;
    rsp->file_attributes = FILE_ATTRIBUTE_NORMAL;
    rsp->allocation_size = PIPE_ALLOCATION_BYTES;
    return STATUS_SUCCESS;
}

/* STATUS_STOPPED_ON_SYMLINK with where the link leads, [MS-SMB2] 2.2.2.2.1. */
static ntstatus symlink_answer(struct smb_request *req, const struct nt_create_result *result)
{
    const char *target = result->symlink_target;
    ssize_t bytes = target ? utf16_size(target) : -1;
    if (bytes <= 0 || bytes > (ssize_t)LIMIT_PATH_UNITS_MAX * 2)
        return STATUS_OBJECT_PATH_NOT_FOUND;
    struct wr name = wr_of(mspan_of(arena_alloc(&req->arena, (size_t)bytes), (size_t)bytes));
    if (!wr_utf16(&name, target))
        return STATUS_OBJECT_PATH_NOT_FOUND;
    struct symlink_error e = {
        .unparsed_path_bytes = (uint16_t)result->symlink_unparsed_bytes,
        .flags = target[0] == '\\' || target[0] == '/' ? 0 : SYMLINK_FLAG_RELATIVE,
        .substitute_name = wr_written(&name),
        .print_name = wr_written(&name),
    };
    NT_TRY(smb_request_room(req, 2 * (size_t)bytes + RESPONSE_BYTES_MAX));
    smb2_symlink_error_rsp_write(&req->out, &e, req->conn->dialect >= SMB2_DIALECT_311);
    return STATUS_STOPPED_ON_SYMLINK;
}

static void file_describe(const struct nt_create_result *result, struct create_rsp *rsp)
{
    static const uint32_t actions[] = {
        [NT_SUPERSEDED] = FILE_ACTION_SUPERSEDED,
        [NT_OPENED] = FILE_ACTION_OPENED,
        [NT_CREATED] = FILE_ACTION_CREATED,
        [NT_OVERWRITTEN] = FILE_ACTION_OVERWRITTEN,
    };
    const struct nt_net_open *info = &result->info;
    rsp->oplock_level = oplock_to_wire(result->oplock);
    rsp->action = actions[result->action];
    rsp->creation_time = info->times.creation;
    rsp->last_access_time = info->times.last_access;
    rsp->last_write_time = info->times.last_write;
    rsp->change_time = info->times.change;
    rsp->allocation_size = info->allocation_size;
    rsp->end_of_file = info->end_of_file;
    rsp->file_attributes = info->attributes;
}

static ntstatus file_create(struct task *t, struct smb_request *req, struct smb_open *open,
                            const struct create_req *in, struct create_rsp *rsp)
{
    static const enum nt_disposition dispositions[] = {
        [FILE_SUPERSEDE] = NT_SUPERSEDE, [FILE_OPEN] = NT_OPEN,
        [FILE_CREATE] = NT_CREATE,       [FILE_OPEN_IF] = NT_OPEN_IF,
        [FILE_OVERWRITE] = NT_OVERWRITE, [FILE_OVERWRITE_IF] = NT_OVERWRITE_IF,
    };
    struct nt_create_args args = {
        .reactor = task_reactor(t),
        .arena = &req->arena,
        .desired_access = in->desired_access,
        .share_access = in->share_access,
        .options = in->options,
        .attributes = in->file_attributes,
        .disposition = dispositions[in->disposition],
        .oplock = oplock_from_wire(in->oplock_level),
        .on_break = break_tell,
        .break_arg = open,
    };
    NT_TRY(cmd_name(req, in->name, &args.name));
    NT_TRY(create_contexts_apply(req, in, &args));
    if (args.has_lease) {
        open->lease_key = args.lease.key;
        open->lease_v2 = args.lease_v2;
    }
    struct nt_create_result result = {0};
    ntstatus s = nt_create(t, req->tree->share->config.volume, smb_request_caller(req), &args,
                           &result);
    if (nt_is(s, STATUS_STOPPED_ON_SYMLINK))
        return symlink_answer(req, &result);
    NT_TRY(s);
    open->nt = result.open;
    file_describe(&result, rsp);
    open->oplock_level = rsp->oplock_level;
    create_contexts_answer(in, &args, &result, &rsp->contexts);
    return STATUS_SUCCESS;
}

static ntstatus create_run(struct task *t, struct smb_request *req, const struct create_req *in,
                           struct smb_open *open)
{
    struct create_rsp rsp = {0};
    if (smb_tree_is_pipe(req->tree)) {
        const char *name;
        NT_TRY(cmd_name(req, in->name, &name));
        NT_TRY(pipe_create(req, open, name, &rsp));
    } else {
        NT_TRY(file_create(t, req, open, in, &rsp));
    }
    NT_TRY(smb_request_room(req, RESPONSE_BYTES_MAX));
    NT_TRY(smb_open_publish(req, open));
    rsp.file_id = open->id;
    create_rsp_write(&req->out, &rsp);
    return STATUS_SUCCESS;
}

ntstatus smb_cmd_create(struct task *t, struct smb_request *req)
{
    struct create_req in;
    if (!create_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    NT_TRY(request_check(&in));
    struct smb_open *open;
    NT_TRY(smb_open_new(req, &open));
    ntstatus s = create_run(t, req, &in, open);
    if (!nt_ok(s))
        smb_open_discard(t, open);
    return s;
}
