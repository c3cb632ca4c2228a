/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection, [MS-SMB2] 3.3.1.7, and the shard: what one reactor knows of its clients.  One task
 * per connection receives; each frame is worked on by a task of its own (request.h).
 *
 *     ACCEPTED --NEGOTIATE--> NEGOTIATED --down or refused--> CLOSING --last user gone--> freed
 *         `---------------------------------------------------^
 *
 * A connection has users: its receiving task and every request in work.  Closing shuts the
 * transport, cancels the requests, takes the connection out of its sessions and frees it when the
 * last user has left. */
#pragma once

#include "base/idtable.h"
#include "crypto/preauth.h"
#include "proto/negotiate.h"
#include "smb/server.h"
#include "smb/window.h"

struct smb_request;

enum smb_conn_state { SMB_CONN_ACCEPTED, SMB_CONN_NEGOTIATED, SMB_CONN_CLOSING };

#define SMB_CONN_MAGIC 0x636F6E6Eu

struct smb_conn {
    uint32_t magic;
    enum smb_conn_state state;
    struct smb_shard *shard;
    struct list link; /* shard->conns */
    struct transport *transport;
    uint64_t id;
    uint32_t users;

    /* What NEGOTIATE settled. */
    uint16_t dialect;
    uint16_t client_security_mode;
    uint32_t client_capabilities;
    uint32_t capabilities; /* ours, as answered */
    uint16_t security_mode;
    struct guid client_guid;
    enum sign_alg signing;
    enum cipher cipher;
    bool multi_credit;
    bool expects_negotiate;  /* answered 0x02FF; the real NEGOTIATE is to come */
    bool transport_accepted; /* no encryption of ours above a secure transport */
    uint32_t io_bytes_max;   /* MaxTransactSize, MaxReadSize, MaxWriteSize */
    uint8_t preauth[PREAUTH_HASH_BYTES];

    struct smb_window window;
    struct list requests;    /* in work, oldest first */
    struct idtable async;    /* AsyncId -> request */
    size_t async_bytes;      /* of the frames of those */
    struct list channels;    /* struct smb_channel.conn_link */
    uint32_t session_count;  /* length of channels */
    size_t work_bytes;       /* of replies being built */
    uint32_t request_count;
    uint32_t valid_sessions; /* valid channels among `channels` */
    struct timer preauth_timer;
    uint32_t setups;         /* SESSION_SETUP in work: the receiver waits for them */
    struct event setup_done;
    struct task *receiver;   /* NULL when it has ended */
};

static inline bool smb_conn_is_smb3(const struct smb_conn *c)
{
    return c->dialect >= SMB2_DIALECT_300;
}

/* Stops it, for whatever reason; `why` goes to the log.  Never suspends; harmless when repeated. */
void smb_conn_close(struct smb_conn *c, const char *why);
void smb_conn_use(struct smb_conn *c);
void smb_conn_unuse(struct smb_conn *c);

/* A session on it became valid or left: starts or stops the clock of preauth_ms, during which a
 * connection without a valid session has to get one. */
void smb_conn_preauth_clock(struct smb_conn *c);

/* What is left of a channel of a closed session; conn_id 0: of the session itself. */
#define SMB_PAST_SESSIONS_MAX 64u
struct smb_past_session {
    uint64_t id, conn_id;
    enum sign_alg signing;
    bool binds;
    uint8_t key[SIGN_KEY_BYTES];
};

/* One reactor's part of the server. */
struct smb_shard {
    struct smb_server *server;
    struct reactor *reactor;
    unsigned index;
    struct list conns;
    struct idtable sessions;
    struct smb_past_session past[SMB_PAST_SESSIONS_MAX];
    unsigned past_next;
    uint64_t next_persistent_id;
    struct list requests_free; /* recycled struct smb_request */
    uint32_t requests_free_count;
    struct list waiting;       /* requests that may get an interim reply, oldest first */
    struct timer interim_timer;
    bool stopping;
    struct event idle;         /* signalled when a connection has gone */
};

struct smb_shard *smb_server_shard(struct smb_server *s, unsigned index);
struct smb_shard *smb_shard_of(struct smb_server *s, const struct reactor *r);
unsigned smb_server_shard_count(const struct smb_server *s);
const struct auth_server_config *smb_server_auth(const struct smb_server *s);
/* Counts a connection against LIMIT_CONNECTIONS_MAX: its id, or 0 at the limit. */
uint64_t smb_server_conn_enter(struct smb_server *s);
void smb_server_conn_leave(struct smb_server *s);
