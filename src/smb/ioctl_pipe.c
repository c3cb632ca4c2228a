/* SPDX-License-Identifier: Apache-2.0
 *
 * Controls of named pipes. */
#include "smb/ioctl.h"
#include "smb/pipe.h"

#define PIPE_STATE_CONNECTED 3u /* [MS-FSCC] 2.3.46 */
#define PIPE_STATE_CLOSING 4u

ntstatus ioctl_pipe_transceive(struct ioctl_call *c)
{
    struct pipe *pipe = c->open->pipe;
    if (!pipe)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (pipe_state(pipe).messages)
        return STATUS_PIPE_BUSY; /* an answer to something else waits to be read */
    NT_TRY(pipe_write(c->t, pipe, c->in->input));
    size_t room = wr_left(&c->out);
    if (!pipe_readable(pipe)) {
        NT_TRY(smb_request_pend_now(c->req));
        NT_TRY(smb_request_room(c->req, room));
        c->out = wr_of(mspan_of(c->req->out.at, room));
    }
    size_t len;
    ntstatus s = pipe_read(c->t, pipe, mspan_of(c->out.at, room), &len);
    if (nt_is(s, STATUS_CANCELLED))
        return cmd_cancelled(c->req, STATUS_PIPE_BROKEN);
    if (!nt_is_error(s))
        (void)wr_reserve(&c->out, len);
    return s;
}

ntstatus ioctl_pipe_peek(struct ioctl_call *c)
{
    struct pipe *pipe = c->open->pipe;
    if (!pipe)
        return STATUS_INVALID_DEVICE_REQUEST;
    struct pipe_state state = pipe_state(pipe);
    wr_u32(&c->out, state.connected ? PIPE_STATE_CONNECTED : PIPE_STATE_CLOSING);
    wr_u32(&c->out, state.bytes_available);
    wr_u32(&c->out, state.messages);
    wr_u32(&c->out, state.message_bytes);
    size_t len = pipe_peek(pipe, mspan_of(c->out.at, wr_left(&c->out)));
    (void)wr_reserve(&c->out, len);
    return len < state.message_bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* Our pipes have as many instances as clients want, so nobody ever waits for one. */
ntstatus ioctl_pipe_wait(struct ioctl_call *c)
{
    if (!smb_tree_is_pipe(c->req->tree))
        return STATUS_INVALID_DEVICE_REQUEST;
    struct rd r = rd_of(c->in->input);
    rd_skip(&r, 8); /* time-out */
    uint32_t name_bytes = rd_u32(&r);
    rd_skip(&r, 2);
    struct span utf16 = rd_span(&r, name_bytes);
    if (!rd_done(&r))
        return STATUS_INVALID_PARAMETER;
    const char *name;
    NT_TRY(cmd_name(c->req, utf16, &name));
    return pipe_exists(name) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}
