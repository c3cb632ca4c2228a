/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections and shares of the library.  A connection begins with its thread and ends with it:
 *
 *     braid_connect: thread -> connect request -> in use -> disconnect request -> thread ends
 *                                  |                                                  ^
 *                                  +--- failure --------------------------------------+
 *
 * A failure by timeout may leave a task behind that looks up a name, which cannot be interrupted.
 * The caller does not wait for that: whoever ends last, thread or caller, frees. */
#include <signal.h>
#include <stdio.h>

#include "client/api.h"

#define OPTIONS_SIZE_MIN (offsetof(struct braid_options, timeout_ms) + sizeof(uint32_t))

static pthread_once_t crypto_once = PTHREAD_ONCE_INIT;
static int crypto_error;

static void crypto_start(void)
{
    crypto_error = crypto_init(CRYPTO_AUTO);
}

static void braid_free(struct braid *b)
{
    ASSERT(list_empty(&b->shares) && list_empty(&b->files));
    reactor_free(b->reactor);
    free(b);
}

static void braid_drop(struct braid *b)
{
    if (atomic_fetch_sub(&b->owners, 1) == 1)
        braid_free(b);
}

static void *braid_thread(void *arg)
{
    struct braid *b = arg;
    reactor_run(b->reactor);
    braid_drop(b);
    return NULL;
}

static int thread_start(struct braid *b)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&b->thread, NULL, braid_thread, b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -err;
}

static int braid_new(struct braid **ret_braid)
{
    struct braid *b = NEW(struct braid);
    struct reactor_config config = {.offload_threads = 1};
    list_init(&b->shares);
    list_init(&b->files);
    event_init(&b->settled);
    atomic_store(&b->owners, 2);
    int err = reactor_new(&config, &b->reactor);
    if (err < 0) {
        free(b);
        return err;
    }
    err = thread_start(b);
    if (err < 0) {
        braid_free(b);
        return err;
    }
    *ret_braid = b;
    return 0;
}

struct connect_request {
    struct request base;
    struct client_options options;
    struct client_error error;
    bool lingers; /* the thread may not end soon */
};

static ssize_t connect_run(struct task *t, struct request *r)
{
    struct connect_request *c = container_of(r, struct connect_request, base);
    ntstatus status = client_connect(t, &c->options, &r->braid->conn, &c->error);
    if (nt_ok(status))
        return 0;
    c->lingers = nt_is(status, STATUS_IO_TIMEOUT);
    return c->error.err < 0 ? c->error.err : -EIO;
}

static void braid_end(struct braid *b, bool lingers)
{
    reactor_stop(b->reactor);
    if (lingers)
        pthread_detach(b->thread);
    else
        pthread_join(b->thread, NULL);
    braid_drop(b);
}

static int braid_make(const struct braid_options *o, struct braid **ret_braid,
                      struct client_error *ret_error)
{
    struct braid *b = NULL;
    pthread_once(&crypto_once, crypto_start);
    int err = crypto_error < 0 ? crypto_error : braid_new(&b);
    if (err < 0) {
        *ret_error = (struct client_error){.err = err};
        snprintf(ret_error->text, sizeof(ret_error->text), "cannot start: %s", strerror(-err));
        return err;
    }
    struct connect_request c = {.base.run = connect_run,
                                .options = {.host = o->host,
                                            .port = o->port,
                                            .user = o->user,
                                            .domain = o->domain,
                                            .password = o->password,
                                            .dialect_min = o->dialect_min,
                                            .dialect_max = o->dialect_max,
                                            .encrypt = o->encrypt != 0,
                                            .timeout_ms = o->timeout_ms,
                                            .connect_timeout_ms = o->connect_timeout_ms}};
    err = (int)request_wait(b, &c.base);
    if (err == 0) {
        *ret_braid = b;
        return 0;
    }
    braid_end(b, c.lingers);
    *ret_error = c.error;
    return err;
}

