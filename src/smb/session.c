/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions: their ids, their channels and their end.  Everything here runs on the session's own
 * reactor. */
#include "smb/session.h"

#include "base/upcase.h"
#include "smb/open.h"
#include "smb/request.h"
#include "smb/shard.h"
#include "wire/filetime.h"

#define SHARD_SHIFT 24
#define SLOT_MASK 0xFFFFFFull

static const struct sm_state session_states[] = {
    [SMB_SESSION_IN_PROGRESS] = {"in_progress",
                                 SM_TO(SMB_SESSION_VALID) | SM_TO(SMB_SESSION_CLOSED)},
    [SMB_SESSION_VALID] = {"valid", SM_TO(SMB_SESSION_EXPIRED) | SM_TO(SMB_SESSION_CLOSED)},
    [SMB_SESSION_EXPIRED] = {"expired", SM_TO(SMB_SESSION_VALID) | SM_TO(SMB_SESSION_CLOSED)},
    [SMB_SESSION_CLOSED] = {"closed", 0},
};

/* The id of a table counts slots in its low half; the shard's index goes into the bits that
 * SMB_SESSIONS_PER_SHARD_MAX leaves free there. */
static uint64_t wire_id(const struct smb_shard *shard, uint64_t table_id)
{
    return table_id | (uint64_t)shard->index << SHARD_SHIFT;
}

struct smb_shard *smb_session_shard(struct smb_server *server, uint64_t id)
{
    return smb_server_shard(server, (unsigned)(id >> SHARD_SHIFT) & 0xFF);
}

struct smb_session *smb_session_find(struct smb_shard *shard, uint64_t id)
{
    if (smb_session_shard(shard->server, id) != shard)
        return NULL;
    return idtable_get(&shard->sessions, id & ~(0xFFull << SHARD_SHIFT));
}

struct smb_session *smb_session_new(struct smb_shard *shard)
{
    struct smb_session *s = NEW(struct smb_session);
    if (idtable_add(&shard->sessions, s, &s->table_id) < 0) {
        free(s);
        return NULL;
    }
    ASSERT((s->table_id & 0xFFFFFFFFull) <= SLOT_MASK);
    s->magic = SMB_SESSION_MAGIC;
    s->refs = 1;
    s->id = wire_id(shard, s->table_id);
    s->shard = shard;
    s->expires = UINT64_MAX;
    s->created = filetime_from_timespec(io_realtime(reactor_io(shard->reactor)));
    sm_init(&s->state, session_states, ARRAY_LEN(session_states), SMB_SESSION_IN_PROGRESS);
    list_init(&s->channels);
    list_init(&s->requests);
    idtable_init(&s->trees, LIMIT_TREES_PER_SESSION_MAX);
    idtable_init(&s->opens, LIMIT_OPENS_PER_SESSION_MAX);
    event_init(&s->quiet);
    return s;
}

struct smb_session *smb_session_ref(struct smb_session *s)
{
    ASSERT(s->magic == SMB_SESSION_MAGIC);
    s->refs++;
    return s;
}

static void session_free(struct smb_session *s)
{
    ASSERT(smb_session_is(s, SMB_SESSION_CLOSED) && list_empty(&s->requests));
    ASSERT(list_empty(&s->channels));
    idtable_fini(&s->trees);
    idtable_fini(&s->opens);
    signer_free(s->signer);
    sealer_free(s->seal_out);
    sealer_free(s->seal_in);
    wipe(&s->keys, sizeof(s->keys));
    if (s->identity.cred)
        vfs_cred_unref(s->identity.cred);
    free(s->user);
    free(s->domain);
    free(s->workstation);
    s->magic = 0;
    free(s);
}

void smb_session_unref(struct smb_session *s)
{
    if (!s)
        return;
    ASSERT(s->magic == SMB_SESSION_MAGIC && s->refs > 0);
    if (--s->refs == 0)
        session_free(s);
}

struct smb_channel *smb_session_channel(struct smb_session *s, const struct smb_conn *conn)
{
    list_each(&s->channels, struct smb_channel, session_link, ch) {
        if (ch->conn == conn)
            return ch;
    }
    return NULL;
}

struct smb_channel *smb_channel_new(struct smb_session *s, struct smb_conn *conn)
{
    unsigned count = 0;
    list_each(&s->channels, struct smb_channel, session_link, other) {
        ASSERT(other->conn && other->conn != conn);
        count++;
    }
    uint32_t unfinished = conn->session_count - conn->valid_sessions;
    if (conn->state == SMB_CONN_CLOSING || count >= LIMIT_CHANNELS_PER_SESSION_MAX ||
        unfinished >= LIMIT_SETUPS_PER_CONNECTION_MAX ||
        conn->session_count >= LIMIT_SESSIONS_PER_CONNECTION_MAX)
        return NULL;
    struct smb_channel *ch = NEW(struct smb_channel);
    ch->session = s;
    ch->conn = conn;
    list_push_back(&s->channels, &ch->session_link);
    list_push_back(&conn->channels, &ch->conn_link);
    conn->session_count++;
    return ch;
}

void smb_channel_set_key(struct smb_channel *ch, const uint8_t key[SIGN_KEY_BYTES])
{
    ASSERT(!ch->signer);
    ch->signer = signer_new(ch->conn->signing, key);
    memcpy(ch->key, key, sizeof(ch->key));
}

