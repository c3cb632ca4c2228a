/* SPDX-License-Identifier: Apache-2.0
 *
 * The shares of a server, by srvsvc on IPC$. */
#include "client/call.h"
#include "proto/dcerpc.h"
#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "proto/sd.h"
#include "proto/srvsvc.h"
#include "wire/utf16.h"

#define RPC_OUTPUT_BYTES 65536u
#define RPC_READS_MAX 1024u /* requests for one answer */

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
    if (!ioctl_rsp_read(&call->body, &rsp) || rsp.output.len > RPC_OUTPUT_BYTES)
        return conn_offended(pipe->tree->conn);
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

/* Bytes out of the pipe that have not been taken apart yet. */
struct inbound {
    uint8_t *bytes; /* room for two fragments */
    size_t len;
    unsigned reads;
};

/* At least `wanted` bytes, which is no more than a fragment. */
static ntstatus inbound_fill(struct task *t, struct client_file *pipe, struct inbound *in,
                             size_t wanted)
{
    while (in->len < wanted) {
        size_t got;
        struct mspan room = mspan_of(in->bytes + in->len, RPC_OUTPUT_BYTES);
        if (in->reads++ == RPC_READS_MAX)
            return STATUS_INVALID_PARAMETER;
        NT_TRY(client_read(t, pipe, 0, room, &got));
        if (got == 0)
            return STATUS_INVALID_PARAMETER;
        in->len += got;
    }
    return STATUS_SUCCESS;
}

/* The next fragment's part of the stub is appended. */
static ntstatus fragment_take(struct inbound *in, struct wr *stub, struct dcerpc_header *h)
{
    struct rd r = rd_of(span_of(in->bytes, h->fragment_bytes));
    struct dcerpc_response response;
    if (!dcerpc_header_read(&r, h) || h->type != DCERPC_RESPONSE ||
        !dcerpc_response_read(&r, h, &response))
        return STATUS_INVALID_PARAMETER;
    wr_span(stub, response.stub);
    in->len -= h->fragment_bytes;
    memmove(in->bytes, in->bytes + h->fragment_bytes, in->len);
    return stub->full ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/* Collects the stub of a response from the bytes at hand and, if need be, further reads. */
static ntstatus response_collect(struct task *t, struct client_file *pipe, struct span bytes,
                                 struct arena *a, struct span *ret_stub)
{
    struct inbound in = {.bytes = arena_alloc(a, 2 * RPC_OUTPUT_BYTES)};
    struct wr stub = wr_of(mspan_of(arena_alloc(a, LIMIT_RPC_BYTES_MAX), LIMIT_RPC_BYTES_MAX));
    struct dcerpc_header h = {0};
    memcpy(in.bytes, bytes.p, bytes.len);
    in.len = bytes.len;
    while (!(h.flags & DCERPC_FLAG_LAST)) {
        NT_TRY(inbound_fill(t, pipe, &in, DCERPC_HEADER_SIZE));
        struct rd r = rd_of(span_of(in.bytes, in.len));
        if (!dcerpc_header_read(&r, &h))
            return STATUS_INVALID_PARAMETER;
        NT_TRY(inbound_fill(t, pipe, &in, h.fragment_bytes));
        NT_TRY(fragment_take(&in, &stub, &h));
    }
    *ret_stub = wr_written(&stub);
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
