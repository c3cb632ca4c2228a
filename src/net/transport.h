/* SPDX-License-Identifier: Apache-2.0
 *
 * A transport delivers and sends whole messages for one peer, whatever carries them: direct TCP
 * and NBT today, over any stream socket that struct io knows, so that simulated pairs run the same
 * code.  It belongs to one reactor.  Framing, limits and the send queue are the same above all
 * carriers. */
#pragma once

#include <netinet/in.h>

#include "base/span.h"
#include "task/io.h"

enum transport_kind {
    TRANSPORT_TCP,
    TRANSPORT_NBT,
    TRANSPORT_QUIC,
    TRANSPORT_RDMA,
    TRANSPORT_VSOCK,
};

/* One received message.  `bytes` may be changed in place (decryption) by its owner.  It is a slice
 * of a pooled buffer shared with its neighbours when small and all of one when large; either way
 * frame_unref drops it. */
struct frame {
    struct mspan bytes;
    uint32_t refs;
    struct iobuf *pooled; /* keeps bytes alive, or NULL: bytes follow the struct */
};
/* A copy in memory of its own, which may go to another reactor. */
struct frame *frame_new(struct span bytes) MUST_USE;
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame *f);
DEFINE_CLEANUP(struct frame *, frame_unref);

/* One message to send.  The transport owns it from transport_send to its release() call, which
 * happens exactly once: sent, or dropped because the transport is gone; it changes iov and bytes on
 * the way.  release() may send and shut down, but not free the transport.  iov[0] has
 * TRANSPORT_HEADROOM spare bytes before iov_base for the transport's own framing. */
#define TRANSPORT_HEADROOM 16
struct out_message {
    struct list link;
    struct iovec iov[4];
    int iov_count;
    size_t bytes;  /* sum of iov */
    size_t memory; /* that is kept until release, where that is more than `bytes` */
    void (*release)(struct out_message *m);
};

struct transport;

int transport_name_parse(const char *text, enum transport_kind *ret_kind,
                         uint16_t *ret_port) MUST_USE;
const char *transport_kind_name(enum transport_kind kind);

/* Listening sockets are opened before privileges go.  `address` NULL: all addresses. */
int net_listen_tcp(const char *address, uint16_t port, int *ret_fd) MUST_USE;

/* Wraps an accepted or connected stream socket and owns it.  NBT differs from direct TCP in that it
 * answers session requests, [RFC1002] 4.3. */
struct transport *transport_tcp_new(struct reactor *r, int fd);
struct transport *transport_nbt_new(struct reactor *r, int fd);
/* Connects to host:port (getaddrinfo on the offload pool). */
int transport_tcp_connect(struct task *t, const char *host, uint16_t port,
                          struct transport **ret_transport) MUST_USE;
/* After the last recv; shuts down if nobody has. */
void transport_free(struct transport *tr);
DEFINE_CLEANUP(struct transport *, transport_free);

/* The next whole message of at most max_bytes: 0, -EPIPE at the end of the stream between messages,
 * -ECONNRESET when it ends inside one or the peer resets, -EMSGSIZE when the peer announces more,
 * -EPROTO for a framing error, -ECANCELED.  One receiver at a time; after an error only a shutdown
 * is left. */
int transport_recv(struct task *t, struct transport *tr, size_t max_bytes,
                   struct frame **ret_frame) MUST_USE;

/* Queues a message; order is kept; what is queued in one turn leaves in one send.  Never suspends;
 * once the transport is down, release() is called before this returns. */
void transport_send(struct transport *tr, struct out_message *m);
/* Memory that queued messages keep: at least their bytes; one sent in part counts whole. */
size_t transport_queued_bytes(const struct transport *tr);
/* Returns when the queue keeps at most so much (0) or the transport is gone (-EPIPE); -ECANCELED.
 * Who answers a peer that does not read waits here before it takes the next request
 * (LIMIT_SEND_QUEUE_BYTES_MAX). */
int transport_wait_room(struct task *t, struct transport *tr, size_t bytes) MUST_USE;
/* Returns when everything queued has left (0), or as transport_wait_room. */
int transport_drain(struct task *t, struct transport *tr);

/* Bytes ever queued, and bytes the peer's transport has acknowledged (TCP: sent - TIOCOUTQ). */
uint64_t transport_sent_bytes(const struct transport *tr);
uint64_t transport_acked_bytes(struct transport *tr);
uint64_t transport_received_bytes(const struct transport *tr);

/* Ends both directions; the receiver wakes with an error and queued messages are released. */
void transport_shutdown(struct transport *tr);
bool transport_is_down(const struct transport *tr) MUST_USE;

/* Takes the transport off its reactor (nothing may be in flight: only between messages, with no
 * receiver and nothing queued) and puts it on another: detach on the old reactor's thread, then a
 * reactor_post to the new one, which attaches. */
void transport_detach(struct transport *tr);
void transport_attach(struct transport *tr, struct reactor *r);

enum transport_kind transport_kind_of(const struct transport *tr);
const struct sockaddr_storage *transport_peer(const struct transport *tr);
const struct sockaddr_storage *transport_local(const struct transport *tr);
/* "192.0.2.7:51312" into buf; returns buf. */
const char *transport_address_text(const struct sockaddr_storage *a, char *buf, size_t size);
