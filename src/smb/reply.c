/* SPDX-License-Identifier: Apache-2.0
 *
 * Responses.  An element is complete only when it is known whether another one follows (its
 * NextCommand, its padding and so its signature depend on it): the last finished one is kept in
 * req->tail until then. */
#include "smb/reply.h"

#include "proto/smb2_error.h"
#include "smb/shard.h"

#define REPLY_BYTES_USUAL 4096u
#define INTERIM_BYTES (SMB_REPLY_FIRST + SMB2_HEADER_SIZE + 64u)

static struct smb_reply *reply_of(struct iobuf *b)
{
    void *p = b->data;
    return p;
}

static struct io *io_of(const struct smb_conn *conn)
{
    return reactor_io(conn->shard->reactor);
}

static void reply_release(struct out_message *m)
{
    iobuf_unref(container_of(m, struct smb_reply, message)->buffer);
}

/* Seals [at, at + len) of the buffer in place: the transform header takes the bytes before it. */
static bool seal(struct iobuf *b, size_t at, size_t len, struct sealer *sealer,
                 uint64_t session_id)
{
    struct smb2_transform_header h = {
        .original_size = (uint32_t)len, .flags = 1, .session_id = session_id};
    if (sealer_nonce_next(sealer, h.nonce) < 0)
        return false;
    uint8_t *start = b->data + at - SMB2_TRANSFORM_HEADER_SIZE;
    struct wr w = wr_of(mspan_of(start, SMB2_TRANSFORM_HEADER_SIZE));
    smb2_transform_header_write(&w, &h);
    struct iovec iov = {b->data + at, len};
    struct seal_message m = {
        .nonce = start + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(start + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    seal_encrypt(sealer, &m, start + SMB2_TRANSFORM_SIGNATURE_AT);
    return true;
}

/* Hands [at, at + len) of the buffer to the transport, and the buffer with it. */
struct outgoing {
    struct iobuf *buffer;
    size_t at, len;
    struct sealer *sealer;
    uint64_t session_id;
};

static void send_out(struct smb_conn *conn, struct outgoing o)
{
    if (o.sealer) {
        if (!seal(o.buffer, o.at, o.len, o.sealer, o.session_id)) {
            iobuf_unref(o.buffer);
            smb_conn_close(conn, "nonces of a key used up");
            return;
        }
        o.at -= SMB2_TRANSFORM_HEADER_SIZE;
        o.len += SMB2_TRANSFORM_HEADER_SIZE;
    }
    struct smb_reply *reply = reply_of(o.buffer);
    *reply = (struct smb_reply){.buffer = o.buffer};
    list_init(&reply->message.link);
    reply->message.iov[0] = (struct iovec){o.buffer->data + o.at, o.len};
    reply->message.iov_count = 1;
    reply->message.bytes = o.len;
    reply->message.memory = o.buffer->capacity;
    reply->message.release = reply_release;
    transport_send(conn->transport, &reply->message);
}

void smb_reply_post(struct smb_conn *conn, struct span message, struct sealer *sealer,
                    uint64_t session_id)
{
    struct iobuf *b = iobuf_new(io_of(conn), SMB_REPLY_FIRST + message.len);
    memcpy(b->data + SMB_REPLY_FIRST, message.p, message.len);
    send_out(conn, (struct outgoing){b, SMB_REPLY_FIRST, message.len, sealer, session_id});
}

static uint64_t sealed_id(const struct smb_request *req)
{
    return req->sealed_session ? req->sealed_session->id : 0;
}

static void count_work(struct smb_request *req, size_t bytes)
{
    req->conn->work_bytes -= req->work_bytes;
    req->work_bytes = (uint32_t)bytes;
    req->conn->work_bytes += bytes;
}

static void tail_drop(struct smb_request *req)
{
    if (req->tail.channel)
        smb_channel_release(req->tail.channel);
    signer_free(req->tail.signer_kept);
    smb_session_unref(req->tail.session);
    req->tail = (struct smb_reply_tail){0};
}

/* Completes the tail, which ends at `end` (padding included) and is or is not followed. */
static void tail_finish(struct smb_request *req, size_t end, bool followed)
{
    struct smb_reply_tail *tail = &req->tail;
    if (!tail->present)
        return;
    uint8_t *p = req->buffer->data + tail->at;
    size_t len = end - tail->at;
    if (followed) {
        struct wr w = wr_of(mspan_of(p + SMB2_HEADER_NEXT_COMMAND_AT, 4));
        wr_u32(&w, (uint32_t)len);
    }
    if (tail->signer) {
        struct sign_nonce nonce = {.message_id = tail->message_id, .from_server = true};
        struct iovec iov = {p, len};
        uint8_t signature[SIGNATURE_BYTES];
        signer_sign(tail->signer, nonce, &iov, 1, signature);
        memcpy(p + SMB2_HEADER_SIGNATURE_AT, signature, sizeof(signature));
    }
    if (tail->preauth)
        preauth_update(tail->preauth, span_of(p, len));
    tail_drop(req);
}

static void out_place(struct smb_request *req, size_t at)
{
    req->out = wr_of(mspan_of(req->buffer->data + at, req->buffer->capacity - at));
    wr_zero(&req->out, SMB2_HEADER_SIZE);
}

/* Where the present element's header is in the buffer. */
static size_t out_at(const struct smb_request *req)
{
    return (size_t)(req->out.base - req->buffer->data);
}

static void buffer_grow(struct smb_request *req, size_t capacity)
{
    struct iobuf *old = req->buffer;
    struct iobuf *b = iobuf_new(io_of(req->conn), capacity);
    size_t at = out_at(req), used = at + wr_pos(&req->out);
    memcpy(b->data + req->first_at, old->data + req->first_at, used - req->first_at);
    req->buffer = b;
    req->out.base = b->data + at;
    req->out.at = b->data + used;
    req->out.end = b->data + b->capacity;
    iobuf_unref(old);
    count_work(req, b->capacity);
}

void smb_reply_shrink(struct smb_request *req)
{
    if (req->tail.present || req->buffer->capacity <= 4 * REPLY_BYTES_USUAL)
        return;
    struct iobuf *old = req->buffer;
    struct iobuf *b = iobuf_new(io_of(req->conn), REPLY_BYTES_USUAL);
    size_t len = wr_pos(&req->out);
    ASSERT(len <= b->capacity - SMB_REPLY_FIRST);
    memcpy(b->data + SMB_REPLY_FIRST, req->out.base, len);
    req->buffer = b;
    req->first_at = SMB_REPLY_FIRST;
    req->out.base = b->data + SMB_REPLY_FIRST;
    req->out.at = req->out.base + len;
    req->out.end = b->data + b->capacity;
    iobuf_unref(old);
    count_work(req, b->capacity);
}

ntstatus smb_request_room(struct smb_request *req, size_t bytes)
{
    if (LIKELY(bytes <= wr_left(&req->out)))
        return STATUS_SUCCESS;
    size_t used = out_at(req) + wr_pos(&req->out);
    if (bytes > LIMIT_FRAME_BYTES_MAX || used + bytes > LIMIT_FRAME_BYTES_MAX + SMB_REPLY_FIRST)
        return STATUS_INVALID_PARAMETER;
    buffer_grow(req, used + bytes);
    return STATUS_SUCCESS;
}

void smb_reply_begin(struct smb_request *req)
{
    if (!req->buffer) {
        req->buffer = iobuf_new(io_of(req->conn), REPLY_BYTES_USUAL);
        req->first_at = SMB_REPLY_FIRST;
        count_work(req, req->buffer->capacity);
        out_place(req, SMB_REPLY_FIRST);
        return;
    }
    size_t end = out_at(req) + wr_pos(&req->out);
    size_t at = (size_t)align_up(end, 8);
    if (req->buffer->capacity < at + SMB2_HEADER_SIZE + 1024)
        buffer_grow(req, at + REPLY_BYTES_USUAL);
    memset(req->buffer->data + end, 0, at - end);
    out_place(req, at);
}

/* [MS-SMB2] 3.3.1.2: a client that has logged on gets what it asks for up to the maximum; others
 * get by with one; nobody is left without any. */
static uint16_t grant(struct smb_request *req)
{
    struct smb_conn *conn = req->conn;
    if (req->async_id)
        return 0;
    uint32_t wanted = req->header.credits;
    if (conn->valid_sessions == 0)
        wanted = smb_window_charge(req->header.credit_charge);
    if (wanted == 0 && conn->window.range == 0)
        wanted = 1;
    return smb_window_grant(&conn->window, wanted);
}

static struct smb2_header response_header(struct smb_request *req, ntstatus status)
{
    struct smb2_header h = req->header;
    h.status = status;
    h.next_command = 0;
    h.flags = SMB2_FLAG_RESPONSE |
              (req->header.flags & (SMB2_FLAG_RELATED | SMB2_FLAG_PRIORITY_MASK | SMB2_FLAG_DFS));
    if (req->async_id) {
        h.flags |= SMB2_FLAG_ASYNC;
        h.async_id = req->async_id;
    }
    if (req->sealer)
        req->signer = NULL;
    if (req->signer)
        h.flags |= SMB2_FLAG_SIGNED;
    memset(h.signature, 0, sizeof(h.signature));
    return h;
}

/* A failed request answers with the ERROR body, whatever its handler had begun to write.  Of the
 * warnings only BUFFER_OVERFLOW carries data, [MS-SMB2] 3.3.4.4. */
static void body_judge(struct smb_request *req, ntstatus status)
{
    bool empty = wr_pos(&req->out) == SMB2_HEADER_SIZE && !req->out.full;
    bool severe = status.v >> 30 >= 2 && !nt_is(status, STATUS_BUFFER_OVERFLOW);
    if (!(severe && !req->body_stands) && !(empty && !nt_ok(status)))
        return;
    wr_rollback(&req->out, (struct wr_mark){.at = req->out.base + SMB2_HEADER_SIZE});
    smb2_error_rsp_write(&req->out, span_of(NULL, 0));
}

void smb_reply_end(struct smb_request *req, ntstatus status)
{
    if (req->out.full) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        req->body_stands = false;
    }
    body_judge(req, status);
    ASSERT(wr_done(&req->out));
    struct smb2_header h = response_header(req, status);
    h.credits = grant(req);
    struct wr w = wr_of(mspan_of(req->out.base, SMB2_HEADER_SIZE));
    smb2_header_write(&w, &h);

    size_t at = out_at(req);
    tail_finish(req, at, true);
    req->tail = (struct smb_reply_tail){
        .at = at,
        .end = at + wr_pos(&req->out),
        .present = true,
        .session = req->session ? smb_session_ref(req->session) : NULL,
        .channel = req->channel ? smb_channel_use(req->channel) : NULL,
        .signer = req->signer,
        .signer_kept = TAKE(req->signer_kept),
        .message_id = h.message_id,
        .preauth = req->preauth,
    };
}

void smb_reply_send(struct smb_request *req)
{
    if (!req->buffer || !req->tail.present || req->conn->state == SMB_CONN_CLOSING)
        return;
    /* Of a compound even the last element is padded, as Windows does. */
    if (req->tail.at != req->first_at && nt_ok(smb_request_room(req, 8)))
        wr_align(&req->out, 8);
    size_t end = out_at(req) + wr_pos(&req->out);
    tail_finish(req, end, false);
    count_work(req, 0);
    send_out(req->conn, (struct outgoing){TAKE(req->buffer), req->first_at, end - req->first_at,
                                          req->sealer, sealed_id(req)});
}

void smb_reply_drop(struct smb_request *req)
{
    tail_drop(req);
    count_work(req, 0);
    if (req->buffer)
        iobuf_unref(TAKE(req->buffer));
}

/* Sends the finished elements of a compound from a copy: the present one, whose handler is at
 * work, stays where it is. */
static void send_finished(struct smb_request *req)
{
    if (!req->tail.present)
        return;
    size_t end = req->tail.end;
    tail_finish(req, end, false);
    struct iobuf *b = iobuf_new(io_of(req->conn), SMB_REPLY_FIRST + end - req->first_at);
    memcpy(b->data + SMB_REPLY_FIRST, req->buffer->data + req->first_at, end - req->first_at);
    send_out(req->conn, (struct outgoing){b, SMB_REPLY_FIRST, end - req->first_at, req->sealer,
                                          sealed_id(req)});
    req->first_at = out_at(req);
}

bool smb_reply_interim(struct smb_request *req)
{
    uint64_t id;
    size_t bytes = req->frame->bytes.len;
    if (bytes > LIMIT_ASYNC_BYTES_MAX - req->conn->async_bytes ||
        idtable_add(&req->conn->async, req, &id) < 0)
        return false;
    req->conn->async_bytes += bytes;
    send_finished(req);
    struct smb2_header h = response_header(req, STATUS_PENDING);
    h.credits = grant(req);
    h.flags = (h.flags & ~SMB2_FLAG_SIGNED) | SMB2_FLAG_ASYNC;
    h.async_id = req->async_id = id;
    struct iobuf *b = iobuf_new(io_of(req->conn), INTERIM_BYTES);
    struct wr w = wr_of(mspan_of(b->data + SMB_REPLY_FIRST, b->capacity - SMB_REPLY_FIRST));
    smb2_header_write(&w, &h);
    smb2_error_rsp_write(&w, span_of(NULL, 0));
    ASSERT(wr_done(&w));
    send_out(req->conn, (struct outgoing){b, SMB_REPLY_FIRST, wr_pos(&w), req->sealer,
                                          sealed_id(req)});
    return true;
}
