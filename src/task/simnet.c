/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulated stream sockets.  What one end sends becomes a segment in its peer's list, in order of
 * arrival; arrivals are the only things that wake a reader, and they come from sim_run, never from
 * inside the call that sent.  The end of a stream and a reset are segments, too, so they arrive
 * after what was sent before.  Sockets stay until the world ends: a closed one can still be the
 * peer of another. */
#include <netinet/in.h>

#include "task/sim.h"

#define WINDOW_BYTES ((size_t)256 << 10)
#define RETRANSMIT_US 200000u
#define RECV_BYTES 16384u

enum segment_kind { SEGMENT_DATA, SEGMENT_END, SEGMENT_RESET, SEGMENT_CONNECT };

struct segment {
    struct timer arrival;
    struct list link;
    struct sim_socket *to;
    enum segment_kind kind;
    bool arrived;
    size_t len, used;
    uint8_t bytes[];
};

struct sim_socket {
    int fd;
    uint16_t port; /* listening or, of a server's end, that it came to */
    bool listening, connected, closed;
    bool sent_end;     /* nothing more will be sent */
    bool ended, reset; /* has arrived here */
    struct sim_socket *peer;
    struct list segments; /* to be read here, in order of arrival */
    struct list backlog;  /* of a listener: connections to accept, by backlog_link */
    struct list backlog_link;
    struct sim_link link; /* of what is sent from here */
    uint64_t sent_bytes;
    uint64_t last_arrival_us; /* of what was sent from here */
    size_t window_used;       /* sent from here and not yet read */
    size_t in_flight;         /* sent from here and not yet arrived */
    struct sim_wait *reader, *writer;
};

static struct sim_socket *find(struct sim *s, int fd)
{
    size_t i = (size_t)fd - SIM_FD_FIRST;
    if (fd < SIM_FD_FIRST || i >= s->socket_count || s->sockets[i]->closed)
        return NULL;
    return s->sockets[i];
}

static struct sim_socket *socket_add(struct sim *s)
{
    struct sim_socket *sk = NEW(struct sim_socket);
    sk->fd = SIM_FD_FIRST + (int)s->socket_count;
    sk->link = s->link;
    list_init(&sk->segments);
    list_init(&sk->backlog);
    list_init(&sk->backlog_link);
    s->sockets = xrealloc(s->sockets, (s->socket_count + 1) * sizeof(struct sim_socket *));
    s->sockets[s->socket_count++] = sk;
    return sk;
}

static void segment_free(struct sim *s, struct segment *seg)
{
    list_remove(&seg->link);
    timer_heap_remove(&s->arrivals, &seg->arrival);
    free(seg);
}

static void segments_drop(struct sim *s, struct sim_socket *sk)
{
    list_each(&sk->segments, struct segment, link, seg)
        segment_free(s, seg);
    if (sk->peer)
        sk->peer->window_used = sk->peer->in_flight = 0;
}

void sim_sockets_fini(struct sim *s)
{
    for (size_t i = 0; i < s->socket_count; i++) {
        ASSERT(!s->sockets[i]->reader && !s->sockets[i]->writer);
        segments_drop(s, s->sockets[i]);
    }
    for (size_t i = 0; i < s->socket_count; i++)
        free(s->sockets[i]);
    free(s->sockets);
}

static void pair(struct sim_socket *a, struct sim_socket *b)
{
    a->peer = b;
    b->peer = a;
    a->connected = b->connected = true;
}

void sim_socketpair(struct sim *s, int ret_fds[2])
{
    struct sim_socket *a = socket_add(s), *b = socket_add(s);
    pair(a, b);
    ret_fds[0] = a->fd;
    ret_fds[1] = b->fd;
}

int sim_listen(struct sim *s, uint16_t port)
{
    for (size_t i = 0; i < s->socket_count; i++) {
        if (s->sockets[i]->listening && !s->sockets[i]->closed && s->sockets[i]->port == port)
            return -EADDRINUSE;
    }
    struct sim_socket *sk = socket_add(s);
    sk->listening = true;
    sk->port = port;
    return sk->fd;
}

