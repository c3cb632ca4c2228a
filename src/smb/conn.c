/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a connection: accepted on some reactor, moved to the home of its ClientGuid before
 * it has any state, served by one receiving task, torn down by that task. */
#include "smb/conn.h"

#include "base/hash.h"
#include "base/log.h"
#include "smb/receive.h"
#include "smb/request.h"
#include "smb/shard.h"

static void preauth_over(struct task *t, void *arg)
{
    (void)t;
    struct smb_conn *c = arg;
    if (c->valid_sessions == 0)
        smb_conn_close(c, "no session in time");
}

static void conn_enter_shard(struct smb_conn *c, struct smb_shard *shard)
{
    c->shard = shard;
    list_push_back(&shard->conns, &c->link);
    timer_init(&c->preauth_timer, shard->reactor, "preauth", preauth_over, c);
    timer_arm(&c->preauth_timer, (uint64_t)shard->server->config.preauth_ms * 1000);
}

static struct smb_conn *conn_new(struct smb_shard *shard, struct transport *tr, uint64_t id)
{
    struct smb_conn *c = NEW(struct smb_conn);
    c->magic = SMB_CONN_MAGIC;
    c->state = SMB_CONN_ACCEPTED;
    c->transport = tr;
    c->id = id;
    c->signing = SIGN_HMAC_SHA256;
    smb_window_init(&c->window, shard->server->config.credits_max);
    list_init(&c->requests);
    list_init(&c->channels);
    event_init(&c->setup_done);
    idtable_init(&c->async, LIMIT_ASYNC_PER_CONNECTION_MAX);
    conn_enter_shard(c, shard);
    return c;
}

static void conn_free(struct smb_conn *c)
{
    ASSERT(c->users == 0 && list_empty(&c->requests) && list_empty(&c->channels));
    struct smb_shard *shard = c->shard;
    list_remove(&c->link);
    timer_cancel(&c->preauth_timer);
    transport_free(c->transport);
    idtable_fini(&c->async);
    c->magic = 0;
    free(c);
    event_signal(&shard->idle);
    smb_server_conn_leave(shard->server);
}

void smb_conn_use(struct smb_conn *c)
{
    ASSERT(c->magic == SMB_CONN_MAGIC);
    c->users++;
}

void smb_conn_unuse(struct smb_conn *c)
{
    ASSERT(c->magic == SMB_CONN_MAGIC && c->users > 0);
    if (--c->users == 0)
        conn_free(c);
}

void smb_conn_close(struct smb_conn *c, const char *why)
{
    ASSERT(c->magic == SMB_CONN_MAGIC);
    if (c->state == SMB_CONN_CLOSING)
        return;
    log_debug("event=connection_end conn=%llu why=\"%s\"", (unsigned long long)c->id, why);
    c->state = SMB_CONN_CLOSING;
    transport_shutdown(c->transport);
}

void smb_conn_preauth_clock(struct smb_conn *c)
{
    if (c->valid_sessions > 0)
        timer_cancel(&c->preauth_timer);
    else if (c->state != SMB_CONN_CLOSING && !timer_armed(&c->preauth_timer))
        timer_arm(&c->preauth_timer, (uint64_t)c->shard->server->config.preauth_ms * 1000);
}

/* Requests of sessions that stay alive on other channels finish their work; the rest end. */
static void cancel_requests(struct smb_conn *c)
{
    list_each(&c->requests, struct smb_request, link, req) {
        bool survives = false;
        if (req->session)
            list_each(&req->session->channels, struct smb_channel, session_link, ch) {
                survives |= ch->valid && ch->conn != c;
            }
        if (!survives || req->waits)
            task_cancel(req->task);
    }
}

static bool has_channel(const struct smb_session *s)
{
    list_each(&s->channels, struct smb_channel, session_link, ch) {
        if (ch->valid || smb_session_is(s, SMB_SESSION_IN_PROGRESS))
            return true;
    }
    return false;
}

static void conn_teardown(struct task *t, struct smb_conn *c)
{
    smb_conn_close(c, "down");
    timer_cancel(&c->preauth_timer);
    task_shield_begin(t);
    cancel_requests(c);
    while (!list_empty(&c->channels)) {
        struct smb_channel *ch = list_first(&c->channels, struct smb_channel, conn_link);
        struct smb_session *s CLEANUP(smb_session_unref) = smb_session_ref(ch->session);
        smb_channel_detach(ch);
        if (!has_channel(s))
            smb_session_close(t, s, NULL);
    }
    task_shield_end(t);
}

static size_t frame_bytes_max(const struct smb_conn *c)
{
    return c->valid_sessions > 0 ? LIMIT_FRAME_BYTES_MAX : LIMIT_FRAME_PREAUTH_BYTES_MAX;
}

/* A peer that asks and does not read gets no more work done until it reads. */
static void hold_back(struct task *t, struct smb_conn *c)
{
    size_t half = LIMIT_SEND_QUEUE_BYTES_MAX / 2;
    int rc = 0;
    while (rc == 0 && c->state != SMB_CONN_CLOSING &&
           transport_queued_bytes(c->transport) + c->work_bytes > LIMIT_SEND_QUEUE_BYTES_MAX) {
        if (transport_queued_bytes(c->transport) > half)
            rc = transport_wait_room(t, c->transport, half);
        else
            rc = task_sleep_us(t, 500);
    }
}

