/* SPDX-License-Identifier: Apache-2.0
 *
 * IOCTL, [MS-SMB2] 3.3.5.15: a table of the controls we know.  The others are
 * INVALID_DEVICE_REQUEST, which tells clients to do it another way. */
#include "smb/ioctl.h"
#include "smb/pipe.h"

#define INTERFACES_MAX 64u
#define INTERFACE_BYTES 152u
#define VALIDATE_BYTES 24u
#define COPYCHUNK_RSP_BYTES 12u
#define RESUME_KEY_RSP_BYTES 32u
#define OBJECT_ID_BYTES 64u
#define SNAPSHOTS_NONE_BYTES 16u
#define COMPRESSION_BYTES 2u
#define PEEK_BYTES_MIN 16u
#define AS_CLIENT_TAKES UINT32_MAX
#define RSP_FIXED_BYTES 64u /* StructureSize and all fields, aligned */

enum ioctl_target {
    TARGET_NONE, /* FileId must be all ones */
    TARGET_ANY,  /* a file or a pipe */
    TARGET_FILE,
};

struct ioctl_control {
    uint32_t code;
    enum ioctl_target target;
    uint32_t output_bytes_min; /* less room: INVALID_PARAMETER */
    uint32_t output_bytes_max;
    ioctl_fn *fn;
};

/* [MS-SMB2] 3.3.5.15.2: what a server without DFS says. */
static ntstatus dfs_referrals(struct ioctl_call *c)
{
    return STATUS_FS_DRIVER_REQUIRED;
}

static ntstatus validate_negotiate(struct ioctl_call *c)
{
    return smb_validate_negotiate(c->req, c->in->input, c->in->output_bytes_max, &c->out);
}

/* [MS-SMB2] 3.3.5.15.11 */
static ntstatus network_interfaces(struct ioctl_call *c)
{
    const struct smb_server_config *config = smb_server_config(c->req->shard->server);
    if (!config->interfaces || !config->multichannel || !smb_conn_is_smb3(c->req->conn))
        return STATUS_NOT_SUPPORTED;
    struct network_interface *list =
        ARENA_ARRAY(&c->req->arena, struct network_interface, INTERFACES_MAX);
    unsigned count = config->interfaces(config->interfaces_ctx, list, INTERFACES_MAX);
    if ((size_t)count * INTERFACE_BYTES > wr_left(&c->out))
        return STATUS_BUFFER_TOO_SMALL;
    network_interfaces_write(&c->out, list, count);
    return STATUS_SUCCESS;
}

static const struct ioctl_control controls[] = {
    {FSCTL_DFS_GET_REFERRALS, TARGET_NONE, 0, 0, dfs_referrals},
    {FSCTL_DFS_GET_REFERRALS_EX, TARGET_NONE, 0, 0, dfs_referrals},
    {FSCTL_VALIDATE_NEGOTIATE_INFO, TARGET_NONE, 0, VALIDATE_BYTES, validate_negotiate},
    {FSCTL_QUERY_NETWORK_INTERFACE_INFO, TARGET_NONE, 0, INTERFACES_MAX *INTERFACE_BYTES,
     network_interfaces},
    {FSCTL_PIPE_WAIT, TARGET_NONE, 0, 0, ioctl_pipe_wait},
    {FSCTL_PIPE_TRANSCEIVE, TARGET_ANY, 0, PIPE_MESSAGE_BYTES_MAX, ioctl_pipe_transceive},
    {FSCTL_PIPE_PEEK, TARGET_ANY, PEEK_BYTES_MIN, PEEK_BYTES_MIN + PIPE_MESSAGE_BYTES_MAX,
     ioctl_pipe_peek},
    {FSCTL_SRV_REQUEST_RESUME_KEY, TARGET_FILE, RESUME_KEY_RSP_BYTES, RESUME_KEY_RSP_BYTES,
     ioctl_resume_key},
    {FSCTL_SRV_COPYCHUNK, TARGET_FILE, COPYCHUNK_RSP_BYTES, COPYCHUNK_RSP_BYTES, ioctl_copychunk},
    {FSCTL_SRV_COPYCHUNK_WRITE, TARGET_FILE, COPYCHUNK_RSP_BYTES, COPYCHUNK_RSP_BYTES,
     ioctl_copychunk},
    {FSCTL_SRV_ENUMERATE_SNAPSHOTS, TARGET_FILE, SNAPSHOTS_NONE_BYTES, SNAPSHOTS_NONE_BYTES,
     ioctl_snapshots},
    {FSCTL_SET_SPARSE, TARGET_FILE, 0, 0, ioctl_set_sparse},
    {FSCTL_SET_ZERO_DATA, TARGET_FILE, 0, 0, ioctl_zero_data},
    {FSCTL_QUERY_ALLOCATED_RANGES, TARGET_FILE, 0, AS_CLIENT_TAKES, ioctl_allocated_ranges},
    {FSCTL_CREATE_OR_GET_OBJECT_ID, TARGET_FILE, OBJECT_ID_BYTES, OBJECT_ID_BYTES,
     ioctl_object_id},
    {FSCTL_GET_COMPRESSION, TARGET_FILE, COMPRESSION_BYTES, COMPRESSION_BYTES,
     ioctl_get_compression},
    {FSCTL_SET_COMPRESSION, TARGET_FILE, 0, 0, ioctl_set_compression},
    {FSCTL_GET_REPARSE_POINT, TARGET_FILE, 0, 0, ioctl_get_reparse_point},
};

