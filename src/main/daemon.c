/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of the server process: sockets and shares are opened first, so that a mistake is one
 * sentence and an exit status; then one thread per reactor; then the ready line; then signals end
 * it.  The main thread runs reactor 0, which accepts connections (each moves to its client's home
 * by itself), answers the control socket and waits for signals. */
#include "main/daemon.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "auth/userdb.h"
#include "base/limits.h"
#include "base/log.h"
#include "main/command.h"
#include "main/control.h"
#include "main/identity.h"
#include "main/interfaces.h"
#include "main/listen.h"
#include "main/paths.h"
#include "main/shares.h"
#include "vfs/vfs.h"

#define OFFLOAD_THREADS 4u
#define SPIN_US 5u

struct daemon {
    struct config *config;
    const struct daemon_options *options;
    struct listeners listeners;
    struct userdb *users;
    struct smb_server *server;
    struct control *control;
    struct reactor **reactors;
    pthread_t *threads; /* of reactors 1.. */
    unsigned reactor_count, thread_count;
    struct task **acceptors; /* one per listener, on reactor 0 */
    int signal_fd;
};

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (unsigned)n;
}

/* 16 bytes drawn once and kept in the state directory: clients know the server by them. */
static struct guid server_guid(struct config *c)
{
    struct guid g;
    char *path CLEANUP(free_str) = xasprintf("%s/server-guid", c->state_directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, g.b, sizeof(g.b)) : -1;
    if (fd >= 0)
        close(fd);
    if (n == (ssize_t)sizeof(g.b))
        return g;
    random_bytes(g.b, sizeof(g.b));
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, g.b, sizeof(g.b)) != (ssize_t)sizeof(g.b))
        log_warn("event=server_guid path=%s error=\"%s\"", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return g;
}

static char *netbios_name(const struct config *c)
{
    char host[256] = "BRAID";
    if (!c->netbios_name)
        gethostname(host, sizeof(host) - 1);
    const char *name = c->netbios_name ? c->netbios_name : host;
    char *text = xstrndup(name, MIN(strcspn(name, "."), (size_t)15));
    for (char *p = text; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return text;
}

static enum smb_encryption encryption_of(int word)
{
    switch ((enum config_encrypt)word) {
    case CONFIG_ENCRYPT_OFF:
        return SMB_ENCRYPT_OFF;
    case CONFIG_ENCRYPT_DESIRED:
        return SMB_ENCRYPT_DESIRED;
    case CONFIG_ENCRYPT_REQUIRED:
        return SMB_ENCRYPT_REQUIRED;
    case CONFIG_ENCRYPT_OFFERED:
        break;
    }
    return SMB_ENCRYPT_OFFERED;
}

static bool some_share_open_to_guests(const struct config *c)
{
    for (size_t i = 0; i < c->share_count; i++)
        if (c->shares[i].guest_ok)
            return true;
    return false;
}

/* The list of users is the server's own file; the thread may still be whom it served last. */
static int account_lookup(void *ctx, const char *user, const char *domain,
                          struct auth_account *ret_account)
{
    vfs_identity_restore();
    return userdb_lookup(ctx, user, domain, ret_account);
}

static void server_make(struct daemon *d)
{
    struct config *c = d->config;
    char *name CLEANUP(free_str) = netbios_name(c);
    bool guests = some_share_open_to_guests(c);
    struct smb_server_config sc = {
        .server_guid = server_guid(c),
        .netbios_name = name,
        .netbios_domain = c->workgroup,
        .comment = c->server_string,
        .dialect_min = (uint16_t)c->min_protocol,
        .dialect_max = (uint16_t)c->max_protocol,
        .signing_required = c->signing == CONFIG_SIGNING_REQUIRED,
        .encryption = encryption_of(c->encrypt),
        .multichannel = c->multichannel,
        .leases = true,
        .lookup = account_lookup,
        .lookup_ctx = d->users,
        .user = identity_user,
        .user_ctx = c,
        .user_known = identity_known,
        .allow_guest = guests && c->map_to_guest == CONFIG_GUEST_BAD_USER,
        .allow_anonymous = guests,
        .interfaces = interfaces_list,
        .interfaces_ctx = c,
        .reactors = d->reactors,
        .reactor_count = d->reactor_count,
    };
    d->server = smb_server_new(&sc);
}

static int reactors_make(struct daemon *d)
{
    d->reactor_count = d->config->threads ? (unsigned)d->config->threads : processors();
    d->reactors = xcalloc(d->reactor_count, sizeof(*d->reactors));
    d->threads = xcalloc(d->reactor_count, sizeof(*d->threads));
    for (unsigned i = 0; i < d->reactor_count; i++) {
        struct reactor_config rc = {
            .index = i, .spin_us = SPIN_US, .offload_threads = OFFLOAD_THREADS};
        int err = reactor_new(&rc, &d->reactors[i]);
        if (err < 0) {
            config_finding(d->config, CONFIG_ERROR, 0, "cannot set up io_uring: %s%s",
                           strerror(-err),
                           err == -EPERM || err == -ENOSYS
                               ? " (is kernel.io_uring_disabled set, or a container's filter?)"
                               : "");
            return err;
        }
    }
    return 0;
}

static void *reactor_thread(void *arg)
{
    reactor_run(arg);
    return NULL;
}

static void notify_systemd(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || !*path || strlen(path) >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    IGNORE(sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, len));
    close(fd);
}

