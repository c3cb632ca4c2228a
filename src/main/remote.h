/* SPDX-License-Identifier: Apache-2.0
 *
 * What all verbs on remote files share: their options, where the password comes from, and a reactor
 * on which the verb runs as a task with its connection made. */
#pragma once

#include "client/client.h"
#include "main/command.h"
#include "main/url.h"

struct remote_options {
    struct client_options client;
    const char *password_file;
    bool recursive, quiet, long_listing;
    unsigned parallel; /* files at once */
};

/* One server and share, connected. */
struct remote {
    struct url url;
    struct client_conn *conn;
    struct client_tree *tree; /* NULL when the URL names no share */
};

/* Parses the options all verbs know; argv[*ret_first..] are the operands.  Negative to go on, else
 * the exit status. */
int remote_options_parse(int argc, char **argv, struct remote_options *ret_options,
                         int *ret_first) MUST_USE;

/* Text for usage messages. */
extern const char remote_options_help[];

/* Connects to what the URL names; messages go to standard error. */
bool remote_open(struct task *t, const char *url, const struct remote_options *o,
                 struct remote *ret_remote) MUST_USE;
void remote_close(struct task *t, struct remote *r);

/* Runs fn as a task on a reactor of its own; its exit status. */
typedef int remote_fn(struct task *t, const struct remote_options *o, int argc, char **argv);
int remote_run(remote_fn *fn, const struct remote_options *o, int argc, char **argv);

/* "braid: PATH: what the status means" */
int remote_complain(const char *path, ntstatus status);
