/* SPDX-License-Identifier: Apache-2.0
 *
 * Listings from the client's side: directories by QUERY_DIRECTORY, shares by srvsvc on IPC$. */
#include "client/call.h"
#include "proto/dcerpc.h"
#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "proto/srvsvc.h"
#include "wire/utf16.h"

#define LIST_OUTPUT_BYTES 65536u
#define RPC_OUTPUT_BYTES 65536u

static bool name_is_safe(const char *name)
{
    return *name && !strchr(name, '/') && !strchr(name, '\\');
}

/* Decodes one answer's entries; false when it is malformed or a name could lead elsewhere. */
static bool entries_decode(struct span output, struct arena *a, struct client_dirent **ret_entries,
                           size_t *ret_count)
{
    struct client_dirent *entries = NULL;
    size_t count = 0, room = 0;
    struct dir_entry e;
    while (dir_entry_next(&output, FILE_DIRECTORY_INFORMATION, &e)) {
        char *name = utf16_to_utf8(a, e.name_utf16);
        if (!name || !name_is_safe(name))
            return false;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (count == room) {
            room = room ? 2 * room : 64;
            struct client_dirent *more = ARENA_ARRAY(a, struct client_dirent, room);
            if (count)
                memcpy(more, entries, count * sizeof(*entries));
            entries = more;
        }
        entries[count++] = (struct client_dirent){
            .name = name,
            .end_of_file = e.end_of_file,
            .last_write_time = e.last_write_time,
            .last_access_time = e.last_access_time,
            .attributes = e.attributes,
        };
    }
    *ret_entries = entries;
    *ret_count = count;
    return output.len == 0;
}

ntstatus client_list(struct task *t, struct client_file *dir, struct arena *a,
                     struct client_dirent **ret_entries, size_t *ret_count)
{
    static const uint8_t star[] = {'*', 0};
    uint32_t room = MIN(LIST_OUTPUT_BYTES, dir->tree->conn->transact_max);
    struct query_dir_req req = {
        .info_class = FILE_DIRECTORY_INFORMATION,
        .flags = dir->listed ? 0 : SMB2_RESTART_SCANS,
        .file_id = dir->id,
        .pattern = span_of(star, sizeof(star)),
        .output_bytes_max = room,
    };
    struct client_call *call CLEANUP(call_free) = call_new(
        dir->tree->conn, dir->tree, SMB2_CMD_QUERY_DIRECTORY, CALL_BODY_BYTES, room);
    query_dir_req_write(&call->wr, &req);
    ntstatus status = call_run(t, call);
    if (nt_is(status, STATUS_NO_SUCH_FILE))
        return STATUS_NO_MORE_FILES;
    NT_TRY(status);
    dir->listed = true;
    struct output_rsp rsp;
    if (!output_rsp_read(&call->body, &rsp) ||
        !entries_decode(rsp.output, a, ret_entries, ret_count)) {
        conn_break(dir->tree->conn, STATUS_CONNECTION_RESET);
        return STATUS_CONNECTION_RESET;
    }
    return STATUS_SUCCESS;
}

/* Sends one PDU over the pipe and yields the answer's bytes, in the arena. */
static ntstatus pipe_transceive(struct task *t, struct client_file *pipe, struct span pdu,
                                struct arena *a, struct span *ret_answer)
{
    struct ioctl_req req = {
        .ctl_code = FSCTL_PIPE_TRANSCEIVE,
        .file_id = pipe->id,
        .input = pdu,
        .output_bytes_max = RPC_OUTPUT_BYTES,
        .flags = SMB2_IOCTL_IS_FSCTL,
    };
    struct client_call *call CLEANUP(call_free) =
        call_new(pipe->tree->conn, pipe->tree, SMB2_CMD_IOCTL, CALL_BODY_BYTES + pdu.len,
                 RPC_OUTPUT_BYTES);
    ioctl_req_write(&call->wr, &req);
    ntstatus status = call_run(t, call);
    if (!nt_ok(status) && !nt_is(status, STATUS_BUFFER_OVERFLOW))
        return status;
    struct ioctl_rsp rsp;
    if (!ioctl_rsp_read(&call->body, &rsp))
        return STATUS_INVALID_PARAMETER;
    *ret_answer = span_of(arena_memdup(a, rsp.output.p, rsp.output.len), rsp.output.len);
    return STATUS_SUCCESS;
}

static ntstatus rpc_bind(struct task *t, struct client_file *pipe, struct arena *a)
{
    uint8_t bytes[256];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    struct dcerpc_header h = {.type = DCERPC_BIND, .call_id = 1};
    struct dcerpc_bind bind = {
        .transmit_bytes_max = DCERPC_FRAGMENT_BYTES_MAX,
        .receive_bytes_max = DCERPC_FRAGMENT_BYTES_MAX,
        .context_count = 1,
        .contexts = {{.interface = dcerpc_interface_srvsvc}},
    };
    dcerpc_bind_write(&w, &h, &bind);
    ASSERT(wr_done(&w));
    struct span answer;
    NT_TRY(pipe_transceive(t, pipe, wr_written(&w), a, &answer));
    struct rd r = rd_of(answer);
    struct dcerpc_bind_ack ack;
    if (!dcerpc_header_read(&r, &h) || h.type != DCERPC_BIND_ACK || !dcerpc_bind_ack_read(&r, &ack))
        return STATUS_INVALID_PARAMETER;
    return ack.context_count == 1 && ack.contexts[0].result == DCERPC_BIND_ACCEPTED
               ? STATUS_SUCCESS
               : STATUS_NOT_SUPPORTED;
}

