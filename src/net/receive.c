/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiving side: bytes come in pooled buffers; small frames are slices of them.  A frame that
 * does not fit into what has been received gets a buffer of its own, and most of it is received
 * straight into that.  After a large frame only a header's worth is asked for, so that the next
 * large frame is not copied at all. */
#include "net/internal.h"

#define LARGE_FRAME_BYTES 16384u  /* from here on a frame predicts that the next is large, too */
#define PEEK_BYTES 256u           /* asked for then: any header of [MS-SMB2] 2.2 fits */
#define EXACT_BYTES_MIN 4096u     /* a missing rest from here on is received into its place */
#define SESSION_REQUEST_BYTES_MAX 1024u

static size_t in_bytes(const struct transport *tr)
{
    return tr->in ? tr->in->len - tr->in_at : 0;
}

static size_t in_take(struct transport *tr, uint8_t *dst, size_t len)
{
    len = MIN(len, in_bytes(tr));
    if (len)
        memcpy(dst, tr->in->data + tr->in_at, len);
    tr->in_at += len;
    return len;
}

static void in_drop(struct transport *tr)
{
    iobuf_unref(TAKE(tr->in));
    tr->in_at = 0;
}

/* What a failing receive means to the caller. */
static int stream_error(const struct transport *tr, ssize_t err)
{
    if (err == -ECANCELED)
        return -ECANCELED;
    return err == 0 && tr->head_have == 0 ? -EPIPE : -ECONNRESET;
}

/* The next piece of the stream in `in`, which is used up. */
static int refill(struct task *t, struct transport *tr)
{
    in_drop(tr);
    if (tr->down)
        return -ECONNRESET;
    ssize_t n = io_recv_pooled(t, tr->fd, tr->bulk ? PEEK_BYTES : 0, &tr->in);
    if (n <= 0)
        return stream_error(tr, n);
    tr->received_bytes += (uint64_t)n;
    return 0;
}

static int receive_head(struct task *t, struct transport *tr)
{
    for (;;) {
        tr->head_have += (uint32_t)in_take(tr, tr->head + tr->head_have,
                                           FRAME_HEADER_BYTES - tr->head_have);
        if (tr->head_have == FRAME_HEADER_BYTES)
            return 0;
        ERR_TRY(refill(t, tr));
    }
}

/* A frame of which `in` holds a part at most: in a buffer of its own. */
static int receive_parts(struct task *t, struct transport *tr, size_t len, struct iobuf **ret_buf)
{
    CLEANUP(iobuf_unref) struct iobuf *b = iobuf_new(tr->io, len);
    for (;;) {
        b->len += (uint32_t)in_take(tr, b->data + b->len, len - b->len);
        size_t missing = len - b->len;
        if (missing == 0)
            break;
        if (missing < EXACT_BYTES_MIN) {
            ERR_TRY(refill(t, tr));
            continue;
        }
        if (tr->down)
            return -ECONNRESET;
        in_drop(tr);
        ssize_t n = io_recv_exact(t, tr->fd, b->data + b->len, missing);
        if (n > 0)
            tr->received_bytes += (uint64_t)n;
        if (n != (ssize_t)missing)
            return stream_error(tr, n);
        b->len = (uint32_t)len;
    }
    *ret_buf = TAKE(b);
    return 0;
}

static int receive_body(struct task *t, struct transport *tr, size_t len, struct frame **ret_frame)
{
    struct frame f = {.refs = 1};
    if (in_bytes(tr) >= len) {
        f.pooled = iobuf_ref(tr->in);
        f.bytes = mspan_of(tr->in->data + tr->in_at, len);
        tr->in_at += len;
    } else {
        ERR_TRY(receive_parts(t, tr, len, &f.pooled));
        f.bytes = mspan_of(f.pooled->data, len);
    }
    if (in_bytes(tr) == 0)
        in_drop(tr);
    tr->bulk = len >= LARGE_FRAME_BYTES;
    tr->head_have = 0;
    *ret_frame = xmemdup(&f, sizeof(f));
    return 0;
}

static void reply_release(struct out_message *m)
{
    free(m);
}

/* [RFC1002] 4.3.3: any called name is ours. */
static void session_accept(struct transport *tr)
{
    struct out_message *m = xcalloc(1, sizeof(*m) + FRAME_HEADER_BYTES);
    uint8_t *header = (uint8_t *)(m + 1);
    header[0] = FRAME_SESSION_POSITIVE;
    m->iov[0] = (struct iovec){header, FRAME_HEADER_BYTES};
    m->iov_count = 1;
    m->bytes = FRAME_HEADER_BYTES;
    m->release = reply_release;
    transport_queue(tr, m);
}

/* Takes the header in `head` as far as it goes without a body for the caller: 1 when a message
 * follows, 0 when the frame has been dealt with. */
static int judge_head(struct task *t, struct transport *tr, size_t max_bytes, size_t *ret_len)
{
    size_t len = (size_t)tr->head[1] << 16 | (size_t)tr->head[2] << 8 | tr->head[3];
    if (tr->kind == TRANSPORT_NBT && len > 0x1ffff)
        return -EPROTO;
    if (tr->head[0] == FRAME_KEEPALIVE && len == 0) {
        tr->head_have = 0;
        return 0;
    }
    if (tr->head[0] == FRAME_SESSION_REQUEST && tr->kind == TRANSPORT_NBT) {
        if (len > SESSION_REQUEST_BYTES_MAX || tr->called)
            return -EPROTO; /* one is answered: answers to many would queue without a bound */
        tr->called = true;
        struct frame *request;
        ERR_TRY(receive_body(t, tr, len, &request));
        frame_unref(request);
        session_accept(tr);
        return 0;
    }
    if (tr->head[0] != FRAME_MESSAGE || len == 0)
        return -EPROTO;
    *ret_len = len;
    return len > max_bytes ? -EMSGSIZE : 1;
}

static int receive(struct task *t, struct transport *tr, size_t max_bytes, struct frame **ret_frame)
{
    for (;;) {
        size_t len = 0;
        ERR_TRY(receive_head(t, tr));
        int verdict = judge_head(t, tr, max_bytes, &len);
        if (verdict < 0)
            return verdict;
        if (verdict > 0)
            return receive_body(t, tr, len, ret_frame);
    }
}

int transport_recv(struct task *t, struct transport *tr, size_t max_bytes, struct frame **ret_frame)
{
    ASSERT(!tr->receiving);
    ASSERT(tr->reactor == task_reactor(t));
    if (tr->down)
        return -EPIPE;
    tr->receiving = true;
    int err = receive(t, tr, max_bytes, ret_frame);
    tr->receiving = false;
    return err;
}
