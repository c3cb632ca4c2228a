/* SPDX-License-Identifier: Apache-2.0
 *
 * A client for the whole-connection target: it logs on by the rules, then says whatever it is told
 * to in a well-made header, signed or sealed.  What the server answers is held to the rules:
 * frames, chains, signatures, and bodies that our own readers take. */
#pragma once

#include "auth/auth.h"
#include "world.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "proto/smb2.h"

#define PEER_SLOTS 6u
#define PEER_MESSAGE_BYTES_MAX (1u << 19)

enum peer_guard { PEER_GUEST, PEER_SIGNED, PEER_SEALED };

/* Trees by number; connected when first asked for. */
enum peer_tree { PEER_TREE_FILES, PEER_TREE_PIPES, PEER_TREE_READS, PEER_TREE_SEALED, PEER_TREES };

struct peer_config {
    uint16_t dialect;
    enum peer_guard guard;
    uint8_t client;             /* ClientGuid is made of it */
    const struct peer *channel; /* 3.x, signed or sealed: joins this one's session */
};

struct peer {
    struct world *world;
    struct peer_config config;
    int fd, server_fd;
    bool ended; /* no more to be read */
    bool hung_up;

    enum sign_alg signing;
    enum cipher cipher;
    struct signer *signer;
    struct sealer *seal_out, *seal_in;
    struct smb3_keys keys;
    uint64_t session_id;
    uint32_t trees[PEER_TREES];
    uint64_t next_id;
    uint8_t preauth[64];

    struct smb2_file_id opens[PEER_SLOTS]; /* the last ones answered */
    unsigned open_count;
    uint64_t async_id; /* of the last one pending */

    /* The last answer, for logging on. */
    struct smb2_header header;
    uint8_t answer[2048];
    size_t answer_len;

    /* The frame being built. */
    uint8_t *memory;  /* what `out` is in */
    uint8_t *out;     /* its first message */
    size_t len, last; /* bytes so far; where the last message begins */
    unsigned count;
};

/* Connects and, but for a NULL config, logs on. */
void peer_init(struct peer *p, struct world *w, const struct peer_config *config);
/* After its end has been read. */
void peer_fini(struct peer *p);

/* Connects the tree if it is not there yet. */
void peer_tree_need(struct peer *p, enum peer_tree tree);

/* One request of a frame. */
struct peer_request {
    uint16_t command;
    bool related;
    enum peer_tree tree;
    struct span body;
    const uint8_t *mask; /* 64 bytes XORed onto the header, or NULL */
};
void peer_add(struct peer *p, const struct peer_request *r);
/* A whole message instead. */
void peer_add_raw(struct peer *p, struct span message);
/* Signs or seals what has been added and sends it. */
void peer_send(struct peer *p);
/* Bytes as they are. */
void peer_send_bytes(struct peer *p, struct span bytes);
void peer_hang_up(struct peer *p);
