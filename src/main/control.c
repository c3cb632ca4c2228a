/* SPDX-License-Identifier: Apache-2.0
 *
 * Status as JSON over a local socket. */
#include "main/control.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "main/paths.h"
#include "wire/filetime.h"

struct control {
    struct smb_server *server;
    struct reactor *reactor;
    struct task *acceptor;
    struct timespec started;
    char *path;
    int fd;
};

static json_t *dialect_json(uint16_t dialect)
{
    char text[16];
    if (!dialect)
        return json_null();
    snprintf(text, sizeof(text), "%u.%u.%u", (dialect >> 8) & 0xF, (dialect >> 4) & 0xF,
             dialect & 0xF);
    return json_string(text);
}

static json_t *time_json(uint64_t filetime)
{
    struct timespec ts = filetime_to_timespec(filetime);
    struct tm tm;
    char text[32];
    gmtime_r(&ts.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

static json_t *id_json(uint64_t id)
{
    char text[20];
    snprintf(text, sizeof(text), "0x%llx", (unsigned long long)id);
    return json_string(text);
}

static json_t *connection_json(const struct smb_status_connection *c)
{
    char guid[GUID_TEXT_SIZE];
    return json_pack(
        "{s:I, s:i, s:s, s:s, s:o, s:s, s:s, s:s, s:I, s:I, s:i}", "id", (json_int_t)c->id,
        "reactor", (int)c->reactor, "transport", transport_kind_name(c->transport), "peer", c->peer,
        "dialect", dialect_json(c->dialect), "signing",
        c->dialect ? sign_alg_name(c->signing) : "none", "cipher", cipher_name(c->cipher),
        "client_guid", guid_text(c->client_guid, guid), "received_bytes",
        (json_int_t)c->received_bytes, "sent_bytes", (json_int_t)c->sent_bytes, "requests",
        (int)c->requests);
}

static json_t *session_json(const struct smb_status_session *s)
{
    return json_pack("{s:o, s:I, s:i, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:o}", "id",
                     id_json(s->id), "connection", (json_int_t)s->connection, "channels",
                     (int)s->channels, "user", s->user, "domain", s->domain, "workstation",
                     s->workstation, "mechanism", s->mechanism ? s->mechanism : "", "guest",
                     s->is_guest, "anonymous", s->is_anonymous, "signed", s->signs, "encrypted",
                     s->encrypts, "since", time_json(s->since));
}

static json_t *tree_json(const struct smb_status_tree *t)
{
    return json_pack("{s:o, s:i, s:s, s:b, s:i, s:o}", "session", id_json(t->session), "id",
                     (int)t->id, "share", t->share, "encrypted", t->encrypts, "opens",
                     (int)t->opens, "since", time_json(t->since));
}

static json_t *open_json(const struct smb_status_open *o)
{
    char access[12];
    snprintf(access, sizeof(access), "0x%08x", o->access);
    return json_pack("{s:o, s:i, s:o, s:s, s:s, s:o}", "session", id_json(o->session), "tree",
                     (int)o->tree, "id", id_json(o->volatile_id), "access", access, "name", o->name,
                     "since", time_json(o->since));
}

static json_t *reactor_json(const struct reactor *r)
{
    struct reactor_counters c;
    reactor_counters_read(r, &c);
    return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i}", "index",
                     (int)reactor_index(r), "turns", (json_int_t)c.turns, "tasks_started",
                     (json_int_t)c.tasks_started, "task_switches", (json_int_t)c.task_switches,
                     "sqes", (json_int_t)c.sqes, "wakeups", (json_int_t)c.wakeups, "offloads",
                     (json_int_t)c.offloads, "posts", (json_int_t)c.posts, "tasks_live",
                     (int)c.tasks_live, "tasks_peak", (int)c.tasks_peak);
}

#define ARRAY_JSON(to, items, count, each)                                                         \
    do {                                                                                           \
        for (size_t i = 0; i < (count); i++)                                                       \
            json_array_append_new((to), each(&(items)[i]));                                        \
    } while (0)

