/* SPDX-License-Identifier: Apache-2.0
 *
 * A server for the client's tests, at the other end of a simulated socket pair on virtual time.
 * By itself it answers what a client of one small file and one directory asks, correctly signed or
 * sealed; a script changes what it does at the points a test is about. */
#pragma once

#include "../unit.h"

#include "auth/auth.h"
#include "client/call.h"
#include "proto/close_flush.h"
#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "proto/query_dir.h"
#include "proto/read_write.h"
#include "proto/sd.h"
#include "proto/session_setup.h"
#include "proto/simple.h"
#include "proto/tree.h"
#include "task/simio.h"

#define SERVER_USER "Ada"
#define SERVER_PASSWORD "Password"
#define SERVER_SESSION_ID 0x5e5510full
#define SERVER_TREE_ID 7u
#define SERVER_FILE_BYTES 100000u

struct server;

/* One request as it came. */
struct asked {
    struct smb2_header h;
    struct rd body;
    bool sealed;
};

/* One answer on its way: begun with the right header and no body. */
struct answer {
    struct smb2_header h;
    struct wr w; /* of the message; stands behind the header */
    bool sealed; /* as the request was */
    bool plain;  /* neither signed nor sealed */
    bool forged; /* one bit of signature or ciphertext is wrong */
    bool other_seal_session;
    uint8_t bytes[SMB2_HEADER_SIZE + 140000];
};

struct script {
    uint16_t dialect;       /* 0: 3.1.1 */
    enum cipher cipher;     /* CIPHER_NONE: none */
    uint16_t session_flags; /* of the last leg */
    uint32_t share_flags;
    uint16_t credits;       /* granted with each answer; 0: as many as asked for */
    bool no_credits;        /* none at all */
    bool silent_after_negotiate;
    const char *garbage;    /* instead of any answer */
    bool joined;            /* a chain is answered as a chain */
    void (*negotiate)(struct negotiate_rsp *rsp);
    void (*logon)(struct server *s, struct answer *a, struct session_setup_rsp *rsp);
    /* After the logon: true when it has dealt with the request. */
    bool (*on)(struct task *t, struct server *s, const struct asked *q);
};

struct server {
    const struct script *script;
    struct transport *transport;
    struct auth_server *auth;
    uint8_t preauth[PREAUTH_HASH_BYTES];
    struct negotiate_rsp negotiated;
    bool signs;
    struct signer *signer;
    struct sealer *seal_out, *seal_in;
    unsigned requests, legs; /* counted */
    unsigned count;          /* for scripts */
    struct answer *kept;     /* with `joined`: what waits for the rest of its chain */
    bool gone;               /* the client hung up */
};

/* Answers.  Sending frees. */
struct answer *answer_new(const struct server *s, const struct asked *q, ntstatus status);
void answer_send(struct server *s, struct answer *a);
/* The error body, [MS-SMB2] 2.2.2, and send. */
void answer_error(struct server *s, const struct asked *q, ntstatus status);
/* STATUS_PENDING with this id. */
struct answer *answer_interim(const struct server *s, const struct asked *q, uint64_t async_id);
/* What the server answers by itself; NULL when the script said so. */
struct answer *answer_default(struct server *s, const struct asked *q);
/* Bytes of a whole frame as they are. */
void server_send_raw(struct server *s, const void *bytes, size_t len);

/* Serves a struct server with script and transport until the peer hangs up; a task_fn. */
void server_task(struct task *t, void *arg);

/* A client and its server. */
struct world {
    struct sim *sim;
    struct script script;
    struct client_options options; /* user, password and host are set already */
    struct server server;
    struct client_conn *conn; /* of `fn` when it is called */
    struct client_error error;
    ntstatus connected;
    char protection[64];
    void (*fn)(struct task *t, struct world *w); /* called when the connection stands */
    bool finished;
    uint64_t took_us; /* virtual, of client_connect_over and fn */
};

/* Connects, calls fn, disconnects, and checks that nothing is left over. */
void world_run(struct world *w);
/* The usual options and script, for further changes. */
struct world world_of(void (*fn)(struct task *t, struct world *w));
