/* SPDX-License-Identifier: Apache-2.0
 *
 * Many clients who do nothing: logs on COUNT times, each on a connection of its own, says
 * "held COUNT", and holds them until its standard input ends or MINUTES_MAX are over.  Then it asks
 * on each of them whether it still lives and says "alive COUNT".  The password is in
 * BRAID_PASSWORD.
 *
 *     hold PORT USER SHARE COUNT */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/client.h"
#include "crypto/crypto.h"
#include "task/io.h"

#define COUNT_MAX 60000u
#define AT_ONCE 16u /* logons under way */
#define MINUTES_MAX 10u

struct held {
    struct client_conn *conn;
    struct client_tree *tree;
};

static struct {
    struct client_options options;
    const char *share;
    struct held *all;
    unsigned count, next, done, alive;
    struct event worked;
    struct reactor *reactor;
} hold;

static bool log_on(struct task *t, struct held *h)
{
    struct client_error error;
    ntstatus status = client_connect(t, &hold.options, &h->conn, &error);
    if (!nt_ok(status)) {
        fprintf(stderr, "hold: %s\n", error.text);
        return false;
    }
    status = client_tree_connect(t, h->conn, hold.share, &h->tree);
    if (!nt_ok(status))
        fprintf(stderr, "hold: %s: %s\n", hold.share, ntstatus_name(status));
    return nt_ok(status);
}

static bool look(struct task *t, struct held *h)
{
    struct file_info info;
    return h->tree && nt_ok(client_stat(t, h->tree, "", &info));
}

/* One of AT_ONCE workers, which take the next connection until there is none. */
static void work(struct task *t, bool (*what)(struct task *t, struct held *h))
{
    while (hold.next < hold.count) {
        struct held *h = &hold.all[hold.next++];
        hold.alive += what(t, h) ? 1 : 0;
    }
    hold.done++;
    event_signal(&hold.worked);
}

static void log_on_task(struct task *t, void *arg)
{
    (void)arg;
    work(t, log_on);
}

static void look_task(struct task *t, void *arg)
{
    (void)arg;
    work(t, look);
}

static void work_all(struct task *t, task_fn *fn)
{
    hold.next = hold.done = hold.alive = 0;
    for (unsigned i = 0; i < AT_ONCE; i++) {
        struct task *worker = task_spawn(hold.reactor, "worker", fn, NULL);
        ASSERT(worker);
    }
    while (hold.done < AT_ONCE)
        (void)!event_wait(t, &hold.worked, EVENT_NO_TIMEOUT);
}

static void release_task(struct task *t, void *arg)
{
    struct event *end = arg;
    char byte;
    while (io_poll_in(t, STDIN_FILENO) == 0 && read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    event_signal(end);
}

static void main_task(struct task *t, void *arg)
{
    (void)arg;
    struct event end;
    event_init(&end);
    work_all(t, log_on_task);
    printf("held %u\n", hold.alive);
    fflush(stdout);
    struct task *waiter = task_spawn(hold.reactor, "stdin", release_task, &end);
    ASSERT(waiter);
    if (event_wait(t, &end, MINUTES_MAX * 60000000ull) < 0)
        task_cancel(waiter);
    work_all(t, look_task);
    printf("alive %u\n", hold.alive);
    for (unsigned i = 0; i < hold.count; i++) {
        client_tree_disconnect(t, hold.all[i].tree);
        client_disconnect(t, hold.all[i].conn);
    }
    reactor_stop(hold.reactor);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s PORT USER SHARE COUNT\n", argv[0]);
        return 2;
    }
    hold.options = (struct client_options){.host = "127.0.0.1",
                                           .port = (uint16_t)atoi(argv[1]),
                                           .user = argv[2],
                                           .password = getenv("BRAID_PASSWORD"),
                                           .connect_timeout_ms = 60000};
    hold.share = argv[3];
    hold.count = MIN((unsigned)atoi(argv[4]), COUNT_MAX);
    hold.all = xcalloc(hold.count, sizeof(*hold.all));
    event_init(&hold.worked);
    if (crypto_init(CRYPTO_AUTO) < 0 ||
        reactor_new(&(struct reactor_config){.offload_threads = 2}, &hold.reactor) < 0) {
        fprintf(stderr, "hold: cannot set up\n");
        return 1;
    }
    struct task *t = task_spawn(hold.reactor, "main", main_task, NULL);
    ASSERT(t);
    reactor_run(hold.reactor);
    reactor_free(hold.reactor);
    free(hold.all);
    return hold.alive == hold.count ? 0 : 1;
}