int braid_connect(const struct braid_options *options, struct braid **ret_braid,
                  struct braid_error *ret_error)
{
    struct client_error error = {.err = -EINVAL, .text = "the options are not valid"};
    struct braid_options o = {0};
    int err = -EINVAL;
    if (options && options->size >= OPTIONS_SIZE_MIN && ret_braid) {
        memcpy(&o, options, MIN(options->size, sizeof(o)));
        if (o.host && *o.host)
            err = braid_make(&o, ret_braid, &error);
    }
    if (err < 0 && ret_error) {
        *ret_error = (struct braid_error){.error = err, .status = error.status.v};
        snprintf(ret_error->text, sizeof(ret_error->text), "%s", error.text);
    }
    return err;
}

/* Runs alone but for requests that ended already: everything is closed from the leaves up. */
static ssize_t disconnect_run(struct task *t, struct request *r)
{
    struct braid *b = r->braid;
    b->closing = true;
    task_shield_begin(t);
    while (b->running > 1)
        IGNORE(event_wait(t, &b->settled, EVENT_NO_TIMEOUT));
    task_shield_end(t);
    list_each(&b->files, struct braid_file, link, f)
        IGNORE(file_close(t, f));
    list_each(&b->shares, struct braid_share, link, s)
        IGNORE(share_close(t, s));
    client_disconnect(t, b->conn);
    return 0;
}

int braid_disconnect(struct braid *b)
{
    if (!b)
        return 0;
    struct request r = {.run = disconnect_run};
    int err = (int)request_wait(b, &r);
    if (err == 0)
        braid_end(b, false);
    return err;
}

unsigned braid_dialect(const struct braid *b)
{
    return client_dialect(b->conn);
}

const char *braid_protection(const struct braid *b)
{
    return client_protection(b->conn);
}

const char *braid_version(void)
{
    return BRAID_VERSION;
}

struct share_request {
    struct request base;
    const char *name;
    struct braid_share *share;
};

static ssize_t share_open_run(struct task *t, struct request *r)
{
    struct share_request *sr = container_of(r, struct share_request, base);
    struct client_tree *tree;
    ntstatus status = client_tree_connect(t, r->braid->conn, sr->name, &tree);
    if (!nt_ok(status))
        return client_errno(status);
    struct braid_share *s = NEW(struct braid_share);
    s->braid = r->braid;
    s->tree = tree;
    event_init(&s->idle);
    list_push_back(&r->braid->shares, &s->link);
    sr->share = s;
    return 0;
}

int braid_share_open(struct braid *b, const char *name, struct braid_share **ret_share)
{
    if (!b || !name || !*name || strpbrk(name, "/\\") || !ret_share)
        return -EINVAL;
    struct share_request r = {.base.run = share_open_run, .name = name};
    int err = (int)request_wait(b, &r.base);
    if (err == 0)
        *ret_share = r.share;
    return err;
}

int share_close(struct task *t, struct braid_share *s)
{
    busy_wait(t, &s->busy, &s->idle);
    if (s->files)
        return -EBUSY;
    list_remove(&s->link);
    client_tree_disconnect(t, s->tree);
    free(s);
    return 0;
}

static ssize_t share_close_run(struct task *t, struct request *r)
{
    return share_close(t, container_of(r, struct share_request, base)->share);
}

int braid_share_close(struct braid_share *s)
{
    if (!s)
        return 0;
    struct share_request r = {.base.run = share_close_run, .share = s};
    return (int)request_wait(s->braid, &r.base);
}

struct share_list_request {
    struct request base;
    struct arena arena; /* the task's, then the caller's */
    struct client_share *shares;
    size_t count;
};

static ssize_t share_list_run(struct task *t, struct request *r)
{
    struct share_list_request *l = container_of(r, struct share_list_request, base);
    return client_errno(
        client_list_shares(t, r->braid->conn, &l->arena, &l->shares, &l->count));
}

int braid_share_list(struct braid *b, braid_share_fn *fn, void *arg)
{
    if (!b || !fn)
        return -EINVAL;
    struct share_list_request l = {.base.run = share_list_run};
    int result = (int)request_wait(b, &l.base);
    for (size_t i = 0; result == 0 && i < l.count; i++) {
        const struct client_share *s = &l.shares[i];
        struct braid_share_entry entry = {s->name, s->comment, s->type};
        result = fn(arg, &entry);
    }
    arena_fini(&l.arena);
    return result;
}