/* Collects the stub of a response from the fragments at hand and, if need be, further reads. */
static ntstatus response_collect(struct task *t, struct client_file *pipe, struct span bytes,
                                 struct arena *a, struct span *ret_stub)
{
    uint8_t *stub = arena_alloc(a, LIMIT_RPC_BYTES_MAX);
    size_t stub_len = 0;
    for (;;) {
        struct rd r = rd_of(bytes);
        struct dcerpc_header h;
        struct dcerpc_response response;
        if (bytes.len < DCERPC_HEADER_SIZE || !dcerpc_header_read(&r, &h))
            return STATUS_INVALID_PARAMETER;
        if (h.fragment_bytes > bytes.len) { /* the rest waits in the pipe */
            uint8_t *more = arena_alloc(a, h.fragment_bytes);
            memcpy(more, bytes.p, bytes.len);
            size_t got;
            struct mspan rest = mspan_of(more + bytes.len, h.fragment_bytes - bytes.len);
            NT_TRY(client_read(t, pipe, 0, rest, &got));
            if (got == 0)
                return STATUS_INVALID_PARAMETER;
            bytes = span_of(more, bytes.len + got);
            continue;
        }
        r.end = bytes.p + h.fragment_bytes;
        if (h.type != DCERPC_RESPONSE || !dcerpc_response_read(&r, &h, &response) ||
            response.stub.len > LIMIT_RPC_BYTES_MAX - stub_len)
            return STATUS_INVALID_PARAMETER;
        memcpy(stub + stub_len, response.stub.p, response.stub.len);
        stub_len += response.stub.len;
        if (h.flags & DCERPC_FLAG_LAST)
            break;
        bytes = span_of(bytes.p + h.fragment_bytes, bytes.len - h.fragment_bytes);
        if (bytes.len < DCERPC_HEADER_SIZE) {
            uint8_t *next = arena_alloc(a, RPC_OUTPUT_BYTES);
            size_t got;
            memcpy(next, bytes.p, bytes.len);
            NT_TRY(client_read(t, pipe, 0,
                               mspan_of(next + bytes.len, RPC_OUTPUT_BYTES - bytes.len), &got));
            bytes = span_of(next, bytes.len + got);
        }
    }
    *ret_stub = span_of(stub, stub_len);
    return STATUS_SUCCESS;
}

static ntstatus shares_decode(struct span stub, struct arena *a, struct client_share **ret_shares,
                              size_t *ret_count)
{
    struct srvsvc_share_list list;
    if (!srvsvc_share_enum_rsp_read(stub, a, &list) || list.werror != WERR_OK)
        return STATUS_INVALID_PARAMETER;
    struct client_share *shares = ARENA_ARRAY(a, struct client_share, list.count + 1);
    for (uint32_t i = 0; i < list.count; i++) {
        const char *name = utf16_to_utf8(a, list.entries[i].name);
        const char *comment = utf16_to_utf8(a, list.entries[i].comment);
        shares[i] = (struct client_share){name ? name : "", comment ? comment : "",
                                          list.entries[i].type};
    }
    *ret_shares = shares;
    *ret_count = list.count;
    return STATUS_SUCCESS;
}

static ntstatus shares_over_pipe(struct task *t, struct client_file *pipe, const char *host,
                                 struct arena *a, struct span *ret_stub)
{
    NT_TRY(rpc_bind(t, pipe, a));
    uint8_t stub[1024], pdu[1280];
    struct wr w = wr_of(mspan_of(stub, sizeof(stub)));
    srvsvc_share_enum_req_write(&w, host);
    if (!wr_done(&w))
        return STATUS_INVALID_PARAMETER;
    struct wr p = wr_of(mspan_of(pdu, sizeof(pdu)));
    struct dcerpc_request req = {.opnum = SRVSVC_SHARE_ENUM, .stub = wr_written(&w)};
    dcerpc_request_write(&p, 2, &req);
    ASSERT(wr_done(&p));
    struct span answer;
    NT_TRY(pipe_transceive(t, pipe, wr_written(&p), a, &answer));
    return response_collect(t, pipe, answer, a, ret_stub);
}

ntstatus client_list_shares(struct task *t, struct client_conn *c, struct arena *a,
                            struct client_share **ret_shares, size_t *ret_count)
{
    struct client_tree *tree;
    NT_TRY(client_tree_connect(t, c, "IPC$", &tree));
    struct client_open_args args = {
        .path = "srvsvc",
        .access = FILE_GENERIC_READ | FILE_GENERIC_WRITE,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
        .disposition = FILE_OPEN,
    };
    struct client_file *pipe = NULL;
    struct span stub;
    ntstatus status = client_open(t, tree, &args, &pipe);
    if (nt_ok(status))
        status = shares_over_pipe(t, pipe, c->host, a, &stub);
    IGNORE(client_close(t, pipe));
    client_tree_disconnect(t, tree);
    NT_TRY(status);
    return shares_decode(stub, a, ret_shares, ret_count);
}
