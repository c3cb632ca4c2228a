/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests: credits and message ids, chaining, signing and sealing on the way out.  [MS-SMB2]
 * 3.2.4.1. */
#include "client/call.h"

#include <assert.h>

#include "crypto/preauth.h"

/* The bytes of a request, owned by the transport from transport_send on. */
struct out_buffer {
    struct out_message out;
    size_t capacity; /* of the message behind headroom and transform header */
    uint8_t bytes[];
};

#define OUT_FRONT (TRANSPORT_HEADROOM + SMB2_TRANSFORM_HEADER_SIZE + 4)
static_assert((OUT_FRONT % 8) == 0, "the message is aligned");
#define CREDITS_WANTED 512u

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
    bool multi = c->server_capabilities & SMB2_CAP_LARGE_MTU;
    call->charge = multi ? (uint16_t)smb2_credit_charge(payload_bytes) : 1;
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

/* Waits until `charge` credits are free and takes them. */
static ntstatus credits_take(struct task *t, struct client_conn *c, uint32_t charge)
{
    while (nt_ok(c->broken) && c->credits < charge) {
        if (c->credits_flying == 0)
            return STATUS_INSUFFICIENT_RESOURCES;
        if (event_wait(t, &c->credits_changed, c->timeout_us) < 0) {
            conn_break(c, STATUS_IO_TIMEOUT);
            break;
        }
    }
    NT_TRY(c->broken);
    c->credits -= charge;
    c->credits_flying += charge;
    return STATUS_SUCCESS;
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
        NT_TRY(message_seal(c, b, len));
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

static void call_register(struct client_call *call)
{
    struct client_conn *c = call->conn;
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
    for (unsigned i = 0; i < count; i++) {
        struct client_call *call = calls[i];
        bool last = i + 1 == count;
        size_t len = last ? wr_pos(&call->wr) : align_up(wr_pos(&call->wr), 8);
        call_register(call);
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

ntstatus call_wait(struct task *t, struct client_call *call)
{
    struct client_conn *c = call->conn;
    while (!call->done) {
        uint64_t timeout = call->async_id ? EVENT_NO_TIMEOUT : c->timeout_us;
        int err = event_wait(t, &call->answered, timeout);
        if (err == -ETIMEDOUT && !call->async_id && !call->done)
            conn_break(c, STATUS_IO_TIMEOUT);
        else if (err == -ECANCELED)
            return STATUS_CANCELLED;
    }
    return call->status;
}

ntstatus call_run(struct task *t, struct client_call *call)
{
    NT_TRY(call_submit(t, &call, 1));
    return call_wait(t, call);
}