static void schedule(struct sim *s, struct sim_socket *from, struct segment *seg)
{
    const struct sim_link *l = &from->link;
    if (l->stalled)
        return; /* sim_link_set does it */
    uint64_t at = s->now_us + sim_between(s, l->delay_us_min, l->delay_us_max);
    uint64_t timeout = RETRANSMIT_US;
    for (int tries = 0; tries < 5 && sim_chance(s, l->loss_ppm); tries++, timeout *= 2)
        at += timeout;
    from->last_arrival_us = MAX(from->last_arrival_us, at);
    timer_heap_put(&s->arrivals, &seg->arrival, from->last_arrival_us);
}

static struct segment *transmit(struct sim *s, struct sim_socket *from, enum segment_kind kind,
                                size_t len)
{
    struct segment *seg = xcalloc(1, sizeof(*seg) + len);
    seg->kind = kind;
    seg->len = len;
    seg->to = from->peer;
    list_push_back(&from->peer->segments, &seg->link);
    from->window_used += len;
    from->in_flight += len;
    from->sent_bytes += len;
    sim_note(s, (uint64_t)from->fd << 32 | (uint64_t)kind << 28 | len);
    schedule(s, from, seg);
    return seg;
}

void sim_link_default(struct sim *s, const struct sim_link *link)
{
    s->link = *link;
}

void sim_link_set(struct sim *s, int fd, const struct sim_link *link)
{
    size_t i = (size_t)fd - SIM_FD_FIRST;
    ASSERT(fd >= SIM_FD_FIRST && i < s->socket_count);
    struct sim_socket *sk = s->sockets[i]; /* closed or not: its last words may be on the way */
    sk->link = *link;
    if (link->stalled || !sk->peer)
        return;
    list_each(&sk->peer->segments, struct segment, link, seg) {
        if (!seg->arrived && !timer_armed(&seg->arrival))
            schedule(s, sk, seg);
    }
}

static void wake_both(struct sim_socket *sk)
{
    sim_wake(&sk->reader, 0);
    sim_wake(&sk->writer, 0);
}

static void reset_end(struct sim *s, struct sim_socket *sk)
{
    segments_drop(s, sk);
    sk->reset = true;
    wake_both(sk);
}

/* This end learns of it now, the other when it arrives there. */
static void reset_connection(struct sim *s, struct sim_socket *sk)
{
    reset_end(s, sk);
    if (!sk->peer->reset)
        (void)transmit(s, sk, SEGMENT_RESET, 0);
}

void sim_cut(struct sim *s, int fd)
{
    struct sim_socket *sk = find(s, fd);
    if (sk && sk->peer)
        reset_connection(s, sk);
}

static void connection_arrives(struct sim *s, struct sim_socket *client)
{
    struct sim_socket *listener = NULL;
    if (client->closed)
        return;
    for (size_t i = 0; i < s->socket_count; i++) {
        if (s->sockets[i]->listening && !s->sockets[i]->closed &&
            s->sockets[i]->port == client->port)
            listener = s->sockets[i];
    }
    if (listener) {
        struct sim_socket *server = socket_add(s);
        pair(server, client);
        server->port = client->port;
        list_push_back(&listener->backlog, &server->backlog_link);
        sim_wake(&listener->reader, 0);
    }
    sim_wake(&client->reader, listener ? 0 : -ECONNREFUSED);
}

void sim_arrive(struct sim *s, struct timer *tm)
{
    struct segment *seg = container_of(tm, struct segment, arrival);
    struct sim_socket *to = seg->to;
    sim_note(s, (uint64_t)to->fd << 32 | (uint64_t)seg->kind << 28 | seg->len | 1u << 27);
    seg->arrived = true;
    switch (seg->kind) {
    case SEGMENT_DATA:
        to->peer->in_flight -= seg->len;
        if (to->ended || to->closed) {
            to->peer->window_used -= seg->len;
            segment_free(s, seg);
            sim_wake(&to->peer->writer, 0);
        }
        sim_wake(&to->reader, 0);
        break;
    case SEGMENT_END:
        sim_wake(&to->reader, 0);
        break;
    case SEGMENT_RESET:
        reset_end(s, to);
        break;
    case SEGMENT_CONNECT:
        segment_free(s, seg);
        connection_arrives(s, to);
        break;
    }
}

