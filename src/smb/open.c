/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens: how a FileId comes, is found and goes.  The id table of the session holds the open from
 * RESERVED to the begin of its end; memory goes with the last user. */
#include "smb/open.h"

#include "smb/pipe.h"
#include "smb/reply.h"
#include "smb/request.h"
#include "wire/filetime.h"

#define BREAK_BYTES 128u
#define SEQUENCE_AHEAD_MAX 0x7FFFu

ntstatus smb_open_new(struct smb_request *req, struct smb_open **ret_open)
{
    struct smb_session *s = req->session;
    struct smb_open *o = NEW(struct smb_open);
    uint64_t id;
    if (idtable_add(&s->opens, o, &id) < 0) {
        free(o);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    o->magic = SMB_OPEN_MAGIC;
    o->state = SMB_OPEN_RESERVED;
    o->id = (struct smb2_file_id){
        .persistent_id = (uint64_t)req->shard->index << 48 | ++req->shard->next_persistent_id,
        .volatile_id = id,
    };
    o->session = smb_session_ref(s);
    o->tree = smb_tree_ref(req->tree);
    o->channel_sequence = req->header.channel_sequence;
    o->created = filetime_from_timespec(io_realtime(reactor_io(req->shard->reactor)));
    event_init(&o->quiet);
    *ret_open = o;
    return STATUS_SUCCESS;
}

ntstatus smb_open_publish(struct smb_request *req, struct smb_open *o)
{
    ASSERT(o->state == SMB_OPEN_RESERVED && (o->nt || o->pipe));
    if (smb_session_is(o->session, SMB_SESSION_CLOSED))
        return STATUS_USER_SESSION_DELETED;
    if (o->tree->disconnected)
        return STATUS_NETWORK_NAME_DELETED;
    o->state = SMB_OPEN_LIVE;
    o->tree->open_count++;
    req->chain.has_file = true;
    req->chain.file_id = o->id;
    return STATUS_SUCCESS;
}

static void open_free(struct smb_open *o)
{
    ASSERT(o->magic == SMB_OPEN_MAGIC && o->users == 0 && !o->nt && !o->pipe);
    smb_tree_unref(o->tree);
    smb_session_unref(o->session);
    o->magic = 0;
    free(o);
}

/* Nobody is in it any more. */
static ntstatus close_inside(struct task *t, struct smb_open *o, struct nt_net_open *ret_info)
{
    ntstatus status = STATUS_SUCCESS;
    if (o->pipe) {
        pipe_free(TAKE(o->pipe));
        o->session->pipe_count--;
    }
    if (o->nt) {
        status = nt_close(t, o->nt, ret_info);
        o->nt = NULL;
    }
    return status;
}

void smb_open_discard(struct task *t, struct smb_open *o)
{
    ASSERT(o->state == SMB_OPEN_RESERVED && o->users == 0);
    idtable_remove(&o->session->opens, o->id.volatile_id);
    task_shield_begin(t);
    (void)close_inside(t, o, NULL);
    task_shield_end(t);
    open_free(o);
}

struct smb_open *smb_open_find(const struct smb_session *s, struct smb2_file_id id)
{
    struct smb_open *o = idtable_get(&s->opens, id.volatile_id);
    if (!o || o->state != SMB_OPEN_LIVE || o->id.persistent_id != id.persistent_id)
        return NULL;
    ASSERT(o->magic == SMB_OPEN_MAGIC);
    o->users++;
    return o;
}

void smb_open_release(struct smb_open *o)
{
    ASSERT(o->magic == SMB_OPEN_MAGIC && o->users > 0);
    o->users--;
    if (o->users == 0 && o->state == SMB_OPEN_CLOSING && !o->nt && !o->pipe)
        open_free(o);
    else
        event_signal(&o->quiet);
}

ntstatus smb_open_enter(struct smb_open *o, const struct smb_request *req)
{
    if (!smb_conn_is_smb3(req->conn))
        return STATUS_SUCCESS;
    uint16_t ahead = (uint16_t)(req->header.channel_sequence - o->channel_sequence);
    bool changes = req->command->flags & SMB_COMMAND_CHANGES;
    bool replay = req->header.flags & SMB2_FLAG_REPLAY;
    if (ahead > SEQUENCE_AHEAD_MAX) {
        if (changes)
            return STATUS_FILE_NOT_AVAILABLE;
    } else if (ahead > 0) {
        o->outstanding_before += o->outstanding;
        o->outstanding = 0;
        o->channel_sequence = req->header.channel_sequence;
    }
    if (changes && replay && o->outstanding_before > 0)
        return STATUS_FILE_NOT_AVAILABLE;
    if (ahead > SEQUENCE_AHEAD_MAX)
        o->outstanding_before++;
    else
        o->outstanding++;
    return STATUS_SUCCESS;
}

void smb_open_leave(struct smb_open *o, const struct smb_request *req)
{
    if (!smb_conn_is_smb3(req->conn))
        return;
    if (req->header.channel_sequence == o->channel_sequence && o->outstanding > 0)
        o->outstanding--;
    else if (o->outstanding_before > 0)
        o->outstanding_before--;
}

/* Ends an open whose closer is one of its users. */
static ntstatus open_end(struct task *t, struct smb_open *o, struct nt_net_open *ret_info)
{
    o->state = SMB_OPEN_CLOSING;
    void *removed = idtable_remove(&o->session->opens, o->id.volatile_id);
    ASSERT(removed == o && o->users > 0);
    o->tree->open_count--;
    task_shield_begin(t);
    if (o->pipe)
        pipe_hang_up(o->pipe);
    list_each(&o->session->requests, struct smb_request, session_link, req) {
        if (req->open == o && req->waits)
            task_cancel(req->task);
    }
    while (o->users > 1)
        (void)!event_wait(t, &o->quiet, EVENT_NO_TIMEOUT);
    ntstatus status = close_inside(t, o, ret_info);
    task_shield_end(t);
    return status;
}

ntstatus smb_open_close(struct task *t, struct smb_open *o, struct nt_net_open *ret_info)
{
    if (o->state != SMB_OPEN_LIVE)
        return STATUS_FILE_CLOSED;
    return open_end(t, o, ret_info);
}

void smb_opens_mark_closing(struct smb_session *s, const struct smb_tree *tree)
{
    uint32_t cursor = 0;
    for (struct smb_open *o; (o = idtable_walk(&s->opens, &cursor));) {
        if (o->state == SMB_OPEN_LIVE && (!tree || o->tree == tree))
            o->state = SMB_OPEN_CLOSING;
    }
}

void smb_opens_close(struct task *t, struct smb_session *s, const struct smb_tree *tree)
{
    uint32_t cursor = 0;
    for (struct smb_open *o; (o = idtable_walk(&s->opens, &cursor));) {
        if (o->state == SMB_OPEN_RESERVED || (tree && o->tree != tree))
            continue;
        o->users++;
        (void)open_end(t, o, NULL);
        smb_open_release(o);
    }
}

bool smb_open_send_break(struct smb_open *o, const struct break_notification *b)
{
    struct smb_session *s = o->session;
    struct smb_channel *ch = smb_session_best_channel(s);
    if (!ch)
        return false;
    bool sealed = (s->encrypt_required || o->tree->encrypt_required) && s->seal_out;
    struct smb2_header h = {
        .command = SMB2_CMD_OPLOCK_BREAK,
        .flags = SMB2_FLAG_RESPONSE,
        .message_id = SMB2_ID_ALL_ONES,
    };
    uint8_t bytes[BREAK_BYTES];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    smb2_header_write(&w, &h);
    if (b->is_lease)
        lease_break_write(&w, &b->lease);
    else
        oplock_break_write(&w, &b->oplock);
    ASSERT(wr_done(&w));
    smb_reply_post(ch->conn, wr_written(&w), sealed ? s->seal_out : NULL, s->id);
    return true;
}
