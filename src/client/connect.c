/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a connection: dialling, NEGOTIATE and logon within one deadline, and its end.
 *
 * Looking a name up cannot be interrupted.  Dialling is therefore a task of its own, which who
 * waits for it may abandon; it then cleans up after itself. */
#include <stdio.h>

#include "client/call.h"
#include "proto/simple.h"
#include "task/io.h"

#define TIMEOUT_MS_DEFAULT 60000u
#define CONNECT_TIMEOUT_MS_DEFAULT 15000u
#define FAREWELL_TIMEOUT_US 5000000u

static void conn_free(struct client_conn *c)
{
    ASSERT(!c->receiving);
    signer_free(c->signer);
    sealer_free(c->seal_out);
    sealer_free(c->seal_in);
    hash_fini(&c->pending);
    transport_free(c->transport);
    free(c);
}

static void conn_close(struct task *t, struct client_conn *c)
{
    conn_break(c, STATUS_CONNECTION_DISCONNECTED);
    task_shield_begin(t);
    while (c->receiving)
        IGNORE(event_wait(t, &c->receiver_ended, EVENT_NO_TIMEOUT));
    task_shield_end(t);
    conn_free(c);
}

static void failure(struct client_error *e, ntstatus status, const char *what)
{
    *e = (struct client_error){.status = status, .err = client_errno(status)};
    snprintf(e->text, sizeof(e->text), "%s: %s", what, client_status_text(status));
}

static ntstatus dial_failure(struct client_error *e, int err)
{
    ntstatus status = err == -ETIMEDOUT ? STATUS_IO_TIMEOUT : STATUS_BAD_NETWORK_PATH;
    *e = (struct client_error){.status = status, .err = err};
    snprintf(e->text, sizeof(e->text), "cannot connect: %s", strerror(-err));
    return status;
}

static struct client_conn *conn_new(struct task *t, const struct client_options *o,
                                    struct transport *transport)
{
    struct client_conn *c = NEW(struct client_conn);
    c->transport = transport;
    c->reactor = task_reactor(t);
    c->timeout_us = 1000ull * (o->timeout_ms ? o->timeout_ms : TIMEOUT_MS_DEFAULT);
    c->credits = 1;
    io_random(task_io(t), c->client_guid.b, sizeof(c->client_guid.b));
    list_init(&c->credit_waiters);
    event_init(&c->receiver_ended);
    hash_init(&c->pending);
    snprintf(c->host, sizeof(c->host), "%s", o->host);
    c->receiving = true;
    if (!task_spawn(c->reactor, "client-receive", conn_receive_task, c))
        c->receiving = false;
    return c;
}

static uint64_t connect_timeout_us(const struct client_options *o)
{
    return 1000ull * (o->connect_timeout_ms ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS_DEFAULT);
}

static ntstatus conn_set_up(struct task *t, struct client_conn *c, const struct client_options *o,
                            struct client_error *ret_error)
{
    struct arena arena;
    arena_init(&arena);
    struct span token = {0};
    ntstatus status = c->receiving ? conn_negotiate(t, c, o, &arena, &token) : STATUS_NO_MEMORY;
    if (!nt_ok(status)) {
        failure(ret_error, status, "the server refused to negotiate");
    } else {
        status = conn_session_setup(t, c, o, token);
        if (!nt_ok(status))
            failure(ret_error, status, "cannot log on");
    }
    arena_fini(&arena);
    return status;
}

static ntstatus conn_make(struct task *t, const struct client_connect_args *args,
                          uint64_t until_us, struct client_conn **ret_conn,
                          struct client_error *ret_error)
{
    struct client_conn *c = conn_new(t, args->options, args->transport);
    c->setup_until_us = until_us;
    ntstatus status = conn_set_up(t, c, args->options, ret_error);
    if (!nt_ok(status)) {
        conn_close(t, c);
        return status;
    }
    *ret_conn = c;
    return STATUS_SUCCESS;
}

ntstatus client_connect_over(struct task *t, const struct client_connect_args *args,
                             struct client_conn **ret_conn, struct client_error *ret_error)
{
    uint64_t until = io_now_us(task_io(t)) + connect_timeout_us(args->options);
    return conn_make(t, args, until, ret_conn, ret_error);
}

/* Shared by the one who waits and the task that dials; freed by the last of them. */
struct dial {
    char host[256];
    uint16_t port;
    bool ended, abandoned;
    struct event end;
    int err;
    struct transport *transport;
};

static void dial_task(struct task *t, void *arg)
{
    struct dial *d = arg;
    d->err = transport_tcp_connect(t, d->host, d->port, &d->transport);
    if (d->abandoned) {
        transport_free(d->transport);
        free(d);
        return;
    }
    d->ended = true;
    event_signal(&d->end);
}

static int dial_await(struct task *t, struct dial *d, uint64_t until_us)
{
    while (!d->ended) {
        uint64_t now = io_now_us(task_io(t));
        int err = now >= until_us ? -ETIMEDOUT : event_wait(t, &d->end, until_us - now);
        if (err < 0 && !d->ended)
            return err;
    }
    return d->err;
}

static int dial(struct task *t, const struct client_options *o, uint64_t until_us,
                struct transport **ret_transport)
{
    struct dial *d = NEW(struct dial);
    d->port = o->port ? o->port : 445;
    snprintf(d->host, sizeof(d->host), "%s", o->host);
    event_init(&d->end);
    struct task *dialler = task_spawn(task_reactor(t), "client-dial", dial_task, d);
    if (!dialler) {
        free(d);
        return -EAGAIN;
    }
    int err = dial_await(t, d, until_us);
    if (!d->ended) {
        d->abandoned = true;
        task_cancel(dialler);
        return err;
    }
    if (err == 0)
        *ret_transport = d->transport;
    free(d);
    return err;
}

ntstatus client_connect(struct task *t, const struct client_options *o,
                        struct client_conn **ret_conn, struct client_error *ret_error)
{
    uint64_t until = io_now_us(task_io(t)) + connect_timeout_us(o);
    struct client_connect_args args = {.options = o};
    if (strlen(o->host) >= sizeof(((struct dial *)0)->host))
        return dial_failure(ret_error, -ENAMETOOLONG);
    int err = dial(t, o, until, &args.transport);
    if (err < 0)
        return dial_failure(ret_error, err);
    return conn_make(t, &args, until, ret_conn, ret_error);
}

/* One last request, which is not worth waiting long for. */
static void farewell(struct task *t, struct client_conn *c, const struct client_tree *tree,
                     enum smb2_command command)
{
    if (!nt_ok(c->broken) || !c->established)
        return;
    struct client_call *call CLEANUP(call_free) = call_new(c, tree, command, CALL_BODY_BYTES, 0);
    simple_msg_write(&call->wr);
    call->timeout_us = MIN(call->timeout_us, FAREWELL_TIMEOUT_US);
    IGNORE(call_run(t, call));
}

void client_tree_disconnect(struct task *t, struct client_tree *tree)
{
    if (!tree)
        return;
    farewell(t, tree->conn, tree, SMB2_CMD_TREE_DISCONNECT);
    free(tree);
}

void client_disconnect(struct task *t, struct client_conn *c)
{
    if (!c)
        return;
    farewell(t, c, NULL, SMB2_CMD_LOGOFF);
    conn_close(t, c);
}

uint16_t client_dialect(const struct client_conn *c)
{
    return c->dialect;
}

const char *client_protection(const struct client_conn *c)
{
    return c->protection;
}
