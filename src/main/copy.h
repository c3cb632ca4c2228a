/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying files and trees between this machine and servers, or between servers.  Many files and,
 * within large ones, many pieces are under way at once, so that the wire is never idle; holes stay
 * holes; times of last writing are kept. */
#pragma once

#include "main/remote.h"

struct copy_end {
    struct client_tree *tree; /* NULL: this machine */
    const char *path;
};

struct copy_args {
    struct copy_end from, to;
    bool recursive, quiet;
    unsigned parallel; /* files at once */
};

/* Copies `from` onto `to` (the final name, not a directory to put it into).  Everything that could
 * not be copied has been named on standard error; true when all was. */
bool copy_run(struct task *t, const struct copy_args *args);

/* Whether an end is there and a directory. */
bool copy_is_directory(struct task *t, const struct copy_end *end);
