/* SPDX-License-Identifier: Apache-2.0
 *
 * The server process: everything between a configuration and the exit status of braidd. */
#pragma once

#include "main/config.h"

struct daemon_options {
    bool foreground;
    void (*on_ready)(void *arg); /* after the ready line; may be NULL */
    void *on_ready_arg;
};

/* Serves until SIGTERM or SIGINT.  Findings go to c->report.  0, 1 when serving failed, 2 when the
 * configuration is to blame. */
int daemon_run(struct config *c, const struct daemon_options *options);
