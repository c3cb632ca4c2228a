/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a request in work, from its frame to its reply, and what handlers ask of it.  The
 * structs are recycled per shard, so that the common request costs no allocation. */
#include "smb/request.h"

#include "smb/dispatch.h"
#include "smb/reply.h"
#include "smb/shard.h"

#define REQUESTS_FREE_MAX 1024u

struct smb_request *smb_request_new(struct smb_conn *conn, struct frame *frame)
{
    struct smb_shard *shard = conn->shard;
    struct smb_request *req = list_first(&shard->requests_free, struct smb_request, link);
    if (req) {
        list_remove(&req->link);
        shard->requests_free_count--;
    } else {
        req = xmalloc(sizeof(*req));
    }
    *req = (struct smb_request){.magic = SMB_REQUEST_MAGIC, .shard = shard, .conn = conn};
    list_init(&req->waiting_link);
    list_init(&req->session_link);
    arena_init(&req->arena);
    req->frame = frame_ref(frame);
    smb_conn_use(conn);
    list_push_back(&conn->requests, &req->link);
    conn->request_count++;
    return req;
}

void smb_request_free(struct smb_request *req)
{
    ASSERT(req->magic == SMB_REQUEST_MAGIC);
    struct smb_shard *shard = req->shard;
    struct smb_conn *conn = req->conn;
    smb_request_element_drop(req);
    smb_reply_drop(req);
    list_remove(&req->link);
    conn->request_count--;
    frame_unref(req->frame);
    smb_session_unref(req->sealed_session);
    req->magic = 0;
    if (shard->requests_free_count < REQUESTS_FREE_MAX) {
        list_push_front(&shard->requests_free, &req->link);
        shard->requests_free_count++;
    } else {
        free(req);
    }
    smb_conn_unuse(conn);
}

void smb_requests_drop_free(struct smb_shard *shard)
{
    list_each(&shard->requests_free, struct smb_request, link, req) {
        list_remove(&req->link);
        free(req);
    }
    shard->requests_free_count = 0;
}

void smb_request_set_session(struct smb_request *req, struct smb_session *s,
                             struct smb_channel *ch)
{
    ASSERT(!req->session);
    req->session = smb_session_ref(s);
    req->channel = smb_channel_use(ch);
    if (req->header.command != SMB2_CMD_SESSION_SETUP)
        list_push_back(&s->requests, &req->session_link);
}

void smb_request_element_drop(struct smb_request *req)
{
    if (req->open) {
        smb_open_leave(req->open, req);
        smb_open_release(TAKE(req->open));
    }
    smb_caller_unref(TAKE(req->caller));
    if (req->tree)
        smb_tree_unref(TAKE(req->tree));
    if (req->channel)
        smb_channel_release(TAKE(req->channel));
    if (req->session) {
        list_remove(&req->session_link);
        event_signal(&req->session->quiet);
        smb_session_unref(TAKE(req->session));
    }
    req->signer = NULL;
    req->signer_kept = signer_free(req->signer_kept);
    req->preauth = NULL;
    arena_fini(&req->arena);
    arena_init(&req->arena);
}

/* Steps to the next element; the receiver has checked the chain. */
static void element_begin(struct smb_request *req)
{
    struct rd r = rd_of(req->rest);
    bool ok = smb2_header_read(&r, &req->header);
    ASSERT(ok);
    size_t next = req->header.next_command;
    req->last = next == 0;
    req->element = req->last ? req->rest : span_of(req->rest.p, next);
    req->rest = req->last ? span_of(NULL, 0) : span_of(req->rest.p + next, req->rest.len - next);
    req->in = rd_of(req->element);
    rd_skip(&req->in, SMB2_HEADER_SIZE);
    req->command = req->header.command < SMB2_CMD_COUNT ? &smb_commands[req->header.command] : NULL;
    req->was_signed = false;
    req->body_stands = false;
    req->waits = false;
}

