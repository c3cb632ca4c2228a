/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a transport and its sending side.  Messages queue until the end of the reactor's turn
 * and leave in one send that does not wait.  Only when the socket is full a sender task is started;
 * it owns the queue's front until it has sent everything, and ends.
 *
 *     open --shutdown--> down --free--> gone
 *
 * A transport that is down has released its queue, but for the messages its sender has in flight:
 * these go when the sender's operation returns.  A transport freed meanwhile is freed by it. */
#include "net/internal.h"

#define SEND_IOVS_MAX 64

static void sender(struct task *t, void *arg);

static void message_drop(struct transport *tr, struct out_message *m)
{
    list_remove(&m->link);
    tr->queued_bytes -= m->memory;
    m->release(m);
}

static void queue_drop(struct transport *tr)
{
    while (!list_empty(&tr->queue))
        message_drop(tr, list_entry(tr->queue.next, struct out_message, link));
    event_signal(&tr->progress);
}

/* The front of the queue; the iovecs are copies. */
static int gather(const struct transport *tr, struct iovec *iov, size_t *ret_bytes)
{
    int count = 0;
    *ret_bytes = 0;
    list_each(&tr->queue, struct out_message, link, m) {
        if (count + m->iov_count > SEND_IOVS_MAX)
            break;
        memcpy(iov + count, m->iov, (size_t)m->iov_count * sizeof(*iov));
        count += m->iov_count;
        *ret_bytes += m->bytes;
    }
    return count;
}

/* `bytes` of the queue have gone to the kernel.  A release() may shut the transport down, which
 * empties the queue. */
static void advance(struct transport *tr, size_t bytes)
{
    tr->passed_bytes += bytes;
    while (bytes > 0 && !list_empty(&tr->queue)) {
        struct out_message *m = list_entry(tr->queue.next, struct out_message, link);
        if (bytes < m->bytes) {
            int used = iov_consume(m->iov, m->iov_count, bytes);
            m->iov_count -= used;
            memmove(m->iov, m->iov + used, (size_t)m->iov_count * sizeof(*m->iov));
            m->bytes -= bytes;
            break;
        }
        bytes -= m->bytes;
        message_drop(tr, m);
    }
    event_signal(&tr->progress);
}

/* Sends what the socket takes.  0: all of it; -EAGAIN: a sender must wait for the rest. */
static int send_now(struct transport *tr)
{
    while (!list_empty(&tr->queue)) {
        struct iovec iov[SEND_IOVS_MAX];
        size_t bytes;
        int count = gather(tr, iov, &bytes);
        ssize_t n = io_send_try(tr->io, tr->fd, iov, count);
        if (n < 0)
            return (int)n;
        advance(tr, (size_t)n);
        if ((size_t)n < bytes)
            return -EAGAIN;
    }
    return 0;
}

static void flush(struct turn_end *te)
{
    struct transport *tr = container_of(te, struct transport, flush);
    if (tr->sending || tr->down)
        return;
    int err = send_now(tr);
    if (err == -EAGAIN) {
        tr->sending = true;
        if (task_start(tr->reactor, "sender", sender, tr))
            return;
        tr->sending = false; /* no task to be had: this connection pays */
    }
    if (err < 0)
        transport_shutdown(tr);
}

static void destroy(struct transport *tr)
{
    ASSERT(list_empty(&tr->queue));
    turn_end_cancel(&tr->flush);
    iobuf_unref(tr->in);
    frame_unref(tr->carry);
    io_close(tr->io, tr->fd);
    free(tr);
}

static void sender(struct task *t, void *arg)
{
    struct transport *tr = arg;
    while (!list_empty(&tr->queue) && !tr->down) {
        struct iovec iov[SEND_IOVS_MAX];
        size_t bytes;
        int count = gather(tr, iov, &bytes);
        ssize_t n = io_send_all(t, tr->fd, iov, count);
        if (n < 0)
            transport_shutdown(tr);
        else
            advance(tr, (size_t)n);
    }
    tr->sending = false;
    if (tr->down)
        queue_drop(tr);
    if (tr->freed)
        destroy(tr);
}

void transport_queue(struct transport *tr, struct out_message *m)
{
    list_init(&m->link);
    if (tr->down) {
        m->release(m);
        return;
    }
    list_push_back(&tr->queue, &m->link);
    m->memory = MAX(m->memory, m->bytes);
    tr->queued_bytes += m->memory;
    tr->sent_bytes += m->bytes;
    if (!tr->sending)
        turn_end_ask(tr->reactor, &tr->flush);
}

