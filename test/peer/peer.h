/* SPDX-License-Identifier: Apache-2.0
 *
 * A client made of hand-written messages, and the world it meets the server in: one or two
 * reactors on virtual time.  Nothing here checks what the server says beyond what is needed to go
 * on; that is the tests' and the fuzzer's business. */
#pragma once

#include "auth/auth.h"
#include "crypto/preauth.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "proto/negotiate.h"
#include "proto/session_setup.h"
#include "proto/tree.h"
#include "smb/server.h"
#include "task/simio.h"

#define WORLD_REACTORS_MAX 2
#define PEER_MESSAGE_BYTES_MAX 70000u
#define PEER_STEP_US 1000u /* of virtual time: shorter than the interim time-out */

struct world {
    struct sim *sim;
    struct reactor *reactors[WORLD_REACTORS_MAX];
    unsigned reactor_count;
    struct smb_server *server;
};

/* The accounts are "user" and "other" with the NT hashes {1} and {2}.  `config` may be NULL; its
 * names, look-ups and reactors are filled in. */
void world_init(struct world *w, unsigned reactor_count, const struct smb_server_config *config);
void world_fini(struct world *w);
/* Another server in the same world. */
void world_serve(struct world *w, const struct smb_server_config *config);
void world_stop(struct world *w);
/* A share on a volume (may be NULL when nothing touches files). */
void world_share(struct world *w, const struct smb_share_config *config);
void world_pass(struct world *w, uint64_t us);

struct peer {
    struct world *world;
    int fd;
    bool reading; /* its receiving task lives: the server has not hung up */
    uint8_t *in;  /* received and not taken yet */
    size_t in_len;

    struct guid client_guid;
    uint16_t dialect;
    uint32_t capabilities; /* offered */
    uint16_t security_mode;
    struct negotiate_ids ciphers, signings; /* offered */
    enum sign_alg signing;
    enum cipher cipher;
    uint8_t preauth[PREAUTH_HASH_BYTES];

    uint64_t message_id;
    uint16_t credits_asked;
    uint64_t session_id;
    uint32_t tree_id;
    struct signer *signer; /* signs what is sent when not NULL and not `plain` */
    uint8_t key[SIGN_KEY_BYTES]; /* its key */
    struct sealer *seal_out, *seal_in;
    bool plain;            /* neither sign nor seal */
    bool seals;
};

/* One response, taken from the front of what came. */
struct answer {
    bool present;
    bool sealed;
    struct smb2_header header;
    uint8_t bytes[PEER_MESSAGE_BYTES_MAX]; /* from the header on */
    size_t len;
};

void peer_init(struct peer *p, struct world *w);
void peer_fini(struct peer *p);
/* Hangs up. */
void peer_cut(struct peer *p);
/* Copies ids and keys: the same client over another connection. */
void peer_adopt(struct peer *p, const struct peer *from);

/* A message: peer_begin writes the header, the caller the body, peer_send frames, signs or seals
 * and sends it and lets the server work. */
struct message {
    uint8_t bytes[PEER_MESSAGE_BYTES_MAX];
    struct wr w;
    size_t at; /* of the present element */
    struct smb2_header header;
};
void peer_begin(struct peer *p, struct message *m, uint16_t command);
/* A further element of a compound; `flags` such as SMB2_FLAG_RELATED. */
void peer_next(struct peer *p, struct message *m, uint16_t command, uint32_t flags);
void peer_send(struct peer *p, struct message *m);
/* Bytes as they are, with the length prefix in front. */
void peer_send_raw(struct peer *p, struct span message);

/* Signs one element in place if it is one; seals bytes of any kind and sends them. */
void peer_sign(struct peer *p, struct mspan element);
void peer_send_sealed(struct peer *p, struct span message);

/* The frame at the front of what came, decrypted in place; pop drops it. */
bool peer_front(struct peer *p, struct mspan *ret_message, bool *ret_sealed);
void peer_pop(struct peer *p);

/* The next message of the server, decrypted; `present` false if there is none. Elements of a
 * compound come one by one. */
void peer_take(struct peer *p, struct answer *a);
struct rd answer_body(const struct answer *a);

/* Whole exchanges; the status of the last answer, or STATUS_CONNECTION_RESET without one. */
ntstatus peer_negotiate(struct peer *p, uint16_t dialect);
struct logon {
    const char *user;      /* "" is the null session */
    uint8_t hash;          /* first byte of the NT hash */
    uint8_t flags;         /* SMB2_SESSION_SETUP_BINDING */
    uint64_t previous_session_id;
};
ntstatus peer_logon(struct peer *p, const struct logon *l);
ntstatus peer_tree(struct peer *p, const char *share);
/* A message with no fields: ECHO, LOGOFF, TREE_DISCONNECT. */
ntstatus peer_simple(struct peer *p, uint16_t command);