struct move {
    struct reactor_message message;
    struct smb_conn *conn;
    struct smb_shard *to;
    struct frame *frame;
};

static void conn_serve(struct task *t, struct smb_conn *c, struct frame *first);

static void conn_arrive(struct task *t, void *arg)
{
    struct move *move = arg;
    struct smb_conn *c = move->conn;
    struct frame *frame = move->frame;
    conn_enter_shard(c, move->to);
    transport_attach(c->transport, move->to->reactor);
    free(move);
    if (c->shard->stopping)
        smb_conn_close(c, "server stops");
    conn_serve(t, c, frame);
}

/* Sends the connection to the shard of its ClientGuid if that is another one: true, and it is not
 * ours any more. */
static bool conn_move(struct task *t, struct smb_conn *c, const struct frame *frame)
{
    struct smb_server *server = c->shard->server;
    struct guid guid = smb_receive_client_guid(frame);
    if (server->shard_count == 1 || guid_is_zero(guid))
        return false;
    uint64_t hash = hash_bytes(span_of(guid.b, sizeof(guid.b)));
    struct smb_shard *to = &server->shards[hash % server->shard_count];
    if (to == c->shard || !list_empty(&c->requests) || transport_drain(t, c->transport) < 0)
        return false;
    if (c->state == SMB_CONN_CLOSING)
        return false;
    struct smb_shard *from = c->shard;
    struct move *move = NEW(struct move);
    *move = (struct move){.conn = c, .to = to, .frame = frame_new(span_ro(frame->bytes))};
    move->message = (struct reactor_message){.name = "receiver", .fn = conn_arrive, .arg = move};
    timer_cancel(&c->preauth_timer);
    list_remove(&c->link);
    c->receiver = NULL;
    transport_detach(c->transport);
    reactor_post(to->reactor, &move->message);
    event_signal(&from->idle);
    return true;
}

/* One frame.  The next one is not looked at before a SESSION_SETUP has ended, because what it does
 * decides how large a frame may be.  False when the loop is over for this task. */
static bool conn_take(struct task *t, struct smb_conn *c, struct frame *frame, bool may_move)
{
    struct frame *held CLEANUP(frame_unref) = frame;
    const char *why = NULL;
    if (may_move && c->state == SMB_CONN_ACCEPTED && conn_move(t, c, held))
        return false;
    if (c->state != SMB_CONN_CLOSING && !smb_receive(c, held, &why))
        smb_conn_close(c, why);
    while (c->setups > 0 && event_wait(t, &c->setup_done, EVENT_NO_TIMEOUT) == 0)
        continue;
    hold_back(t, c);
    return true;
}

static const char *recv_error_text(int err)
{
    switch (err) {
    case -EPIPE:
        return "closed by the client";
    case -EMSGSIZE:
        return "message too large";
    case -EPROTO:
        return "framing error";
    default:
        return strerrordesc_np(-err);
    }
}

/* The receiving task, from its (re)start on a shard to the connection's end. */
static void conn_serve(struct task *t, struct smb_conn *c, struct frame *first)
{
    c->receiver = t;
    bool ours = true;
    if (first)
        ours = conn_take(t, c, first, false);
    while (ours && c->state != SMB_CONN_CLOSING) {
        struct frame *frame = NULL;
        int rc = transport_recv(t, c->transport, frame_bytes_max(c), &frame);
        if (rc < 0)
            smb_conn_close(c, recv_error_text(rc));
        else
            ours = conn_take(t, c, frame, true);
    }
    if (!ours)
        return;
    conn_teardown(t, c);
    c->receiver = NULL;
    smb_conn_unuse(c);
}

static void conn_main(struct task *t, void *arg)
{
    conn_serve(t, arg, NULL);
}

void smb_server_accept(struct smb_server *s, struct reactor *r, struct transport *tr)
{
    struct smb_shard *shard = smb_shard_of(s, r);
    uint64_t id = shard->stopping ? 0 : smb_server_conn_enter(s);
    if (id == 0) {
        transport_shutdown(tr);
        transport_free(tr);
        return;
    }
    struct smb_conn *c = conn_new(shard, tr, id);
    smb_conn_use(c);
    if (!task_spawn(r, "receiver", conn_main, c)) {
        smb_conn_close(c, "too many tasks");
        smb_conn_unuse(c);
    }
}

void smb_shard_init(struct smb_shard *shard, struct smb_server *server, unsigned index)
{
    *shard = (struct smb_shard){.server = server, .index = index};
    shard->reactor = server->config.reactors[index];
    list_init(&shard->conns);
    list_init(&shard->requests_free);
    list_init(&shard->waiting);
    event_init(&shard->idle);
    idtable_init(&shard->sessions, SMB_SESSIONS_PER_SHARD_MAX);
    timer_init(&shard->interim_timer, shard->reactor, "interim", smb_interim_due, shard);
}

void smb_shard_fini(struct smb_shard *shard)
{
    ASSERT(list_empty(&shard->conns) && list_empty(&shard->waiting));
    timer_cancel(&shard->interim_timer);
    smb_requests_drop_free(shard);
    idtable_fini(&shard->sessions);
    wipe(shard->past, sizeof(shard->past));
}
