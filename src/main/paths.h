/* SPDX-License-Identifier: Apache-2.0
 *
 * Where Braid keeps what must outlive it: the state directory with the users and the control
 * socket. */
#pragma once

#include "main/config.h"

/* Fills c->state_directory when the configuration names none: /var/lib/braid for root, otherwise
 * $XDG_STATE_HOME/braid or ~/.local/state/braid. */
void paths_default_state(struct config *c);

/* Makes the directory (0700) with its parents.  0 or -errno, reported on c->report. */
int paths_make_state(struct config *c) MUST_USE;

/* To be freed. */
char *paths_users(const struct config *c) MUST_USE;
char *paths_control(const struct config *c) MUST_USE;