void smb_channel_validate(struct smb_channel *ch)
{
    ASSERT(ch->conn && !ch->valid);
    ch->valid = true;
    ch->conn->valid_sessions++;
    smb_conn_preauth_clock(ch->conn);
}

void smb_setup_free(struct smb_setup *setup)
{
    auth_server_free(setup->auth);
    wipe(setup, sizeof(*setup));
    free(setup);
}

void smb_channel_setup_end(struct smb_channel *ch)
{
    struct smb_setup *setup = TAKE(ch->setup);
    if (!setup)
        return;
    if (setup->busy)
        setup->orphan = true;
    else
        smb_setup_free(setup);
}

struct smb_channel *smb_channel_use(struct smb_channel *ch)
{
    ch->users++;
    return ch;
}

void smb_channel_release(struct smb_channel *ch)
{
    ASSERT(ch->users > 0);
    if (--ch->users > 0 || ch->conn)
        return;
    signer_free(ch->signer);
    wipe(ch->key, sizeof(ch->key));
    free(ch);
}

void smb_channel_detach(struct smb_channel *ch)
{
    struct smb_conn *conn = TAKE(ch->conn);
    if (!conn)
        return;
    smb_channel_setup_end(ch);
    list_remove(&ch->conn_link);
    list_remove(&ch->session_link);
    conn->session_count--;
    if (ch->valid) {
        ch->valid = false;
        conn->valid_sessions--;
        smb_conn_preauth_clock(conn);
    }
    smb_channel_release(smb_channel_use(ch));
}

struct smb_channel *smb_session_best_channel(struct smb_session *s)
{
    list_each(&s->channels, struct smb_channel, session_link, ch) {
        if (ch->valid && ch->conn->state != SMB_CONN_CLOSING)
            return ch;
    }
    return NULL;
}

static void past_add(const struct smb_session *s, uint64_t conn_id, enum sign_alg signing,
                     const uint8_t key[SIGN_KEY_BYTES])
{
    struct smb_shard *shard = s->shard;
    struct smb_past_session *past = &shard->past[shard->past_next++ % SMB_PAST_SESSIONS_MAX];
    *past = (struct smb_past_session){
        .id = s->id, .conn_id = conn_id, .signing = signing, .binds = s->binds};
    memcpy(past->key, key, sizeof(past->key));
}

static void past_remember(const struct smb_session *s)
{
    if (!s->signer)
        return;
    past_add(s, 0, s->signing, s->keys.signing);
    list_each(&s->channels, struct smb_channel, session_link, ch) {
        if (ch->signer)
            past_add(s, ch->conn->id, ch->conn->signing, ch->key);
    }
}

struct signer *smb_session_past_signer(const struct smb_conn *conn, uint64_t id)
{
    const struct smb_past_session *found = NULL;
    for (unsigned i = 0; i < SMB_PAST_SESSIONS_MAX; i++) {
        const struct smb_past_session *past = &conn->shard->past[i];
        bool other = past->conn_id == 0 && smb_session_refusable(past->signing, past->binds);
        if (past->id == id && (past->conn_id == conn->id || (other && !found)))
            found = past;
    }
    return found && id != 0 ? signer_new(found->signing, found->key) : NULL;
}

static void cancel_others(struct smb_session *s, const struct smb_request *self)
{
    list_each(&s->requests, struct smb_request, session_link, req) {
        if (req != self)
            task_cancel(req->task);
    }
}

static bool others_left(const struct smb_session *s, const struct smb_request *self)
{
    list_each(&s->requests, struct smb_request, session_link, req) {
        if (req != self)
            return true;
    }
    return false;
}

void smb_session_close(struct task *t, struct smb_session *s, const struct smb_request *self)
{
    if (smb_session_is(s, SMB_SESSION_CLOSED))
        return;
    struct smb_session *held CLEANUP(smb_session_unref) = smb_session_ref(s);
    sm_move(&s->state, SMB_SESSION_CLOSED);
    idtable_remove(&s->shard->sessions, s->table_id);
    past_remember(s);
    list_each(&s->channels, struct smb_channel, session_link, ch) {
        smb_channel_detach(ch);
    }
    task_shield_begin(t);
    smb_opens_mark_closing(s, NULL);
    cancel_others(s, self);
    while (others_left(s, self))
        (void)!event_wait(t, &s->quiet, EVENT_NO_TIMEOUT);
    smb_opens_close(t, s, NULL);
    uint32_t cursor = 0;
    for (struct smb_tree *tree; (tree = idtable_walk(&s->trees, &cursor));) {
        idtable_remove(&s->trees, tree->table_id);
        tree->disconnected = true;
        smb_tree_unref(tree);
    }
    task_shield_end(t);
    smb_session_unref(held);
}

void smb_session_check_expiry(struct smb_session *s)
{
    if (LIKELY(s->expires == UINT64_MAX) || !smb_session_is(s, SMB_SESSION_VALID))
        return;
    if (filetime_from_timespec(io_realtime(reactor_io(s->shard->reactor))) >= s->expires)
        sm_move(&s->state, SMB_SESSION_EXPIRED);
}

bool smb_session_same_user(const struct smb_session *s, const struct auth_identity *identity)
{
    if (!s->user || s->is_guest != identity->is_guest ||
        s->is_anonymous != identity->is_anonymous)
        return false;
    return name_equal_folded(s->user, identity->user);
}
