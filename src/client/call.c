/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests: credits and message ids, chaining, signing and sealing on the way out.  [MS-SMB2]
 * 3.2.4.1. */
#include "client/call.h"

#include <assert.h>

#include "crypto/preauth.h"
#include "task/io.h"

/* The bytes of a request, owned by the transport from transport_send on. */
struct out_buffer {
    struct out_message out;
    size_t capacity; /* of the message behind headroom and transform header */
    uint8_t bytes[];
};

#define OUT_FRONT (TRANSPORT_HEADROOM + SMB2_TRANSFORM_HEADER_SIZE + 4)
static_assert((OUT_FRONT % 8) == 0, "the message is aligned");
#define CREDITS_WANTED 512u
#define PATIENCE_ASYNC 4u /* times the timeout, once the server said that it works on it */
#define PATIENCE_MAX 10u  /* times the timeout, whatever else the server does */

static void out_release(struct out_message *m)
{
    free(container_of(m, struct out_buffer, out));
}

static struct out_buffer *out_new(size_t capacity)
{
    struct out_buffer *b = xmalloc(sizeof(*b) + OUT_FRONT + capacity);
    b->out = (struct out_message){.release = out_release};
    b->capacity = capacity;
    list_init(&b->out.link);
    return b;
}

static uint8_t *out_message_bytes(struct out_buffer *b)
{
    return b->bytes + OUT_FRONT;
}

struct client_call *call_new(struct client_conn *c, const struct client_tree *tree,
                             enum smb2_command command, size_t body_bytes, uint32_t payload_bytes)
{
    struct client_call *call = NEW(struct client_call);
    struct out_buffer *b = out_new(SMB2_HEADER_SIZE + body_bytes);
    call->conn = c;
    call->command = (uint16_t)command;
    call->tree_id = tree ? tree->tree_id : 0;
    call->encrypt = c->encrypt || (tree && tree->encrypt);
    call->timeout_us = c->timeout_us;
    call->charge = c->multi_credit ? (uint16_t)smb2_credit_charge(payload_bytes) : 1;
    call->out = &b->out;
    call->wr = wr_of(mspan_of(out_message_bytes(b), b->capacity));
    wr_zero(&call->wr, SMB2_HEADER_SIZE);
    event_init(&call->answered);
    return call;
}

void call_free(struct client_call *call)
{
    if (!call)
        return;
    if (call->submitted && !call->done)
        conn_break(call->conn, STATUS_CANCELLED);
    if (call->out)
        call->out->release(call->out);
    frame_unref(call->frame);
    free(call);
}

struct credit_waiter {
    struct list link;
    struct event turn;
};

void credits_changed(struct client_conn *c)
{
    struct credit_waiter *first = list_first(&c->credit_waiters, struct credit_waiter, link);
    if (first)
        event_signal(&first->turn);
}

/* No answer for so long that the connection counts as dead.  Answers to others are signs of life,
 * but not for ever. */
static bool patience_is_over(struct task *t, const struct client_conn *c, uint64_t since_us)
{
    uint64_t now = io_now_us(task_io(t));
    return now - MAX(since_us, c->answered_us) >= c->timeout_us ||
           now - since_us >= PATIENCE_MAX * c->timeout_us;
}

/* At the head of the queue: until `charge` credits are free. */
static ntstatus credits_await(struct task *t, struct client_conn *c, struct credit_waiter *me,
                              uint32_t charge)
{
    uint64_t since = io_now_us(task_io(t));
    for (;;) {
        NT_TRY(c->broken);
        if (c->credit_waiters.next == &me->link) {
            if (c->credits >= charge)
                return STATUS_SUCCESS;
            if (c->credits_flying == 0)
                return STATUS_INSUFFICIENT_RESOURCES;
        }
        int err = event_wait(t, &me->turn, c->timeout_us);
        if (err == -ECANCELED)
            return STATUS_CANCELLED;
        if (err == -ETIMEDOUT && patience_is_over(t, c, since))
            conn_break(c, STATUS_IO_TIMEOUT);
    }
}

/* Waits for the turn of this task, then until `charge` credits are free, and takes them. */
static ntstatus credits_take(struct task *t, struct client_conn *c, uint32_t charge)
{
    struct credit_waiter me;
    event_init(&me.turn);
    list_push_back(&c->credit_waiters, &me.link);
    ntstatus status = credits_await(t, c, &me, charge);
    list_remove(&me.link);
    if (nt_ok(status)) {
        c->credits -= charge;
        c->credits_flying += charge;
    }
    credits_changed(c);
    return status;
}

/* Writes the header in front of a finished body. */
static void header_put(struct client_call *call, uint8_t *message, uint32_t next, bool related)
{
    struct client_conn *c = call->conn;
    struct smb2_header h = {
        .credit_charge = c->dialect > SMB2_DIALECT_202 ? call->charge : 0,
        .command = call->command,
        .credits = (uint16_t)MAX(call->charge, CREDITS_WANTED - MIN(CREDITS_WANTED, c->credits)),
        .flags = related ? SMB2_FLAG_RELATED : 0,
        .next_command = next,
        .message_id = call->message_id,
        .process_id = 0xFEFF,
        .tree_id = call->tree_id,
        .session_id = c->session_id,
    };
    if (c->sign && !call->encrypt)
        h.flags |= SMB2_FLAG_SIGNED;
    struct wr w = wr_of(mspan_of(message, SMB2_HEADER_SIZE));
    smb2_header_write(&w, &h);
    ASSERT(wr_done(&w));
}

