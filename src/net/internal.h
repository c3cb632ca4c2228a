/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/net: what a transport is made of.  receive.c owns the receiving side, transport.c the
 * rest. */
#pragma once

#include "net/transport.h"

#define FRAME_HEADER_BYTES 4u

/* The first byte of a frame: [MS-SMB2] 2.1 for direct TCP, [RFC1002] 4.3.1 for NBT. */
enum frame_type {
    FRAME_MESSAGE = 0x00,
    FRAME_SESSION_REQUEST = 0x81,
    FRAME_SESSION_POSITIVE = 0x82,
    FRAME_KEEPALIVE = 0x85,
};

struct transport {
    struct reactor *reactor;
    struct io *io;
    int fd;
    enum transport_kind kind;
    struct sockaddr_storage local, peer;

    struct iobuf *in; /* bytes received and not yet consumed start at in_at */
    size_t in_at;
    uint8_t head[FRAME_HEADER_BYTES]; /* of the next frame, head_have of it */
    uint32_t head_have;
    bool receiving;
    bool called;         /* NBT: the session request has come */
    bool bulk;           /* the last frame was large, so the next one may be */
    struct frame *carry; /* between detach and attach: what `in` held */
    uint64_t received_bytes;

    struct list queue; /* of out_message, the first one possibly sent in part */
    size_t queued_bytes; /* memory kept by what is in the queue */
    uint64_t sent_bytes;   /* ever queued */
    uint64_t passed_bytes; /* of these, given to the kernel */
    uint64_t acked_bytes;  /* the most ever seen */
    struct turn_end flush;
    struct event progress; /* the queue got shorter, or the transport went down */
    bool sending;          /* the sender task lives and has part of the queue in flight */
    bool down, freed;
};

/* Queues bytes that are framed already. */
void transport_queue(struct transport *tr, struct out_message *m);