static void ready_say(struct daemon *d)
{
    fputs("ready", stderr);
    for (size_t i = 0; i < d->listeners.count; i++)
        fprintf(stderr, " %s", d->listeners.items[i].name);
    fputc('\n', stderr);
    notify_systemd("READY=1");
    if (d->options->on_ready)
        d->options->on_ready(d->options->on_ready_arg);
}

struct acceptor {
    struct daemon *daemon;
    size_t index;
};

static void accept_task(struct task *t, void *arg)
{
    struct acceptor a = *(struct acceptor *)arg;
    free(arg);
    struct daemon *d = a.daemon;
    for (;;) {
        int fd = io_accept(t, d->listeners.items[a.index].fd);
        if (fd == -ECANCELED)
            break;
        if (fd >= 0) {
            smb_server_accept(d->server, task_reactor(t), transport_tcp_new(task_reactor(t), fd));
            continue;
        }
        log_warn("event=accept error=\"%s\"", strerror(-fd));
        if (task_sleep_us(t, 100000) < 0) /* out of descriptors: others will close some */
            break;
    }
    d->acceptors[a.index] = NULL;
}

/* Stops accepting, ends every connection, then the reactors. */
static void shut_down(struct task *t, struct daemon *d)
{
    notify_systemd("STOPPING=1");
    for (size_t i = 0; i < d->listeners.count; i++)
        if (d->acceptors[i])
            task_cancel(d->acceptors[i]);
    smb_server_stop(t, d->server);
    for (unsigned i = 0; i < d->reactor_count; i++)
        reactor_stop(d->reactors[i]);
}

static void main_task(struct task *t, void *arg)
{
    struct daemon *d = arg;
    for (size_t i = 0; i < d->listeners.count; i++) {
        struct acceptor *a = NEW(struct acceptor);
        *a = (struct acceptor){d, i};
        d->acceptors[i] = task_spawn(task_reactor(t), "accept", accept_task, a);
    }
    ready_say(d);
    struct signalfd_siginfo info;
    do {
        if (io_poll_in(t, d->signal_fd) < 0)
            break;
    } while (read(d->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info));
    log_info("event=stopping");
    shut_down(t, d);
}

/* Blocked here and therefore in every thread; main_task reads them from a descriptor. */
static int signals_take(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Each connection and each open file takes a descriptor: as many as the system allows. */
static void descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int daemon_open(struct daemon *d)
{
    struct config *c = d->config;
    struct userdb_error error;
    config_check(c);
    if (c->errors || paths_make_state(c) < 0)
        return EXIT_USAGE;
    char *users CLEANUP(free_str) = paths_users(c);
    if (userdb_open(users, &d->users, &error) < 0) {
        config_finding(c, CONFIG_ERROR, 0, "%s", error.text);
        return EXIT_USAGE;
    }
    if (listeners_open(c, &d->listeners) < 0)
        return EXIT_USAGE;
    if (crypto_init(CRYPTO_AUTO) < 0 || reactors_make(d) < 0)
        return EXIT_FAILED;
    server_make(d);
    if (!shares_publish(c, d->server))
        return EXIT_USAGE;
    return control_open(c, d->reactors[0], d->server, &d->control) < 0 ? EXIT_USAGE : EXIT_DONE;
}

static void daemon_serve(struct daemon *d)
{
    d->acceptors = xcalloc(d->listeners.count, sizeof(*d->acceptors));
    if (!task_spawn(d->reactors[0], "main", main_task, d))
        return;
    for (unsigned i = 1; i < d->reactor_count; i++) {
        if (pthread_create(&d->threads[i], NULL, reactor_thread, d->reactors[i]) != 0) {
            log_error("event=thread error=\"%s\"", strerror(errno));
            abort();
        }
        d->thread_count++;
    }
    reactor_run(d->reactors[0]);
    vfs_identity_restore();
    for (unsigned i = 1; i <= d->thread_count; i++)
        pthread_join(d->threads[i], NULL);
}

static void daemon_close(struct daemon *d)
{
    control_close(d->control);
    smb_server_free(d->server);
    for (unsigned i = 0; d->reactors && i < d->reactor_count; i++)
        if (d->reactors[i])
            reactor_free(d->reactors[i]);
    listeners_close(&d->listeners);
    userdb_free(d->users);
    identity_forget();
    free(d->reactors);
    free(d->threads);
    free(d->acceptors);
    if (d->signal_fd >= 0)
        close(d->signal_fd);
}

int daemon_run(struct config *c, const struct daemon_options *options)
{
    struct daemon d = {.config = c, .options = options, .signal_fd = signals_take()};
    log_set_level((enum log_level)MIN(c->log_level, (int)LOG_LEVEL_DEBUG));
    descriptors_raise();
    umask(0); /* the share's masks decide */
    int status = daemon_open(&d);
    if (status == EXIT_DONE)
        daemon_serve(&d);
    daemon_close(&d);
    return status;
}
