/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of commands: a session with a tree on the fake store, an open of it, and one request
 * at a time, whose body the test writes and whose response it reads.  No connection sends
 * anything. */
#pragma once

#include "fake_nt.h"
#include "smb/commands.h"
#include "smb/reply.h"
#include "smb/shard.h"
#include "task/run.h"

struct rig {
    struct task *t;
    struct reactor *reactor;
    struct smb_server server;
    struct smb_shard shard;
    struct smb_conn conn;
    struct smb_share share;
    struct smb_caller caller; /* counted once more than its users: it is part of the rig */
    struct smb_tree tree;
    struct smb_session *session;
    struct smb_open *open;
    struct smb_request req;
    bool working;           /* the request holds what it took */
    uint8_t message[80000]; /* of the request */
    struct wr w;            /* its body goes here */
};

static inline void rig_done(struct rig *r)
{
    if (!r->working)
        return;
    smb_request_element_drop(&r->req);
    smb_reply_drop(&r->req);
    r->working = false;
}

/* A new request; the test then writes its body to the cursor. */
static inline struct wr *rig_begin(struct rig *r)
{
    rig_done(r);
    memset(r->message, 0, sizeof(r->message));
    r->w = wr_of(mspan_of(r->message, sizeof(r->message)));
    wr_zero(&r->w, SMB2_HEADER_SIZE);
    return &r->w;
}

static inline ntstatus rig_call(struct rig *r, uint16_t command)
{
    struct smb_request *req = &r->req;
    *req = (struct smb_request){.magic = SMB_REQUEST_MAGIC,
                                .shard = &r->shard,
                                .conn = &r->conn,
                                .task = r->t,
                                .last = true,
                                .command = &smb_commands[command]};
    list_init(&req->waiting_link);
    list_init(&req->session_link);
    arena_init(&req->arena);
    req->header = (struct smb2_header){.command = command, .credit_charge = 128};
    req->session = smb_session_ref(r->session);
    req->tree = smb_tree_ref(&r->tree);
    assert_true(wr_done(&r->w));
    req->in = rd_of(wr_written(&r->w));
    rd_skip(&req->in, SMB2_HEADER_SIZE);
    smb_reply_begin(req);
    r->working = true;
    return req->command->handler(r->t, req);
}

/* The response, positioned behind its header as the readers of src/proto want it. */
static inline struct rd rig_response(struct rig *r)
{
    struct rd rd = rd_of(wr_written(&r->req.out));
    rd_skip(&rd, SMB2_HEADER_SIZE);
    return rd;
}

static inline void rig_expect(ntstatus got, ntstatus wanted)
{
    if (!nt_is(got, wanted))
        fail_msg("%s instead of %s", ntstatus_name(got), ntstatus_name(wanted));
}

static inline void rig_init(struct rig *r, struct task *t)
{
    memset(r, 0, sizeof(*r));
    fake_reset();
    r->t = t;
    r->reactor = task_reactor(t);
    r->server.config.leases = r->server.config.multichannel = true;
    r->server.config.reactors = &r->reactor;
    r->server.config.reactor_count = 1;
    r->server.shards = &r->shard;
    r->server.shard_count = 1;
    smb_shard_init(&r->shard, &r->server, 0);
    r->conn = (struct smb_conn){.magic = SMB_CONN_MAGIC,
                                .shard = &r->shard,
                                .dialect = SMB2_DIALECT_311,
                                .multi_credit = true,
                                .io_bytes_max = LIMIT_IO_BYTES_MAX};
    r->share.config.kind = SMB_SHARE_DISK;
    r->session = smb_session_new(&r->shard);
    sm_move(&r->session->state, SMB_SESSION_VALID);
    r->caller.refs = 2;
    r->tree = (struct smb_tree){.magic = SMB_TREE_MAGIC,
                                .refs = 1,
                                .session = r->session,
                                .share = &r->share,
                                .caller = &r->caller};
    r->req = (struct smb_request){.shard = &r->shard, .session = r->session, .tree = &r->tree};
    assert_true(nt_ok(smb_open_new(&r->req, &r->open)));
    r->open->nt = &fake_open;
    assert_true(nt_ok(smb_open_publish(&r->req, r->open)));
    r->req = (struct smb_request){0};
}

static inline void rig_fini(struct rig *r)
{
    rig_done(r);
    smb_opens_close(r->t, r->session, NULL);
    sm_move(&r->session->state, SMB_SESSION_CLOSED);
    idtable_remove(&r->shard.sessions, r->session->table_id);
    smb_session_unref(r->session);
    smb_shard_fini(&r->shard);
}

typedef void rig_fn(struct rig *r);

static inline void rig_task(struct task *t, void *arg)
{
    struct rig *r = NEW(struct rig);
    rig_init(r, t);
    ((rig_fn *)arg)(r);
    rig_fini(r);
    free(r);
}

static inline void rig_run(void **state)
{
    run_task(rig_task, *state);
}

#define RIG_TEST(fn) {#fn, rig_run, NULL, NULL, (void *)(uintptr_t)(fn)}
