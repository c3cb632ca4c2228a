/* SPDX-License-Identifier: Apache-2.0
 *
 * What several commands on files share. */
#include "smb/cmd.h"

#include "proto/query_dir.h"
#include "smb/pipe.h"
#include "wire/utf16.h"

ntstatus cmd_file(struct smb_request *req, struct smb2_file_id id, struct nt_open **ret_open)
{
    struct smb_open *open;
    NT_TRY(smb_request_open(req, id, &open));
    if (!open->nt)
        return STATUS_INVALID_DEVICE_REQUEST;
    *ret_open = open->nt;
    return STATUS_SUCCESS;
}

ntstatus cmd_name(struct smb_request *req, struct span utf16, const char **ret_name)
{
    const char *name = utf16_to_utf8(&req->arena, utf16);
    if (!name)
        return STATUS_OBJECT_NAME_INVALID;
    *ret_name = name;
    return STATUS_SUCCESS;
}

ntstatus cmd_output_begin(struct smb_request *req, size_t bytes_max, struct cmd_output *ret_output)
{
    NT_TRY(smb_request_room(req, SMB2_OUTPUT_RSP_DATA_AT - SMB2_HEADER_SIZE + bytes_max));
    ret_output->length = output_rsp_begin(&req->out);
    ASSERT(wr_left(&req->out) >= bytes_max);
    ret_output->w = wr_of(mspan_of(req->out.at, bytes_max));
    return STATUS_SUCCESS;
}

void cmd_output_end(struct smb_request *req, const struct cmd_output *output)
{
    (void)wr_reserve(&req->out, wr_pos(&output->w));
    output_rsp_end(&req->out, output->length);
}

static unsigned host_shares(const struct rpc_host *h, struct arena *a,
                            struct rpc_share **ret_shares)
{
    unsigned count;
    struct smb_share **shares = smb_server_shares(h->arg, &count);
    struct rpc_share *list = ARENA_ARRAY(a, struct rpc_share, MAX(count, 1u));
    for (unsigned i = 0; i < count; i++) {
        const struct smb_share_config *c = &shares[i]->config;
        bool pipe = c->kind == SMB_SHARE_PIPE;
        const char *comment = c->comment ? c->comment : "";
        list[i] = (struct rpc_share){
            .name = arena_strndup(a, c->name, strlen(c->name)),
            .comment = arena_strndup(a, comment, strlen(comment)),
            .type = pipe ? RPC_SHARE_IPC | RPC_SHARE_SPECIAL : RPC_SHARE_DISK,
            .hidden = !c->browseable && !pipe,
        };
        smb_share_unref(shares[i]);
    }
    free(shares);
    *ret_shares = list;
    return count;
}

struct pipe *cmd_pipe_new(const struct smb_request *req, const char *name)
{
    struct smb_server *server = req->shard->server;
    const struct smb_server_config *config = smb_server_config(server);
    struct rpc_host host = {
        .server_name = config->netbios_name ? config->netbios_name : "",
        .domain = config->netbios_domain ? config->netbios_domain : "",
        .comment = config->comment ? config->comment : "",
        .arg = server,
        .shares = host_shares,
    };
    return pipe_new(name, &host);
}
