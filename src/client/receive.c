/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers: one task per connection takes messages in, opens and verifies them, and hands each to
 * the call that waits for it.  [MS-SMB2] 3.2.5.1.  The server is not trusted: what does not fit
 * ends the connection. */
#include "base/limits.h"
#include "client/call.h"
#include "task/io.h"

#define INTERIMS_MAX 16u /* for one request; one is what the protocol has */

static struct client_call *call_find(struct client_conn *c, uint64_t message_id)
{
    uint64_t hash = hash_u64(message_id);
    for (struct hash_node *n = hash_find(&c->pending, hash); n; n = hash_next(n)) {
        struct client_call *call = container_of(n, struct client_call, by_message_id);
        if (call->message_id == message_id)
            return call;
    }
    return NULL;
}

static void call_finish(struct client_call *call, ntstatus status)
{
    struct client_conn *c = call->conn;
    hash_remove(&c->pending, &call->by_message_id);
    c->credits_flying -= call->charge;
    c->answered_us = io_now_us(reactor_io(c->reactor));
    call->done = true;
    call->status = status;
    event_signal(&call->answered);
}

void conn_break(struct client_conn *c, ntstatus status)
{
    ASSERT(!nt_ok(status));
    if (nt_ok(c->broken))
        c->broken = status;
    transport_shutdown(c->transport);
    struct hash_node *n;
    while ((n = hash_walk(&c->pending, NULL)))
        call_finish(container_of(n, struct client_call, by_message_id), c->broken);
    credits_changed(c);
}

ntstatus conn_offended(struct client_conn *c)
{
    conn_break(c, STATUS_CONNECTION_RESET);
    return STATUS_CONNECTION_RESET;
}

/* Whether the answer carries the protection its session asks for.  Interim answers and those
 * before the session stands are exempt, [MS-SMB2] 3.2.5.1.3. */
static bool protection_ok(struct client_conn *c, const struct smb2_header *h, struct span message,
                          bool was_encrypted)
{
    if (was_encrypted || !c->established || nt_is(h->status, STATUS_PENDING))
        return true;
    if (c->encrypt)
        return false;
    if (!c->sign)
        return true;
    if (!(h->flags & SMB2_FLAG_SIGNED))
        return false;
    struct iovec iov = {(void *)(uintptr_t)message.p, message.len};
    struct sign_nonce nonce = {.message_id = h->message_id, .from_server = true};
    return signer_check(c->signer, nonce, &iov, 1);
}

static void credits_grant(struct client_conn *c, uint16_t credits)
{
    c->credits = MIN(c->credits + credits, LIMIT_CREDITS_MAX);
    credits_changed(c);
}

/* "Working on it": true when that may be said now. */
static bool interim_take(struct client_call *call, const struct smb2_header *h)
{
    if (!(h->flags & SMB2_FLAG_ASYNC) || call->interims == INTERIMS_MAX ||
        (call->interims && h->async_id != call->async_id))
        return false;
    call->interims++;
    call->async_id = h->async_id;
    return true;
}

/* One message of a frame; false ends the connection. */
static bool answer_take(struct client_conn *c, struct frame *f, struct span message, bool encrypted)
{
    struct rd r = rd_of(message);
    struct smb2_header h;
    if (!smb2_header_read(&r, &h) || !(h.flags & SMB2_FLAG_RESPONSE))
        return false;
    if (h.message_id == SMB2_ID_ALL_ONES) /* this client holds no caching rights that may break */
        return h.command == SMB2_CMD_OPLOCK_BREAK;
    bool interim = nt_is(h.status, STATUS_PENDING);
    struct client_call *call = call_find(c, h.message_id);
    if (!call || call->command != h.command || (call->encrypt && c->established && !encrypted) ||
        (c->established && !interim && h.session_id != c->session_id) ||
        !protection_ok(c, &h, message, encrypted))
        return false;
    credits_grant(c, h.credits);
    if (interim)
        return interim_take(call, &h);
    call->header = h;
    call->frame = frame_ref(f);
    call->message = message;
    call->body = r;
    call_finish(call, h.status);
    return true;
}

static bool chain_take(struct client_conn *c, struct frame *f, struct span rest, bool encrypted)
{
    for (unsigned n = 0; n < LIMIT_COMPOUND_MAX; n++) {
        struct rd r = rd_of(rest);
        struct smb2_header h;
        if (!smb2_header_read(&r, &h))
            return false;
        size_t next = h.next_command;
        if (next && (next % 8 != 0 || next < SMB2_HEADER_SIZE || next > rest.len))
            return false;
        if (!answer_take(c, f, span_of(rest.p, next ? next : rest.len), encrypted))
            return false;
        if (!next)
            return true;
        rest = span_of(rest.p + next, rest.len - next);
    }
    return false;
}

/* Decrypts a transformed frame in place and narrows it to the message inside. */
static bool frame_open(struct client_conn *c, struct frame *f)
{
    struct rd r = rd_of(span_ro(f->bytes));
    struct smb2_transform_header th;
    if (!c->seal_in || !smb2_transform_header_read(&r, &th) || th.flags != 1 ||
        th.session_id != c->session_id || th.original_size != rd_left(&r))
        return false;
    struct iovec iov = {f->bytes.p + SMB2_TRANSFORM_HEADER_SIZE, th.original_size};
    struct seal_message m = {
        .nonce = f->bytes.p + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(f->bytes.p + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    if (seal_decrypt(c->seal_in, &m, th.signature) < 0)
        return false;
    f->bytes = mspan_of(iov.iov_base, iov.iov_len);
    return true;
}

static bool frame_take(struct client_conn *c, struct frame *f)
{
    struct rd r = rd_of(span_ro(f->bytes));
    bool encrypted = rd_u32(&r) == SMB2_TRANSFORM_PROTOCOL_ID;
    if (encrypted && !frame_open(c, f))
        return false;
    return chain_take(c, f, span_ro(f->bytes), encrypted);
}

void conn_receive_task(struct task *t, void *arg)
{
    struct client_conn *c = arg;
    ntstatus end = STATUS_CONNECTION_DISCONNECTED;
    while (nt_ok(c->broken)) {
        struct frame *f CLEANUP(frame_unref) = NULL;
        size_t max = c->established ? LIMIT_FRAME_BYTES_MAX : LIMIT_FRAME_PREAUTH_BYTES_MAX;
        if (transport_recv(t, c->transport, max, &f) < 0)
            break;
        if (!frame_take(c, f)) {
            end = STATUS_CONNECTION_RESET;
            break;
        }
    }
    conn_break(c, end);
    c->receiving = false;
    event_signal(&c->receiver_ended);
}
