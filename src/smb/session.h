/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions and their channels, [MS-SMB2] 3.3.1.8 and 3.3.1.14.  A session belongs to the shard of
 * its client; a channel is the pair of a session and a connection and carries its own signing key.
 *
 *     IN_PROGRESS --proved--> VALID --ticket over--> EXPIRED --proved again--> VALID
 *          `-------refused-------+--logoff, last channel gone----`--> CLOSED --last ref--> freed
 *
 * References count users: requests in work, a setup in progress and one for not being CLOSED.
 * The table of the shard holds a weak link that leaves it with CLOSED. Trees and opens hold a
 * reference. */
#pragma once

#include "auth/auth.h"
#include "base/idtable.h"
#include "base/sm.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "smb/conn.h"

enum smb_session_state {
    SMB_SESSION_IN_PROGRESS,
    SMB_SESSION_VALID,
    SMB_SESSION_EXPIRED,
    SMB_SESSION_CLOSED,
};

enum smb_setup_kind { SMB_SETUP_NEW, SMB_SETUP_BIND, SMB_SETUP_REAUTH };

/* An authentication under way on one channel. */
struct smb_setup {
    enum smb_setup_kind kind;
    struct auth_server *auth;
    uint8_t preauth[PREAUTH_HASH_BYTES];
    uint64_t previous_session_id;
    bool busy;   /* a step is being taken: no second one beside it */
    bool orphan; /* its channel went meanwhile: whoever is busy with it frees it */
};

struct smb_channel {
    struct list conn_link, session_link;
    struct smb_conn *conn;       /* NULL when the connection has gone */
    struct smb_session *session;
    struct signer *signer;       /* NULL: not valid yet, or the session has no key … */
    uint8_t key[SIGN_KEY_BYTES]; /* … which this is */
    struct smb_setup *setup;     /* NULL when none is under way */
    bool valid;                  /* requests are taken on it */
    uint32_t users;              /* requests and replies that may need the signer */
};

/* Of one shard: the low 24 bits of a session id count them. */
#define SMB_SESSIONS_PER_SHARD_MAX (1u << 20)

#define SMB_SESSION_MAGIC 0x73657373u

struct smb_session {
    uint32_t magic;
    uint32_t refs;
    uint64_t id;       /* on the wire: names shard, slot and generation */
    uint64_t table_id; /* in shard->sessions */
    struct smb_shard *shard;
    struct sm state;

    uint16_t dialect; /* of the first connection, as the two below: what a channel must match */
    enum sign_alg signing;
    enum cipher cipher;
    struct guid client_guid;

    bool signing_required;
    bool encrypt_required;  /* SESSION_FLAG_ENCRYPT_DATA: plain requests are refused */
    bool is_guest, is_anonymous;
    bool binds; /* its client has signed a binding: see smb_session_refusable */
    struct signer *signer;  /* Session.SigningKey; NULL for guests and null sessions */
    struct sealer *seal_out, *seal_in;
    struct smb3_keys keys;

    char *user, *domain, *workstation; /* UTF-8 */
    const char *mechanism;
    struct smb_user identity;          /* cred NULL before the first success */
    uint64_t created;                  /* FILETIME */
    uint64_t expires;                  /* FILETIME; UINT64_MAX: never */

    struct list channels;  /* oldest first */
    struct list requests;  /* struct smb_request.session_link: in work */
    struct idtable trees;
    struct idtable opens;
    uint32_t pipe_count;   /* among them */
    struct event quiet;    /* signalled when a request leaves `requests` */
};

/* A new session IN_PROGRESS with one reference for its table; NULL at the shard's limit. */
struct smb_session *smb_session_new(struct smb_shard *shard);
struct smb_session *smb_session_ref(struct smb_session *s);
void smb_session_unref(struct smb_session *s);
DEFINE_CLEANUP(struct smb_session *, smb_session_unref);

/* By wire id, any state but CLOSED; no reference is taken. */
struct smb_session *smb_session_find(struct smb_shard *shard, uint64_t id) MUST_USE;
/* The shard that a wire id belongs to, or NULL. */
struct smb_shard *smb_session_shard(struct smb_server *server, uint64_t id) MUST_USE;

static inline bool smb_session_is(const struct smb_session *s, enum smb_session_state state)
{
    return sm_now(&s->state) == (unsigned)state;
}

/* The channel of this session on that connection, valid or being set up; NULL if there is none. */
struct smb_channel *smb_session_channel(struct smb_session *s,
                                        const struct smb_conn *conn) MUST_USE;
/* NULL at a limit (of channels, or of sessions or unfinished ones on the connection), or when the
 * connection is closing. */
struct smb_channel *smb_channel_new(struct smb_session *s, struct smb_conn *conn) MUST_USE;
/* Requests are taken on it from now on. */
void smb_channel_validate(struct smb_channel *ch);
/* Gives it the key it signs with, by its connection's algorithm. */
void smb_channel_set_key(struct smb_channel *ch, const uint8_t key[SIGN_KEY_BYTES]);
/* Takes the channel from connection and session and ends its setup.  Its memory goes with its last
 * user: a reply may yet be signed with its key. */
void smb_channel_detach(struct smb_channel *ch);
struct smb_channel *smb_channel_use(struct smb_channel *ch);
void smb_channel_release(struct smb_channel *ch);
void smb_setup_free(struct smb_setup *setup);
/* Ends the setup that is under way, if any. */
void smb_channel_setup_end(struct smb_channel *ch);
/* The oldest valid channel with a living connection, or NULL. */
struct smb_channel *smb_session_best_channel(struct smb_session *s) MUST_USE;

/* Ends a session, [MS-SMB2] 3.3.5.6 and 3.3.7.1: no request finds it any more, those in work
 * (`self` excepted, may be NULL) are cancelled and waited for, opens are closed, trees dropped. */
void smb_session_close(struct task *t, struct smb_session *s, const struct smb_request *self);

/* Whether a refusal may be signed with a session's key on a connection that is not its own.  With
 * AES-GMAC message ids are nonces, and those of another connection have been used there: who
 * repeats here what he overheard there would get two messages under one nonce, and with them the
 * key.  Only a client that binds channels has done the same to itself ([MS-SMB2] 3.2.4.2.3). */
static inline bool smb_session_refusable(enum sign_alg signing, bool binds)
{
    return signing != SIGN_AES_GMAC || binds;
}

/* A signer with the key that a session closed not long ago had on this connection, or NULL: what
 * still arrives for it is refused with a signature its client can check.  The caller frees it. */
struct signer *smb_session_past_signer(const struct smb_conn *conn, uint64_t id) MUST_USE;

/* Moves VALID to EXPIRED when the ticket's time is over. */
void smb_session_check_expiry(struct smb_session *s);

/* Whether both are the same account, for previous_session_id and for binding. */
bool smb_session_same_user(const struct smb_session *s,
                           const struct auth_identity *identity) MUST_USE;