void smb_request_work(struct task *t, struct smb_request *req)
{
    req->task = t;
    req->started_us = io_now_us(task_io(t));
    list_push_back(&req->shard->waiting, &req->waiting_link);
    bool more = true;
    while (more && req->conn->state != SMB_CONN_CLOSING) {
        element_begin(req);
        more = !req->last;
        if (req->header.command == SMB2_CMD_CANCEL)
            continue;
        smb_reply_begin(req);
        ntstatus status = smb_dispatch(t, req);
        smb_reply_end(req, status);
        smb_request_element_drop(req);
    }
    list_remove(&req->waiting_link);
    smb_reply_send(req);
    if (req->async_id) {
        idtable_remove(&req->conn->async, req->async_id);
        req->conn->async_bytes -= req->frame->bytes.len;
    }
    req->task = NULL;
    smb_request_free(req);
}

static bool may_pend(const struct smb_request *req)
{
    return req->command && !(req->command->flags & SMB_COMMAND_SYNC) && req->last &&
           req->async_id == 0 && req->conn->state != SMB_CONN_CLOSING;
}

void smb_interim_due(struct task *t, void *arg)
{
    struct smb_shard *shard = arg;
    uint64_t now = io_now_us(task_io(t));
    uint64_t interim_us = shard->server->config.interim_us;
    list_each(&shard->waiting, struct smb_request, waiting_link, req) {
        uint64_t due = req->started_us + interim_us;
        if (due > now) {
            timer_arm(&shard->interim_timer, due - now);
            return;
        }
        /* One element of a compound that takes long must not hide that the last one may pend. */
        if (!req->last && req->command) {
            req->started_us = now;
            list_remove(&req->waiting_link);
            list_push_back(&shard->waiting, &req->waiting_link);
            continue;
        }
        list_remove(&req->waiting_link);
        if (may_pend(req))
            (void)!smb_reply_interim(req);
    }
}

ntstatus smb_request_pend_now(struct smb_request *req)
{
    if (!req->last)
        return STATUS_INTERNAL_ERROR;
    if (req->conn->state == SMB_CONN_CLOSING)
        return STATUS_CANCELLED; /* nobody is left to end the wait, or to hear of its end */
    if (may_pend(req) && !smb_reply_interim(req))
        return STATUS_INSUFFICIENT_RESOURCES;
    smb_reply_shrink(req);
    list_remove(&req->waiting_link);
    req->waits = true;
    return STATUS_SUCCESS;
}

ntstatus smb_request_payload(const struct smb_request *req, uint32_t sent, uint32_t wanted)
{
    uint32_t most = MAX(sent, wanted);
    if (most > req->conn->io_bytes_max)
        return STATUS_INVALID_PARAMETER;
    if (req->conn->multi_credit &&
        smb2_credit_charge(most) > smb_window_charge(req->header.credit_charge))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

const struct nt_caller *smb_request_caller(struct smb_request *req)
{
    if (!req->caller) {
        req->caller = req->tree->caller;
        req->caller->refs++;
    }
    return &req->caller->nt;
}

/* The FileId of an element, [MS-SMB2] 3.3.5.2.7.2. */
static ntstatus resolve_file_id(struct smb_request *req, struct smb2_file_id *id)
{
    if (!smb_request_is_related(req) || !smb2_file_id_is_previous(*id))
        return STATUS_SUCCESS;
    if (!nt_ok(req->chain.failed))
        return req->chain.failed;
    if (!req->chain.has_file)
        return STATUS_FILE_CLOSED; /* as Windows says where no predecessor had a file either */
    *id = req->chain.file_id;
    return STATUS_SUCCESS;
}

ntstatus smb_request_open(struct smb_request *req, struct smb2_file_id id,
                          struct smb_open **ret_open)
{
    ASSERT(req->session && !req->open);
    NT_TRY(resolve_file_id(req, &id));
    struct smb_open *o CLEANUP(smb_open_release) = smb_open_find(req->session, id);
    if (!o || (req->tree && o->tree != req->tree))
        return STATUS_FILE_CLOSED;
    NT_TRY(smb_open_enter(o, req));
    req->chain.has_file = true;
    req->chain.file_id = id;
    *ret_open = req->open = TAKE(o);
    return STATUS_SUCCESS;
}
