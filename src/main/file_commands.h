/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs on remote files, for the table in braid.c. */
#pragma once

#include "client/client.h"
#include "main/command.h"

int command_ls(const struct command_globals *g, int argc, char **argv);
int command_cat(const struct command_globals *g, int argc, char **argv);
int command_get(const struct command_globals *g, int argc, char **argv);
int command_put(const struct command_globals *g, int argc, char **argv);
int command_cp(const struct command_globals *g, int argc, char **argv);
int command_rm(const struct command_globals *g, int argc, char **argv);
int command_mkdir(const struct command_globals *g, int argc, char **argv);
int command_stat(const struct command_globals *g, int argc, char **argv);

/* Removes a file or, when recursive, a directory with all below it.  What could not be removed has
 * been named on standard error; true when everything is gone. */
bool remove_run(struct task *t, struct client_tree *tree, const char *path, bool recursive);