static void message_sign(struct client_call *call, uint8_t *message, size_t len)
{
    struct iovec iov = {message, len};
    struct sign_nonce nonce = {.message_id = call->message_id,
                               .is_cancel = call->command == SMB2_CMD_CANCEL};
    signer_sign(call->conn->signer, nonce, &iov, 1, message + SMB2_HEADER_SIGNATURE_AT);
}

/* Puts the transform header in front and encrypts in place. */
static ntstatus message_seal(struct client_conn *c, struct out_buffer *b, size_t len)
{
    struct smb2_transform_header th = {
        .original_size = (uint32_t)len, .flags = 1, .session_id = c->session_id};
    if (sealer_nonce_next(c->seal_out, th.nonce) < 0)
        return STATUS_CONNECTION_DISCONNECTED;
    uint8_t *front = out_message_bytes(b) - SMB2_TRANSFORM_HEADER_SIZE;
    struct wr w = wr_of(mspan_of(front, SMB2_TRANSFORM_HEADER_SIZE));
    smb2_transform_header_write(&w, &th);
    ASSERT(wr_done(&w));
    struct iovec iov = {out_message_bytes(b), len};
    struct seal_message m = {
        .nonce = front + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(front + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    seal_encrypt(c->seal_out, &m, front + SMB2_TRANSFORM_SIGNATURE_AT);
    return STATUS_SUCCESS;
}

static ntstatus buffer_send(struct client_conn *c, struct out_buffer *b, size_t len, bool encrypt)
{
    uint8_t *start = out_message_bytes(b);
    if (encrypt) {
        ntstatus status = message_seal(c, b, len);
        if (!nt_ok(status)) {
            out_release(&b->out);
            return status;
        }
        start -= SMB2_TRANSFORM_HEADER_SIZE;
        len += SMB2_TRANSFORM_HEADER_SIZE;
    }
    b->out.iov[0] = (struct iovec){start, len};
    b->out.iov_count = 1;
    b->out.bytes = len;
    transport_send(c->transport, &b->out);
    return STATUS_SUCCESS;
}

/* Several requests into one buffer, each but the last padded to 8 bytes. */
static struct out_buffer *chain_join(struct client_call **calls, unsigned count)
{
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += align_up(wr_pos(&calls[i]->wr), 8);
    struct out_buffer *joined = out_new(total);
    struct wr w = wr_of(mspan_of(out_message_bytes(joined), total));
    for (unsigned i = 0; i < count; i++) {
        wr_span(&w, wr_written(&calls[i]->wr));
        wr_align(&w, 8);
    }
    ASSERT(wr_done(&w));
    return joined;
}

static void call_register(struct client_call *call, uint64_t now_us)
{
    struct client_conn *c = call->conn;
    call->submitted_us = now_us;
    call->message_id = c->next_message_id;
    c->next_message_id += call->charge;
    call->submitted = true;
    hash_insert(&c->pending, &call->by_message_id, hash_u64(call->message_id));
}

ntstatus call_submit(struct task *t, struct client_call **calls, unsigned count)
{
    struct client_conn *c = calls[0]->conn;
    uint32_t charge = 0;
    for (unsigned i = 0; i < count; i++) {
        ASSERT(wr_done(&calls[i]->wr));
        charge += calls[i]->charge;
    }
    NT_TRY(credits_take(t, c, charge));

    struct out_buffer *b = count > 1 ? chain_join(calls, count)
                                     : container_of(TAKE(calls[0]->out), struct out_buffer, out);
    uint8_t *at = out_message_bytes(b);
    uint64_t now = io_now_us(task_io(t));
    for (unsigned i = 0; i < count; i++) {
        struct client_call *call = calls[i];
        bool last = i + 1 == count;
        size_t len = last ? wr_pos(&call->wr) : align_up(wr_pos(&call->wr), 8);
        call_register(call, now);
        header_put(call, at, last ? 0 : (uint32_t)len, i > 0);
        if (c->sign && !call->encrypt)
            message_sign(call, at, len);
        if (call->preauth)
            preauth_update(call->preauth, span_of(at, len));
        at += len;
    }
    ntstatus status = buffer_send(c, b, (size_t)(at - out_message_bytes(b)), calls[0]->encrypt);
    if (!nt_ok(status))
        conn_break(c, status);
    return status;
}

/* Until when the answer may take. */
static uint64_t call_patience(const struct client_call *call)
{
    const struct client_conn *c = call->conn;
    if (!c->established)
        return c->setup_until_us;
    uint64_t since = MAX(call->submitted_us, c->answered_us);
    uint64_t until = since + (call->interims ? PATIENCE_ASYNC : 1) * call->timeout_us;
    return MIN(until, call->submitted_us + PATIENCE_MAX * call->timeout_us);
}

ntstatus call_wait(struct task *t, struct client_call *call)
{
    while (!call->done) {
        uint64_t now = io_now_us(task_io(t)), until = call_patience(call);
        if (now >= until)
            conn_break(call->conn, STATUS_IO_TIMEOUT);
        else if (event_wait(t, &call->answered, until - now) == -ECANCELED)
            return STATUS_CANCELLED;
    }
    return call->status;
}

ntstatus call_run(struct task *t, struct client_call *call)
{
    NT_TRY(call_submit(t, &call, 1));
    return call_wait(t, call);
}

ntstatus chain_run(struct task *t, struct client_call **calls, unsigned count)
{
    NT_TRY(call_submit(t, calls, count));
    ntstatus first = STATUS_SUCCESS;
    for (unsigned i = 0; i < count; i++) {
        ntstatus status = call_wait(t, calls[i]);
        if (nt_ok(first))
            first = status;
    }
    return first;
}