int sim_socket_new(struct io *io, int family)
{
    (void)family;
    return socket_add(sim_of(io))->fd;
}

int sim_accept(struct task *t, int listen_fd)
{
    for (;;) {
        struct sim_socket *sk = find(sim_of(task_io(t)), listen_fd);
        if (!sk || !sk->listening)
            return -EBADF;
        struct sim_socket *first = list_first(&sk->backlog, struct sim_socket, backlog_link);
        if (first) {
            list_remove(&first->backlog_link);
            return first->fd;
        }
        ERR_TRY(sim_park(t, &sk->reader));
    }
}

int sim_connect(struct task *t, int fd, const struct sockaddr *addr, socklen_t len)
{
    struct sim *s = sim_of(task_io(t));
    struct sim_socket *sk = find(s, fd);
    if (!sk || sk->connected || sk->listening)
        return -EBADF;
    ASSERT(len >= sizeof(struct sockaddr_in));
    sk->port = ntohs(((const struct sockaddr_in *)addr)->sin_port); /* v6 has it there as well */
    struct segment *seg = NEW(struct segment);
    seg->kind = SEGMENT_CONNECT;
    seg->to = sk;
    list_push_back(&sk->segments, &seg->link);
    schedule(s, sk, seg);
    return sim_park(t, &sk->reader);
}

/* What has arrived and can be read: bytes copied, 0 at the end, -EAGAIN. */
static ssize_t read_now(struct sim *s, struct sim_socket *sk, uint8_t *buf, size_t len)
{
    if (sk->reset)
        return -ECONNRESET;
    if (sk->ended)
        return 0;
    if (sim_chance(s, sk->peer->link.short_read_ppm))
        len = (size_t)sim_random(s, len) + 1;
    size_t done = 0;
    list_each(&sk->segments, struct segment, link, seg) {
        if (!seg->arrived || done == len)
            break;
        if (seg->kind == SEGMENT_END) {
            if (done == 0)
                sk->ended = true;
            return (ssize_t)done;
        }
        size_t n = MIN(len - done, seg->len - seg->used);
        memcpy(buf + done, seg->bytes + seg->used, n);
        done += n;
        seg->used += n;
        sk->peer->window_used -= n;
        if (seg->used == seg->len)
            segment_free(s, seg);
    }
    if (done == 0)
        return -EAGAIN;
    sim_wake(&sk->peer->writer, 0);
    return (ssize_t)done;
}

bool sim_socket_readable(struct sim *s, int fd)
{
    const struct sim_socket *sk = find(s, fd);
    if (!sk || sk->reset || sk->ended || !list_empty(&sk->backlog))
        return true;
    const struct segment *first = list_first(&sk->segments, struct segment, link);
    return first && first->arrived;
}

int sim_socket_poll(struct task *t, int fd)
{
    struct sim *s = sim_of(task_io(t));
    while (!sim_socket_readable(s, fd))
        ERR_TRY(sim_park(t, &find(s, fd)->reader));
    return 0;
}

static ssize_t read_some(struct task *t, int fd, uint8_t *buf, size_t len)
{
    struct sim *s = sim_of(task_io(t));
    for (;;) {
        struct sim_socket *sk = find(s, fd);
        if (!sk)
            return -EBADF;
        if (!sk->connected)
            return -ENOTCONN;
        ssize_t n = read_now(s, sk, buf, len);
        if (n != -EAGAIN)
            return n;
        ERR_TRY(sim_park(t, &sk->reader));
        if (task_stops(t))
            return -ECANCELED;
    }
}

ssize_t sim_recv_pooled(struct task *t, int fd, size_t max_bytes, struct iobuf **ret_buf)
{
    int err = sim_socket_poll(t, fd);
    if (err < 0)
        return err;
    CLEANUP(iobuf_unref) struct iobuf *b = iobuf_new(task_io(t), RECV_BYTES);
    max_bytes = max_bytes ? MIN(max_bytes, (size_t)RECV_BYTES) : RECV_BYTES;
    ssize_t n = read_some(t, fd, b->data, max_bytes);
    if (n > 0) {
        b->len = (uint32_t)n;
        *ret_buf = TAKE(b);
    }
    return n;
}

