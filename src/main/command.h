/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of `braid` and what they share.  Each verb is a function that gets its own argv and
 * yields the exit status: 0 done, 1 failed, 2 called wrongly or configured wrongly. */
#pragma once

#include "main/config.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What stands before the verb. */
struct command_globals {
    const char *config_file; /* --config, or NULL */
    const char *state_dir;   /* --state-dir, or NULL */
};

int command_user(const struct command_globals *g, int argc, char **argv);
int command_config(const struct command_globals *g, int argc, char **argv);
int command_status(const struct command_globals *g, int argc, char **argv);
int command_serve(const struct command_globals *g, int argc, char **argv);

/* The configuration a verb works on: defaults, the file if one is given, the state directory.
 * Findings go to standard error; false when there was an error. */
bool command_load_config(const struct command_globals *g, struct config *ret_config) MUST_USE;

/* A password: from the terminal without echo (twice when `confirm`), or the first line of standard
 * input when that is no terminal.  NULL, with a message, when there is none.  To be wiped and
 * freed by password_free. */
char *password_read(const char *prompt, bool confirm) MUST_USE;
void password_free(char *password);
DEFINE_CLEANUP(char *, password_free);
