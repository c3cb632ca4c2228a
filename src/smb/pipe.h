/* SPDX-License-Identifier: Apache-2.0
 *
 * The named pipes of IPC$: message pipes with an RPC association at the other end, [MS-FSA] names
 * no more of them than this.  What the client writes goes to the association; each fragment it
 * answers is one message, read whole or in parts (STATUS_BUFFER_OVERFLOW tells that more of the
 * message follows).  Only the names in pipe.c exist; nothing of the file system is reachable.
 * A pipe belongs to the reactor of its client. */
#pragma once

#include "base/ntstatus.h"
#include "smb/rpc.h"
#include "task/task.h"

struct pipe;

#define PIPE_MESSAGE_BYTES_MAX RPC_FRAGMENT_BYTES_MAX /* no read takes more room */

/* NULL when there is no pipe of that name ("srvsvc", any case).  Copies `host`. */
struct pipe *pipe_new(const char *name, const struct rpc_host *host) MUST_USE;

/* The client closed it: readers that wait return STATUS_PIPE_BROKEN.  Free it after they have. */
void pipe_hang_up(struct pipe *p);
void pipe_free(struct pipe *p);

/* STATUS_PIPE_BUSY while too much is unread, STATUS_PIPE_DISCONNECTED after the client broke the
 * RPC protocol. */
ntstatus pipe_write(struct task *t, struct pipe *p, struct span bytes) MUST_USE;

/* True when pipe_read would not wait. */
bool pipe_readable(const struct pipe *p) MUST_USE;

/* The next message or the rest of it; with nothing there, waits.  STATUS_BUFFER_OVERFLOW: `to` is
 * full and the message goes on.  STATUS_CANCELLED, STATUS_PIPE_BROKEN, STATUS_PIPE_DISCONNECTED. */
ntstatus pipe_read(struct task *t, struct pipe *p, struct mspan to, size_t *ret_len) MUST_USE;

/* What FSCTL_PIPE_PEEK tells, [MS-FSCC] 2.3.45. */
struct pipe_state {
    uint32_t bytes_available, messages, message_bytes;
    bool connected;
};
struct pipe_state pipe_state(const struct pipe *p) MUST_USE;

/* Copies from the front of the first message without taking it; the number of bytes. */
size_t pipe_peek(const struct pipe *p, struct mspan to) MUST_USE;

/* True when a pipe of that name exists: FSCTL_PIPE_WAIT. */
bool pipe_exists(const char *name) MUST_USE;