void transport_send(struct transport *tr, struct out_message *m)
{
    ASSERT(m->iov_count >= 1 && m->iov_count <= (int)ARRAY_LEN(m->iov));
    ASSERT(m->bytes > 0 && m->bytes < (1u << 24));
    uint8_t *head = (uint8_t *)m->iov[0].iov_base - FRAME_HEADER_BYTES;
    head[0] = FRAME_MESSAGE;
    head[1] = (uint8_t)(m->bytes >> 16);
    head[2] = (uint8_t)(m->bytes >> 8);
    head[3] = (uint8_t)m->bytes;
    m->iov[0].iov_base = head;
    m->iov[0].iov_len += FRAME_HEADER_BYTES;
    m->bytes += FRAME_HEADER_BYTES;
    transport_queue(tr, m);
}

size_t transport_queued_bytes(const struct transport *tr)
{
    return tr->queued_bytes;
}

int transport_wait_room(struct task *t, struct transport *tr, size_t bytes)
{
    while (!tr->down && tr->queued_bytes > bytes) {
        int err = event_wait(t, &tr->progress, EVENT_NO_TIMEOUT);
        if (err < 0)
            return err;
    }
    return tr->down ? -EPIPE : 0;
}

int transport_drain(struct task *t, struct transport *tr)
{
    return transport_wait_room(t, tr, 0);
}

uint64_t transport_sent_bytes(const struct transport *tr)
{
    return tr->sent_bytes;
}

uint64_t transport_acked_bytes(struct transport *tr)
{
    ssize_t unacked = io_unacked(tr->io, tr->fd);
    if (unacked >= 0 && (uint64_t)unacked <= tr->passed_bytes)
        tr->acked_bytes = MAX(tr->acked_bytes, tr->passed_bytes - (uint64_t)unacked);
    return tr->acked_bytes;
}

uint64_t transport_received_bytes(const struct transport *tr)
{
    return tr->received_bytes;
}

void transport_shutdown(struct transport *tr)
{
    if (tr->down)
        return;
    (void)transport_acked_bytes(tr);
    tr->down = true;
    io_shutdown(tr->io, tr->fd);
    if (!tr->sending)
        queue_drop(tr);
    event_signal(&tr->progress);
}

bool transport_is_down(const struct transport *tr)
{
    return tr->down;
}

static struct transport *transport_new(struct reactor *r, int fd, enum transport_kind kind)
{
    struct transport *tr = NEW(struct transport);
    tr->reactor = r;
    tr->io = reactor_io(r);
    tr->fd = fd;
    tr->kind = kind;
    list_init(&tr->queue);
    turn_end_init(&tr->flush, flush);
    event_init(&tr->progress);
    if (io_socket_names(tr->io, fd, &tr->local, &tr->peer) < 0)
        tr->local.ss_family = tr->peer.ss_family = AF_UNSPEC; /* reset already: recv will tell */
    return tr;
}

struct transport *transport_tcp_new(struct reactor *r, int fd)
{
    return transport_new(r, fd, TRANSPORT_TCP);
}

struct transport *transport_nbt_new(struct reactor *r, int fd)
{
    return transport_new(r, fd, TRANSPORT_NBT);
}

void transport_free(struct transport *tr)
{
    if (!tr)
        return;
    ASSERT(!tr->receiving);
    ASSERT(list_empty(&tr->progress.waiters));
    transport_shutdown(tr);
    tr->freed = true;
    if (!tr->sending)
        destroy(tr);
}

void transport_detach(struct transport *tr)
{
    ASSERT(!tr->receiving && !tr->sending);
    ASSERT(list_empty(&tr->queue) && list_empty(&tr->progress.waiters));
    turn_end_cancel(&tr->flush);
    if (tr->in)
        tr->carry = frame_new(span_of(tr->in->data + tr->in_at, tr->in->len - tr->in_at));
    iobuf_unref(TAKE(tr->in));
    tr->in_at = 0;
    tr->reactor = NULL;
    tr->io = NULL;
}

void transport_attach(struct transport *tr, struct reactor *r)
{
    ASSERT(!tr->reactor);
    tr->reactor = r;
    tr->io = reactor_io(r);
    if (tr->carry) {
        size_t len = tr->carry->bytes.len;
        tr->in = iobuf_new(tr->io, len);
        memcpy(tr->in->data, tr->carry->bytes.p, len);
        tr->in->len = (uint32_t)len;
        frame_unref(TAKE(tr->carry));
    }
}

enum transport_kind transport_kind_of(const struct transport *tr)
{
    return tr->kind;
}

const struct sockaddr_storage *transport_peer(const struct transport *tr)
{
    return &tr->peer;
}

const struct sockaddr_storage *transport_local(const struct transport *tr)
{
    return &tr->local;
}
