/* SPDX-License-Identifier: Apache-2.0
 *
 * A pipe is a queue of messages filled by its association while a write is being worked on, and
 * an event for readers that came too early. */
#include "smb/pipe.h"

#include "base/limits.h"
#include "base/list.h"
#include "task/io.h"

#include <strings.h>

#define UNREAD_BYTES_MAX (64u << 10) /* beyond this the client has to read before it writes */
#define QUEUED_BYTES_MAX (UNREAD_BYTES_MAX + 2 * LIMIT_RPC_BYTES_MAX) /* by one write, then */

static const struct rpc_interface *const interfaces[] = {&rpc_srvsvc, &rpc_wkssvc};

struct message {
    struct list link;
    size_t len, at; /* at: read already */
    uint8_t bytes[];
};

struct pipe {
    struct rpc_sink sink;
    struct rpc_host host;
    struct rpc_assoc *assoc;
    struct list messages;
    size_t unread_bytes;
    uint32_t message_count;
    bool hung_up, broken; /* by the client; by its breach of protocol */
    struct event readable;
};

static const struct rpc_interface *interface_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(interfaces); i++)
        if (strcasecmp(name, interfaces[i]->pipe_name) == 0)
            return interfaces[i];
    return NULL;
}

bool pipe_exists(const char *name)
{
    return interface_find(name) != NULL;
}

static bool answer_queue(struct rpc_sink *sink, struct span fragment)
{
    struct pipe *p = container_of(sink, struct pipe, sink);
    if (p->unread_bytes > QUEUED_BYTES_MAX)
        return false;
    struct message *m = xmalloc(sizeof(*m) + fragment.len);
    m->len = fragment.len;
    m->at = 0;
    memcpy(m->bytes, fragment.p, fragment.len);
    list_push_back(&p->messages, &m->link);
    p->unread_bytes += m->len;
    p->message_count++;
    return true;
}

struct pipe *pipe_new(const char *name, const struct rpc_host *host)
{
    const struct rpc_interface *interface = interface_find(name);
    if (!interface)
        return NULL;
    struct pipe *p = NEW(struct pipe);
    p->sink.emit = answer_queue;
    list_init(&p->messages);
    event_init(&p->readable);
    p->host = *host;
    p->assoc = rpc_assoc_new(interface, &p->host, &p->sink);
    return p;
}

void pipe_hang_up(struct pipe *p)
{
    p->hung_up = true;
    event_signal(&p->readable);
}

static struct message *message_first(const struct pipe *p)
{
    if (list_empty(&p->messages))
        return NULL;
    return container_of(p->messages.next, struct message, link);
}

static void message_drop(struct pipe *p, struct message *m)
{
    p->unread_bytes -= m->len - m->at;
    p->message_count--;
    list_remove(&m->link);
    free(m);
}

void pipe_free(struct pipe *p)
{
    if (!p)
        return;
    for (struct message *m; (m = message_first(p));)
        message_drop(p, m);
    rpc_assoc_free(p->assoc);
    free(p);
}

ntstatus pipe_write(struct task *t, struct pipe *p, struct span bytes)
{
    if (p->broken)
        return STATUS_PIPE_DISCONNECTED;
    if (p->unread_bytes > UNREAD_BYTES_MAX)
        return STATUS_PIPE_BUSY;
    struct io *io = task_io(t);
    struct rpc_clock clock = {.now = io_realtime(io), .uptime_us = io_now_us(io)};
    p->broken = !rpc_assoc_input(p->assoc, bytes, &clock);
    if (pipe_readable(p))
        event_signal(&p->readable);
    return STATUS_SUCCESS;
}

bool pipe_readable(const struct pipe *p)
{
    return p->broken || p->message_count;
}

ntstatus pipe_read(struct task *t, struct pipe *p, struct mspan to, size_t *ret_len)
{
    struct message *m;
    while (!(m = message_first(p))) {
        if (p->hung_up)
            return STATUS_PIPE_BROKEN;
        if (p->broken)
            return STATUS_PIPE_DISCONNECTED;
        if (event_wait(t, &p->readable, EVENT_NO_TIMEOUT) < 0)
            return STATUS_CANCELLED;
    }
    size_t len = MIN(to.len, m->len - m->at);
    if (len)
        memcpy(to.p, m->bytes + m->at, len);
    m->at += len;
    p->unread_bytes -= len;
    bool whole = m->at == m->len;
    if (whole)
        message_drop(p, m);
    *ret_len = len;
    return whole ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

struct pipe_state pipe_state(const struct pipe *p)
{
    const struct message *m = message_first(p);
    return (struct pipe_state){
        .bytes_available = (uint32_t)p->unread_bytes,
        .messages = p->message_count,
        .message_bytes = m ? (uint32_t)(m->len - m->at) : 0,
        .connected = !p->broken,
    };
}

size_t pipe_peek(const struct pipe *p, struct mspan to)
{
    const struct message *m = message_first(p);
    size_t len = m ? MIN(to.len, m->len - m->at) : 0;
    if (len)
        memcpy(to.p, m->bytes + m->at, len);
    return len;
}