static char *status_text(const struct control *ct, const struct smb_status *st)
{
    json_t *connections = json_array(), *sessions = json_array();
    json_t *trees = json_array(), *opens = json_array();
    ARRAY_JSON(connections, st->connections, st->connection_count, connection_json);
    ARRAY_JSON(sessions, st->sessions, st->session_count, session_json);
    ARRAY_JSON(trees, st->trees, st->tree_count, tree_json);
    ARRAY_JSON(opens, st->opens, st->open_count, open_json);
    json_t *reactors = json_array();
    const struct smb_server_config *server = smb_server_config(ct->server);
    for (unsigned i = 0; i < server->reactor_count; i++)
        json_array_append_new(reactors, reactor_json(server->reactors[i]));
    json_t *root = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "version", BRAID_VERSION,
                             "pid", (int)getpid(), "started",
                             time_json(filetime_from_timespec(ct->started)), "connections",
                             connections, "sessions", sessions, "trees", trees, "opens", opens,
                             "reactors", reactors);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

struct answer {
    struct control *control;
    int fd;
};

static void answer_task(struct task *t, void *arg)
{
    struct answer *a = arg;
    struct smb_status *st CLEANUP(smb_status_free) = NULL;
    if (smb_server_status(t, a->control->server, &st) == 0) {
        char *text CLEANUP(free_str) = status_text(a->control, st);
        struct iovec iov = {text, text ? strlen(text) : 0};
        IGNORE(io_send_all(t, a->fd, &iov, 1));
    }
    io_close(task_io(t), a->fd);
    free(a);
}

static void accept_task(struct task *t, void *arg)
{
    struct control *ct = arg;
    int fd;
    while ((fd = io_accept(t, ct->fd)) >= 0) {
        struct answer *a = NEW(struct answer);
        *a = (struct answer){ct, fd};
        if (!task_spawn(ct->reactor, "control", answer_task, a)) {
            io_close(task_io(t), fd);
            free(a);
        }
    }
    ct->acceptor = NULL;
}

static int socket_address(const char *path, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret_address->sun_path))
        return -ENAMETOOLONG;
    memcpy(ret_address->sun_path, path, strlen(path) + 1);
    return 0;
}

static int socket_listen(const char *path)
{
    struct sockaddr_un address;
    ERR_TRY(socket_address(path, &address));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    return fd;
}

int control_open(struct config *c, struct reactor *r, struct smb_server *server,
                 struct control **ret_control)
{
    char *path CLEANUP(free_str) = paths_control(c);
    int fd = socket_listen(path);
    if (fd < 0) {
        config_finding(c, CONFIG_ERROR, 0, "cannot make the control socket %s: %s", path,
                       strerror(-fd));
        return fd;
    }
    struct control *ct = NEW(struct control);
    *ct = (struct control){.server = server,
                           .reactor = r,
                           .started = io_realtime(reactor_io(r)),
                           .path = TAKE(path),
                           .fd = fd};
    ct->acceptor = task_spawn(r, "control-accept", accept_task, ct);
    *ret_control = ct;
    return 0;
}

void control_close(struct control *ct)
{
    if (!ct)
        return;
    ASSERT(!ct->acceptor);
    unlink(ct->path);
    close(ct->fd);
    free(ct->path);
    free(ct);
}

char *control_query(const struct config *c)
{
    char *path CLEANUP(free_str) = paths_control(c);
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || socket_address(path, &address) < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    char *text = xstrdup("");
    size_t len = 0;
    char piece[2048];
    ssize_t n;
    while ((n = read(fd, piece, sizeof(piece))) > 0) {
        text = xrealloc(text, len + (size_t)n + 1);
        memcpy(text + len, piece, (size_t)n);
        len += (size_t)n;
        text[len] = '\0';
    }
    close(fd);
    return text;
}