static const struct ioctl_control *control_find(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(controls); i++)
        if (controls[i].code == code)
            return &controls[i];
    return NULL;
}

static ntstatus target_find(struct ioctl_call *c, enum ioctl_target target)
{
    if (target == TARGET_NONE)
        return smb2_file_id_is_previous(c->in->file_id) ? STATUS_SUCCESS
                                                        : STATUS_INVALID_PARAMETER;
    NT_TRY(smb_request_open(c->req, c->in->file_id, &c->open));
    c->file = c->open->nt;
    if (target == TARGET_FILE && !c->file)
        return STATUS_INVALID_DEVICE_REQUEST;
    return STATUS_SUCCESS;
}

static ntstatus control_run(struct ioctl_call *c, const struct ioctl_control *control)
{
    const struct ioctl_req *in = c->in;
    if (in->output_bytes_max < control->output_bytes_min)
        return STATUS_INVALID_PARAMETER;
    size_t room = MIN(in->output_bytes_max, control->output_bytes_max);
    NT_TRY(smb_request_room(c->req, RSP_FIXED_BYTES + room));
    struct ioctl_rsp rsp = {.ctl_code = in->ctl_code, .file_id = in->file_id};
    struct ioctl_rsp_open open = ioctl_rsp_begin(&c->req->out, &rsp);
    c->out = wr_of(mspan_of(c->req->out.at, room));
    ntstatus s = control->fn(c);
    if (nt_is_error(s) && !c->req->body_stands)
        return s;
    (void)wr_reserve(&c->req->out, wr_pos(&c->out));
    ioctl_rsp_end(&c->req->out, open);
    return s;
}

ntstatus smb_cmd_ioctl(struct task *t, struct smb_request *req)
{
    struct ioctl_req in;
    if (!ioctl_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    if (in.flags != SMB2_IOCTL_IS_FSCTL)
        return STATUS_NOT_SUPPORTED;
    NT_TRY(smb_request_payload(req, (uint32_t)in.input.len,
                               MAX(in.input_bytes_max, in.output_bytes_max)));
    struct ioctl_call c = {.t = t, .req = req, .in = &in};
    const struct ioctl_control *control = control_find(in.ctl_code);
    if (!control && smb2_file_id_is_previous(in.file_id) && !smb_request_is_related(req))
        return STATUS_INVALID_DEVICE_REQUEST;
    NT_TRY(target_find(&c, control ? control->target : TARGET_ANY));
    return control ? control_run(&c, control) : STATUS_INVALID_DEVICE_REQUEST;
}