ssize_t sim_recv_exact(struct task *t, int fd, void *buf, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = read_some(t, fd, (uint8_t *)buf + done, len - done);
        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static void copy_in(uint8_t *to, size_t len, const struct iovec *iov)
{
    for (size_t done = 0; done < len; iov++) {
        size_t n = MIN(len - done, iov->iov_len);
        if (n)
            memcpy(to + done, iov->iov_base, n);
        done += n;
    }
}

ssize_t sim_send_try(struct io *io, int fd, const struct iovec *iov, int count)
{
    struct sim *s = sim_of(io);
    struct sim_socket *sk = find(s, fd);
    if (!sk)
        return -EBADF;
    if (!sk->connected)
        return -ENOTCONN;
    if (sk->reset || sk->sent_end || sk->peer->closed)
        return sk->reset ? -ECONNRESET : -EPIPE;
    size_t len = 0, window = sk->link.window_bytes ? sk->link.window_bytes : WINDOW_BYTES;
    for (int i = 0; i < count; i++)
        len += iov[i].iov_len;
    if (len == 0)
        return 0;
    if (sk->window_used >= window)
        return -EAGAIN;
    len = MIN(len, window - sk->window_used);
    if (sim_chance(s, sk->link.short_write_ppm))
        len = (size_t)sim_random(s, len) + 1;
    uint64_t cut_at = sk->link.cut_at_bytes;
    bool cut = sim_chance(s, sk->link.cut_ppm) || (cut_at && sk->sent_bytes + len >= cut_at);
    if (cut && cut_at > sk->sent_bytes)
        len = MIN(len, (size_t)(cut_at - sk->sent_bytes));
    copy_in(transmit(s, sk, SEGMENT_DATA, len)->bytes, len, iov);
    if (cut)
        reset_connection(s, sk);
    return (ssize_t)len;
}

ssize_t sim_send_all(struct task *t, int fd, struct iovec *iov, int count)
{
    struct sim *s = sim_of(task_io(t));
    size_t done = 0;
    while (count > 0) {
        ssize_t n = sim_send_try(task_io(t), fd, iov, count);
        if (n == -EAGAIN) {
            ERR_TRY(sim_park(t, &find(s, fd)->writer));
            if (task_stops(t))
                return -ECANCELED;
            continue;
        }
        if (n < 0)
            return n;
        done += (size_t)n;
        int used = iov_consume(iov, count, (size_t)n);
        iov += used;
        count -= used;
    }
    return (ssize_t)done;
}

ssize_t sim_unacked(struct io *io, int fd)
{
    const struct sim_socket *sk = find(sim_of(io), fd);
    return sk ? (ssize_t)sk->in_flight : -EBADF;
}

static void name_put(struct sockaddr_storage *a, const struct sim_socket *sk)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)a;
    *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(sk->port)};
    v4->sin_addr.s_addr = htonl(0x0a000000u | ((unsigned)sk->fd & 0xffffff));
}

int sim_socket_names(struct io *io, int fd, struct sockaddr_storage *ret_local,
                     struct sockaddr_storage *ret_peer)
{
    const struct sim_socket *sk = find(sim_of(io), fd);
    if (!sk || !sk->peer)
        return -ENOTCONN;
    name_put(ret_local, sk);
    name_put(ret_peer, sk->peer);
    return 0;
}

static void end(struct sim *s, struct sim_socket *sk)
{
    if (sk->connected && !sk->sent_end && !sk->reset) {
        sk->sent_end = true;
        (void)transmit(s, sk, SEGMENT_END, 0);
    }
    sk->ended = true;
    wake_both(sk);
}

void sim_shutdown(struct io *io, int fd)
{
    struct sim_socket *sk = find(sim_of(io), fd);
    if (sk)
        end(sim_of(io), sk);
}

void sim_socket_close(struct sim *s, int fd)
{
    struct sim_socket *sk = find(s, fd);
    if (!sk)
        return;
    end(s, sk);
    list_each(&sk->backlog, struct sim_socket, backlog_link, waiting)
        sim_socket_close(s, waiting->fd);
    list_remove(&sk->backlog_link);
    if (sk->connected)
        segments_drop(s, sk);
    sk->closed = true;
    if (sk->peer)
        sim_wake(&sk->peer->writer, 0);
}
